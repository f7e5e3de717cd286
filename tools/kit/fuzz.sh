# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Guests side by side, which differ in the implementation alone and do the same:
# what "make ab", "make fuzz" and "make fuzz-reduce" are made of.

AB=$RESULTS/ab
FUZZ=/kit/tests/fuzz/fuzz
FUZZ_DIR=$TOP/tools/testing/seccomp_fuzz

# Lines of a file without comments and blank ones.
fuzz_lines() { sed 's/^#.*//; /^[[:blank:]]*$/d' "$1"; }

SEEDS_ASKED=$SEEDS
SEEDS=${SEEDS:-$(fuzz_lines "$FUZZ_DIR/seeds.txt" | tr '\n' ' ')}
case $COUNT in *[!0-9]* | 0*) die "COUNT=$COUNT: a number of cases, at least 1" ;; esac
# COUNT itself stays as it was asked for: other targets have another default.
FUZZ_CASES=2000
FUZZ_COUNT=${COUNT:-$FUZZ_CASES}

# What each side of a comparison does at least, where nobody asks for less.
FUZZ_OPERATIONS=2000000

# Of a hundred operations so many may be left out: as their role is still at another
# one, as it is not there or not any more, and as C is known to differ or nobody says
# who comes first. Over all seeds it is 7.3, 44.0 and 0.5; sixty cases of a seed have had
# 9.7, 51.7 and 1.0. Few cases can have any share.
FUZZ_LEFT="busy 12 gone 55 held 1.5"
FUZZ_LEFT_CASES=1000

# Side by side, who is still busy is up to the scheduler. What such a run is worth is known
# by what it has done: half of the 160 operations that a case comes to there.
FUZZ_RACE_LEFT="gone 60 held 3"
FUZZ_RACE_DONE=80
FUZZ_RACE_CASES=100

# What the guest does for these seeds: so many cases of each. At the end kmemleak, if
# there, says what has leaked.
fuzz_job()
{
	local seed

	for seed in $SEEDS; do
		say "echo '# kit: seed $seed'"
		say "$FUZZ${FUZZ_RACE:+ --race} $seed $FUZZ_COUNT"
	done
	job_end
}

# What the guests run on. Logs that are to be compared are made in exact mode.
AB_MODE=(exact 1)
# Not empty where roles act side by side.
FUZZ_RACE=

# ab_side NAME IMPL JOB TO: one boot, whose words are then in the file TO. A side whose
# inputs are as they were is not run again.
ab_side()
{
	local name=$FLAVOUR$1 impl=$2 job=$3 to=$4 id image BOOT_JOB=$3
	image=$(kernel_dir "$VARIANT" "$2")/$IMAGE

	id=$({
		cat "$image" "$INITRAMFS" "$job" "$KIT"/{boot,messages,fuzz}.sh "$KIT/messages.txt"
		say "$BOOT_CPU ${QEMU_MACHINE[*]} $BOOT_APPEND ${AB_MODE[*]}"
	} | digest)
	[ "$(cat "$to.id" 2>/dev/null)" != "$id" ] || return 0
	rm -f "$to" "$to".{id,explained}
	initramfs_with "$job" "$to.cpio"
	boot "$name-$impl" "${AB_MODE[@]}" "$image" "$to.cpio"
	rm -f "$to.cpio"
	tr -d '\r' <"$LOGS/$name-$impl.out" >"$to"
	say "$BOOT_SECONDS" >"$to.seconds"
	if [ "$BOOT_VERDICT" = ok ]; then
		say "$id" >"$to.id"
	else
		boot_explain "$name-$impl" 2>"$to.explained"
		say "$BOOT_VERDICT" >"$to.verdict"
	fi
}

# ab_both NAME JOB: both sides at once; their words are then in AB/NAME.c and AB/NAME.rust.
ab_both() { ab_sides "$@" c rust; }

# ab_sides NAME JOB IMPL...
ab_sides()
{
	local name=$1 job=$2 impl pid start=$SECONDS
	local -a pids=()
	PROGRESS_SHOWN=$SECONDS
	shift 2

	mkdir -p "$AB"
	rm -f "$LOGS/$FLAVOUR$name"-{c,rust}.out "$AB/$name".{c,rust}.{verdict,explained}
	for impl in "$@"; do
		set -m
		(
			set +m
			PROGRESS_PIDS=()
			trap progress_cleanup EXIT
			trap 'exit 143' TERM
			ab_side "$name" "$impl" "$job" "$AB/$name.$impl"
		) 8>&- 9>&- &
		pids+=($!)
		set +m
		PROGRESS_PIDS[$!]=1
	done
	for pid in "${pids[@]}"; do
		while kill -0 "$pid" 2>/dev/null; do
			progress_draw "  $name: $(ab_progress "$name" "$@"), $(elapsed $((SECONDS - start)))"
			sleep 0.5
		done
		unset "PROGRESS_PIDS[$pid]"
	done
	progress_erase
	for pid in "${pids[@]}"; do
		wait "$pid" || die "a guest of $name broke off"
	done
}

