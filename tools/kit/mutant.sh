# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# One mutant, whose patch and words mutant-patch.sh reads: built in a tree that starts as
# a copy of the checkout's, objects included, booted, and judged. What came of it is in
# build/runs/mutant-NAME/.

MUTANT_TREE=$TREE.mutants
[ "$VARIANT" = base ] || MUTANT_TREE+=.$VARIANT
MUTANT_OUT=$MUTANT_TREE/o-$VARIANT-rust

# A guest with a fault in it may well hang.
[ "$VARIANT" != base ] || BOOT_IDLE=120

# How long a race goes on that a mutant names, until there is a report, and an operation of
# it at most, in seconds.
RACE_SECONDS=300
RACE_PATIENCE=300

# The run in which the fuzzer goes through its cases without a fault.
CASES_RUN=mutants-cases

# Counted up when mutant_judge takes for something else what it took for a catch.
MUTANT_JUDGING=2

# A verdict holds as long as the patch, the code, and the test that it names are
# the same, and what is made of a boot. Unit tests are a part of the code for the
# mutants alone that name one; what a kernel may say, for those of a variant with checks.
mutant_id()
{
	local name=$1 suite program

	read -r suite program _ <<<"$(mutant_test "$name")"
	{
		say "judged $MUTANT_JUDGING, $TOOLCHAIN"
		"$QEMU_SYSTEM" --version
		cat "$(mutant_patch "$name")" "$KIT"/guest/*
		case $suite in
		kunit) cat "$(kernel_dir "$VARIANT" rust)/.id" ;;
		*) mutant_code ;;
		esac
		case $suite in
		own | tree | stress) cat "$PROGRAMS/$suite/$program" ;;
		check) cat "$KIT/check-code.sh" ;;
		esac
		[ -z "$(mutant_cases "$name")" ] || cat "$PROGRAMS/fuzz/fuzz"
		[ -z "$(mutant_field "$name" Reduces-to)" ] || cat "$KIT"/{reduce,fuzz,fuzz-repro}.sh
		if [ "$VARIANT" != base ]; then
			cat "$KIT"/{boot,kcsan,messages,suites}.sh "$KIT/messages.txt"
			kernel_words "$VARIANT"
			say "$RACE_SECONDS $RACE_PATIENCE"
		fi
	} | digest
}

# A sum over the code without its unit tests, as far as these have files of their own.
mutant_code()
{
	: "${MUTANT_CODE:=$({
		laid_id "$TREE" "${KERNEL_FILES[rust]}" '(^|/)test(s|ing)(/.*)?[.]rs$'
		cat "$(kernel_dir "$VARIANT" rust)/.config" "$TREE/.kit/base"
	} | digest)}"
	say "$MUTANT_CODE"
}

# The copy of the tree, made anew when the checkout's has been built anew. What is
# written in place must not be shared.
mutant_tree()
{
	local part=$MUTANT_TREE.part id

	id=$(cat "$(kernel_dir "$VARIANT" rust)/.id" "$TREE/.kit/overlay" | digest)
	[ "$(cat "$MUTANT_TREE/.kit/like" 2>/dev/null)" != "$id" ] || return 0
	say "  copying the tree and its objects"
	rm -rf "$MUTANT_TREE" "$part"
	mkdir -p "$part"
	(cd "$TREE" && find . -mindepth 1 -maxdepth 1 ! -name 'o-*' ! -name .kit \
		-exec cp -al -t "$part" {} +)
	cp -a "$TREE/.kit" "$TREE/o-$VARIANT-rust" "$part/"
	printf '%s\n' "$id" >"$part/.kit/like"
	mv "$part" "$MUTANT_TREE"
}

# Has the files that any of the patches changes be as the mutant has them, or as
# they should be without a name.
mutant_lay()
{
	local name=$1 scratch=$BUILD/mutating path
	local -a patches paths

	mapfile -t patches < <(find "$MUTANT_DIR" -name '*.patch')
	mapfile -t paths < <(patch_touches "${patches[@]}")
	mutant_apply "$name" "$TREE" "$scratch" "${paths[@]}" || return 1
	(cd "$scratch" && find . -type f | sed 's,^\./,,') | while IFS= read -r path; do
		put_file "$scratch/$path" "$MUTANT_TREE/$path"
	done
	rm -rf "$scratch"
}

# Leaves an image, or the reason why there is none.
mutant_build()
{
	local dir=$RUNS/mutant-$1 start=$SECONDS
	local -a words

	mapfile -t words < <(kernel_words "$VARIANT")
	if "${KMAKE[@]}" "${words[@]}" -C "$MUTANT_TREE" O="$MUTANT_OUT" bzImage >"$dir/build.log" 2>&1 </dev/null; then
		cp "$MUTANT_OUT/arch/x86/boot/bzImage" "$dir/bzImage.new"
		mv "$dir/bzImage.new" "$dir/bzImage"
	fi
	say $((SECONDS - start)) >"$dir/build.took"
}

# What a rule of "make check" has to say about an object directory.
mutant_check()
{
	case $1 in
	nospec) unguarded_lookups "$2/kernel/seccomp/seccomp_main.o" "$LOOKUPS" ;;
	barrier) unordered_looks "$2/kernel/seccomp/seccomp_main.o" "$LOOKS" ;;
	panic) ways_to_panic "$2" ;;
	*) say "there is no rule '$1' for mutants" ;;
	esac
}

# What has KUnit run some tests, and nothing else.
mutant_kunit() { say "kunit.enable=1 kunit.autorun=1 kunit.filter_glob=$1"; }

# mutant_run SUITE PROGRAM TEST...: how the guest runs tests of a program.
mutant_run()
{
	local suite=$1 program=$2
	shift 2

	if [ "$suite" = stress ]; then
		say "run stress stress -t $RACE_SECONDS -s 1 -p $RACE_PATIENCE $*"
	else
		say "run $suite $program$(printf ' -t %s' "$@")"
	fi
}

# How a job ends. Where the kernel has checks, what they have to say is of interest.
mutant_job_end() { if [ "$VARIANT" = base ]; then say true; else job_end; fi; }

# ran_late MODE WHY: whether a test has failed by its time limit, where that is real time,
# which a busy host can eat up. In exact mode it is the guest's.
ran_late() { [[ $1 = parallel* && $2 = *'terminated by timeout'* ]]; }

# boot_late MODE ROWS: whether that is all that is behind the failures of a boot.
boot_late() { [[ $1 = parallel* ]] && suite_out_of_time "$2"; }

# mutant_boot RUN MODE SUITE...: boots build/runs/RUN/job on $image with $append, and once
# more if it was late; see suite_boot for what that leaves behind.
mutant_boot()
{
	local run=$1 mode=$2 dir=$RUNS/$1 label
	label="rust ${mode%[1-8]} ${mode##*[a-z]}"
	shift 2

	initramfs_with "$dir/job" "$dir/initramfs.cpio"
	suite_boot "$run" "$label" "$@"
	! boot_late "$mode" "$dir/rows" || suite_boot "$run" "$label" "$@"
	rm -f "$dir/initramfs.cpio"
	[ "$1" != kunit ] || tr -d '\r' <"$LOGS/$run.console" >"$dir/words"
}

# rows_have ROWS PROGRAM TEST VERDICT: whether the test has that verdict, in one of
# its variants; prints the reason.
rows_have()
{
	awk -F'\t' -v name="^$2: (.*\\.)?$3\$" -v verdict="$4" '
		$3 == verdict && $4 ~ name { found = 1; print $5; exit }
		END { exit !found }
	' "$1"
}

# The first failure of a boot: its test, and why.
rows_failure() { awk -F'\t' '$3 == "fail" { print $1 " " $4 ": " $5; exit }' "$1"; }

# mutant_reduce NAME MOST: makes the case small in which the mutant differs from what is
# without a fault; says what is wrong with what comes of it.
mutant_reduce()
{
	local AB=$RUNS/mutant-$1/reduce SEED CASE left rc
	local -A AB_IMAGES=([c]=$(kernel_dir "$VARIANT" rust)/$IMAGE [rust]=$RUNS/mutant-$1/$IMAGE)

	read -r SEED _ <<<"$(mutant_cases "$1")"
	CASE=$(sed -n 's/^caught differs case \([0-9]*\),.*/\1/p' "$RUNS/mutant-$1/verdict.new")
	mkdir -p "$AB"
	# Not in a condition: there no error would end it.
	set +e
	(
		set -e
		PROGRESS_PIDS=()
		trap progress_cleanup EXIT
		trap 'exit 143' TERM
		reduce_case
	) >"$AB/words" 2>&1
	rc=$?
	set -e
	if [ "$rc" != 0 ]; then
		say "unreduced $(tail -n 1 "$AB/words")"
		return
	fi
	left=$(grep -c '^[0-9]' "$AB/$SEED-$CASE.list")
	[ "$left" -le "$2" ] || say "unreduced $left operations are left of case $CASE, and not $2"
}

# mutant_judge NAME leaves its verdict in one line:
#   caught HOW WHY    by the test that it names; HOW is fails, hangs, reports, breaks,
#                     or differs
#   other TEST: WHY   by that one, or in that way, and not as it says
#   missed            by the one in Also-by:
#   unreduced WHY     its case could not be made as small as it says
#   survived
#   broken WHY        nobody can tell
mutant_judge()
{
	local dir=$RUNS/mutant-$1 start=$SECONDS image=$RUNS/mutant-$1/bzImage append=''
	local suite program most

	read -r suite program _ <<<"$(mutant_test "$1")"
	case $suite in
	check) mutant_check "$program" "$MUTANT_OUT" | sed -n '1s/^/caught fails /p' ;;
	ab) mutant_try_cases "$1" ;;
	*) mutant_try "$1" ;;
	esac >"$dir/verdict.new"
	# No other test is there for the checks of a variant.
	if [ -s "$dir/verdict.new" ]; then
		:
	elif [ "$VARIANT" != base ]; then
		say survived >"$dir/verdict.new"
	else
		mutant_try_all "$1" >"$dir/verdict.new"
	fi
	if [ -n "$(mutant_field "$1" Also-by)" ] && grep -q '^caught ' "$dir/verdict.new"; then
		mutant_try_cases "$1" >"$dir/verdict.also"
		[ -s "$dir/verdict.also" ] || say "missed by the cases that it names" >"$dir/verdict.also"
		grep -q '^caught ' "$dir/verdict.also" || cp "$dir/verdict.also" "$dir/verdict.new"
	fi
	most=$(mutant_field "$1" Reduces-to)
	if [ -n "$most" ] && grep -q '^caught ' "$dir/verdict.new"; then
		mutant_reduce "$1" "$most" >"$dir/verdict.reduced"
		[ ! -s "$dir/verdict.reduced" ] || cp "$dir/verdict.reduced" "$dir/verdict.new"
	fi
	mv "$dir/verdict.new" "$dir/verdict"
	mutant_id "$1" >"$dir/id"
	rm -f "$image"
	say $((SECONDS - start)) >"$dir/boot.took"
}

