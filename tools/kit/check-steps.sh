# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The rule that the kernel builds at each step of the series, as a bisection
# needs it. The steps follow each other in one tree with one set of objects, so
# that a step compiles what it changes; a step that has been built with the
# same tools is not built again, whichever checkout did it.

STEPS=$TREE.steps
SERIES_REPO=$BUILD/series

series_at() { git -C "$SERIES_REPO" -c core.autocrlf=false "$@"; }

# Where it is noted that a step builds: for all checkouts, if the tree below the
# overlay is one that does not change.
steps_verdicts()
{
	if [ "$PRISTINE_LINKS" = 1 ]; then say "$CACHE/steps"; else say "$STEPS/.kit/steps"; fi
}

# step_id COMMIT: a sum over what makes the objects of a step.
step_id()
{
	{
		series_at ls-tree -r "$1" | grep -v '	\(Documentation\|samples\|tools\)/'
		printf '%s\n' "${KMAKE[@]}" "$TOOLCHAIN" "$(pristine_id)" | grep -v '^-j'
		config_fragments base | xargs cat
	} | digest
}

# Brings the tree to a step: its files are there, those of later steps are not.
# No failure may pass, or the wrong step would be built.
step_lay()
{
	local path laid=$TREE/.kit/steps-laid

	series_at checkout -q --detach "$1" || return 1
	series_at ls-tree -r --name-only series >"$laid.new" || return 1
	while IFS= read -r path; do
		if [ ! -f "$SERIES_REPO/$path" ]; then
			rm -f "$TREE/$path"
		else
			put_file "$SERIES_REPO/$path" "$TREE/$path"
		fi || return 1
	done < <({ cat "$laid" "$laid.new" 2>/dev/null || true; } | sort -u)
	mv "$laid.new" "$laid"
}

# step_build COMMIT NUMBER: the kernel with the C implementation and, from the
# step on that brings the switch, with the other one.
step_build()
{
	local TREE=$STEPS impl out impls=c

	! tree_stale || tree_copy
	step_lay "$1" || return 1
	! tree_has_switch || impls="c rust"
	for impl in $impls; do
		out=$(kernel_out base "$impl")
		# It is known by what lies in the tree, but nothing is noted of that here.
		rm -f "$out/.kit-config"
		config_make base "$impl" "$out"
		watch_job "step $2 of the series ($impl)" "$LOGS/check-step-$2-$impl.log" \
			"$KERNEL_LINES" objects 0 \
			"${KMAKE[@]}" -C "$TREE" O="$out" vmlinux || return 1
	done
}

# Makes the series and builds its steps, but for the last one: that is what the
# images of both implementations have been built from.
steps_build()
{
	local commit id last verdicts n=0

	rm -f "$BUILD/check.steps"
	# What is wrong with the series is for another rule to say.
	(SERIES_KEPT=1 && . "$KIT/patches.sh") >"$LOGS/steps.log" 2>&1 || return 0
	verdicts=$(steps_verdicts)
	last=$(step_id series)
	: >"$BUILD/check.steps.new"
	while IFS= read -r commit; do
		n=$((n + 1))
		id=$(step_id "$commit")
		[ "$id" != "$last" ] || break
		[ ! -e "$verdicts/$id" ] || continue
		if (step_build "$commit" "$n"); then
			mkdir -p "$verdicts"
			: >"$verdicts/$id"
		else
			series_at log -1 --format="step $n does not build: %s" "$commit" \
				>>"$BUILD/check.steps.new"
		fi
	done < <(series_at rev-list --reverse base..series)
	rm -rf "$SERIES_REPO"
	[ "$n" -gt 1 ] || say "the series has one step" >>"$BUILD/check.steps.new"
	mv "$BUILD/check.steps.new" "$BUILD/check.steps"
}

check_steps() { cat "$BUILD/check.steps"; }
