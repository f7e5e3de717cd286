# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Reading results. Every kind becomes rows of one form, tab-separated:
#   suite  run  verdict (pass, fail, skip)  test  reason

# tap_rows SUITE RUN OUT JOB: the rows of one suite in a boot's words, where the job
# has put each program's TAP between marks. A program of it that was not begun fails.
# Writes its guest time to OUT.
tap_rows()
{
	tr -d '\r' | awk -v suite="$1" -v run="$2" -v out="$3" -v job="$4" '
		function row(verdict, test, reason) {
			gsub(/\t/, " ", reason)
			print suite "\t" run "\t" verdict "\t" program ": " test "\t" reason
			rows++
			if (verdict == "fail")
				failed = 1
		}
		function finish() {
			if (program == "")
				return
			if (status == "")
				row("fail", "program", "did not come to its end")
			else if (plan == "" && !count)
				row("fail", "program", "printed no TAP, ended with status " status)
			else if (count != plan)
				row("fail", "program", "ran " count + 0 " of " plan + 0 " tests, ended with status " status)
			else if (!count)
				row("fail", "program", "has no test, ended with status " status)
			else if (status != 0 && status != 4 && !failed)
				row("fail", "program", "every test passed, but it ended with status " status)
			program = ""
		}
		BEGIN {
			while ((got = (getline line < job)) > 0)
				if (split(line, word, " ") > 2 && word[1] == "run" && word[2] == suite)
					wanted[++wants] = word[3]
			if (got < 0) {
				program = "suite"
				row("fail", "job", "cannot be read, so what was to run is not known")
				program = ""
			}
		}
		/^# kit: begin / {
			finish()
			if ($4 != suite)
				next
			program = $5; began = $6
			begun[program] = 1
			plan = status = why = ""; count = failed = 0
			next
		}
		program == "" { next }
		/^# kit: end / {
			status = $4
			seconds += $5 - began
			finish()
			next
		}
		/^1\.\.[0-9]+/ && plan == "" {
			split($1, range, /\.\./)
			plan = range[2] + 0
			if (plan == 0 && match($0, /# SKIP/)) {
				row("skip", "program", substr($0, RSTART + 7))
				status = 4
				program = ""
			}
			next
		}
		/^(not )?ok [0-9]+/ {
			verdict = /^not/ ? "fail" : "pass"
			test = $0
			sub(/^(not )?ok [0-9]+ *(- )?/, "", test)
			reason = ""
			if (match(test, / *# (SKIP|XFAIL)/)) {
				reason = substr(test, RSTART + RLENGTH + 1)
				if (test ~ /# SKIP/)
					verdict = "skip"
				test = substr(test, 1, RSTART - 1)
			}
			count++
			row(verdict, test, verdict == "fail" ? why : reason)
			why = ""
			next
		}
		/^# *RUN / { why = ""; next }
		/^#/ && !/^# *(OK|FAIL|SKIP|Starting|PASSED|FAILED|Totals|point:)/ {
			sub(/^# */, "")
			if (length(why) < 600)
				why = why (why == "" ? "" : " | ") $0
		}
		END {
			finish()
			for (i = 1; i <= wants; i++)
				if (!(wanted[i] in begun)) {
					program = wanted[i]
					row("fail", "program", "was not begun")
				}
			if (!rows) {
				program = "suite"
				row("fail", "ran", "no test ran")
			}
			print int(seconds + 0.5) > out
		}'
}

# ktap_rows SUITE RUN: the rows of what KUnit printed on the console. Only the
# innermost results count; a line that sums up others is not a test.
ktap_rows()
{
	tr -d '\r' | sed -E 's/^\[ *[0-9.]+\] ?//' | awk -v suite="$1" -v run="$2" '
		function row(verdict, test, reason) {
			gsub(/\t/, " ", reason)
			print suite "\t" run "\t" verdict "\t" test "\t" reason
			rows++
		}
		/^KTAP version/ && !started { started = 1; next }
		!started { next }
		/^1\.\.[0-9]+/ && total == "" { split($1, range, /\.\./); total = range[2] + 0; next }
		/^ *# Subtest: / {
			match($0, /^ */)
			depth = RLENGTH / 4
			name[depth] = $0
			sub(/^ *# Subtest: /, "", name[depth])
			inner[depth] = 0
			next
		}
		/^ *(not )?ok [0-9]+ / {
			match($0, /^ */)
			depth = RLENGTH / 4
			verdict = /^ *not/ ? "fail" : "pass"
			test = $0
			sub(/^ *(not )?ok [0-9]+ *(- )?/, "", test)
			reason = ""
			if (match(test, / *# SKIP/)) {
				verdict = "skip"
				reason = substr(test, RSTART + RLENGTH + 1)
			}
			sub(/ *#.*/, "", test)
			if (depth == 0) {
				done++
				if (!inner[1])
					row(verdict, test, reason == "" ? why : reason)
				else if (verdict == "fail" && !failed)
					row("fail", test, "the suite failed, though none of its tests did")
				failed = 0
				inner[1] = 0
			} else if (depth == 1 && inner[2]) {
				inner[1] = 1
				inner[2] = 0
			} else {
				inner[depth] = 1
				if (depth > 1)
					inner[1] = 1
				row(verdict, name[1] ": " (depth > 1 ? name[2] " " : "") test, reason == "" ? why : reason)
			}
			if (verdict == "fail")
				failed = 1
			why = ""
			next
		}
		/^ +# / || /^ +(EXPECTATION|ASSERTION)/ {
			sub(/^ +#? */, "")
			if (!/^(Totals|Subtest|module|pass:)/ && length(why) < 600)
				why = why (why == "" ? "" : " | ") $0
			next
		}
		END {
			if (!started)
				row("fail", "kunit", "KUnit printed nothing on the console")
			else if (!total || done != total)
				row("fail", "kunit", "ran " done + 0 " of " total + 0 " suites")
		}'
}

# rows_tap: rows as one TAP document.
rows_tap()
{
	awk -F'\t' '
		{
			line[NR] = ($3 == "fail" ? "not ok " : "ok ") NR " - " $2 ": " $4 \
				($3 == "skip" ? " # SKIP " $5 : "")
			why[NR] = $3 == "fail" ? $5 : ""
		}
		END {
			print "TAP version 13"
			print "1.." NR
			for (i = 1; i <= NR; i++) {
				print line[i]
				if (why[i] != "")
					print "  # " why[i]
			}
		}'
}

# rows_same A B LABEL: one failing row for each test whose result differs
# between the two, or one passing row. Where there is none nothing is the same.
rows_same()
{
	awk -F'\t' -v label="$3" '
		FILENAME == ARGV[1] { first[$4] = $3; next }
		{ second[$4] = $3; n++ }
		function differ(test, a, b) {
			bad++
			print label "\trust and c\tfail\t" test "\trust: " a ", c: " b
		}
		END {
			for (test in first)
				if (first[test] != second[test])
					differ(test, first[test], second[test] == "" ? "missing" : second[test])
			for (test in second)
				if (!(test in first))
					differ(test, "missing", second[test])
			if (!bad && n)
				print label "\trust and c\tpass\tthe same " n " results\t"
			else if (!bad)
				print label "\trust and c\tfail\tthe same results\tthere are none"
		}' "$1" "$2" | sort
}
