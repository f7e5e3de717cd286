# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Laying the overlay on a tree and taking it off again: the same transaction
# for the kit's own tree and for a person's. Everything is worked out and
# checked beside the tree first; then files are put in place by rename.
#
# TREE/.seccomp-rust keeps what that takes:
#   manifest     KIND SUM PATH: "new" for a file of ours, "hook" for a patched one
#   orig/PATH    what a hook's file was
#   patches/     the patches as they were applied
# A manifest.part is there while files are being put in place; a run that was
# broken off then is completed by the next.

OVERLAY_DIRS="kernel rust include samples Documentation tools/testing/selftests"
OVERLAY_DIRS+=" tools/testing/seccomp_fuzz"

# DESTINATION and SOURCE of every file that the overlay adds.
overlay_files()
{
	local path

	[ ! -f "$TOP/Kbuild" ] || printf '%s\t%s\n' Kbuild.seccomp Kbuild
	overlay_list | sort -u | while IFS= read -r path; do
		[ ! -f "$TOP/$path" ] || printf '%s\t%s\n' "$path" "$path"
	done
}

overlay_list()
{
	# shellcheck disable=SC2086 # a list of words
	if [ -e "$TOP/.git" ] &&
		git -C "$TOP" ls-files -co --exclude-standard -- $OVERLAY_DIRS 2>/dev/null; then
		return
	fi
	# shellcheck disable=SC2086
	(cd "$TOP" && find $OVERLAY_DIRS -type f ! -name '*.o' ! -name '*~' \
		! -name '.*.swp' 2>/dev/null || true)
}

overlay_patches() { find "$TOP/patches" -name '*.patch' 2>/dev/null | sort; }

