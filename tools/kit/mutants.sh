# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make mutants: small faults in the Rust code, each of which a test, a rule of make check
# or the fuzzer has to catch; on a variant with checks, those that its kernel has to report.
# The next one is built while one boots; the image without a fault goes first.

# shellcheck source=/dev/null
. "$KIT/check-code.sh"
# shellcheck source=/dev/null
. "$KIT/mutant-patch.sh"
# shellcheck source=/dev/null
. "$KIT/mutant.sh"
# shellcheck source=/dev/null
. "$KIT/reduce.sh"

EVIDENCE=$RESULTS/mutants
[ "$VARIANT" = base ] || EVIDENCE+=-$VARIANT

# The programs that its guests need.
MUTANT_SUITES="$ARCH_SUITES fuzz"
[ "$VARIANT" = base ] || MUTANT_SUITES="$ARCH_SUITES stress"

# The mutants that are asked for. Those that change the kernel crate come last, as
# all of the Rust code is compiled anew for each.
mutants_list()
{
	local name
	local -a names

	# shellcheck disable=SC2206 # a list of words
	names=($MUTANTS)
	[ -n "$MUTANTS" ] || mapfile -t names < <(mutants_of "$VARIANT")
	for name in "${names[@]}"; do
		[ -f "$(mutant_patch "$name")" ] || die "MUTANTS: there is no mutant '$name'"
		[ "$(mutant_variant "$name")" = "$VARIANT" ] ||
			die "MUTANTS: '$name' is for VARIANT=$(mutant_variant "$name")"
		if patch_touches "$(mutant_patch "$name")" | grep -q '^rust/'; then
			say "2 $name"
		else
			say "1 $name"
		fi
	done | sort -s -k 1,1 | cut -d' ' -f2
}

# The tests that mutants name: MODE SUITE PROGRAM TEST. KUnit takes one pattern,
# which all of our suites match.
control_tests()
{
	local name suite program test

	for name in "$@"; do
		read -r suite program test _ <<<"$(mutant_test "$name")"
		case $suite in
		own | tree | stress) say "$(mutant_mode "$name") $suite $program $test" ;;
		kunit) say "$(mutant_mode "$name") kunit - -" ;;
		esac
	done | sort -u
}

# control_run MODE SUITE: the name of the boot that runs them.
control_run() { say "mutants-$([ "$VARIANT" = base ] || say "$VARIANT-")$1-$2"; }

# Without a fault all of the named tests have to pass.
mutants_control()
{
	local boot mode suite run id image append=''
	local -a tests boots
	image=$(kernel_dir "$VARIANT" rust)/$IMAGE

	mapfile -t tests < <(control_tests "$@")
	mapfile -t boots < <(printf '%s\n' "${tests[@]}" | cut -d' ' -f1,2 | sort -u)
	for boot in "${boots[@]}"; do
		read -r mode suite <<<"$boot"
		run=$(control_run "$mode" "$suite")
		mkdir -p "$RUNS/$run"
		printf '%s\n' "${tests[@]}" | grep "^$boot " | control_job >"$RUNS/$run/job"
		id=$({ boot_inputs "$image" && cat "$RUNS/$run/job"; } | digest)
		[ "$(cat "$RUNS/$run/id" 2>/dev/null)" != "$id" ] || continue
		rm -f "$RUNS/$run/id"
		say "  without a fault: $suite, $mode"
		[ "$suite" != kunit ] || append="$(mutant_kunit 'seccomp_*')"
		mutant_boot "$run" "$mode" "$suite"
		append=''
		# What was late may not be so the next time.
		[ "$BOOT_VERDICT" != ok ] || boot_late "$mode" "$RUNS/$run/rows" ||
			printf '%s\n' "$id" >"$RUNS/$run/id"
	done
}

