# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The tests faults_*, which have each step of a call fail. They run in the debug
# variant alone, as what that takes costs at each allocation.

# Of the programs of a suite, those that this variant can run.
faults_where_possible() { if [ "$VARIANT" = debug ]; then cat; else grep -v '^faults_'; fi; }

# faults_table RUN: of a boot's words, a line for each step that has failed: which of
# the call's steps it was, of what kind, what came of it, and where it was, callees
# first. Fails if there is none, or if it is of any not known where it was.
faults_table()
{
	sed -n 's/^# point: //p' | awk -F'\t' -v run="$1" '
		BEGIN { wide = length(head = "call, and what can fail") }
		{
			call[NR] = $1; nth[NR] = $2; kind[NR] = $3; outcome[NR] = $4; where[NR] = $5
			wide = length($1) > wide ? length($1) : wide
			count[$4]++
			known += $5 != "-"
		}
		END {
			if (!NR)
				exit 1
			print run "\n"
			form = "%-" wide "s  %5s  %-4s  %-15s  %s\n"
			printf form, head, "step", "kind", "outcome", "where"
			for (i = 1; i <= NR; i++)
				printf form, call[i], nth[i], kind[i], outcome[i], where[i]
			printf "\n%d steps: %d ENOMEM, %d EFAULT, %d done without it\n\n", NR,
				count["ENOMEM"], count["EFAULT"], count["done without it"]
			exit known < NR
		}'
}

# faults_missing IMPL: of a boot's words, the steps of faults.sites that none of a call's
# failures was. Calls that differ in what is made to fail alone are one.
faults_missing()
{
	sed -n 's/^# point: //p' | awk -F'\t' -v column="$([ "$1" = c ] && say 4 || say 3)" '
		FILENAME != "-" {
			if (!/^#/ && $column != "-") {
				calls[++n] = $1; outcome[n] = $2; where[n] = $column; what[n] = $5
			}
			next
		}
		{
			call = $1
			sub(/, (copies|files|objects|pages)$/, "", call)
			for (i = 1; i <= n; i++) {
				if ($1 !~ calls[i])
					continue
				due[i, call] = call ": " what[i]
				any[i] = 1
				if ($4 == outcome[i] && $5 ~ where[i])
					seen[i, call] = 1
			}
		}
		END {
			for (i = 1; i <= n; i++)
				if (!any[i])
					print "no call " calls[i] ": " what[i]
			for (key in due)
				if (!(key in seen))
					print due[key]
		}' "$KIT/faults.sites" - | sort
}

# faults_listing PLAN-LINE...: these tables of all runs in build/results/faults.txt, and
# a row for each. Where no run has any the listing of a former one stays.
faults_listing()
{
	local line run impl mode cpus suites verdict why list=$RESULTS/faults.txt

	[ "$VARIANT" = debug ] || return 0
	rm -f "$list.new"
	for line in "$@"; do
		read -r run impl mode cpus suites <<<"$line"
		[[ " $suites " = *" own "* ]] || continue
		verdict=pass why=
		faults_table "$impl $mode $cpus" <"$RUNS/$run/words" >>"$list.new" ||
			verdict=fail why="no step has failed, or it is not known of all where"
		printf 'own\t%s\t%s\tfaults: what has failed, and where, is listed\t%s\n' \
			"$impl $mode $cpus" "$verdict" "$why"
		why=$(faults_missing "$impl" <"$RUNS/$run/words")
		verdict=pass
		[ -z "$why" ] || verdict=fail
		printf 'own\t%s\t%s\tfaults: each step of faults.sites has failed\t%s\n' \
			"$impl $mode $cpus" "$verdict" "$(paste -sd';' <<<"$why")"
	done
	[ ! -f "$list.new" ] || mv "$list.new" "$list"
}
