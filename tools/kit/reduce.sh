# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A case of the fuzzer, CASE of SEED, made as small as it can be: operations are left out
# while the two images still differ in it, and what is left is written as a program in C.
# The attempts of a round share a boot.

# keep LIST: numbers, one a line, as ranges "0,3,7-12".
reduce_ranges()
{
	awk '
		function put() { out = out (out == "" ? "" : ",") from (to > from ? "-" to : "") }
		NR == 1 { from = to = $1; next }
		$1 == to + 1 { to = $1; next }
		{ put(); from = to = $1 }
		END { if (NR) put(); print out }'
}

# The guest goes through the attempts in REDUCE/*.keep, each a list of what is kept.
reduce_job()
{
	local keep

	for keep in "$REDUCE"/*.keep; do
		say "echo '# kit: seed $(basename "$keep" .keep)'"
		say "$FUZZ --case $SEED $CASE --keep $(reduce_ranges <"$keep")"
	done
	say true
}

# Names of the attempts in which the two differ. One that a guest did not live through
# counts too; what would have come after it is not known. Of a guest that has come to
# none of them nothing is.
reduce_differing()
{
	local impl

	for impl in c rust; do
		fuzz_cases "$AB/reduce.$impl" >"$REDUCE/cases.$impl"
		[ ! -f "$AB/reduce.$impl.verdict" ] || tail -n 1 <(grep '^# kit: seed' "$AB/reduce.$impl") |
			awk '{ print $4 " died" }' >>"$REDUCE/cases.$impl"
		[ -s "$REDUCE/cases.$impl" ] ||
			die "the guest on $impl has come to no case: see ${LOGS#"$TOP/"}/${FLAVOUR}reduce-$impl.*"
	done
	awk '
		FILENAME == ARGV[1] { first[$1] = $0; next }
		$1 in first && first[$1] != $0 { print $1 }' "$REDUCE/cases.c" "$REDUCE/cases.rust"
}

# reduce_try: runs the attempts.
reduce_try()
{
	reduce_job >"$AB/reduce.job"
	ab_forget reduce
	ab_both reduce "$AB/reduce.job"
	reduce_differing >"$REDUCE/differing"
}

# reduce_attempts SIZE: from REDUCE/now, one attempt for each SIZE operations that are
# left out, named by their place.
reduce_attempts()
{
	rm -f "$REDUCE"/*.keep
	awk -v size="$1" -v dir="$REDUCE" '
		{ line[NR] = $0 }
		END {
			for (from = 1; from <= NR; from += size)
				for (i = 1; i <= NR; i++)
					if (i < from || i >= from + size)
						print line[i] > (dir "/" from ".keep")
		}' "$REDUCE/now"
}

# From the parts that could be left out alone: all of them, each half, and so on, as the
# next attempts. One that was seen already is among them, so that there is progress.
reduce_together()
{
	local size=$1

	rm -f "$REDUCE"/*.keep
	awk -v size="$size" -v dir="$REDUCE" '
		FILENAME == ARGV[1] { part[n++] = $1; next }
		{ line[++lines] = $0 }
		END {
			for (span = n; span >= 1; span = span > 1 ? int((span + 1) / 2) : 0)
				for (at = 0; at < n; at += span) {
					file = dir "/" ++attempts ".keep"
					printf "" > file
					for (i = 1; i <= lines; i++) {
						drop = 0
						for (k = at; k < at + span && k < n; k++)
							if (i >= part[k] && i < part[k] + size)
								drop = 1
						if (!drop)
							print line[i] > file
					}
					close(file)
				}
		}' "$REDUCE/differing" "$REDUCE/now"
	# An attempt at nothing would be no case.
	find "$REDUCE" -name '*.keep' -size 0 -delete
}

# The smallest of the attempts that differ becomes what is left; false if none does.
reduce_take()
{
	local best

	best=$(while read -r name; do wc -l "$REDUCE/$name.keep"; done <"$REDUCE/differing" |
		sort -n | head -n 1 | sed 's/^ *[0-9]* //')
	[ -n "$best" ] || return 1
	cp "$best" "$REDUCE/now"
}

# What is left as a program, built and run on both; beside it both logs. Each has a boot
# of its own, as a kernel may not live through it.
reduce_program()
{
	local name=$SEED-$CASE keep
	keep=$(reduce_ranges <"$REDUCE/now")

	"$PROGRAMS/fuzz/fuzz" --list "$SEED" "$CASE" --keep "$keep" >"$AB/$name.list"
	say "$FUZZ -v --case $SEED $CASE --keep $keep" >"$AB/logs.job"
	ab_both logs "$AB/logs.job"
	diff -u "$AB/logs.c" "$AB/logs.rust" >"$AB/$name.logs.diff" || true
	repro_make "$SEED" "$CASE" "$keep" "$AB/$name.c" "$REDUCE/guest/kit/repro"
	repro_initramfs "$REDUCE/guest"
	say /kit/repro >"$AB/repro.job"
	ab_both repro "$AB/repro.job"
}

# reduce_case: does so for SEED and CASE, and leaves in AB the program, what it is made
# of (.list), and how logs and program differ. Fails if the case is the same on both.
reduce_case()
{
	local size left impl

	REDUCE=$AB/reducing
	rm -rf "$REDUCE"
	mkdir -p "$REDUCE"
	"$PROGRAMS/fuzz/fuzz" --list "$SEED" "$CASE" | awk '/^[0-9]/ { print $1 }' >"$REDUCE/now"
	cp "$REDUCE/now" "$REDUCE/1.keep"
	reduce_try
	[ -s "$REDUCE/differing" ] || die "case $CASE of seed $SEED is the same on both"
	size=$((($(wc -l <"$REDUCE/now") + 1) / 2))
	while :; do
		left=$(wc -l <"$REDUCE/now")
		# Without any operation there is nothing to differ.
		[ "$size" -lt "$left" ] || size=$((left / 2))
		[ "$size" -gt 0 ] || break
		say "  $left operations are left; leaving out $size at a time"
		reduce_attempts "$size"
		reduce_try
		if [ -s "$REDUCE/differing" ]; then
			if [ "$(wc -l <"$REDUCE/differing")" -gt 1 ]; then
				reduce_together "$size"
				reduce_try
			fi
			reduce_take && continue
		fi
		[ "$size" -gt 1 ] || break
		size=$((size / 2))
	done
	reduce_program
	cat "$AB/$SEED-$CASE.list"
	say "the logs differ as in $AB/$SEED-$CASE.logs.diff"
	for impl in c rust; do
		cmp -s <(grep -v '^case \|^# kit: ' "$AB/logs.$impl") <(grep -v '^# kit: ' "$AB/repro.$impl") ||
			warn "on $impl the program does not print just what the fuzzer logs"
	done
	repro_verdict "$AB/$SEED-$CASE.c" "$AB/repro.c" "$AB/repro.rust"
}