# What the fuzzer's cases are without a fault. That these are those of C too is what
# make ab looks at.
mutants_cases()
{
	local dir=$RUNS/$CASES_RUN id name image
	local -a ranges
	image=$(kernel_dir "$VARIANT" rust)/$IMAGE

	mapfile -t ranges < <(for name in "$@"; do mutant_cases "$name"; done | sort -u)
	[ ${#ranges[@]} -gt 0 ] || return 0
	mkdir -p "$dir"
	{
		# shellcheck disable=SC2086 # three words
		for name in "${ranges[@]}"; do cases_job $name; done
		say true
	} >"$dir/cases.job"
	id=$({ boot_inputs "$image" && cat "$dir/cases.job"; } | digest)
	[ "$(cat "$dir/id" 2>/dev/null)" != "$id" ] || return 0
	rm -f "$dir/id"
	say "  without a fault: ${#ranges[@]} ranges of the fuzzer's cases"
	cases_boot "$CASES_RUN"
	[ "$BOOT_VERDICT" != ok ] || printf '%s\n' "$id" >"$dir/id"
}

# The job of one such boot, from its lines.
control_job()
{
	local suite program tests

	job_run
	awk '
		$2 == "kunit" { next }
		$2 " " $3 != program {
			printf "%s%s %s", program == "" ? "" : "\n", $2, $3
			program = $2 " " $3
		}
		{ printf " %s", $4 }
		END { if (program != "") print "" }' |
		while read -r suite program tests; do
			# shellcheck disable=SC2086 # a list of words
			RACE_SECONDS=60 mutant_run "$suite" "$program" $tests
		done
	mutant_job_end
}

# What speaks against a mutant before it is built.
mutant_refused()
{
	local name=$1 suite program test why rows

	mutant_malformed "$name" | grep . && return
	read -r suite program test _ <<<"$(mutant_test "$name")"
	case $suite in
	check) mutant_check "$program" "$TREE/o-base-rust" | grep . && return ;;
	own | tree | kunit | stress)
		rows=$RUNS/$(control_run "$(mutant_mode "$name")" "$suite")/rows
		rows_have "$rows" "$program" "$test" pass >/dev/null 2>&1 ||
			say "without a fault, too, '$suite $program: $test' does not pass"
		awk -F'\t' '$4 == "boot" { print "without a fault, too, the boot fails: " $5 }' "$rows"
		;;
	esac
	mutant_cases_refused "$name"
	why=$(mutant_lay "$name" 2>&1) || say "the patch does not apply: $why"
}

# Each case has to have come to its end, to the same one wherever it was run twice.
mutant_cases_refused()
{
	local seed first count n

	read -r seed first count <<<"$(mutant_cases "$1")"
	[ -n "$seed" ] || return 0
	n=$(awk -v seed="$seed" -v first="$first" -v end=$((first + count)) '
		$1 == seed && $2 >= first && $2 < end && $3 ~ /^0x/ { n++ }
		END { print n + 0 }' "$RUNS/$CASES_RUN/cases")
	[ "$n" = "$count" ] ||
		say "without a fault, too, the fuzzer comes to $n ends of $count cases of seed $seed"
	! grep -qx 'no audit' "$RUNS/$CASES_RUN/cases.words" || say "the fuzzer has no audit"
}

# mutants_wait PID...: until all of them have ended.
mutants_wait()
{
	local pid line

	for pid in "$@"; do
		while kill -0 "$pid" 2>/dev/null; do
			line="  mutants: $DONE of $TOTAL, $FAILED failed"
			progress_draw "$line, $(elapsed $((SECONDS - START))): $AT"
			sleep 0.2
		done
		unset "PROGRESS_PIDS[$pid]"
	done
}

# Counts the verdict of a mutant. One that was not caught by what it names is no verdict
# to keep.
mutants_count()
{
	local dir=$RUNS/mutant-$1 word

	[ -f "$dir/verdict" ] || say "broken the kit stopped on it" >"$dir/verdict"
	read -r word _ <"$dir/verdict"
	DONE=$((DONE + 1))
	[ "$word" != caught ] || return 0
	FAILED=$((FAILED + 1))
	rm -f "$dir/id"
	progress_erase
	say "$word: $1: $(cut -d' ' -f2- "$dir/verdict")"
}

mutants_run()
{
	local name dir why booting='' pid=''
	START=$SECONDS DONE=0 FAILED=0 TOTAL=$# PROGRESS_SHOWN=$SECONDS

	for name in "$@"; do
		dir=$RUNS/mutant-$name
		if [ "$(cat "$dir/id" 2>/dev/null)" = "$(mutant_id "$name")" ]; then
			DONE=$((DONE + 1))
			continue
		fi
		rm -rf "$dir"
		mkdir -p "$dir"
		why=$(mutant_refused "$name" | paste -sd' ')
		if [ -n "$why" ]; then
			say "broken $why" >"$dir/verdict"
			mutants_count "$name"
			continue
		fi
		beside mutant_build "$name"
		AT="$name is built${booting:+, $booting boots}"
		# Two at a time are as many as make sense: the one builds, the other boots.
		# shellcheck disable=SC2086 # two words, or one
		mutants_wait "$BESIDE" $pid
		[ -z "$booting" ] || mutants_count "$booting"
		booting='' pid=''
		if [ ! -f "$dir/bzImage" ]; then
			say "broken it does not build: $(grep -m 1 -A 4 '^error' "$dir/build.log" | paste -sd' ')" \
				>"$dir/verdict"
			mutants_count "$name"
			continue
		fi
		beside mutant_judge "$name"
		# The next one's objects would be in the way of a rule about objects.
		if [ "$(mutant_field "$name" Caught-by | cut -d' ' -f1)" = check ]; then
			mutants_wait "$BESIDE"
			mutants_count "$name"
		else
			booting=$name pid=$BESIDE
		fi
	done
	AT="$booting boots"
	# shellcheck disable=SC2086
	mutants_wait $pid
	[ -z "$booting" ] || mutants_count "$booting"
	progress_erase
	mutant_lay ""
}

# By what a mutant was caught, and in which way where that is not a test that says so.
mutants_catch()
{
	local name=$1 how=$2 why=$3 also=$RUNS/mutant-$1/verdict.also said

	said=$(mutant_field "$name" Caught-by)
	case $how in
	fails) ;;
	differs)
		said+=" ($why)"
		[ -z "$(mutant_field "$name" Reduces-to)" ] ||
			said+=", reduced to $(cat "$RUNS/mutant-$name"/reduce/*.list | grep -c '^[0-9]') operations"
		;;
	*) [ "${said% "$how"}" != "$said" ] || said+=" $how, unannounced: $(cut -c1-60 <<<"$why")" ;;
	esac
	[ ! -f "$also" ] || said+="; $(mutant_field "$name" Also-by) ($(cut -d' ' -f3- "$also"))"
	say "$said"
}

