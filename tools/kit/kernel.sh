# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# One image: configured, built in the cache, left in build/<variant>-<rust|c>/, with
# the name of an architecture that is not the usual one in front.

# What a build from nothing prints, to show how far along one is; the figure of
# the last such build on this machine is better and is kept beside the objects.
kernel_objects()
{
	case $1 in
	base) echo 1600 ;;
	debug | kcsan) echo 1000 ;;
	*) echo 2400 ;;
	esac
}

KERNEL_LINES='^  (CC|AS|LD|AR|HOSTCC|HOSTLD|RUSTC|EXPORTS|BINDGEN|GEN|RUSTDOC|CLIPPY|VDSO|OBJCOPY)'

# What of the overlay can change an image. With the switch off nothing in
# kernel/seccomp/ is compiled.
declare -A KERNEL_FILES=(
	[rust]='^(kernel|rust|include|Kbuild)'
	[c]='^(kernel/seccomp/(Kconfig|Makefile)$|kernel/[^s]|rust|include|Kbuild)')

# What make is told besides, one word a line. rustc cannot mark functions for
# KCSAN. But with inlined helpers clang makes the objects of Rust code, and can
# both mark and instrument them: after the tree's own two flags, those of C, and
# the mark on each function that does not forbid it.
kernel_words()
{
	case $1 in
	kcsan) say "CC_FLAGS_RUST_INLINE_HELPERS=-mllvm -trap-unreachable" \
		"-mllvm -no-trap-after-noreturn \$(CFLAGS_KCSAN) -mllvm -force-attribute=sanitize_thread" ;;
	esac
}

kernel_out() { printf '%s' "$TREE/o-$FLAVOUR$1-$2"; }
kernel_dir() { printf '%s' "$BUILD/$FLAVOUR$1-$2"; }

kernel_build()
{
	local variant=$1 impl=$2 name=$FLAVOUR$1-$2 out to log id total=0
	local -a words
	out=$(kernel_out "$1" "$2") to=$(kernel_dir "$1" "$2") log=$LOGS/kernel-$name.log

	tree_lay
	config_make "$variant" "$impl" "$out"
	mapfile -t words < <(kernel_words "$variant")
	id=$({
		laid_id "$TREE" "${KERNEL_FILES[$impl]}"
		cat "$TREE/.kit/base" "$out/.kit-config"
		printf '%s' "${words[@]}"
	} | digest)
	if [ "$(cat "$to/.id" 2>/dev/null)" = "$id" ] && [ -f "$to/$IMAGE" ] &&
		[ -f "$to/vmlinux" ] && [ -f "$out/vmlinux" ]; then
		return
	fi
	# From here on the objects may be of something else.
	rm -f "$to/.id"
	if [ ! -f "$out/vmlinux.o" ]; then
		total=$(cat "$CACHE/objects-$name" 2>/dev/null || kernel_objects "$variant")
	fi
	watch_job "kernel $name" "$log" "$KERNEL_LINES" objects "$total" \
		"${KMAKE[@]}" "${words[@]}" -C "$TREE" O="$out" "$IMAGE" vmlinux || exit 1
	[ "$total" = 0 ] || printf '%s\n' "$JOB_COUNT" >"$CACHE/objects-$name"
	# For the one who has just made them.
	our_warnings "$log" | sed 's/^/    /'
	kernel_instrumented "$variant" "$impl" "$out"
	mkdir -p "$to"
	put_file "$out/$IMAGE_FILE" "$to/$IMAGE"
	put_file "$out/vmlinux" "$to/vmlinux"
	put_file "$out/.config" "$to/.config"
	printf '%s\n' "$id" >"$to/.id"
}

# kernel_instrumented VARIANT IMPL OUT: a checker that is not told of what an object
# reads and writes has nothing to report.
kernel_instrumented()
{
	local calls object
	local -a objects=(kernel/seccomp.o)

	case $1 in
	debug) calls='__asan_(report_)?(load|store)' ;;
	kcsan) calls='__tsan_(read|write|volatile)' ;;
	*) return 0 ;;
	esac
	[ "$2" = c ] || objects=(kernel/seccomp/seccomp_main.o rust/kernel.o)
	for object in "${objects[@]}"; do
		# All of it is read: nm would not bear it else.
		"$NM" -u "$3/$object" | grep -cE " $calls" >/dev/null ||
			die "$object of the variant $1 is not instrumented: it calls no $calls"
	done
}

# The warnings of a log that point into a file of ours, with its first lines.
our_warnings()
{
	overlay_files | cut -f1 | awk '
		NR == FNR { ours[$0] = 1; next }
		/^(warning|error)/ { head = $0; next }
		head != "" && /^ *--> / {
			place = $2
			sub(/^(\.\.\/)+/, "", place)
			file = place
			sub(/:.*/, "", file)
			if (file in ours)
				print place ": " head
			head = ""
		}
		/: warning: / {
			file = $0
			sub(/^(\.\.\/)+/, "", file)
			place = file
			sub(/:.*/, "", file)
			if (file in ours)
				print place
		}
	' - "$1"
}
