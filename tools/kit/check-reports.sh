# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The rule that a boot fails for what it should, and for nothing else: what boot.sh,
# messages.sh and kcsan.sh make of the examples in tools/kit/reports/.

REPORT_EXAMPLES=$KIT/reports

# report_ends VARIANT fails|passes WHAT: whether that is how a boot ends with the console on
# standard input; says so if not.
report_ends()
{
	local VARIANT=$1 ends=passes console=$BUILD/check.console

	cat >"$console"
	! boot_reports "$console" >/dev/null || ends=fails
	[ "$ends" = "$2" ] || say "$VARIANT: a boot $ends with: $3"
	rm -f "$console"
}

# The same of what the guest's job tells of the kernel's messages.
messages_end()
{
	local VARIANT=$1 ends=passes words=$BUILD/check.words

	printf '%s\n' "$3" >"$words"
	! messages_unexpected "$words" >/dev/null || ends=fails
	[ "$ends" = "$2" ] || say "$VARIANT: a job $ends with: $3"
	rm -f "$words"
}

check_reports()
{
	local ends line variant

	for ends in fails passes; do
		fuzz_lines "$REPORT_EXAMPLES/$ends.txt" | while IFS= read -r line; do
			for variant in base debug kcsan; do
				report_ends "$variant" "$ends" "$line" <<<"[    1.000000] $line"
			done
		done
	done
	report_ends kcsan passes "the race of the tree" <"$REPORT_EXAMPLES/kcsan.txt"
	report_ends debug fails "the race of the tree" <"$REPORT_EXAMPLES/kcsan.txt"
	for ends in fails passes; do
		fuzz_lines "$REPORT_EXAMPLES/kcsan.$ends" | while IFS= read -r line; do
			! sed -E "$line" "$REPORT_EXAMPLES/kcsan.txt" |
				cmp -s - "$REPORT_EXAMPLES/kcsan.txt" ||
				say "the expression changes nothing: $line"
			sed -E "$line" "$REPORT_EXAMPLES/kcsan.txt" | report_ends kcsan "$ends" "$line"
		done
	done
	for variant in base debug kcsan; do
		messages_end "$variant" passes '# dmesg: <4>[    1.000000] tsc: Marking TSC unstable'
		messages_end "$variant" fails '# dmesg: <4>[    1.000000] seccomp: nobody knows this'
		messages_end "$variant" fails '# dmesg: <3>[    1.000000] seccomp: nobody knows this'
		messages_end "$variant" fails '# kit: messages lost'
	done
}
