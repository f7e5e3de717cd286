# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The budget: what each case has cost Rust, in exact mode. A case that costs more
# than BUDGET_SLACK per cent above it fails.

BUDGET_SLACK=2
# Memory is counted in pages, of which some hide on lists: so many bytes are none.
BUDGET_BYTES=128
# Where a timer has to find the longest part: so many times as long is no other.
BUDGET_FOUND=4

# CASE/SIZE VALUE UNIT of the last run. What a call pays beyond the bare call is
# its budget, as the rest is not ours; so are no limits beside seccomp.
budget_rows()
{
	jq -r '
		map(select(.case)) | (map({ key: "\(.case)/\(.size)", value: .value }) | from_entries) as $all |
		.[] | select(.value != null and .case != "call.bare" and (.case | startswith("limit.") | not)) |
		(if .floor and .floor != .case then .value - $all["\(.floor)/0"] else .value end) as $own |
		"\(.case)/\(.size) \($own) \(.unit)"' "$BENCH_RUNS/rust.1.json"
	say "text/0 $(bench_text rust) bytes"
}

# budget_measure IMPL...
budget_measure()
{
	local impl

	[ "$MODE" = exact ] || die "the budget is one of instructions, and needs MODE=exact"
	[ -z "$CASES" ] || die "the budget is for all cases, and CASES picks some"
	bench_setup
	for impl in "$@"; do
		kernel_build "$VARIANT" "$impl"
	done
	bench_measure "" "$@"
	budget_rows >"$BENCH_RUNS/rows"
	BUDGET_TOOLS="$VARIANT, Linux $(jq -r '.[0].release' "$BENCH_RUNS/rust.1.json"), $(bench_tools)"
}

# Prints what is above the budget, and what is in one of the two alone.
budget_compare()
{
	awk -v slack="$BUDGET_SLACK" -v bytes="$BUDGET_BYTES" -v found="$BUDGET_FOUND" '
		/^#/ || NF < 2 { next }
		NR == FNR { budget[$1] = $2; next }
		{
			seen[$1] = 1
			if (!($1 in budget))
				print "  " $1 ": " $2 " " $3 ", and has no budget"
			else if ($1 ~ /^memory\./ && $2 <= budget[$1] + bytes)
				next
			else if ($1 ~ /^install\.interrupts_off/ && $2 <= budget[$1] * found)
				next
			else if ($2 > budget[$1] * (1 + slack / 100) && $2 > budget[$1])
				printf("  %s: %s %s, %.1f per cent above the budget of %s\n",
					$1, $2, $3, (budget[$1] > 0 ? 100 * ($2 / budget[$1] - 1) : 100),
					budget[$1])
		}
		END {
			for (name in budget)
				if (!(name in seen))
					print "  " name ": has a budget, and was not measured"
		}' "$BENCH_BUDGET" "$1" | sort
}

# A row for each case, for a later run that is to count these too.
budget_results()
{
	awk '
		FILENAME == ARGV[1] { name = $1; sub(/:$/, "", name); sub(/^ */, ""); over[name] = $0; next }
		{ seen[$1] = 1 }
		function row(name, why) {
			print "bench\trust exact 1\t" (why == "" ? "pass" : "fail") "\t" name "\t" why
		}
		{ row($1, over[$1]) }
		END {
			for (name in over)
				if (!(name in seen))
					row(name, over[name])
		}' <([ -z "$1" ] || printf '%s\n' "$1") "$BENCH_RUNS/rows"
}

budget_check()
{
	local over made

	tree_lock
	rm -f "$BUILD/bench.rows"
	[ -f "$BENCH_BUDGET" ] || die "there is no budget: make bench-accept REASON='...'"
	budget_measure rust
	over=$(budget_compare "$BENCH_RUNS/rows")
	budget_results "$over" >"$BUILD/bench.rows"
	if [ -z "$over" ]; then
		say "all $(wc -l <"$BENCH_RUNS/rows") cases are within their budget"
		return
	fi
	printf '%s\n' "$over"
	made=$(sed -n 's/^# made with: //p' "$BENCH_BUDGET")
	[ "$made" = "$BUDGET_TOOLS" ] ||
		warn "the budget was made with other tools: $made; these are: $BUDGET_TOOLS"
	die "$(wc -l <<<"$over") cases are over their budget; if they have to be: make bench-accept REASON='...'"
}

# The cases that have a goal, as a table for the README.
budget_table()
{
	jq -r '
		def number: if . == null then "" elif . == floor then tostring
			else (. * 1000 | round / 1000 | tostring) end;
		"| case | size | unit | C | Rust | ratio | goal |",
		"|---|--:|---|--:|--:|--:|---|",
		(.results[] | select((.goals | length) > 0 or .case == "call.bare") |
			(if (.goals | any(.words | test("floor"))) then
				[.c_over, .rust_over, .ratio_over, "over \(.floor)/0"]
			else [.c, .rust, .ratio, ""] end) as $row |
			"| \(.case) | \(.size) | \(.unit)\(if $row[3] == "" then "" else ", " + $row[3] end) |" +
			" \($row[0] | number) | \($row[1] | number) | \($row[2] | number) |" +
			" \([.goals[] | (.words | sub(" over the floor"; "")) +
				(if .met then "" else ", missed" end)] | join("; ")) |"),
		"",
		"Made with \(.tools)."' "$BENCH/bench.json"
}

# Puts the table where the README has its marks.
budget_readme()
{
	local readme=$TOP/README.md

	budget_table >"$BENCH_RUNS/table.md"
	awk -v table="$BENCH_RUNS/table.md" '
		/^<!-- bench: end -->/ { inside = 0 }
		!inside { print }
		/^<!-- bench: begin -->/ {
			inside = 1
			while ((getline line < table) > 0)
				print line
		}' "$readme" >"$readme.new"
	put_file "$readme.new" "$readme"
	rm -f "$readme.new"
}

# Writes the budget and the table in the README anew. The reason is in the budget and,
# in a repository, in a commit of these two alone.
budget_accept()
{
	[ -n "$REASON" ] || die "say why: make bench-accept REASON='...'"
	budget_measure c rust
	mkdir -p "$BENCH"
	bench_collect
	budget_readme
	{
		say "# SPDX-License-Identifier: GPL-2.0"
		say "# What each case costs Rust, written by \"make bench-accept\": CASE/SIZE VALUE UNIT."
		say "# A call's is what it pays beyond the bare call."
		say "# made with: $BUDGET_TOOLS"
		printf '%s\n' "$REASON" | fold -s -w 90 | sed '1s/^/# reason: /; 2,$s/^/# /; s/ *$//'
		cat "$BENCH_RUNS/rows"
	} >"$BENCH_BUDGET.new"
	mv "$BENCH_BUDGET.new" "$BENCH_BUDGET"
	say "$BENCH_BUDGET: $(wc -l <"$BENCH_RUNS/rows") cases"
	git -C "$TOP" rev-parse --git-dir >/dev/null 2>&1 || return 0
	git -C "$TOP" add -- "$BENCH_BUDGET" README.md
	if git -C "$TOP" diff --cached --quiet -- "$BENCH_BUDGET" README.md; then
		say "nothing has changed"
	else
		git -C "$TOP" commit -q -m "kit: renew the benchmark's budget" \
			-m "$(printf '%s\n' "$REASON" | fold -s -w 72 | sed 's/ *$//')" -- "$BENCH_BUDGET" README.md
		git -C "$TOP" log -1 --format='committed: %h %s'
	fi
}
