# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make patches: the overlay as a series for git am, made in a repository of
# nothing but the files that it touches, and tried there.

have git || die "git is missing: install it"
fetch_tree

series=$BUILD/series
out=$BUILD/patches
rm -rf "$series" "$out"
mkdir -p "$series" "$out"

# The series is by whoever made the last commit here, at that time, so that the
# same commit always gives the same patches.
name='' email='' date=''
IFS='|' read -r name email date < <(git -C "$TOP" log -1 --format='%an|%ae|%aI' 2>/dev/null || true) || true
series_git()
{
	env -i PATH="$PATH" HOME="$series" GIT_CONFIG_NOSYSTEM=1 \
		GIT_AUTHOR_NAME="${name:-seccomp-rust}" GIT_AUTHOR_EMAIL="${email:-seccomp-rust@localhost}" \
		GIT_COMMITTER_NAME="${name:-seccomp-rust}" GIT_COMMITTER_EMAIL="${email:-seccomp-rust@localhost}" \
		GIT_AUTHOR_DATE="${date:-2026-01-01T00:00:00Z}" GIT_COMMITTER_DATE="${date:-2026-01-01T00:00:00Z}" \
		git -C "$series" -c core.autocrlf=false "$@"
}

mapfile -t hooks < <(overlay_patches)
series_git init -q -b series
for path in $(patch_touches "${hooks[@]}"); do
	mkdir -p "$series/$(dirname "$path")"
	cp --preserve=mode "$PRISTINE/$path" "$series/$path"
done
series_git add -A
series_git commit -q --allow-empty -m base
series_git tag base

# Whether PATH is matched by one of the patterns.
series_takes()
{
	local path=$1 patterns=$2 pattern

	set -f
	for pattern in $patterns; do
		# shellcheck disable=SC2254 # patterns they are
		case $path in $pattern) set +f; return 0 ;; esac
	done
	set +f
	return 1
}

declare -A taken=()
series_step()
{
	local subject=$1 patterns=$2 body=$3 to from hook path n=0

	while IFS=$'\t' read -r to from; do
		[ -z "${taken[$to]:-}" ] && series_takes "$to" "$patterns" || continue
		put_file "$TOP/$from" "$series/$to"
		taken[$to]=1
		n=$((n + 1))
	done < <(overlay_files)
	for hook in "${hooks[@]}"; do
		path=$(patch_touches "$hook" | head -n 1)
		[ -z "${taken[$hook]:-}" ] && series_takes "$path" "$patterns" || continue
		for path in $(patch_touches "$hook"); do
			series_takes "$path" "$patterns" ||
				die "${hook##*/} belongs to more than one step of the series: split it"
		done
		patch -p1 -s -F0 --no-backup-if-mismatch -r - -d "$series" <"$hook" ||
			die "${hook##*/} does not fit on $PRISTINE"
		taken[$hook]=1
		n=$((n + 1))
	done
	[ "$n" -gt 0 ] || return 0
	series_git add -A
	series_git commit -q -m "$subject" -m "$body"
}

subject='' patterns='' body=''
while IFS= read -r line; do
	case $line in
	'#'*) ;;
	'Subject: '*)
		[ -z "$subject" ] || series_step "$subject" "$patterns" "$body"
		subject=${line#Subject: } patterns='' body=''
		;;
	'Files: '*) patterns=${line#Files: } ;;
	*) body+=$line$'\n' ;;
	esac
done <"$KIT/series.txt"
series_step "$subject" "$patterns" "$body"

while IFS=$'\t' read -r to from; do
	[ -n "${taken[$to]:-}" ] || die "no step of tools/kit/series.txt takes $from"
done < <(overlay_files)
for hook in "${hooks[@]}"; do
	[ -n "${taken[$hook]:-}" ] || die "no step of tools/kit/series.txt takes ${hook##*/}"
done

series_git format-patch -q -n -M --zero-commit --no-signature -o "$out" base..series
series_git checkout -q -b tried base
series_git am -q "$out"/*.patch || die "git am does not take the series"
series_git diff --quiet series tried || die "git am comes to another tree than the overlay"
# make check builds at each of its steps.
[ -n "${SERIES_KEPT:-}" ] || rm -rf "$series"
say "$out: $(find "$out" -name '*.patch' | wc -l) patches, for Linux $(tree_version "$PRISTINE")"