# The table, and a page of evidence for each mutant. Some of them replace no page but
# their own; both say of what they are, as others may be of an earlier run.
mutants_table()
{
	local name dir word rest seconds caught=0 tree

	tree="${PRISTINE##*/}, overlay $(laid_id "$TREE")"
	mkdir -p "$EVIDENCE"
	[ -n "$MUTANTS" ] || rm -f "$EVIDENCE"/*
	printf '%d mutants of %s\n\n' $# "$tree"
	printf '%-30s %7s  %s\n' mutant seconds 'caught by'
	for name in "$@"; do
		dir=$RUNS/mutant-$name
		read -r word rest <"$dir/verdict"
		seconds=$(cat "$dir"/*.took 2>/dev/null | paste -sd+ | bc)
		case $word in
		caught)
			caught=$((caught + 1))
			rest=$(mutants_catch "$name" "${rest%% *}" "${rest#* }")
			;;
		other) rest="OTHER than it says: $(cut -c1-100 <<<"$rest")" ;;
		*) rest="$(tr '[:lower:]' '[:upper:]' <<<"$word") $rest" ;;
		esac
		printf '%-30s %7s  %s\n%32s%s\n' "$name" "${seconds:--}" "$rest" '' \
			"$(mutant_field "$name" Fault)"
		{
			sed '/^---/q' "$(mutant_patch "$name")" | sed '1,2d;$d'
			say "Tree: $tree"
			say "Verdict: $(cat "$dir/verdict")"
			[ ! -f "$dir/verdict.also" ] || say "Also: $(cat "$dir/verdict.also")"
			say
			cat "$dir/words" "$dir/cases.words" "$dir/reduce/words" 2>/dev/null || true
		} >"$EVIDENCE/$name"
	done
	printf '\n%d passed, %d failed\n' "$caught" $(($# - caught))
	[ "$caught" = $# ]
}

list=$(mutants_list) || exit 1
[ -n "$list" ] || die "there are no mutants for VARIANT=$VARIANT in $MUTANT_DIR"
mapfile -t mutants <<<"$list"
setup_all
kernel_build "$VARIANT" rust
# shellcheck disable=SC2086 # a list of words
initramfs_build $MUTANT_SUITES
mutant_tree
mutant_code >/dev/null
mutants_control "${mutants[@]}"
mutants_cases "${mutants[@]}"
mutants_run "${mutants[@]}"
mutants_table "${mutants[@]}" >"$BUILD/mutants.table" && status=0 || status=1
# The table of all of them stays until all of them are run again.
cp "$BUILD/mutants.table" "$EVIDENCE/table${MUTANTS:+.some}"
cat "$BUILD/mutants.table"
exit "$status"
