# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Cases of the fuzzer as programs in C: what "make fuzz-reduce" ends with, and "make ab"
# holds to what the fuzzer logs.

# repro_make SEED CASE KEEP SOURCE TO: the case, or those of its operations that KEEP has,
# as the program SOURCE, compiled as that says itself.
repro_make()
{
	local seed=$1 index=$2 keep=$3 source=$4 to=$5
	local -a words

	"$PROGRAMS/fuzz/fuzz" --print-c "$seed" "$index" ${keep:+--keep "$keep"} >"$source" ||
		die "case $index of seed $seed could not be printed as a program"
	read -ra words < <(sed -n 's/^ \*\tcc \(.*\) -o shown repro\.c$/\1/p' "$source")
	mkdir -p "${to%/*}"
	gcc "${words[@]}" -isystem "$HEADERS" -o "$to" "$source" >"$LOGS/repro-gcc.log" 2>&1 ||
		die "see $LOGS/repro-gcc.log"
}

# repro_initramfs DIR: adds what is in DIR to INITRAMFS from here on.
repro_initramfs()
{
	{
		cat "$INITRAMFS"
		cpio_pack "$1"
	} >"$1.cpio"
	INITRAMFS=$1.cpio
}

# repro_lines WORDS WHAT SEED CASE: a side's lines about a case, WHAT being log or program.
repro_lines()
{
	awk -v mark="# kit: $2 $3 $4" '
		/^# kit: / { on = $0 == mark; next }
		on && !/^case /
	' "$1"
}

# repro_verdict SOURCE C RUST: what a program shows, by its words on the two sides. If that
# is nothing it is an error: the files are kept, but they are no proof.
repro_verdict()
{
	local source=$1 shown=${1%.c}.diff

	[ -f "$2" ] && [ -f "$3" ] || die "${source##*/} has not been run on both"
	! diff -u "$2" "$3" >"$shown" ||
		die "$source has the operations, but by itself it does not show the difference"
	say "$source shows it:"
	grep '^[-+][^-+]' "$shown" | head -n 20 | sed 's/^/    /' || true
}

# The cases of programs.txt, a line each: SEED CASE PATTERN.
REPRO_CASES=$FUZZ_DIR/programs.txt

# repro_row IMPL SEED CASE PATTERN: as a program it prints what the fuzzer logs of it,
# lines with PATTERN among them.
repro_row()
{
	local impl=$1 seed=$2 index=$3 pattern=$4 name why=
	name=$AB/repro-$seed-$index.$impl

	repro_lines "$AB/repro.$impl" log "$seed" "$index" >"$name.log"
	repro_lines "$AB/repro.$impl" program "$seed" "$index" >"$name.program"
	if ! grep -qE "$pattern" "$name.log"; then
		why="the log has no line with $pattern"
	elif ! diff "$name.log" "$name.program" >"$name.diff"; then
		why=$(grep '^[<>]' "$name.diff" | head -n 5 | tr '\n\t' '| ' || true)
	fi
	ab_row "$([ -z "$why" ] && say pass || say fail)" \
		"program: seed $seed case $index on $impl, $(wc -l <"$name.log") lines ($pattern)" "$why"
}

# What differs is shown, and nothing shown is an error, as for "make fuzz-reduce".
repro_verdict_row()
{
	local why=

	sed '1s/$/ differs/' "$AB/repro.c" >"$AB/repro.other"
	! (repro_verdict "$AB/repro-none.c" "$AB/repro.c" "$AB/repro.c") >/dev/null 2>&1 ||
		why="no difference passes"
	(repro_verdict "$AB/repro-none.c" "$AB/repro.c" "$AB/repro.other") >/dev/null 2>&1 ||
		why+="${why:+, }a difference does not"
	ab_row "$([ -z "$why" ] && say pass || say fail)" \
		"program: one that shows no difference is an error" "$why"
}

# The rows of "make ab" about programs, for an architecture that has them.
repro_rows()
{
	local seed index pattern impl
	local dir=$BUILD/repro INITRAMFS=$INITRAMFS

	! arch_lacks fuzz-reduce || return 0
	rm -rf "$dir"
	mkdir -p "$dir"
	while read -r seed index pattern; do
		repro_make "$seed" "$index" "" "$AB/repro-$seed-$index.c" "$dir/kit/repro/$seed-$index"
		say "echo '# kit: log $seed $index'"
		say "$FUZZ -v --case $seed $index"
		say "echo '# kit: program $seed $index'"
		say "/kit/repro/$seed-$index"
	done < <(fuzz_lines "$REPRO_CASES") >"$AB/repro.job"
	say true >>"$AB/repro.job"
	repro_initramfs "$dir"
	ab_both repro "$AB/repro.job"
	for impl in c rust; do
		while read -r seed index pattern; do
			repro_row "$impl" "$seed" "$index" "$pattern"
		done < <(fuzz_lines "$REPRO_CASES")
	done
	repro_verdict_row
}
