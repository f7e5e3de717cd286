# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A long step: its output goes to a log, its progress to one line.

declare -A PROGRESS_PIDS=()
PROGRESS_LINE=

progress_cleanup()
{
	local pid

	for pid in "${!PROGRESS_PIDS[@]}"; do
		kill -TERM -- "-$pid" 2>/dev/null || true
	done
}
trap progress_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# One line on a terminal, redrawn; elsewhere a line every half minute.
progress_draw()
{
	if [ -t 1 ]; then
		[ "$1" = "$PROGRESS_LINE" ] || printf '\r\033[K%s' "$1"
		PROGRESS_LINE=$1
	elif [ $((SECONDS - PROGRESS_SHOWN)) -ge 30 ]; then
		printf '%s\n' "$1"
		PROGRESS_SHOWN=$SECONDS
	fi
}

progress_erase()
{
	[ ! -t 1 ] || printf '\r\033[K'
	PROGRESS_LINE=
}

# What of a log explains a failure: the first complaint with its surroundings,
# or the end where nothing complains.
log_reason()
{
	local log=$1

	awk '
		/(^|[^a-z_])(error|Error|ERROR|fatal|undefined)[^a-z_]|^E: | \*\*\* |No such file|not found|FAILED/ {
			if (shown < 12 && !/ Error [0-9]+$/) {
				for (i = last + 1; i < NR; i++)
					if (i >= NR - 1)
						print "    " line[i % 4]
				print "    " $0
				last = NR
				shown++
				follow = 3
				next
			}
		}
		follow > 0 { print "    " $0; last = NR; follow-- }
		{ line[NR % 4] = $0 }
		END { exit !shown }
	' "$log" >&2 || tail -n 15 "$log" | sed 's/^/    /' >&2
	warn "the whole log: $log"
}

# watch_job TITLE LOG PATTERN UNIT TOTAL COMMAND...: run COMMAND, counting the
# lines of its output that match PATTERN. TOTAL 0 means that nobody knows it.
# The job is a process group of its own, so that an interrupt ends all of it.
watch_job()
{
	local title=$1 log=$2 pattern=$3 unit=$4 total=$5
	local pid start=$SECONDS count line pause=0.1 rc=0
	PROGRESS_SHOWN=$SECONDS
	shift 5

	mkdir -p "${log%/*}"
	: >"$log"
	set -m
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	set +m
	PROGRESS_PIDS[$pid]=1
	while kill -0 "$pid" 2>/dev/null; do
		count=$(grep -cE "$pattern" "$log" || true)
		line="  $title: $count"
		if [ "$total" -gt 0 ] && [ "$count" -le "$total" ]; then
			line+=" of about $total"
		fi
		progress_draw "$line $unit, $(elapsed $((SECONDS - start)))"
		sleep "$pause"
		[ $((SECONDS - start)) -lt 2 ] || pause=1
	done
	wait "$pid" || rc=$?
	unset "PROGRESS_PIDS[$pid]"
	progress_erase
	if [ "$rc" -ne 0 ]; then
		warn "failed: $title"
		log_reason "$log"
		return "$rc"
	fi
	JOB_COUNT=$(grep -cE "$pattern" "$log" || true)
	if [ $((SECONDS - start)) -ge 3 ]; then
		say "  $title: done, $JOB_COUNT $unit in $(elapsed $((SECONDS - start)))"
	fi
}

# beside FUNCTION...: run it in a process group of its own, beside whatever
# comes next. Sets BESIDE to its process.
BESIDE_PIDS=()
beside()
{
	set -m
	(
		set +m
		PROGRESS_PIDS=()
		trap progress_cleanup EXIT
		trap 'exit 143' TERM
		"$@"
	) 8>&- 9>&- &
	BESIDE=$!
	set +m
	BESIDE_PIDS+=("$BESIDE")
	PROGRESS_PIDS[$BESIDE]=1
}

# How many of them have not ended.
beside_busy()
{
	local pid n=0

	for pid in "${BESIDE_PIDS[@]}"; do
		if kill -0 "$pid" 2>/dev/null; then n=$((n + 1)); fi
	done
	say "$n"
}

# beside_wait MOST PROGRESS...: until no more than so many of them run; meanwhile a function
# shows how far they are.
beside_wait()
{
	local most=$1
	shift

	while [ "$(beside_busy)" -gt "$most" ]; do
		"$@"
		sleep 0.5
	done
}

# beside_all PROGRESS...: until all of them have ended. How is told by what they leave: of
# many processes that have ended, bash forgets some.
beside_all()
{
	beside_wait 0 "$@"
	progress_erase
	beside_ended 2>/dev/null || true
}

# Whether all of them have come to a good end.
beside_ended()
{
	local pid rc=0

	for pid in "${BESIDE_PIDS[@]}"; do
		wait "$pid" || rc=1
		unset "PROGRESS_PIDS[$pid]"
	done
	BESIDE_PIDS=()
	return "$rc"
}
