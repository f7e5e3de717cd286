# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make bench, bench-check, bench-accept, bench-profile: what seccomp costs in Rust
# and in C, measured by one program on both images of one configuration.
#
#   exact   instructions, the same each time: one boot of each image, side by side
#   time    nanoseconds on two virtual CPUs: pairs of boots, one after another
#
# bench.goals says what Rust is to cost beside C, bench.budget what it has cost.

BENCH=$RESULTS/bench
BENCH_RUNS=$BUILD/bench
BENCH_BUDGET=$KIT/bench.budget
MODE=${MODE:-exact}
CASES=${CASES:-}
REASON=${REASON:-}
export -n MODE CASES REASON

# Mitigations are the processor's price, and both pay it. No figure needs them.
BOOT_APPEND="$BOOT_ALWAYS mitigations=off"
BOOT_LIMIT=3600
BOOT_IDLE=900

bench_setup()
{
	setup_all
	packages_need jq=jq gnuplot=gnuplot-nox
	case $MODE in exact | time) ;; *) die "MODE=$MODE: it is either exact or time" ;; esac
}

# bench_job [OPTION...]: what the guest does. A crowd of ten thousand is more
# than the smallest guest would let in by itself.
bench_job()
{
	local pattern words=
	local -a patterns

	read -ra patterns <<<"$CASES"
	for pattern in "${patterns[@]}"; do words+=" '$pattern'"; done
	say 'echo 40000 >/proc/sys/kernel/threads-max'
	say "exec /kit/tests/bench/bench $*$words"
}

# bench_boot IMPL ROUND: leaves BENCH_RUNS/IMPL.ROUND.json.
bench_boot()
{
	local impl=$1 round=$2 run=bench-$1-$2 mode=exact cpus=1
	local to=$BENCH_RUNS/$1.$2.json

	[ "$MODE" = exact ] || { mode=parallel cpus=2; }
	rm -f "$to"
	boot "$run" "$mode" "$cpus" "$BUILD/$VARIANT-$impl/bzImage" "$BENCH_RUNS/initramfs.cpio"
	if [ "$BOOT_VERDICT" != ok ]; then
		boot_explain "$run"
		return 1
	fi
	tr -d '\r' <"$LOGS/$run.out" | sed -n '/^\[{/,/^\]$/p' >"$to.new"
	if ! jq -e 'length > 1' "$to.new" >/dev/null; then
		warn "$run: the benchmark has printed no result; see $LOGS/$run.out"
		return 1
	fi
	jq -r --arg run "$run" '.[] | select(.failed) | "kit: \($run): \(.case)/\(.size): \(.failed)"' \
		"$to.new" >&2
	[ "$(boot_status "$run")" = 0 ] || return 1
	mv "$to.new" "$to"
}

bench_progress()
{
	local results

	results=$(cat "$LOGS"/bench-*.out 2>/dev/null | grep -c '^{"case"' || true)
	progress_draw "  benchmark: $results results, $(elapsed $((SECONDS - BENCH_START)))"
}

# bench_initramfs [OPTION...]: what the guest boots into, in a clean directory.
bench_initramfs()
{
	initramfs_build bench
	rm -rf "$BENCH_RUNS"
	mkdir -p "$BENCH_RUNS"
	bench_job "$@" >"$BENCH_RUNS/job"
	initramfs_with "$BENCH_RUNS/job" "$BENCH_RUNS/initramfs.cpio"
}

# bench_measure OPTIONS IMPL...
bench_measure()
{
	local options=$1 impl round rounds=1
	shift

	[ "$MODE" = exact ] || rounds=${REPEAT:-5}
	bench_initramfs "$options"
	rm -f "$LOGS"/bench-*.out
	BENCH_START=$SECONDS
	PROGRESS_SHOWN=$SECONDS
	for round in $(seq "$rounds"); do
		for impl in "$@"; do
			beside bench_boot "$impl" "$round"
			if [ "$MODE" = time ] || [ "$JOBS" -lt 2 ]; then
				beside_all bench_progress
			fi
		done
		beside_all bench_progress
		for impl in "$@"; do
			[ -f "$BENCH_RUNS/$impl.$round.json" ] ||
				die "the benchmark did not come to its end on $impl"
		done
	done
}

