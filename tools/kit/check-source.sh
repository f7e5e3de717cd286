# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The rules about the text of the repository.

# The modules of kernel/seccomp that may hold unsafe code.
UNSAFE_ALLOWED="seccomp_main.rs abi.rs entry.rs filter.rs slot.rs testing.rs testing/entry.rs notify/queue.rs notify/linked.rs"

# Every file of the checkout, built ones aside.
source_files()
{
	cd "$TOP"
	# The repository around an unpacked archive may be of something else.
	{ [ -e .git ] && git ls-files -co --exclude-standard 2>/dev/null; } || find . -path ./.git -prune -o \
		-path ./build -prune -o -type f -print | sed 's,^\./,,'
}

# Those that land in the tree under the names that match.
overlay_matching() { overlay_files | cut -f1 | grep -E "$1" || true; }

check_spdx()
{
	source_files | while IFS= read -r file; do
		[ "$file" = COPYING ] || [ ! -f "$file" ] ||
			head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0' || say "$file"
	done
}

check_length()
{
	source_files | while IFS= read -r file; do
		[ "$file" = COPYING ] || [ ! -f "$file" ] ||
			awk -v file="$file" 'END { if (NR >= 500) print file ": " NR " lines" }' "$file"
	done
}

check_words()
{
	source_files | while IFS= read -r file; do
		[ ! -f "$file" ] ||
			grep -HnE '\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b|/roo[t]/|/hom[e]/[a-z]' "$file" || true
	done
}

# Lines as a reader sees them: without indentation and runs of blanks. Short
# ones say little about where they come from.
long_lines()
{
	sed 's/^[[:blank:]*/#]*//; s/[[:blank:]]*$//; s/[[:blank:]][[:blank:]]*/ /g' |
		awk 'length($0) >= 45' | grep -v 'SPDX-License-Identifier' || true
}

check_copied()
{
	local file

	(cd "$PRISTINE" && cat kernel/seccomp.c include/linux/seccomp*.h \
		include/uapi/linux/seccomp.h include/asm-generic/seccomp.h samples/seccomp/* \
		Documentation/userspace-api/seccomp_filter.rst \
		tools/testing/selftests/seccomp/*.[ch]) | long_lines | sort -u >"$BUILD/check.theirs"
	[ "$(wc -l <"$BUILD/check.theirs")" -gt 500 ] || say "there is nothing to compare with"
	overlay_files | cut -f2 | while IFS= read -r file; do
		long_lines <"$TOP/$file" | grep -Fxf "$BUILD/check.theirs" |
			awk -v file="$file" '{ print file ": " $0 }' || true
	done
	rm -f "$BUILD/check.theirs"
}

check_shell()
{
	local -a scripts
	local script

	mapfile -t scripts < <(source_files | grep -E '^(tools/kit/(kit$|.*\.sh$|guest/init$)|\.ci/run$)|\.sh$' | sort -u)
	cd "$TOP"
	for script in "${scripts[@]}"; do
		case $(head -n 1 "$script") in
		*busybox*) sh -n "$script" ;;
		*) bash -n "$script" ;;
		esac
	done
	shellcheck -S warning -e SC2034,SC2164 "${scripts[@]}"
}

# A table that is too narrow, or a file that has another name by now.
check_pages()
{
	local page name

	cd "$TREE"
	overlay_matching '^Documentation/.*\.rst$' | while IFS= read -r page; do
		rst2pseudoxml "$page" /dev/null 2>&1 || say "$page: docutils failed"
		{ grep -oE 'Documentation/[a-z0-9/_-]+\.rst' "$page" || true; } | sort -u |
			while IFS= read -r name; do
				[ -e "$name" ] || say "$page: there is no $name"
			done
	done
}

check_glue()
{
	awk 'END { if (NR >= 120) print FILENAME ": " NR " lines" }' "$TOP/kernel/seccomp/glue.c"
}

# test_exists SUITE PROGRAM TEST: whether there is a test of that name.
test_exists()
{
	local program=$2 test=$3 dir=$TOP file

	case $1 in
	own | tree)
		[ "$1" = own ] || dir=$PRISTINE
		dir+=/${PROGRAM_DIRS[$1]}
		grep -qsE "^TEST[A-Z_]*\(([A-Za-z0-9_]+, *)?${test}[,)]" \
			"$dir/$program.c" "$dir"/*/"$program.c"
		;;
	stress) grep -qs "^	\.name = \"$test\",\$" "$TOP/${PROGRAM_DIRS[stress]}"/*.c ;;
	kunit)
		file=$(grep -rl --include="*.rs" "kunit_tests($program)" \
			"$TOP/kernel/seccomp" "$TOP/rust/kernel") &&
			grep -qE "^    fn $test\(\)" "$file"
		;;
	*) return 1 ;;
	esac
}

# What the page says that user space can tell, a line of it a line.
differences()
{
	awk '/^At the edges/ { on = 1; next } /^=====/ { on = 0 } on' \
		"$TOP/Documentation/security/seccomp-rust.rst"
}

# The tests that it names: SUITE PROGRAM TEST.
difference_tests()
{
	differences | grep -oE '``(own|kunit) [a-z0-9_]+: [a-z0-9_]+``' | tr -d '`:' | sort -u
}

# The tests of our suite that ask which implementation they run on, in the same form.
asking_tests()
{
	find "$1" -name '*.[ch]' ! -name 'task.[ch]' -print0 | xargs -0 awk '
		FNR == 1 || /^}/ { test = "-" }
		/^TEST/ {
			test = $0
			sub(/^[A-Z_]*\(/, "", test)
			if (/^TEST_F/)
				sub(/^[a-z0-9_]*, */, "", test)
			sub(/[,)].*/, "", test)
		}
		/is_rust\(|SECCOMP_RUST"/ {
			program = FILENAME
			gsub(/.*\/|\.[ch]$/, "", program)
			print "own", program, test
		}' | sort -u
}

