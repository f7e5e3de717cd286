# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make distclean: the caches as well: the fetched tree, bindgen, ccache, and
# the trees of all checkouts. Installed packages stay.

lock 9 fetch
rm -rf "$BUILD" "${CACHE:?}/trees" "$CACHE/ccache" "$CACHE/downloads" "$CACHE/foreign" \
	"$CACHE/tools" "${CACHE:?}/bin" "$CACHE/unpacking" "$CACHE"/linux-"$SERIES".* "$CACHE"/tarball-* \
	"$CACHE"/objects-* "$CACHE/kvm-verdict" "$CACHE/steps" "$CACHE/lock"
rmdir "$CACHE" 2>/dev/null || true
