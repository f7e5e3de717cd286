# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make stress: the races, on each implementation that is asked for, side by side
# with two virtual CPUs and then with eight, half of the time each, or with other
# numbers of them. The words of the program and of the kernel are left in
# build/results/stress/; those of the last run stay until this one is complete. Of one
# that is broken off the boots that have ended, well or not, are kept for the next, and
# forgotten when that is complete: what comes of a race is chance, and another run is
# another search.

STRESS_RESULTS=$RESULTS/stress
STRESS_NEW=$STRESS_RESULTS/$VARIANT.new

# An operation may take this long, in seconds, before it is taken to hang.
case $VARIANT in
debug) STRESS_PATIENCE=300 ;;
kcsan) STRESS_PATIENCE=180 ;;
*) STRESS_PATIENCE=60 ;;
esac

# What the guest does: C may lose replies where we may not.
stress_job()
{
	local impl=$1 seconds=$2

	job_run
	say "run stress stress -t $seconds -s $SEED -p $STRESS_PATIENCE" \
		"$([ "$impl" = rust ] || say '-c')${OPERATIONS:+ -o $OPERATIONS}"
	job_end
}

# How far the program is, by the last whole line of it that says so.
stress_progress()
{
	local said

	said=$(tail -c 4096 "$1" | tr -d '\r' |
		sed -n 's/^# stress: \([0-9]*\) s, \([0-9]*\) operations$/\1 \2/p' | tail -n 1)
	[ -n "$said" ] || return 0
	progress_draw "  stress $STRESS_RUN: $(elapsed "${said% *}") of $(elapsed "$STRESS_SECONDS"), ${said#* } operations"
}

# What decides about a run, but for chance.
stress_id()
{
	local impl

	{
		for impl in $IMPLS; do boot_inputs "$(kernel_dir "$VARIANT" "$impl")/$IMAGE"; done
		cat "$KIT"/{suites,stress}.sh
		say "$IMPLS, $MINUTES, ${OPERATIONS:-any}, ${CPUS:-any}, ${SEED:-any}"
	} | digest
}

# Goes on with a run that was broken off, and its seed, or begins one.
stress_begin()
{
	local id

	id=$(stress_id)
	if [ "$(cat "$STRESS_NEW/id" 2>/dev/null)" != "$id" ]; then
		rm -rf "$STRESS_NEW"
		mkdir -p "$STRESS_NEW"
		say "${SEED:-$(date +%s)}" >"$STRESS_NEW/seed"
		say "$id" >"$STRESS_NEW/id"
	fi
	SEED=$(cat "$STRESS_NEW/seed")
}

# stress_boot IMPL CPUS SECONDS: a boot and its rows, or those of before.
stress_boot()
{
	local to=$STRESS_NEW/$VARIANT-$1-parallel$2

	if [ -f "$to.ended" ]; then
		say "  not run again: $1, $2 CPUs"
		return
	fi
	stress_run "$@"
	touch "$to.ended"
}

# stress_run IMPL CPUS SECONDS: one boot, and its rows.
stress_run()
{
	local impl=$1 cpus=$2 name=stress-$FLAVOUR$VARIANT-$1-parallel$2 label="$1 parallel $2"
	local to=$STRESS_NEW/$VARIANT-$1-parallel$2 BOOT_JOB=$BUILD/stress.job

	STRESS_RUN="$impl, $cpus CPUs"
	STRESS_SECONDS=$3
	stress_job "$impl" "$3" >"$BOOT_JOB"
	initramfs_with "$BOOT_JOB" "$BUILD/stress.cpio"
	PROGRESS_SHOWN=$SECONDS
	BOOT_FOLLOW=stress_progress
	boot "$name" parallel "$cpus" "$(kernel_dir "$VARIANT" "$impl")/$IMAGE" "$BUILD/stress.cpio"
	BOOT_FOLLOW=
	progress_erase
	tr -d '\r' <"$LOGS/$name.out" >"$to.words"
	tr -d '\r' <"$LOGS/$name.console" >"$to.console"
	rm -f "$to.hang"
	[ ! -e "$LOGS/$name.hang" ] || cp "$LOGS/$name.hang" "$to.hang"
	{
		tap_rows stress "$label" "$to.seconds" "$BOOT_JOB" <"$to.words"
		[ "$BOOT_VERDICT" = ok ] ||
			printf 'stress\t%s\tfail\tboot\t%s\n' "$label" "$BOOT_VERDICT"
	} >"$to.rows"
	[ "$BOOT_VERDICT" = ok ] || boot_explain "$name"
}

