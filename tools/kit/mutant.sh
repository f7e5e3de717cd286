# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# One mutant: a patch in tools/testing/seccomp_mutants/, with words before it:
#
#   Fault:      what is wrong
#   Rule:       what should hold instead
#   Caught-by:  "own PROGRAM: TEST", "tree PROGRAM: TEST", "kunit SUITE: TEST", or
#               "check RULE"
#   Mode:       of the boot, for what needs more than one CPU; else exact1
#
# It is built in a tree that starts as a copy of the checkout's, objects included.
# What came of it is in build/runs/mutant-NAME/.

MUTANT_DIR=$TOP/tools/testing/seccomp_mutants
MUTANT_TREE=$TREE.mutants
MUTANT_OUT=$MUTANT_TREE/o-base-rust

# A guest with a fault in it may well hang.
BOOT_IDLE=120

mutant_patch() { say "$MUTANT_DIR/$1.patch"; }

# What the words before the patch say.
mutant_field() { sed -n "/^---/q; s/^$2: *//p" "$(mutant_patch "$1")" | head -n 1; }

mutant_mode()
{
	local mode

	mode=$(mutant_field "$1" Mode)
	say "${mode:-exact1}"
}

# SUITE PROGRAM TEST, or "check" RULE.
mutant_test()
{
	mutant_field "$1" Caught-by | sed -n -E 's/^(own|tree|kunit) (\w+): (\w+)$/\1 \2 \3/p
		s/^check (\w+)$/check \1/p'
}

# What is wrong with the words.
mutant_malformed()
{
	local name=$1 mode

	[ -n "$(mutant_field "$name" Fault)" ] || say "it has no Fault:"
	[ -n "$(mutant_field "$name" Rule)" ] || say "it has no Rule:"
	[ -n "$(mutant_test "$name")" ] || say "Caught-by: names no test"
	mode=$(mutant_mode "$name")
	case $mode in exact[1-8] | parallel[1-8]) ;; *) say "Mode: '$mode' is no mode" ;; esac
}

