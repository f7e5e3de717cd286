# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The tree of this checkout: a copy of the pristine one in the cache, by hard
# links where that is the kit's own, with the overlay laid on it. Objects lie
# in o-* directories inside it: kbuild then uses relative paths, and checkouts
# find each other's objects in ccache.

TREE=$CACHE/trees/$(printf '%s' "$TOP $KSRC $KERNEL_TARBALL" | digest)

# The trees of a checkout, or of checkouts that are gone.
tree_of()
{
	local dir

	for dir in "$CACHE"/trees/*/; do
		[ "$(cat "$dir/.kit/checkout" 2>/dev/null)" != "$1" ] || printf '%s\n' "${dir%/}"
	done
}

tree_prune()
{
	local dir checkout

	for dir in "$CACHE"/trees/*/; do
		checkout=$(cat "$dir/.kit/checkout" 2>/dev/null) || continue
		[ -d "$checkout" ] || rm -rf "$dir"
	done
}

tree_copy()
{
	local part=$TREE.part id

	# What changes while it is copied is not in the sum, and has it copied again.
	id=$(pristine_id)
	tree_prune
	rm -rf "$part" "$TREE"
	mkdir -p "$part"
	if [ "$PRISTINE_LINKS" = 1 ]; then
		cp -al "$PRISTINE/." "$part/"
	else
		say "  copying $PRISTINE"
		tar -C "$PRISTINE" --exclude=./.git -cf - . | tar -C "$part" -xf -
		# A separate object directory needs a source tree without objects.
		"${KMAKE[@]}" -s -C "$part" mrproper >"$LOGS/mrproper.log" 2>&1 ||
			{ log_reason "$LOGS/mrproper.log"; exit 1; }
	fi
	mkdir -p "$part/.kit"
	printf '%s\n' "$TOP" >"$part/.kit/checkout"
	printf '%s\n' "$id" >"$part/.kit/base"
	mv "$part" "$TREE"
}

# What the tree below the overlay is. A person's may change under the same name; the
# kit's own does not.
pristine_id()
{
	say "$PRISTINE"
	[ "$PRISTINE_LINKS" = 1 ] ||
		find "$PRISTINE" -name .git -prune -o ! -type d -printf '%P %s %T@\n' | sort | digest
}

tree_stale() { [ ! -d "$TREE" ] || [ "$(cat "$TREE/.kit/base")" != "$(pristine_id)" ]; }

# One run of a checkout at a time.
tree_lock()
{
	[ "${TREE_LOCKED:-}" != 1 ] || return 0
	TREE_LOCKED=1
	lock 8 "tree-${TREE##*/}"
}

tree_lay()
{
	local id

	[ "${TREE_LAID:-}" != 1 ] || return 0
	TREE_LAID=1
	tree_lock
	! tree_stale || tree_copy
	# Another version of the kit may lay it otherwise.
	id=$(overlay_id)-$(digest <"$KIT/overlay.sh")
	if [ "$(cat "$TREE/.kit/overlay" 2>/dev/null)" != "$id" ]; then
		overlay_lay "$TREE"
		printf '%s\n' "$id" >"$TREE/.kit/overlay"
	fi
}

# Whether the overlay brings the switch, so that there are two to choose from.
tree_has_switch() { grep -qs '^config SECCOMP_RUST$' "$TREE"/kernel/seccomp/Kconfig; }
