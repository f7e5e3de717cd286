# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A mutant as it is written down: a patch in tools/testing/seccomp_mutants/, with words
# before it:
#
#   Fault:      what is wrong
#   Rule:       what should hold instead
#   Caught-by:  "own PROGRAM: TEST", "tree PROGRAM: TEST", "kunit SUITE: TEST",
#               "check RULE", where it is nospec, barrier or panic, or "ab SEED FIRST
#               COUNT", cases of the fuzzer of which one is not as it is without the
#               fault. A test fails; where it does not come to that, "hangs", "reports" or
#               "breaks" stands behind its name ("hangs" also where it runs out of time
#               side by side). "stress RACE reports" is for the variants with checks
#   Also-by:    "ab SEED FIRST COUNT", if these notice too
#   Reduces-to: how many operations are left at most of the first of the cases that
#               differs, when what does not matter is left out; a program in C shows
#               the difference, too
#   Mode:       of the boot, for what needs more than one CPU; else exact1
#   Variant:    of the kernel, if not base. These are for the checks of that variant, which
#               report at the test, whatever that says

MUTANT_DIR=$TOP/tools/testing/seccomp_mutants

# All that there are, by name.
mutant_names() { find "$MUTANT_DIR" -name '*.patch' -printf '%f\n' | sed 's/\.patch$//' | sort; }

mutant_patch() { say "$MUTANT_DIR/$1.patch"; }

# What the words before the patch say.
mutant_field() { sed -n "/^---/q; s/^$2: *//p" "$(mutant_patch "$1")" | head -n 1; }

mutant_variant()
{
	local variant

	variant=$(mutant_field "$1" Variant)
	say "${variant:-base}"
}

# Those of one variant.
mutants_of()
{
	local name

	for name in $(mutant_names); do
		[ "$(mutant_variant "$name")" != "$1" ] || say "$name"
	done
}

mutant_mode()
{
	local mode

	mode=$(mutant_field "$1" Mode)
	say "${mode:-exact1}"
}

# SUITE PROGRAM TEST [HOW], "check" RULE, or "ab" SEED FIRST COUNT.
mutant_test()
{
	mutant_field "$1" Caught-by | sed -n -E '
		s/^(own|tree|kunit) (\w+): (\w+)( (hangs|reports|breaks))?$/\1 \2 \3\4/p
		s/^stress (\w+) reports$/stress stress \1 reports/p
		s/^check (nospec|barrier|panic)$/check \1/p
		s/^ab [0-9]+ [0-9]+ [1-9][0-9]*$/&/p'
}

# The cases of the fuzzer that it names, or nothing: SEED FIRST COUNT.
mutant_cases()
{
	{
		mutant_field "$1" Caught-by
		mutant_field "$1" Also-by
	} | sed -n -E 's/^ab ([0-9]+ [0-9]+ [1-9][0-9]*)$/\1/p' | head -n 1
}

# What is wrong with the words.
mutant_malformed()
{
	local name=$1 mode suite seed first count said variant

	[ -n "$(mutant_field "$name" Fault)" ] || say "it has no Fault:"
	[ -n "$(mutant_field "$name" Rule)" ] || say "it has no Rule:"
	read -r suite _ _ said <<<"$(mutant_test "$name")"
	[ -n "$suite" ] || say "Caught-by: names no test"
	read -r seed first count <<<"$(mutant_cases "$name")"
	if [ -n "$(mutant_field "$name" Also-by)" ] && { [ -z "$seed" ] || [ "$suite" = ab ]; }; then
		say "Also-by: names no other test"
	fi
	# What C makes of others nobody has looked at.
	[ -z "$seed" ] || {
		fuzz_lines "$FUZZ_DIR/seeds.txt" | grep -qx "$seed" && [ $((first + count)) -le "$FUZZ_CASES" ]
	} || say "make ab does not compare all of the cases that it names"
	case $(mutant_field "$name" Reduces-to) in
	'') ;;
	*[!0-9]*) say "Reduces-to: is no number" ;;
	*) [ "$suite" = ab ] || say "Reduces-to: is for what cases of the fuzzer catch" ;;
	esac
	mode=$(mutant_mode "$name")
	case $mode in exact[1-8] | parallel[1-8]) ;; *) say "Mode: '$mode' is no mode" ;; esac
	variant=$(mutant_variant "$name")
	if [ ! -f "$KIT/config/$variant.config" ]; then
		say "Variant: there is no $variant.config in tools/kit/config"
	elif [ "$variant" != base ]; then
		[ "$said" = reports ] || say "Variant: is for what the kernel reports at a test"
	elif [ "$suite" = stress ]; then
		say "Caught-by: races are for the checks of a variant"
	fi
}

# mutant_apply NAME FROM DIR PATH...: these files of a tree or a checkout, alone in a
# directory, as the mutant has them, or as they should be without a name.
mutant_apply()
{
	local name=$1 from=$2 dir=$3 path
	shift 3

	rm -rf "$dir"
	mkdir -p "$dir"
	for path in "$@"; do
		[ ! -f "$from/$path" ] || (cd "$from" && cp --parents --preserve=mode "$path" "$dir")
	done
	# It is to fail where it would ask.
	[ -z "$name" ] ||
		patch -s -f -p1 -F0 --no-backup-if-mismatch -r - -d "$dir" <"$(mutant_patch "$name")"
}