check_differs()
{
	local suite program test named dir=$TOP/${PROGRAM_DIRS[own]}
	named=$(difference_tests)

	differences | awk '
		function ends() { if (title != "" && !named) print title ": names no test" }
		/^[^ ]/ { ends(); title = "" }
		/^\*/ { title = $0; named = 0; found++ }
		/``(own|kunit) [a-z0-9_]+: [a-z0-9_]+``/ { named = 1 }
		END { ends(); if (!found) print "no difference is listed" }'
	while read -r suite program test; do
		test_exists "$suite" "$program" "$test" ||
			say "$suite $program: $test: named, but there is no such test"
	done <<<"$named"
	asking_tests "$dir" | while read -r suite program test; do
		if [ "$test" = - ]; then
			say "$suite $program: asks outside of a test"
		elif ! grep -qxF "$suite $program $test" <<<"$named"; then
			say "$suite $program: $test: asks, but is not named"
		fi
	done
}

# What is wrong with a mutant, as far as can be seen without building it.
mutant_unfit()
{
	local name=$1 suite program test why
	local -a paths

	mutant_malformed "$name"
	read -r suite program test _ <<<"$(mutant_test "$name")"
	case $suite in
	own | tree | kunit | stress) test_exists "$suite" "$program" "$test" ;;
	check) declare -F "check_$program" >/dev/null ;;
	esac || say "there is no '$suite $program${test:+: $test}'"
	mapfile -t paths < <(patch_touches "$(mutant_patch "$name")")
	why=$(mutant_apply "$name" "$TOP" "$BUILD/check.mutant" "${paths[@]}" 2>&1) ||
		say "the patch does not apply: $(paste -sd' ' <<<"$why")"
}

check_mutants()
{
	local name

	[ -n "$(mutant_names)" ] || say "there are no mutants"
	mutant_names | while IFS= read -r name; do
		mutant_unfit "$name" | sed "s/^/$name: /"
	done
	rm -rf "$BUILD/check.mutant"
}

# How the line "mod NAME;" of a file treats unsafe code: denied, lifted or
# nothing, which leaves it as in the file.
mod_line()
{
	awk -v name="$2" '
		/^#\[(deny|forbid)\(.*unsafe_code/ { said = "denied" }
		/^#\[(allow|expect|warn)\(.*unsafe_code/ { said = "lifted" }
		$0 ~ "^(pub(\\([a-z]+\\))? )?mod " name ";" { print said; exit }
		!/^(#|\/\/)/ { said = "" }
	' "$1" 2>/dev/null
}

# Whether unsafe code is denied in a module: by its file, by the line that
# declares it, or by the module that it is in.
module_denies()
{
	local dir=$1 file=$2 name=${2%.rs} parent

	! grep -qE '^#!\[(deny|forbid)\(.*unsafe_code' "$dir/$file" || return 0
	[ "$file" != seccomp_main.rs ] || return 1
	name=${name%/mod}
	case $name in
	*/*) parent=${name%/*}/mod.rs name=${name##*/} ;;
	*) parent=seccomp_main.rs ;;
	esac
	case $(mod_line "$dir/$parent" "$name") in
	denied) return 0 ;;
	lifted) return 1 ;;
	esac
	module_denies "$dir" "$parent"
}

check_safe()
{
	local file dir=$TOP/kernel/seccomp

	(cd "$dir" && find . -name '*.rs' | sed 's,^\./,,' | sort) | while IFS= read -r file; do
		case " $UNSAFE_ALLOWED " in *" $file "*) continue ;; esac
		module_denies "$dir" "$file" || say "$file: nothing denies unsafe_code in it"
		# The lint counts for all of a module; only a child that is a
		# file of its own may be let off, and is then looked at itself.
		awk -v file="$file" '
			/(allow|expect|warn)\(.*unsafe_code/ { at = FNR; next }
			at && !/^ *(pub(\([a-z]+\))? )?mod [a-z_]+;/ { print file ":" at ": lifts the lint" }
			{ at = 0 }
		' "$dir/$file"
	done
}

check_rustfmt()
{
	local -a files

	mapfile -t files < <(overlay_matching '\.rs$')
	cd "$TREE"
	"$RUST_BIN/rustfmt" --check -l --edition 2021 --config-path .rustfmt.toml "${files[@]}" 2>&1 |
		sed "s,$TREE/,,"
}

# FILE_PATH_CHANGES asks for a MAINTAINERS entry, which an overlay has not;
# ENOSYS warns of a use that is part of seccomp's interface.
check_checkpatch()
{
	local -a files

	mapfile -t files < <(overlay_matching '\.[ch]$|Kconfig$')
	cd "$TREE"
	# It ends with 1 where it has something to say.
	perl scripts/checkpatch.pl --strict --terse --no-summary --show-types --color=never \
		--ignore FILE_PATH_CHANGES,ENOSYS -f "${files[@]}" 2>"$LOGS/checkpatch.log" ||
		[ $? = 1 ] || { say "checkpatch failed:"; tail -n 5 "$LOGS/checkpatch.log"; }
}

check_series()
{
	# shellcheck source=/dev/null
	(. "$KIT/patches.sh") >"$LOGS/series.log" 2>&1 || tail -n 5 "$LOGS/series.log"
}