ab_progress()
{
	local name=$1 impl words=
	shift

	for impl in "$@"; do
		words+="${words:+, }$impl $(cat "$LOGS/$FLAVOUR$name-$impl.out" 2>/dev/null |
			grep -acE '^(case |(not )?ok )' || true)"
	done
	say "$words results"
}

# The cases in a side's words, a line each: SEED CASE and what came of it.
fuzz_cases()
{
	awk '/^# kit: seed / { seed = $4; next } /^case / { $1 = seed; print }' "$1"
}

# The operations that a side has counted.
fuzz_operations() { awk '/^total / { n += $4 } END { print n + 0 }' "$1"; }

# What a side has left out, by reason, and how much that is of each hundred of operations.
fuzz_left()
{
	awk '
		/^total / { done += $4; busy += $7; gone += $9; held += $11 }
		END {
			all = done + busy + gone + held
			printf "busy %.2f gone %.2f held %.2f\n", all ? 100 * busy / all : 100,
				all ? 100 * gone / all : 100, all ? 100 * held / all : 100
		}' "$1"
}

# The cases of which a kernel could not do all, by seed and number.
fuzz_broken() { awk '$3 !~ /^0x/ { print $1, $2 }' "$@" | sort -u; }

# fuzz_row WHOSE SEED CASES BAD: a row for a seed, none of whose cases is in BAD.
fuzz_row()
{
	local whose=$1 seed=$2 n bad

	n=$(grep -c "^$seed " "$3" || true)
	bad=$(awk -v seed="$seed" '$1 == seed { print $2 }' "$4" | sort -nu | sed -n 1,10p | tr '\n' ' ')
	if [ -z "$bad" ] && [ "$n" = "$FUZZ_COUNT" ]; then
		ab_row pass "fuzz: seed $seed, $whose, $n cases" ""
	else
		ab_row fail "fuzz: seed $seed, $whose, $n of $FUZZ_COUNT cases" "${bad:+cases $bad}"
	fi
}

# fuzz_side NAME IMPL: rows for what has to hold of a side by itself.
fuzz_side()
{
	local words=$AB/$1.$2 impl=$2 most=$FUZZ_LEFT enough=$FUZZ_LEFT_CASES asked

	! grep -qx 'no audit' "$words" ||
		ab_row fail "$1: audit on $impl" "the guest has no records of audit's to look at"
	asked=$(($(wc -w <<<"$SEEDS") * FUZZ_COUNT))
	[ -z "$FUZZ_RACE" ] || most=$FUZZ_RACE_LEFT enough=$FUZZ_RACE_CASES
	[ "$asked" -ge "$enough" ] || return 0
	fuzz_left_row "$1" "$impl" "$most"
	[ -z "$FUZZ_RACE" ] || fuzz_done_row "$1" "$impl" $((asked * FUZZ_RACE_DONE))
}

# fuzz_left_row NAME IMPL MOST: a row for what a side has left out.
fuzz_left_row()
{
	local left verdict=pass

	left=$(fuzz_left "$AB/$1.$2")
	awk -v most="$3" '
		{
			for (i = 1; i < NF; i += 2)
				share[$i] = $(i + 1)
		}
		END {
			n = split(most, bound, " ")
			for (i = 1; i < n; i += 2)
				if (!(bound[i] in share) || share[bound[i]] > bound[i + 1])
					exit 1
		}' <<<"$left" || verdict=fail
	ab_row "$verdict" "$1: operations left out on $2, in per cent: $left" \
		"$([ "$verdict" = pass ] || say "at most $3")"
}

# fuzz_done_row NAME IMPL LEAST: a row for what it has done.
fuzz_done_row()
{
	local n verdict=pass

	n=$(fuzz_operations "$AB/$1.$2")
	[ "$n" -ge "$3" ] || verdict=fail
	ab_row "$verdict" "$1: $n operations on $2" \
		"$([ "$verdict" = pass ] || say "at least $3 are wanted")"
}

# fuzz_count NAME IMPL: what a side has done.
fuzz_count()
{
	say "$(fuzz_operations "$AB/$1.$2") operations in" \
		"$(wc -l <"$AB/cases.$2") cases, $(elapsed "$(cat "$AB/$1.$2.seconds")");" \
		"left out, in per cent: $(fuzz_left "$AB/$1.$2")"
}

# One row of the result, in the form that tap.sh describes.
ab_row() { printf 'ab\trust and c\t%s\t%s\t%s\n' "$@" >>"$AB/rows"; }

# What failed, and the sum.
ab_sum()
{
	awk -F'\t' '
		$3 == "fail" { print "FAILED   " $4 ($5 == "" ? "" : "\n             " $5) }
		{ count[$3]++ }
		END {
			printf "\n%d passed, %d failed\n", count["pass"], count["fail"]
			exit count["fail"] > 0 || count["pass"] == 0
		}' "$AB/rows" || exit 1
}

# What a person is told of a side that did not come to its end.
ab_explain()
{
	local impl

	for impl in c rust; do
		[ ! -f "$AB/$1.$impl.explained" ] || cat "$AB/$1.$impl.explained"
	done
}
