# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make unapply KSRC=/path: the tree as it was before make apply.

[ -n "$KSRC" ] || die "name the tree: make unapply KSRC=/path/to/linux-$SERIES"
if [ ! -e "$KSRC/.seccomp-rust/manifest" ] && [ ! -e "$KSRC/.seccomp-rust/manifest.part" ]; then
	die "KSRC=$KSRC: the overlay is not laid there"
fi
overlay_lay "$(cd "$KSRC" && pwd -P)" nothing
say "$KSRC: as it was"
