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

# A boot goes through as many seeds as make so many cases: no more of a run that was broken
# off is done again. With checks a boot takes most of a minute before its first case.
case $VARIANT in
debug | kcsan) FUZZ_BOOT_CASES=1000 ;;
*) FUZZ_BOOT_CASES=2000 ;;
esac

# fuzz_jobs NAME: what the guests do, so many cases of each seed, in the files FUZZ_JOBS.
# At the end of each kmemleak, if there, says what has leaked.
fuzz_jobs()
{
	local seed job cases=0
	FUZZ_JOBS=()

	for seed in $SEEDS; do
		if [ "$cases" = 0 ]; then
			job=$AB/$1.$seed.job
			FUZZ_JOBS+=("$job")
			: >"$job"
		fi
		say "echo '# kit: seed $seed'" >>"$job"
		say "$FUZZ${FUZZ_RACE:+ --race} $seed $FUZZ_COUNT" >>"$job"
		cases=$((cases + FUZZ_COUNT))
		[ "$cases" -lt "$FUZZ_BOOT_CASES" ] || cases=0
	done
	for job in "${FUZZ_JOBS[@]}"; do job_end >>"$job"; done
}

# What the guests run on. Logs that are to be compared are made in exact mode.
AB_MODE=(exact 1)
# Not empty where roles act side by side.
FUZZ_RACE=

# Images to boot in place of those of the variant, by implementation.
declare -A AB_IMAGES=()

# ab_boot PART IMPL JOB: one boot, whose words are then in the file AB/parts/PART.IMPL. One
# whose inputs are as they were when it was in order is not made again. Side by side neither
# is one that was not in order: what chance has shown once it need not show again.
ab_boot()
{
	local name=$FLAVOUR$1-$2 impl=$2 to=$AB/parts/$1.$2 id image BOOT_JOB=$3
	image=${AB_IMAGES[$2]:-$(kernel_dir "$VARIANT" "$2")/$IMAGE}

	id=$({
		boot_inputs "$image"
		cat "$BOOT_JOB" "$KIT/fuzz.sh"
		say "${AB_MODE[*]}"
	} | digest)
	if [ "$(cat "$to.id" 2>/dev/null)" = "$id" ]; then
		touch "$to.before"
		return
	fi
	rm -f "$to" "$to".{id,explained,verdict}
	initramfs_with "$BOOT_JOB" "$to.cpio"
	boot "$name" "${AB_MODE[@]}" "$image" "$to.cpio"
	rm -f "$to.cpio"
	tr -d '\r' <"$LOGS/$name.out" >"$to"
	say "$BOOT_SECONDS" >"$to.seconds"
	if [ "$BOOT_VERDICT" != ok ]; then
		boot_explain "$name" 2>"$to.explained"
		say "$1: $BOOT_VERDICT" >"$to.verdict"
	fi
	if [ "$BOOT_VERDICT" = ok ] || [ "${AB_MODE[0]}" = parallel ]; then
		say "$id" >"$to.id"
	fi
}

# ab_forget NAME: has all boots of a comparison be made again.
ab_forget() { rm -f "$AB/parts/$1".*id; }

# ab_side NAME IMPL JOB...: a boot for each job, and what they leave as that of one. Behind
# one that hangs there is little to find out for what it takes.
ab_side()
{
	local name=$1 impl=$2 to=$AB/$1.$2 job part
	local -a parts=()
	shift 2

	for job in "$@"; do
		part=$(basename "$job" .job)
		ab_boot "$part" "$impl" "$job"
		parts+=("$AB/parts/$part.$impl")
		[[ "$(cat "${parts[-1]}.verdict" 2>/dev/null)" != *": hung: "* ]] || break
	done
	cat "${parts[@]}" >"$to" </dev/null
	cat "${parts[@]/%/.seconds}" </dev/null | paste -sd+ | bc >"$to.seconds"
	for part in "${parts[@]}"; do
		[ ! -f "$part.verdict" ] || cat "$part.explained" >>"$to.explained"
		[ ! -f "$part.verdict" ] || cat "$part.verdict" >>"$to.verdict"
	done
}

# ab_both NAME JOB...: both sides at once; their words are then in AB/NAME.c and AB/NAME.rust.
ab_both() { ab_sides "$1" "c rust" "${@:2}"; }

# ab_sides NAME IMPLS JOB...
ab_sides()
{
	local name=$1 impls=$2 impl pid start=$SECONDS
	local -a pids=()
	PROGRESS_SHOWN=$SECONDS
	shift 2

	mkdir -p "$AB/parts"
	rm -f "$LOGS/$FLAVOUR$name"{,.*}-{c,rust}.out "$AB/parts/$name".*before \
		"$AB/$name".{c,rust}.{verdict,explained}
	for impl in $impls; do
		set -m
		(
			set +m
			PROGRESS_PIDS=()
			trap progress_cleanup EXIT
			trap 'exit 143' TERM
			ab_side "$name" "$impl" "$@"
		) 8>&- 9>&- &
		pids+=($!)
		set +m
		PROGRESS_PIDS[$!]=1
	done
	for pid in "${pids[@]}"; do
		while kill -0 "$pid" 2>/dev/null; do
			progress_draw "  $name: $(ab_progress "$name" "$impls"), $(elapsed $((SECONDS - start)))"
			sleep 0.5
		done
		unset "PROGRESS_PIDS[$pid]"
	done
	progress_erase
	for pid in "${pids[@]}"; do
		wait "$pid" || die "a guest of $name broke off"
	done
	for impl in $impls; do ab_before "$name" "$impl"; done
}

# ab_before NAME IMPL: says which boots of a side were not made again.
ab_before()
{
	local parts

	parts=$(cd "$AB/parts" && find . -name "$1.*before" -name "*.$2.before" -printf '%f\n' |
		sort -V | sed "s/\.$2\.before\$//" | paste -sd' ')
	[ -z "$parts" ] || say "  not run again on $2: $parts"
}

# Results so far, those of before among them.
ab_progress()
{
	local name=$1 impl before words=''

	for impl in $2; do
		words+="${words:+, }$impl $({
			cat "$LOGS/$FLAVOUR$name"{,.*}"-$impl.out" 2>/dev/null
			for before in "$AB/parts/$name".*before; do
				[[ $before != *".$impl.before" ]] || cat "${before%.before}"
			done
		} | grep -acE '^(case |(not )?ok )' || true)"
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

# ab_broken NAME IMPL: a row for each boot of a side that was not in order.
ab_broken()
{
	local part why

	[ -f "$AB/$1.$2.verdict" ] || return 0
	while IFS= read -r why; do
		part=${why%%: *}
		ab_row fail "$part on $2" "${why#*: }"
	done <"$AB/$1.$2.verdict"
}

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
