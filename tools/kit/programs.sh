# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The programs of the guest, static, built from the laid tree against its own
# headers: the selftests of the tree, ours, the races, the fuzzer, the benchmark and
# the samples.

PROGRAMS=$BUILD/${FLAVOUR}programs

# headers_build KERNEL-ARCH: the headers that the tree would install for it, with
# ours among them.
headers_build()
{
	local arch=$1 out=$TREE/o-headers id

	[ "$arch" = x86 ] || out=$TREE/o-headers-$arch
	id=$({ laid_id "$TREE" '^include/uapi/' && cat "$TREE/.kit/base"; } | digest)
	HEADERS=$out/usr/include
	[ "$(cat "$out/.kit-headers" 2>/dev/null)" != "$id" ] || return 0
	watch_job "kernel headers of $arch" "$LOGS/headers-$arch.log" '^  (HDRINST|WRAP|UPD)' headers 0 \
		"${KMAKE[@]}" ARCH="$arch" -C "$TREE" O="$out" headers || exit 1
	printf '%s\n' "$id" >"$out/.kit-headers"
}

# A Makefile that lists its programs is held to the list.
programs_check()
{
	local name=$1 dir=$2 program

	[ -n "$(programs_list "$name")" ] ||
		die "$dir built no program; see $LOGS/${FLAVOUR}programs-$name.log"
	for program in $(make -s -C "$TREE/$dir" ARCH="$PROGRAM_HEADERS" list 2>/dev/null || true); do
		[ -x "$PROGRAMS/$name/$program" ] || die "$dir lists $program, but did not build it"
	done
}

# programs_make NAME DIRECTORY: the Makefiles of all take OUTPUT and the usual
# flags. The flags go through the environment, where += still adds. Helpers may be
# in the directory above.
programs_make()
{
	local name=$1 dir=$2 out=$PROGRAMS/$1 id

	if [ ! -f "$TREE/$dir/Makefile" ]; then
		rm -rf "$out"
		return
	fi
	program_compiler "$name"
	headers_build "$PROGRAM_HEADERS"
	# The benchmark takes some files of the tests that it lies under, and of what
	# these know of the architecture; so has the fuzzer a directory for that.
	id=$({
		cat "$TREE/${PROGRAM_DIRS[own]}/$PROGRAM_HEADERS"/* \
			"$TREE/$dir/$PROGRAM_HEADERS"/* 2>/dev/null || true
		find "$TREE/$dir" "$TREE/${dir%/*}" \
			"$TREE/tools/testing/selftests"/{lib.mk,kselftest.h,kselftest_harness.h} \
			-maxdepth 1 -type f -print0 | sort -z | xargs -0 sha256sum
		cat "${HEADERS%/usr/include}/.kit-headers"
		say "$PROGRAM_CC $PROGRAM_FLAGS"
		"$PROGRAM_CC" --version
	} | digest)
	[ "$(cat "$out/.id" 2>/dev/null)" != "$id" ] || return 0
	rm -rf "$out"
	mkdir -p "$out"
	watch_job "programs: $name" "$LOGS/${FLAVOUR}programs-$name.log" 'gcc|  CC|^cc' compiled 0 \
		env -i PATH="$PATH" HOME="$HOME" LC_ALL=C CFLAGS="-O2 $PROGRAM_FLAGS" \
		LDFLAGS=-static KHDR_INCLUDES="-isystem $HEADERS" "${PROGRAM_ENV[@]}" \
		make -j"$JOBS" -C "$TREE/$dir" OUTPUT="$out" ARCH="$PROGRAM_HEADERS" \
		CC="$PROGRAM_CC" || exit 1
	programs_check "$name" "$dir"
	printf '%s\n' "$id" >"$out/.id"
}

declare -A PROGRAM_DIRS=(
	[tree]=tools/testing/selftests/seccomp
	[tree32]=tools/testing/selftests/seccomp
	[own]=tools/testing/selftests/seccomp_rust
	[stress]=tools/testing/selftests/seccomp_rust/stress
	[bench]=tools/testing/selftests/seccomp_rust/bench
	[fuzz]=tools/testing/seccomp_fuzz
	[samples]=samples/seccomp_rust)

programs_build()
{
	local kind

	tree_lay
	for kind in "$@"; do programs_make "$kind" "${PROGRAM_DIRS[$kind]}"; done
}

# The programs of one kind, by name. The tree's benchmark is no test of
# behaviour: it compares times, which another program of the host decides.
programs_list()
{
	find "$PROGRAMS/$1" -maxdepth 1 -type f -perm -u+x -printf '%f\n' 2>/dev/null |
		sed '/^seccomp_benchmark$/d' | sort
}
