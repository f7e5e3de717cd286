# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make test-debug, make test-full: several targets one after another, and their sum. What
# each has said is in build/results/<target>/. One that has passed is not run again while
# the checkout is the same; make clean forgets that.

# shellcheck source=/dev/null
. "$KIT/mutant-patch.sh"

STAGES=$RESULTS/${command:?}
VARIANTS=${VARIANTS:-debug kcsan}
export -n VARIANTS
# What is the same for all of them, and matters to what they come to.
STAGE_WORDS=("ARCH=$ARCH" "KSRC=$KSRC" "KERNEL_TARBALL=$KERNEL_TARBALL" "KVM=$KVM")

# A sum over all that the checkout holds, the tree that it is laid on, and what makes and
# boots an image.
stages_id()
{
	{
		find "$TOP" -path "$BUILD" -prune -o -path "$TOP/.git" -prune -o -type f -print0 |
			sort -z | xargs -0 sha256sum
		pristine_id
		say "$TOOLCHAIN"
		gcc --version
		"$QEMU_SYSTEM" --version
	} | digest
}

# stage_id TARGET VARIABLE=VALUE...: what it comes to depends on that. What another
# architecture takes may have been installed by the stage itself.
stage_id()
{
	local tool

	{
		say "$STAGES_ID" "$@"
		[[ " $* " != *" ARCH=arm64 "* ]] ||
			for tool in {aarch64-linux-gnu,arm-linux-gnueabihf}-gcc qemu-system-aarch64; do
				"$tool" --version 2>/dev/null || say "no $tool"
			done
	} | digest
}

# Whether that is still so. What was run on something else has not passed.
stages_same()
{
	[ "$(stages_id)" = "$STAGES_ID" ] ||
		die "the checkout, the tree or a compiler has changed since this began: run it again"
}

# What a stage has come to: PASSED FAILED. A target that does not count is one.
stage_sum()
{
	sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2/p' "$1" | tail -n 1 | grep . ||
		if [ "$2" = 0 ]; then say 1 0; else say 0 1; fi
}

# stage NAME TARGET VARIABLE=VALUE...
stage()
{
	local name=$1 target=$2 words=$STAGES/$1.txt id start=$SECONDS rc=0 sum
	shift 2

	say "== $name: make $target${*:+ $*}"
	if arch_lacks "$target"; then
		say "   is for x86_64 alone"
		return
	fi
	id=$(stage_id "$target" "${STAGE_WORDS[@]}" "$@")
	if [ "$(cat "$STAGES/$name.id" 2>/dev/null)" = "$id" ]; then
		say "   has passed before: $words"
	else
		rm -f "$STAGES/$name.id"
		env "${STAGE_WORDS[@]}" "JOBS=$JOBS" "$@" "$KIT/kit" "$target" 2>&1 | tee "$words" || rc=$?
		stages_same
		say $((SECONDS - start)) >"$STAGES/$name.seconds"
		[ "$rc" != 0 ] || stage_id "$target" "${STAGE_WORDS[@]}" "$@" >"$STAGES/$name.id"
	fi
	sum=$(stage_sum "$words" "$rc")
	# A target that has failed for another reason than a test has failed all the same.
	[ "$rc" = 0 ] || [ "${sum#* }" != 0 ] || sum="${sum% *} 1"
	printf '%s %s %s\n' "$name" "$sum" "$(cat "$STAGES/$name.seconds")" >>"$STAGES/sums"
}

stages_debug()
{
	local variant impls

	for variant in $VARIANTS; do
		# What faults_* expect of a step that fails they expect of C as well.
		impls=rust
		[ "$variant" != debug ] || impls="rust c"
		stage "test-$variant" test "VARIANT=$variant" "IMPLS=$impls"
		stage "fuzz-$variant" fuzz "VARIANT=$variant" "COUNT=${COUNT:-500}"
		stage "stress-$variant" stress "VARIANT=$variant" "MINUTES=$MINUTES"
		# Last, whether it would have been noticed.
		[ -z "$(mutants_of "$variant")" ] ||
			stage "mutants-$variant" mutants "VARIANT=$variant"
	done
}

stages_full()
{
	stage check check
	stage test test
	stage ab ab
	stage bench-check bench-check
	stage stress stress "MINUTES=$MINUTES"
	stages_debug
	stage mutants mutants
	# The other architecture; what costs most of it is that all is built anew.
	[ "$ARCH" = x86_64 ] || return 0
	stage check-arm64 check ARCH=arm64
	stage test-arm64 test ARCH=arm64
}

stages_table()
{
	printf '\n%-16s %6s %6s %8s\n' stage pass fail time
	while read -r name passed failed seconds; do
		printf '%-16s %6d %6d %8s\n' "$name" "$passed" "$failed" "$(elapsed "$seconds")"
	done <"$STAGES/sums"
	awk '
		{ passed += $2; failed += $3 }
		END {
			printf "\n%d passed, %d failed\n", passed, failed
			exit failed > 0 || passed == 0
		}' "$STAGES/sums"
}

for variant in $VARIANTS; do
	[ -f "$KIT/config/$variant.config" ] || die "VARIANTS: there is no $variant.config in tools/kit/config"
done
minutes_check
setup_all
mkdir -p "$STAGES"
rm -f "$STAGES/sums"
STAGES_ID=$(stages_id)
case $command in
test-debug) stages_debug ;;
test-full) stages_full ;;
esac
stages_table || exit 1