# The test that the mutant names; prints nothing if it passes.
mutant_try()
{
	local name=$1 dir=$RUNS/mutant-$1 mode suite program test said how why='' append=''
	local BOOT_UNTIL=

	mode=$(mutant_mode "$name")
	read -r suite program test said <<<"$(mutant_test "$name")"
	job_run >"$dir/job"
	if [ "$suite" = kunit ]; then
		append=$(mutant_kunit "$program.$test")
	else
		mutant_run "$suite" "$program" "$test" >>"$dir/job"
	fi
	mutant_job_end >>"$dir/job"
	# Nothing that comes after it changes the verdict. Side by side the guest has to come to
	# its end, or nobody could say that it was late and no more; and where the kernel has
	# checks, what they have to say counts more.
	[[ $mode = parallel* || $VARIANT != base ]] || BOOT_UNTIL="^ *not ok [0-9]+ ([^ ]*\\.)?$test"
	mutant_boot "mutant-$name" "$mode" "$suite"
	how=$(mutant_how "$dir" "$program" "$test" "$mode")
	read -r how why <<<"$how"
	case $how in
	'') ;;
	broken) say "broken $why" ;;
	late)
		if [ "$said" = hangs ]; then
			say "caught hangs $why"
		else
			say "broken its time was up, which may be the host's doing: $why"
		fi
		;;
	"${said:-$how}") say "caught $how $why" ;;
	*) say "other $suite $program: $test $how, where the patch says that it $said: $why" ;;
	esac
}

