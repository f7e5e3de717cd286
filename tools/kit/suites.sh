# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The boots that test an image. A run is one boot: an implementation, a mode, a
# number of CPUs, and the suites that it goes through; it leaves its rows,
# verdict and times in build/runs/<run>/.
#
#   tree   the tree's own seccomp_bpf, unmodified
#   tree32 the same as a 32-bit program, where the kernel is for 64 bits
#   own    tools/testing/selftests/seccomp_rust
#   kunit  the unit tests and documentation examples inside the kernel

RUNS=$BUILD/runs
RESULTS=$BUILD/results${FLAVOUR:+/${FLAVOUR%-}}
# With all checks on, tests with a time limit run into it in the parallel mode
# with Rust; it has not been measured with C.
case $VARIANT in
debug) MODES=${MODES:-exact1 exact2} ;;
*) MODES=${MODES:-exact1 exact2 parallel2} ;;
esac
SUITES=${SUITES:-$ARCH_SUITES kunit}
REPEAT=${REPEAT:-}
export -n SUITES MODES REPEAT

# How the guest runs a program of a suite, with marks around its words: run SUITE
# PROGRAM [ARGUMENT...].
job_run()
{
	cat <<-'END'
		run()
		{
			suite=$1 program=$2
			shift 2
			read -r now _ </proc/uptime
			printf '\n# kit: begin %s %s %s\n' "$suite" "$program" "$now"
			cd "/kit/tests/$suite"
			setsid "./$program" "$@" </dev/null
			status=$?
			read -r now _ </proc/uptime
			printf '\n# kit: end %s %s\n' "$status" "$now"
		}
	END
}

# How it ends, having looked for leaks where the kernel can. Objects younger than
# five seconds are no leak to kmemleak yet. One that has given up refuses to look.
job_end()
{
	cat <<-'END'
		leak=/sys/kernel/debug/kmemleak
		if [ -e "$leak" ]; then
			echo scan >"$leak" && sleep 6 && echo scan >"$leak" && echo '# kit: leaks looked for'
			sed 's/^/# kmemleak: /' "$leak"
		fi
	END
	job_messages
	say true
}

# suite_options MODE SUITE: what a program is told besides. One test of the tree's makes
# 100,000 notifications, and has half a minute for them. Side by side that is real time, and
# with KCSAN too little of it, for C as well.
suite_options()
{
	case "$VARIANT $1 $2" in
	kcsan\ parallel*\ tree*) say "-T user_notification_wait_killable_after_reply" ;;
	esac
}

# suite_job MODE SUITE...: what the guest does for these suites.
suite_job()
{
	local mode=$1 suite program options
	shift

	job_run
	for suite in "$@"; do
		options=$(suite_options "$mode" "$suite")
		programs_list "$suite" | faults_where_possible | while IFS= read -r program; do
			say "run $suite $program${options:+ $options}"
		done
	done
	job_end
}

# suite_run RUN IMPL MODE CPUS SUITE...
suite_run()
{
	local run=$1 impl=$2 mode=$3 cpus=$4 id append=
	local dir=$RUNS/$1 image
	image=$(kernel_dir "$VARIANT" "$2")/$IMAGE
	shift 4

	mkdir -p "$dir"
	if [ "$1" = kunit ]; then
		append="kunit.enable=1 kunit.autorun=1"
		job_end >"$dir/job"
	else
		suite_job "$mode" "$@" >"$dir/job"
	fi
	id=$({
		boot_inputs "$image"
		cat "$dir/job" "$KIT"/{faults,suites}.sh
		say "$mode $cpus $append $BOOT_TURNS"
	} | digest)
	# Exact mode repeats itself: the reference needs no second run.
	if [ "$impl $mode" = "c exact" ] && [ "$(cat "$dir/id" 2>/dev/null)" = "$id" ]; then
		return
	fi
	rm -f "$dir"/{id,rows,note,explained,*.seconds}
	initramfs_with "$dir/job" "$dir/initramfs.cpio"
	suite_boot "$run" "$impl $mode $cpus" "$@"
	# Side by side, time limits are real time, which a busy host can eat up.
	if [ "$mode" = parallel ] && [ "$BOOT_VERDICT" = ok ] && suite_out_of_time "$dir/rows"; then
		cut -f4 <(grep '	fail	' "$dir/rows") |
			sed "s/\$/ ran out of time in $run, which was run again/" >"$dir/note"
		suite_boot "$run" "$impl $mode $cpus" "$@"
	fi
	rm -f "$dir/initramfs.cpio"
	if [ "$BOOT_VERDICT" = ok ]; then
		say "$id" >"$dir/id"
	else
		boot_explain "$run" 2>"$dir/explained"
	fi
}