# What failed and why, what was not decided, the operations of each race in each run,
# what a leak would be, and last the sum.
stress_table()
{
	local rows=$1 label words

	awk -F'\t' '
		$3 == "fail" { print "FAILED   " $4 " (" $2 ")\n             " $5 }
		$3 == "skip" { print "skipped  " $5 " (" $2 ")" }' "$rows"
	printf '\n%-18s %-18s %10s\n' race run operations
	for label in $(cut -f2 "$rows" | tr ' ' '-' | uniq); do
		words=$STRESS_NEW/$VARIANT-${label%-*-*}-parallel${label##*-}.words
		sed -n 's/^# \([a-z_]*\): \([0-9]*\) operations.*/\1 \2/p' "$words" |
			while read -r race operations; do
				printf '%-18s %-18s %10s\n' "$race" "${label//-/ }" "$operations"
			done
		sed -n "s/^# \([0-9]* kB more would be a leak: .*\)/${label//-/ }: \1/p" "$words"
	done
	awk -F'\t' '
		{ count[$3]++ }
		END {
			printf "\n%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"]
			exit count["fail"] > 0 || count["pass"] == 0
		}' "$rows"
}

minutes_check
case $OPERATIONS in
*[!0-9]* | 0*) die "OPERATIONS=$OPERATIONS: a number of operations, at least 1" ;;
esac
case $SEED in *[!0-9]*) die "SEED=$SEED: it is a number" ;; esac
IMPLS=${IMPLS:-rust}
for impl in $IMPLS; do
	case $impl in rust | c) ;; *) die "IMPLS: '$impl' is neither rust nor c" ;; esac
done
read -ra cpus_list <<<"${CPUS:-2 8}"
for cpus in "${cpus_list[@]}"; do
	[[ $cpus =~ ^([1-9]|1[0-6])$ ]] || die "CPUS: '$cpus' is not a number from 1 to 16"
done

setup_all
for impl in $IMPLS; do
	kernel_build "$VARIANT" "$impl"
done
initramfs_build stress
stress_begin
share=$((MINUTES * 60 / ${#cpus_list[@]}))
# The time that is asked for, what a race may go on for that has not seen all, and the
# time that a hang takes to be seen.
limit=$((share + 9 * STRESS_PATIENCE + 600))
[ "$BOOT_LIMIT" -ge "$limit" ] || BOOT_LIMIT=$limit
say "  seed $SEED"
: >"$STRESS_NEW/$VARIANT-all.rows"
for impl in $IMPLS; do
	for cpus in "${cpus_list[@]}"; do
		stress_boot "$impl" "$cpus" "$share"
		cat "$STRESS_NEW/$VARIANT-$impl-parallel$cpus.rows" >>"$STRESS_NEW/$VARIANT-all.rows"
	done
done
rows_tap <"$STRESS_NEW/$VARIANT-all.rows" >"$STRESS_NEW/$VARIANT.tap"
rc=0
stress_table "$STRESS_NEW/$VARIANT-all.rows" || rc=1
rm -f "$STRESS_NEW"/{id,seed,*.ended} "$STRESS_RESULTS/$VARIANT"-*
mv "$STRESS_NEW"/* "$STRESS_RESULTS/"
rmdir "$STRESS_NEW"
exit "$rc"
