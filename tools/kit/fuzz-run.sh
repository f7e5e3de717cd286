# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make fuzz: the fuzzer on one implementation, which on a variant with checks is to say
# nothing. What a case comes to is compared by make ab alone.
#
#   fuzz  in exact mode, where what a case does is the same each time
#   race  its roles side by side on two processors, for what only shows then; that is up
#         to chance, so that what a run has done the next one does again, unless it was
#         broken off

AB=$RESULTS/fuzz-$VARIANT
IMPLS=${IMPLS:-rust}
# It takes two to race.
case $VARIANT in
kcsan) fuzz_ways=(race) ;;
*) fuzz_ways=(fuzz race) ;;
esac

# fuzz_way NAME: one way, on each implementation.
fuzz_way()
{
	local name=$1 impl seed whose

	FUZZ_RACE=
	AB_MODE=(exact 1)
	if [ "$name" = race ]; then
		FUZZ_RACE=1
		AB_MODE=(parallel 2)
	fi
	fuzz_jobs "$name"
	ab_sides "$name" "$IMPLS" "${FUZZ_JOBS[@]}"
	for impl in $IMPLS; do
		whose="$impl${FUZZ_RACE:+ side by side}"
		fuzz_cases "$AB/$name.$impl" >"$AB/cases.$impl"
		fuzz_broken "$AB/cases.$impl" >"$AB/broken"
		for seed in $SEEDS; do
			fuzz_row "$whose" "$seed" "$AB/cases.$impl" "$AB/broken"
		done
		ab_broken "$name" "$impl"
		fuzz_side "$name" "$impl"
		say "$whose: $(fuzz_count "$name" "$impl")"
	done
	ab_explain "$name"
	[ -z "$FUZZ_RACE" ] || ab_forget race
}

for impl in $IMPLS; do
	case $impl in rust | c) ;; *) die "IMPLS: '$impl' is neither rust nor c" ;; esac
done
setup_all
for impl in $IMPLS; do
	kernel_build "$VARIANT" "$impl"
done
initramfs_build fuzz
mkdir -p "$AB"
: >"$AB/rows"
for name in "${fuzz_ways[@]}"; do
	fuzz_way "$name"
done
ab_sum