# The bytes of code of an implementation, unit tests aside.
bench_text()
{
	local objects out=$TREE/o-$VARIANT-$1/kernel

	if [ "$1" = rust ]; then objects=$out/seccomp; else objects=$out/seccomp.o; fi
	find "$objects" -name '*.o' -print0 | xargs -0 "$NM" -S |
		awk 'NF == 4 && $3 ~ /[tTwW]/ && $4 !~ /tests|testing|kunit/ { print $2 }' |
		{
			sum=0
			while read -r size; do sum=$((sum + 16#$size)); done
			say "$sum"
		}
}

# All runs as one document. What the figures depend on goes with them.
bench_collect()
{
	jq -n -f "$KIT/bench.jq" \
		--slurpfile c <(cat "$BENCH_RUNS"/c.*.json) \
		--slurpfile rust <(cat "$BENCH_RUNS"/rust.*.json) \
		--argjson text "{\"c\": $(bench_text c), \"rust\": $(bench_text rust)}" \
		--arg mode "$MODE" --arg variant "$VARIANT" --arg tools "$(bench_tools)" \
		--rawfile goals "$KIT/bench.goals" >"$BENCH/bench.json"
}

# What made the images, and what counted.
bench_tools()
{
	printf '%s, %s, %s\n' "$("$CLANG" --version | sed -n '1s/.*version \([^ ]*\).*/clang \1/p')" \
		"$("$RUST_BIN/rustc" --version | cut -d' ' -f1,2)" \
		"$(qemu-system-x86_64 --version | sed -n '1s/.*version \([^ ]*\).*/QEMU \1/p')"
}

bench_table()
{
	jq -r '
		def number: if . == null then "-" elif . == floor then tostring
			else (. * 1000 | round / 1000 | tostring) end;
		def spread: if .spread then " (\(.spread[0] | number)-\(.spread[1] | number))" else "" end;
		(["case", "size", "unit", "C", "Rust", "ratio", "C, over", "Rust, over", "ratio", "goal"],
		(.results[] |
			if .skipped then
				[.case, .size, "-", "-", "-", "-", "-", "-", "-", "skipped: \(.skipped)"]
			else
				[.case, .size, .unit, (.c | number), (.rust | number),
				"\(.ratio | number)\(spread)", (.c_over | number), (.rust_over | number),
				(.ratio_over | number),
				([.goals[]? | "\(.words): \(if .met then "met" else "MISSED" end)"] | join("; "))]
			end))
		| map(tostring) | join("\t")' "$BENCH/bench.json" |
		awk -F'\t' '
			{
				for (i = 1; i < 10; i++) {
					cell[NR, i] = $i
					if (length($i) > width[i])
						width[i] = length($i)
				}
				last[NR] = $10
			}
			END {
				for (n = 1; n <= NR; n++) {
					for (i = 1; i < 10; i++)
						printf "%" (i == 1 || i == 3 ? "-" : "") width[i] "s  ", cell[n, i]
					print last[n]
				}
			}' | sed 's/ *$//'
	jq -r '
		[.results[].goals[]?] |
		"\n\(map(select(.met)) | length) of \(length) goals met"' "$BENCH/bench.json"
}

bench_run()
{
	bench_setup
	kernel_build "$VARIANT" c
	kernel_build "$VARIANT" rust
	mkdir -p "$BENCH"
	bench_measure "" c rust
	bench_collect
	bench_table | tee "$BENCH/table.txt"
	bench_plots
	say "$BENCH: bench.json, table.txt, plots as PNG and SVG"
}

# shellcheck source=/dev/null
. "$KIT/bench-plot.sh"
# shellcheck source=/dev/null
. "$KIT/bench-budget.sh"
# shellcheck source=/dev/null
. "$KIT/bench-profile.sh"

case ${command:?} in
bench) bench_run ;;
bench-check) budget_check ;;
bench-accept) budget_accept ;;
bench-profile) bench_profile ;;
esac