# mutant_how DIR PROGRAM TEST MODE: how the one test of a boot has ended, and why it says so;
# nothing if it has passed.
#   fails    it says so
#   late     by its time limit alone, where a busy host may be behind it
#   hangs    nothing was heard any more
#   reports  the kernel had something to say; with checks, whatever the test says
#   breaks   its program was gone before it could say anything
#   broken   nothing of these: it was not run, or skipped
mutant_how()
{
	local dir=$1 program=$2 test=$3 why reported='' begun=''

	case $BOOT_VERDICT in panic:* | 'kernel report:'* | 'unexpected message:'*) reported=1 ;; esac
	! grep -qE "^# kit: begin \\w+ $program |# Subtest: $program\$" "$dir/words" || begun=1
	if [ "$VARIANT" != base ] && [ -n "$reported" ] && [ -n "$begun" ]; then
		say "reports $BOOT_VERDICT"
	elif why=$(rows_have "$dir/rows" "$program" "$test" fail); then
		if ran_late "$4" "$why"; then say "late $why"; else say "fails $why"; fi
	elif [ -z "$begun" ]; then
		say "broken it does not get as far as the test: $BOOT_VERDICT"
	elif [ -n "$reported" ]; then
		say "reports $BOOT_VERDICT"
	else
		case $BOOT_VERDICT in
		hung:*) say "hangs $BOOT_VERDICT" ;;
		ok) mutant_silence "$dir" "$program" "$test" ;;
		*) say "broken $BOOT_VERDICT" ;;
		esac
	fi
}

