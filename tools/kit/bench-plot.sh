# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The results as plots: what a case costs over the size of its work, C and Rust
# side by side. One page with all of them, and each on its own, as PNG and SVG.

# The cases that were measured in enough sizes to draw a line.
plot_cases()
{
	jq -r '[.results[] | select(.c != null and .size > 0)] | group_by(.case)[] |
		select(length > 2) | "\(.[0].case)\t\(.[0].unit)"' "$BENCH/bench.json"
}

# SIZE C RUST of one case.
plot_data()
{
	jq -r --arg case "$1" '.results[] | select(.case == $case and .c != null and .size > 0) |
		"\(.size) \(.c) \(.rust)"' "$BENCH/bench.json" | sort -n
}

# What the size of a case is a number of.
plot_size()
{
	case $1 in
	call.*) say "filters" ;;
	life.*) say "filters" ;;
	tsync) say "threads" ;;
	outstanding.*) say "requests outstanding" ;;
	readers.*) say "readers asleep" ;;
	close) say "calls waiting" ;;
	*) say "size" ;;
	esac
}

# plot_panel CASE UNIT: gnuplot's words for one of them.
plot_panel()
{
	local name=$1 unit=$2 size scale="unset logscale y; set yrange [0:*]"
	local data=$BENCH_RUNS/$1.data

	plot_data "$name" >"$data"
	size=$(plot_size "$name")
	# From lowest to highest by more than a factor of ten: lines show nothing.
	if awk '{ for (i = 2; i <= 3; i++) { if (!low || $i < low) low = $i; if ($i > high) high = $i } }
		END { exit !(low > 0 && high > 10 * low) }' "$data"; then
		scale="set logscale y; set yrange [*:*]"
	fi
	cat <<-END
		$scale
		set logscale x
		set title "$name" noenhanced
		set xlabel "$size"
		set ylabel "$unit"
		plot "$data" using 1:2 title "C" with linespoints linestyle 1, \
			"$data" using 1:3 title "Rust" with linespoints linestyle 2
	END
}

plot_head()
{
	cat <<-'END'
		set linetype 1
		set style line 1 linewidth 2 pointtype 5 linecolor rgb "#555577"
		set style line 2 linewidth 2 pointtype 7 linecolor rgb "#c04a14"
		set grid linecolor rgb "#dddddd"
		set border 3
		set tics nomirror
		set key top left noenhanced
		set offsets graph 0, graph 0, graph 0.1, graph 0
	END
}

# plot_draw FILE SIZE: draws what standard input says, in both formats.
plot_draw()
{
	local words

	words=$(cat)
	gnuplot >"$LOGS/plot.log" 2>&1 <<-END || { log_reason "$LOGS/plot.log"; exit 1; }
		$(plot_head)
		set terminal pngcairo size $2 font "sans,10"
		set output "$1.png"
		$words
		unset output
		set terminal svg size $2 font "sans,10" background rgb "white"
		set output "$1.svg"
		$words
		unset output
	END
}

bench_plots()
{
	local name unit count rows

	rm -f "$BENCH"/*.png "$BENCH"/*.svg
	count=$(plot_cases | wc -l)
	[ "$count" -gt 0 ] || return 0
	rows=$(((count + 2) / 3))
	{
		say "set multiplot layout $rows,3"
		plot_cases | while IFS=$'\t' read -r name unit; do plot_panel "$name" "$unit"; done
		say "unset multiplot"
	} | plot_draw "$BENCH/all" "1320,$((rows * 330))"
	while IFS=$'\t' read -r name unit; do
		plot_panel "$name" "$unit" | plot_draw "$BENCH/$name" 640,420
	done < <(plot_cases)
}