# A verdict holds as long as the patch, the code, and the test that it names are
# the same. Unit tests are a part of the code for the mutants alone that name one.
mutant_id()
{
	local name=$1 suite program

	read -r suite program _ <<<"$(mutant_test "$name")"
	{
		cat "$(mutant_patch "$name")" "$KIT"/guest/*
		case $suite in
		kunit) cat "$BUILD/base-rust/.id" ;;
		*) mutant_code ;;
		esac
		case $suite in
		own | tree) cat "$PROGRAMS/$suite/$program" ;;
		check) cat "$KIT/check-code.sh" ;;
		esac
	} | digest
}

# A sum over the code without its unit tests, as far as these have files of their own.
mutant_code()
{
	: "${MUTANT_CODE:=$({
		overlay_id "${KERNEL_FILES[rust]}" '(^|/)test(s|ing)[.]rs$'
		cat "$BUILD/base-rust/.config" "$TREE/.kit/base"
	} | digest)}"
	say "$MUTANT_CODE"
}

# The copy of the tree, made anew when the checkout's has been built anew. What is
# written in place must not be shared.
mutant_tree()
{
	local part=$MUTANT_TREE.part id

	id=$(cat "$BUILD/base-rust/.id" "$TREE/.kit/overlay" | digest)
	[ "$(cat "$MUTANT_TREE/.kit/like" 2>/dev/null)" != "$id" ] || return 0
	say "  copying the tree and its objects"
	rm -rf "$MUTANT_TREE" "$part"
	mkdir -p "$part"
	(cd "$TREE" && find . -mindepth 1 -maxdepth 1 ! -name 'o-*' ! -name .kit \
		-exec cp -al -t "$part" {} +)
	cp -a "$TREE/.kit" "$TREE/o-base-rust" "$part/"
	printf '%s\n' "$id" >"$part/.kit/like"
	mv "$part" "$MUTANT_TREE"
}

# Has the files that any of the patches changes be as the mutant has them, or as
# they should be without a name.
mutant_lay()
{
	local name=$1 scratch=$BUILD/mutating path
	local -a patches

	rm -rf "$scratch"
	mkdir -p "$scratch"
	mapfile -t patches < <(find "$MUTANT_DIR" -name '*.patch')
	patch_touches "${patches[@]}" | while IFS= read -r path; do
		[ ! -f "$TOP/$path" ] || (cd "$TOP" && cp --parents --preserve=mode "$path" "$scratch")
	done
	[ -z "$name" ] ||
		patch -s -p1 -F0 --no-backup-if-mismatch -r - -d "$scratch" <"$(mutant_patch "$name")" ||
		return 1
	(cd "$scratch" && find . -type f | sed 's,^\./,,') | while IFS= read -r path; do
		put_file "$scratch/$path" "$MUTANT_TREE/$path"
	done
	rm -rf "$scratch"
}

# Leaves an image, or the reason why there is none.
mutant_build()
{
	local dir=$RUNS/mutant-$1 start=$SECONDS

	if "${KMAKE[@]}" -C "$MUTANT_TREE" O="$MUTANT_OUT" bzImage >"$dir/build.log" 2>&1 </dev/null; then
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
	*) say "there is no rule '$1' for mutants" ;;
	esac
}

# What has KUnit run some tests, and nothing else.
mutant_kunit() { say "kunit.enable=1 kunit.autorun=1 kunit.filter_glob=$1"; }

# mutant_boot RUN MODE SUITE...: boots build/runs/RUN/job on $image with $append;
# see suite_boot for what that leaves behind.
mutant_boot()
{
	local run=$1 mode=$2 dir=$RUNS/$1
	shift 2

	initramfs_with "$dir/job" "$dir/initramfs.cpio"
	suite_boot "$run" "rust ${mode%[1-8]} ${mode##*[a-z]}" "$@"
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

# mutant_judge NAME leaves its verdict in one line:
#   caught WHY        by the test that it names
#   other TEST: WHY   by that one, and not by the one that it names
#   survived
#   broken WHY        nobody can tell
mutant_judge()
{
	local dir=$RUNS/mutant-$1 start=$SECONDS image=$RUNS/mutant-$1/bzImage append=''
	local suite program

	read -r suite program _ <<<"$(mutant_test "$1")"
	if [ "$suite" = check ]; then
		mutant_check "$program" "$MUTANT_OUT" | head -n 1 | sed 's/^/caught /'
	else
		mutant_try "$1"
	fi >"$dir/verdict.new"
	[ -s "$dir/verdict.new" ] || mutant_try_all "$1" >"$dir/verdict.new"
	mv "$dir/verdict.new" "$dir/verdict"
	mutant_id "$1" >"$dir/id"
	rm -f "$image"
	say $((SECONDS - start)) >"$dir/boot.took"
}

# The test that the mutant names; prints nothing if it passes.
mutant_try()
{
	local name=$1 dir=$RUNS/mutant-$1 suite program test why append='' BOOT_UNTIL

	read -r suite program test <<<"$(mutant_test "$name")"
	job_run >"$dir/job"
	if [ "$suite" = kunit ]; then
		append=$(mutant_kunit "$program.$test")
	else
		say "run $suite $program -t $test" >>"$dir/job"
	fi
	say true >>"$dir/job"
	# Nothing that comes after it changes the verdict.
	BOOT_UNTIL="^ *not ok [0-9]+ ([^ ]*\\.)?$test"
	mutant_boot "mutant-$name" "$(mutant_mode "$name")" "$suite"
	if why=$(rows_have "$dir/rows" "$program" "$test" fail); then
		say "caught $why"
	elif ! grep -qE "^# kit: begin $suite $program |# Subtest: $program\$" "$dir/words"; then
		say "broken it does not get as far as the test: $BOOT_VERDICT"
	elif ! rows_have "$dir/rows" "$program" "$test" pass >/dev/null || [ "$BOOT_VERDICT" != ok ]; then
		say "caught $(rows_failure "$dir/rows")"
	fi
}

# All tests; prints "survived" if they pass.
mutant_try_all()
{
	local name=$1 dir=$RUNS/mutant-$1 suites append why suite program test

	read -r suite program test <<<"$(mutant_test "$name")"
	for suites in "exact1 own tree" "exact1 kunit" "parallel2 own tree"; do
		append=''
		case $suites in
		*kunit) append=$(mutant_kunit '*') ;;
		esac
		# shellcheck disable=SC2086 # a list of words
		set -- $suites
		# KUnit has no job but to boot.
		if [ "$2" = kunit ]; then say true; else suite_job "${@:2}"; fi >"$dir/job"
		mutant_boot "mutant-$name" "$@"
		# A race may come out at the second attempt.
		if [ "$suite" != check ] && why=$(rows_have "$dir/rows" "$program" "$test" fail); then
			say "caught $why"
			return
		fi
		why=$(rows_failure "$dir/rows")
		if [ -n "$why" ]; then
			say "other $why"
			return
		fi
	done
	say survived
}