# Whether there are failures, and time limits are all that is behind them.
suite_out_of_time()
{
	awk -F'\t' '
		$3 != "fail" { next }
		/terminated by timeout/ { late++; next }
		{ other = 1; exit }
		END { exit other || !late }' "$1"
}

# Rows in which no test of ours is skipped on Rust: the configurations have all that they
# need. But where kmemleak looks for leaks, tests do not.
suite_unskipped()
{
	awk -F'\t' -v OFS='\t' -v variant="$VARIANT" '
		$1 == "own" && $2 ~ /^rust / && $3 == "skip" &&
				!(variant == "debug" && $4 ~ /^tree: leak\./) {
			$3 = "fail"
			$5 = "must not be skipped: " $5
		}
		{ print }'
}

# suite_boot RUN LABEL SUITE...
suite_boot()
{
	local run=$1 label=$2 dir=$RUNS/$1 mode cpus suite BOOT_JOB=$RUNS/$1/job
	shift 2

	read -r _ mode cpus <<<"$label"
	boot "$run" "$mode" "$cpus" "$image" "$dir/initramfs.cpio" "$append"
	tr -d '\r' <"$LOGS/$run.out" >"$dir/words"
	for suite in "$@"; do
		if [ "$suite" = kunit ]; then
			ktap_rows kunit "$label" <"$LOGS/$run.console"
			say "$BOOT_SECONDS" >"$dir/kunit.seconds"
		else
			tap_rows "$suite" "$label" "$dir/$suite.seconds" "$dir/job" <"$dir/words"
		fi
		[ "$BOOT_VERDICT" = ok ] ||
			printf '%s\t%s\tfail\tboot\t%s\n' "$suite" "$label" "$BOOT_VERDICT"
	done | suite_unskipped >"$dir/rows.new"
	mv "$dir/rows.new" "$dir/rows"
}

# The runs that are asked for, one a line: RUN IMPL MODE CPUS SUITE...
suite_plan()
{
	local impl mode modes suite round
	local -a boots=()

	case $REPEAT in *[!0-9]* | 0*) die "REPEAT=$REPEAT: a number of times, at least 1" ;; esac
	for mode in SUITES IMPLS MODES; do
		[[ ${!mode} = *[![:space:]]* ]] || die "$mode: there is nothing to run"
	done
	for suite in $SUITES; do
		case " $ARCH_SUITES kunit " in
		*" $suite "*) [ "$suite" = kunit ] || boots+=("$suite") ;;
		*) die "SUITES: there is no suite '$suite'; there are $ARCH_SUITES kunit" ;;
		esac
	done
	for impl in $IMPLS; do
		case $impl in rust | c) ;; *) die "IMPLS: '$impl' is neither rust nor c" ;; esac
		# C is the reference: one run tells its results, unless it is asked for alone.
		modes=$MODES
		[ "$impl $IMPLS" = "c c" ] || [ "$impl" = rust ] || modes=exact1
		for mode in $modes; do
			case $mode in exact[1-8] | parallel[1-8]) ;; *) die "MODES: '$mode' is no mode" ;; esac
			[ ${#boots[@]} -gt 0 ] || continue
			for round in $(seq "${REPEAT:-1}"); do
				say "$FLAVOUR$VARIANT-$impl-$mode$([ "$round" = 1 ] || say ".$round")" \
					"$impl ${mode%[1-8]} ${mode##*[a-z]} ${boots[*]}"
			done
		done
	done
	case " $SUITES " in *" kunit "*) say "$FLAVOUR$VARIANT-${IMPLS%% *}-kunit ${IMPLS%% *} exact 1 kunit" ;; esac
}

