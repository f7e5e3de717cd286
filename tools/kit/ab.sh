# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make ab: the same programs on C and on Rust, in exact mode. Suites are compared test by
# test, the fuzzer case by case; of the first AB_SHOWN cases that differ both logs are
# fetched and compared line by line. Some cases are run as programs as well. What is known
# to differ is in known.txt beside the fuzzer.

# Of so many cases the logs are fetched.
AB_SHOWN=20

# The test results of a side, without those that differ as they are known to.
ab_results()
{
	local suite column=3

	[ "$1" = c ] || column=4

	for suite in $ARCH_SUITES; do
		tap_rows "$suite" x "$AB/suites.seconds" "$AB/suites.job" <"$AB/suites.$1"
	done | awk -F'\t' -v column="$column" '
		FILENAME != "-" { known[$1 " " $2] = $column; next }
		known[$1 " " $4] != $3
	' "$AB/known" - >"$AB/results.$1"
}

# ab_verdicts IMPL SUITE: verdict and test of each.
ab_verdicts() { grep "^$2	" "$AB/results.$1" | cut -f3,4; }

# known.txt has lines of SUITE, PROGRAM: TEST, the verdicts on C and on Rust, and a
# reason, tab-separated. Where a test fails on both, or one of ours is skipped on both,
# nothing has been compared.
ab_suites()
{
	local suite n

	fuzz_lines "$FUZZ_DIR/known.txt" | grep -E "^(${ARCH_SUITES// /|})	" >"$AB/known" || true
	ab_results c
	ab_results rust
	for suite in $ARCH_SUITES; do
		n=$(grep -c "^$suite	" "$AB/results.rust" || true)
		{
			diff <(ab_verdicts c "$suite") <(ab_verdicts rust "$suite") | grep '^[<>]' || true
			comm -12 <(ab_verdicts c "$suite" | sort) <(ab_verdicts rust "$suite" | sort) |
				awk -v suite="$suite" '/^fail/ || suite == "own" && /^skip/ { print "= " $0 }'
		} >"$AB/$suite.diff"
		if [ ! -s "$AB/$suite.diff" ] && [ "$n" -gt 0 ]; then
			ab_row pass "$suite: the same $n results" ""
		else
			ab_row fail "$suite: the results of $n tests" \
				"$(sed -n 1,5p "$AB/$suite.diff" | tr '\n\t' '| ')"
		fi
	done
}

# A row for each seed, and the cases that differ in AB/differing.
ab_fuzz()
{
	local seed

	fuzz_cases "$AB/fuzz.c" >"$AB/cases.c"
	fuzz_cases "$AB/fuzz.rust" >"$AB/cases.rust"
	diff "$AB/cases.c" "$AB/cases.rust" | awk '/^[<>]/ { print $2, $3 }' |
		sort -u -k 1,1n -k 2,2n >"$AB/differing" || true
	# What a kernel cannot do is no result, though it be the same one.
	fuzz_broken "$AB/cases.c" "$AB/cases.rust" | sort -u - "$AB/differing" >"$AB/bad"
	for seed in $SEEDS; do
		fuzz_row "c and rust" "$seed" "$AB/cases.rust" "$AB/bad"
	done
}

# ab_enough IMPL: whether that side has done as much as a comparison is to be worth.
ab_enough()
{
	[ -n "$COUNT$SEEDS_ASKED" ] || fuzz_done_row fuzz "$1" "$FUZZ_OPERATIONS"
}

# The logs of the cases that differ, and how they do.
ab_logs()
{
	local seed index job=$AB/logs.job

	head -n "$AB_SHOWN" "$AB/differing" | while read -r seed index; do
		say "echo '# kit: seed $seed'"
		say "$FUZZ -v --case $seed $index"
	done >"$job"
	say true >>"$job"
	ab_both logs "$job"
	diff -u "$AB/logs.c" "$AB/logs.rust" >"$AB/diff" || true
	# Of a case that one guest did not live to see the logs may be the same.
	awk '/^[-+]/ && n++ < 40 { print "    " $0 }' "$AB/diff"
	say "    $(wc -l <"$AB/differing") cases differ; the logs of the first are in ${AB#"$TOP/"}/," \
		"make fuzz-reduce SEED= CASE= makes one smaller"
}

tree_lock
rm -f "$BUILD/${FLAVOUR}ab.rows"
setup_all
kernel_build "$VARIANT" c
kernel_build "$VARIANT" rust
# shellcheck disable=SC2086 # a list of words
initramfs_build $ARCH_SUITES fuzz
mkdir -p "$AB"
rm -f "$AB/rows" "$AB/diff"
: >"$AB/rows"
: >"$AB/diff"

# shellcheck disable=SC2086 # a list of words
suite_job exact $ARCH_SUITES >"$AB/suites.job"
ab_both suites "$AB/suites.job"
ab_suites
fuzz_jobs fuzz
ab_both fuzz "${FUZZ_JOBS[@]}"
ab_fuzz
repro_rows
for what in suites fuzz repro; do
	for impl in c rust; do ab_broken "$what" "$impl"; done
	ab_explain "$what"
done
for impl in c rust; do
	fuzz_side fuzz "$impl"
	ab_enough "$impl"
done
if [ -s "$AB/differing" ]; then ab_logs; fi

for impl in c rust; do
	say "$impl: $(fuzz_count fuzz "$impl")"
done | tee "$AB/counts"
cp "$AB/rows" "$BUILD/${FLAVOUR}ab.rows.new"
mv "$BUILD/${FLAVOUR}ab.rows.new" "$BUILD/${FLAVOUR}ab.rows"
ab_sum