# The same of a test that has not failed, in a guest that came to its end.
mutant_silence()
{
	local dir=$1 program=$2 test=$3 why

	if rows_have "$dir/rows" "$program" "$test" pass >/dev/null; then
		:
	elif why=$(rows_have "$dir/rows" "$program" "$test" skip); then
		say "broken the test is skipped: $why"
	elif why=$(rows_have "$dir/rows" "$program" program fail); then
		say "breaks $why"
	else
		say "broken the test is not among those that were run"
	fi
}

# Has the fuzzer go through some cases, after a mark with their seed.
cases_job() { printf "echo '# kit: seed %s'\n%s --start %s %s %s\n" "$1" "$FUZZ" "$2" "$1" "$3"; }

# cases_boot RUN: boots build/runs/RUN/cases.job on $image. The cases are then in
# cases beside it.
cases_boot()
{
	local run=$1 dir=$RUNS/$1

	initramfs_with "$dir/cases.job" "$dir/initramfs.cpio"
	boot "$run.cases" exact 1 "$image" "$dir/initramfs.cpio"
	rm -f "$dir/initramfs.cpio"
	tr -d '\r' <"$LOGS/$run.cases.out" >"$dir/cases.words"
	fuzz_cases "$dir/cases.words" | sort -u >"$dir/cases"
}

# The cases that the mutant names, beside the same without a fault; prints nothing if
# all are the same. One that did not come to its end in a guest that did is another one.
mutant_try_cases()
{
	local name=$1 dir=$RUNS/mutant-$1 differing n seen

	# shellcheck disable=SC2046 # three words
	cases_job $(mutant_cases "$name") >"$dir/cases.job"
	say true >>"$dir/cases.job"
	cases_boot "mutant-$name"
	differing=$(awk '
		NR == FNR { line[$1 " " $2] = $0; next }
		line[$1 " " $2] != $0 { print $2 }' "$RUNS/$CASES_RUN/cases" "$dir/cases" | sort -n)
	n=$(grep -c . <<<"$differing" || true)
	seen=$(wc -l <"$dir/cases")
	if [ "$n" -gt 0 ]; then
		say "caught differs case $(head -n 1 <<<"$differing"), $n of $seen"
	elif [ "$BOOT_VERDICT" != ok ]; then
		say "broken the fuzzer does not get through: $BOOT_VERDICT"
	fi
}

# All tests; prints "survived" if they pass.
mutant_try_all()
{
	local name=$1 dir=$RUNS/mutant-$1 suites append why suite program test

	read -r suite program test _ <<<"$(mutant_test "$name")"
	for suites in "exact1 own tree" "exact1 kunit" "parallel2 own tree"; do
		append=''
		case $suites in
		*kunit) append=$(mutant_kunit '*') ;;
		esac
		# shellcheck disable=SC2086 # a list of words
		set -- $suites
		# KUnit has no job but to boot.
		if [ "$2" = kunit ]; then say true; else suite_job "$@"; fi >"$dir/job"
		mutant_boot "mutant-$name" "$@"
		# A race may come out at the second attempt.
		case $suite in
		own | tree | kunit)
			if why=$(rows_have "$dir/rows" "$program" "$test" fail) &&
				! ran_late "$1" "$why"; then
				say "caught fails $why"
				return
			fi
			;;
		esac
		why=$(rows_failure "$dir/rows")
		if boot_late "$1" "$dir/rows"; then
			say "broken time limits are all that has failed, which may be the host's doing: $why"
			return
		elif [ -n "$why" ]; then
			say "other $why"
			return
		fi
	done
	say survived
}
