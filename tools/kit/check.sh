# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make check: the rules that hold without booting, a line each. A check is a
# function that prints what breaks the rule, and nothing where all is well;
# with the status 77 it has not been made, and says why.

# shellcheck source=/dev/null
. "$KIT/mutant-patch.sh"
# shellcheck source=/dev/null
. "$KIT/check-source.sh"
# shellcheck source=/dev/null
. "$KIT/check-object.sh"
# shellcheck source=/dev/null
. "$KIT/check-code.sh"
# shellcheck source=/dev/null
. "$KIT/census.sh"
# shellcheck source=/dev/null
. "$KIT/check-steps.sh"
# shellcheck source=/dev/null
. "$KIT/check-reports.sh"

# check NAME RULE
check()
{
	local name=$1 rule=$2 found rc=0 verdict=pass word=ok

	found=$("check_$name" 2>&1) || rc=$?
	if [ "$rc" = 77 ]; then
		verdict=skip word=skip
	elif [ -n "$found" ] || [ "$rc" != 0 ]; then
		verdict=fail word=FAIL
		found=${found:-the check itself ended with status $rc}
	fi
	{
		printf '%-5s %-10s %s\n' "$word" "$name" "$rule"
		[ -z "$found" ] || printf '%s\n' "$found" | head -n 25 | sed 's/^/        /'
	} | tee -a "$CHECK_WORDS"
	printf 'check\tstatic\t%s\t%s: %s\t%s\n' "$verdict" "$name" "$rule" \
		"$(printf '%s' "$found" | head -n 3 | tr '\n\t' '| ')" >>"$CHECK_ROWS.new"
}

# Whole ones only, and those of this run, count for another target.
CHECK_ROWS=$BUILD/${FLAVOUR}check.rows
CHECK_WORDS=$RESULTS/check.txt
mkdir -p "$RESULTS"
tree_lock
rm -f "$CHECK_ROWS"{,.new} "$CHECK_WORDS"
setup_all
# What looks at texts is not needed to build a kernel.
packages_need shellcheck=shellcheck rst2pseudoxml=python3-docutils
kernel_build base rust
program_compiler own
headers_build "$PROGRAM_HEADERS"
check_kernel
check_plain
steps_build

check spdx "every file names its licence first"
check length "no file has 500 lines"
check words "nothing is marked as unfinished, no path of a machine"
check copied "no line of the C implementation, its samples, tests or texts"
check shell "the kit's scripts: syntax and shellcheck"
check pages "docutils has nothing to say of the pages, and the files that they name are there"
check reports "a boot fails for what the kernel reports, and for nothing else"
check glue "glue.c is under 120 lines"
check differs "what differs from C is listed with tests, and no other test asks where it runs"
check mutants "each mutant applies, says what it has to, and names a test that there is"
check safe "unsafe only in the modules that the design names"
check census "the safety case counts all unsafe code"
check rustfmt "Rust files are formatted as the tree's are"
check checkpatch "C files pass checkpatch --strict"
check series "the series for git am comes to the same tree"
check clippy "no warning of rustc or clippy in our files, with all options and with none"
check rustdoc "no warning of rustdoc in our files"
check examples "the programs in the pages for users compile without a warning"
check panic "nothing in the objects can panic, overflow checks or not"
check nospec "bits are looked up with an index that is guarded against speculation"
check barrier "a full barrier comes before each look at who sleeps"
check ordering "on arm64 what is read without a lock is loaded and stored in the order that it needs"
check replaced "the Rust image holds no object of kernel/seccomp.c"
check pristine "with the switch off every object is as without the overlay"
check variants "the other variants are configured as their fragments say"
check steps "the kernel builds at each step of the series"
check symbol "the two configurations differ in the switch alone"

mv "$CHECK_ROWS.new" "$CHECK_ROWS"
failed=$(grep -c '	fail	' "$CHECK_ROWS" || true)
[ "$failed" = 0 ] || die "$failed of $(wc -l <"$CHECK_ROWS") rules are broken"
say "all rules hold"