# The files that patches change.
patch_touches() { [ $# -eq 0 ] || sed -n 's,^+++ b/\([^[:blank:]]*\).*,\1,p' "$@" | sort -u; }

# A sum over what is to be laid.
overlay_id()
{
	local -a patches

	mapfile -t patches < <(overlay_patches)
	{
		[ ${#patches[@]} -eq 0 ] || cat "${patches[@]}"
		overlay_files | cut -f2 | (cd "$TOP" && tr '\n' '\0' | xargs -0r sha256sum)
	} | digest
}

# laid_id TREE [PATTERN [BUT]]: a sum over what lies there, as the checkout may have changed
# since: over all patched files, and over those of ours that the first of two awk regular
# expressions picks, and the second does not.
laid_id()
{
	if [ ! -f "$1/.seccomp-rust/manifest" ]; then
		say nothing
		return
	fi
	awk -v pattern="${2:-.}" -v but="${3:-^\$}" \
		'$1 == "hook" || $3 ~ pattern && $3 !~ but' "$1/.seccomp-rust/manifest" | digest
}

file_sum() { sha256sum <"$1" | cut -d' ' -f1; }

# The manifest of what lies there, the part of an unfinished run included.
declare -A LAID_KIND LAID_SUM PART_SUM
manifest_load()
{
	local dir=$1 kind sum path

	LAID_KIND=() LAID_SUM=() PART_SUM=()
	if [ -f "$dir/manifest" ]; then
		while read -r kind sum path; do
			LAID_KIND[$path]=$kind LAID_SUM[$path]=$sum
		done <"$dir/manifest"
	fi
	if [ -f "$dir/manifest.part" ]; then
		while read -r kind sum path; do
			LAID_KIND[$path]=$kind PART_SUM[$path]=$sum
		done <"$dir/manifest.part"
	fi
}

# Whether PATH in the tree is as this or the unfinished run before left it.
still_ours()
{
	local tree=$1 path=$2 sum

	[ -n "${LAID_KIND[$path]:-}" ] && [ -f "$tree/$path" ] || return 1
	sum=$(file_sum "$tree/$path")
	[ "$sum" = "${LAID_SUM[$path]:-}" ] || [ "$sum" = "${PART_SUM[$path]:-}" ]
}

# What the file would be without our hooks, into TO. A file that has changed
# beside them loses the hooks by reversing the patches that were applied.
hook_original()
{
	local tree=$1 path=$2 to=$3 patch
	local dir=$tree/.seccomp-rust

	mkdir -p "${to%/*}"
	if [ "${LAID_KIND[$path]:-}" != hook ]; then
		[ -f "$tree/$path" ] || refuse "$tree has no $path, which a hook changes"
		cp --preserve=mode "$tree/$path" "$to"
	elif still_ours "$tree" "$path" ||
		cmp -s "$tree/$path" "$dir/orig/$path"; then
		cp --preserve=mode "$dir/orig/$path" "$to"
	else
		cp --preserve=mode "$tree/$path" "$to"
		while IFS= read -r patch; do
			patch_part "$patch" "$path" |
				patch -s -R -F0 --no-backup-if-mismatch -r - "$to" >/dev/null ||
				refuse "$path has changed since the hooks were laid, and they" \
					"no longer come off; take them out by hand"
		done < <(grep -lF "+++ b/$path" "$dir"/patches/*.patch 2>/dev/null | sort -r)
	fi
}

# The part of a patch that is about one file.
patch_part()
{
	awk -v path="b/$2" '
		/^--- / { head = $0; next }
		/^\+\+\+ / { on = $2 == path; if (on) print head }
		/^(diff|index) / { on = 0 }
		on
	' "$1"
}

refuse()
{
	rm -rf "$BUILD/laying"
	die "refused, nothing was changed: $*"
}

# overlay_lay TREE [nothing]: bring TREE to what the overlay says, or to nothing
# of it. TREE's files may be hard links: none is written in place.
overlay_lay()
{
	local tree=$1 with=${2:-all}
	local dir=$tree/.seccomp-rust scratch=$BUILD/laying
	local to from path patch out
	local -a patches=()
	local -A want=() hooks=()

	manifest_load "$dir"
	rm -rf "$scratch"
	mkdir -p "$scratch/new"

	if [ "$with" = all ]; then
		mapfile -t patches < <(overlay_patches)
		# What is saved from here on is for the next time.
		while IFS=$'\t' read -r to from; do
			want[$to]=$scratch/add/$to
			put_file "$TOP/$from" "${want[$to]}"
		done < <(overlay_files)
	fi
	for path in $(patch_touches "${patches[@]}"); do hooks[$path]=1; done

	# The hooked files as they would be, in the scratch directory.
	for path in "${!hooks[@]}" "${!LAID_KIND[@]}"; do
		[ -n "${hooks[$path]:-}" ] || [ "${LAID_KIND[$path]}" = hook ] || continue
		[ -z "${want[$path]:-}" ] || refuse "$path is both patched and replaced by the overlay"
		hook_original "$tree" "$path" "$scratch/orig/$path"
		(cd "$scratch/orig" && cp --parents --preserve=mode "$path" ../new)
	done
	for patch in "${patches[@]}"; do
		out=$(patch -p1 -F0 --no-backup-if-mismatch -r - -d "$scratch/new" <"$patch" 2>&1) ||
			refuse "${patch##*/} does not fit on $tree:"$'\n'"$(grep -E "patching|FAILED|malformed" <<<"$out" | grep -B 1 -v patching)"
	done

	# Nothing of anyone else's is overwritten or removed.
	for path in "${!want[@]}"; do
		[ ! -e "$tree/$path" ] || still_ours "$tree" "$path" ||
			cmp -s "${want[$path]}" "$tree/$path" ||
			refuse "$path is in $tree and is not what was laid there"
	done
	for path in "${!LAID_KIND[@]}"; do
		[ "${LAID_KIND[$path]}" = new ] && [ -z "${want[$path]:-}" ] || continue
		[ ! -e "$tree/$path" ] || still_ours "$tree" "$path" ||
			refuse "$path in $tree has been changed since it was laid; move it away first"
	done

	# From here on nothing can be refused. First the record, then the files.
	mkdir -p "$dir/orig"
	for path in "${!hooks[@]}"; do put_file "$scratch/orig/$path" "$dir/orig/$path"; done
	{
		for path in "${!want[@]}"; do printf 'new %s %s\n' "$(file_sum "${want[$path]}")" "$path"; done
		for path in "${!hooks[@]}"; do printf 'hook %s %s\n' "$(file_sum "$scratch/new/$path")" "$path"; done
	} | sort -k 3 >"$scratch/manifest"
	put_file "$scratch/manifest" "$dir/manifest.part"

	for path in "${!want[@]}"; do put_file "${want[$path]}" "$tree/$path"; done
	(cd "$scratch/new" && find . -type f | sed 's,^\./,,') |
		while IFS= read -r path; do put_file "$scratch/new/$path" "$tree/$path"; done
	for path in "${!LAID_KIND[@]}"; do
		[ "${LAID_KIND[$path]}" = new ] && [ -z "${want[$path]:-}" ] || continue
		rm -f "$tree/$path"
		drop_empty "$tree" "$path"
	done

	rm -rf "$scratch"
	if [ "$with" = nothing ]; then
		rm -rf "$dir"
		return
	fi
	for path in "${!LAID_KIND[@]}"; do
		[ -n "${hooks[$path]:-}" ] || rm -f "$dir/orig/$path"
	done
	rm -rf "$dir/patches"
	mkdir -p "$dir/patches"
	[ ${#patches[@]} -eq 0 ] || cp "${patches[@]}" "$dir/patches/"
	mv "$dir/manifest.part" "$dir/manifest"
}

# Directories that only our file was in go with it.
drop_empty()
{
	local tree=$1 dir=${2%/*}

	while [ "$dir" != "$2" ] && [ -n "$dir" ] && [ -d "$tree/$dir" ]; do
		rmdir "$tree/$dir" 2>/dev/null || return 0
		case $dir in */*) dir=${dir%/*} ;; *) return 0 ;; esac
	done
}
