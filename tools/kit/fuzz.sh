# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Two guests side by side, which differ in the implementation alone and do the same:
# what "make ab", "make fuzz" and "make fuzz-reduce" are made of.

AB=$RESULTS/ab
FUZZ=/kit/tests/fuzz/fuzz
FUZZ_DIR=$TOP/tools/testing/seccomp_fuzz

# Lines of a file without comments and blank ones.
fuzz_lines() { sed 's/^#.*//; /^[[:blank:]]*$/d' "$1"; }

SEEDS=${SEEDS:-$(fuzz_lines "$FUZZ_DIR/seeds.txt" | tr '\n' ' ')}
case $COUNT in *[!0-9]* | 0*) die "COUNT=$COUNT: a number of cases, at least 1" ;; esac
# COUNT itself stays as it was asked for: other targets have another default.
FUZZ_COUNT=${COUNT:-2000}

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
	local name=$FLAVOUR$1 impl=$2 job=$3 to=$4 id image
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
	rm -f "$LOGS/$FLAVOUR$name"-{c,rust}.out "$AB/$name".{c,rust}.verdict
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

# The cases of which a kernel could not do all, by seed and number.
fuzz_broken() { awk '$3 !~ /^0x/ { print $1, $2 }' "$@" | sort -u; }

# fuzz_row WHOSE SEED CASES BAD: a row for a seed, none of whose cases is in BAD.
fuzz_row()
{
	local whose=$1 seed=$2 n bad

	n=$(grep -c "^$seed " "$3" || true)
	bad=$(awk -v seed="$seed" '$1 == seed { print $2 }' "$4" | sort -nu | head -n 10 | tr '\n' ' ')
	if [ -z "$bad" ] && [ "$n" = "$FUZZ_COUNT" ]; then
		ab_row pass "fuzz: seed $seed, $whose, $n cases" ""
	else
		ab_row fail "fuzz: seed $seed, $whose, $n of $FUZZ_COUNT cases" "${bad:+cases $bad}"
	fi
}

# fuzz_count NAME IMPL: what a side has done.
fuzz_count()
{
	say "$(fuzz_operations "$AB/$1.$2") operations in" \
		"$(wc -l <"$AB/cases.$2") cases, $(elapsed "$(cat "$AB/$1.$2.seconds")")"
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
