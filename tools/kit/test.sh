# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make test: the images, the boots, the results, and what they come to. A result
# of a former run, or of another variant, stays until there is another one for it.

IMPLS=${IMPLS:-rust c}
suite_plan >/dev/null
tree_lock
mkdir -p "$BUILD"
rm -f "$BUILD/rows" "$BUILD/$FLAVOUR$VARIANT.rows"
setup_all
for impl in $IMPLS; do
	kernel_build "$VARIANT" "$impl"
done

mkdir -p "$RUNS" "$RESULTS"
kinds=
for suite in $SUITES; do
	[ "$suite" = kunit ] || kinds+=" $suite"
done
# shellcheck disable=SC2086 # a list of words
initramfs_build $kinds
suite_runs

# All rows, and the TAP of each suite.
rows=$BUILD/rows
mapfile -t plan < <(suite_plan)
for line in "${plan[@]}"; do
	cat "$RUNS/${line%% *}/rows"
	case $line in *" kunit") ;; *) cp "$RUNS/${line%% *}/words" "$RESULTS/${line%% *}.raw" ;; esac
done >"$rows"
faults_listing "${plan[@]}" >>"$rows"
# Side by side a test may be left out, so that is not compared.
for suite in tree tree32; do
	suite_first rust "$suite" "$rows" >"$BUILD/rows.rust"
	suite_first c "$suite" "$rows" >"$BUILD/rows.c"
	[ -s "$BUILD/rows.rust" ] && [ -s "$BUILD/rows.c" ] || continue
	rows_same "$BUILD/rows.rust" "$BUILD/rows.c" "$suite-same-as-c" >>"$rows"
done
rm -f "$BUILD/rows.rust" "$BUILD/rows.c"
# For a later run that is to count these too.
awk -F'\t' -v OFS='\t' -v variant="$VARIANT" '{ $2 = variant " " $2; print }' "$rows" \
	>"$BUILD/$FLAVOUR$VARIANT.rows"
# Rows of other targets, and of this one on other variants.
for also in $ALSO; do
	case $also in check | run | bench | ab | debug | kcsan) ;; *) die "ALSO: there are no rows of '$also'" ;; esac
	cat "$BUILD/$FLAVOUR$also.rows" >>"$rows" 2>/dev/null ||
		printf "%s\tstatic\tfail\t%s\tdid not come to its end\n" "$also" "$also" >>"$rows"
done
for suite in $(cut -f1 "$rows" | sort -u); do
	tap=$RESULTS/$([ "$VARIANT" = base ] || say "$VARIANT-")$suite.tap
	grep "^$suite	" "$rows" | rows_tap >"$tap.new"
	mv "$tap.new" "$tap"
done

for line in "${plan[@]}"; do
	cat "$RUNS/${line%% *}"/{explained,note} 2>/dev/null || true
done
suite_table "$rows" || exit 1
