# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make fuzz: the fuzzer on one implementation, which on a variant with checks is to say
# nothing. What a case comes to is compared by make ab alone.

AB=$RESULTS/fuzz-$VARIANT
IMPLS=${IMPLS:-rust}
# It takes two to race.
[ "$VARIANT" != kcsan ] || AB_MODE=(parallel 2)

setup_all
for impl in $IMPLS; do
	kernel_build "$VARIANT" "$impl"
done
initramfs_build fuzz
mkdir -p "$AB"
: >"$AB/rows"
fuzz_job >"$AB/fuzz.job"
ab_sides fuzz "$AB/fuzz.job" $IMPLS
for impl in $IMPLS; do
	fuzz_cases "$AB/fuzz.$impl" >"$AB/cases.$impl"
	fuzz_broken "$AB/cases.$impl" >"$AB/broken"
	for seed in $SEEDS; do
		fuzz_row "$impl" "$seed" "$AB/cases.$impl" "$AB/broken"
	done
	[ ! -f "$AB/fuzz.$impl.verdict" ] || ab_row fail "fuzz on $impl" "$(cat "$AB/fuzz.$impl.verdict")"
	fuzz_count "$impl"
done
ab_explain fuzz
ab_sum