# suite_first IMPL SUITE ROWS: the rows of a suite in the first exact run of it, if any.
# Runs that are repetitions of each other have one name.
suite_first()
{
	awk -F'\t' -v impl="$1" -v suite="$2" '
		$1 != suite || $2 !~ "^" impl " exact " { next }
		run == "" { run = $2 }
		$2 == run && !seen[$4]++' "$3"
}

# The exact runs share the host's CPUs; a parallel one has them to itself.
suite_runs()
{
	local mode line start=$SECONDS total most
	local -a plan
	PROGRESS_SHOWN=$SECONDS

	mapfile -t plan < <(suite_plan)
	total=${#plan[@]}
	rm -f "$LOGS/$FLAVOUR$VARIANT"-*.out
	rm -f "$RUNS"/*/done
	for mode in exact parallel; do
		most=1
		[ "$mode" = parallel ] || most=$JOBS
		for line in "${plan[@]}"; do
			# shellcheck disable=SC2086 # the words of a plan's line
			set -- $line
			[ "$3" = "$mode" ] || continue
			beside_wait $((most - 1)) suite_progress "$total" "$start"
			beside suite_start "$@"
		done
		beside_all suite_progress "$total" "$start"
	done
	for line in "${plan[@]}"; do
		[ -e "$RUNS/${line%% *}/done" ] || die "the run ${line%% *} broke off"
	done
}

suite_start()
{
	suite_run "$@"
	touch "$RUNS/$1/done"
}

suite_progress()
{
	local total=$1 start=$2 ended results

	ended=$(find "$RUNS" -maxdepth 2 -name "done" | wc -l)
	results=$(cat "$LOGS/$FLAVOUR$VARIANT"-*.out 2>/dev/null | grep -acE '^(not )?ok ' || true)
	progress_draw "  tests: $ended of $total boots, $results results, $(elapsed $((SECONDS - start)))"
}

# The guest time, in seconds, that a suite took in a run.
suite_seconds()
{
	local suite=$1 label=$2 line

	suite_plan | while read -r line; do
		# shellcheck disable=SC2086
		set -- "$suite" "$label" $line
		[ "$4 $5 $6" = "$2" ] || continue
		cat "$RUNS/$3/$suite.seconds" 2>/dev/null || true
	done | tail -n 1
}

# What failed and why, what was skipped and why, a line for each suite and run,
# and last the sum alone on its line. Fails if anything did.
suite_table()
{
	local rows=$1 suite label rest

	awk -F'\t' '$3 != "pass" {
		printf "%s  %s (%s): %s\n", $3 == "fail" ? "FAILED " : "skipped", $1, $2, $4
		if ($5 != "")
			print "             " $5
	}' "$rows"
	printf '\n%-16s %-16s %6s %6s %6s %8s\n' suite run pass fail skip seconds
	awk -F'\t' '
		{
			key = $1 "\t" $2
			if (!(key in n))
				order[++keys] = key
			n[key]++
			count[key, $3]++
		}
		END {
			for (i = 1; i <= keys; i++)
				printf "%s\t%d\t%d\t%d\n", order[i], count[order[i], "pass"],
					count[order[i], "fail"], count[order[i], "skip"]
		}' "$rows" |
		while IFS=$'\t' read -r suite label rest; do
			# shellcheck disable=SC2086
			printf '%-16s %-16s %6d %6d %6d %8s\n' "$suite" "$label" $rest \
				"$(suite_seconds "$suite" "$label")"
		done
	awk -F'\t' '
		{ count[$3]++ }
		END {
			printf "\n%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"]
			exit count["fail"] > 0 || count["pass"] == 0
		}' "$rows"
}
