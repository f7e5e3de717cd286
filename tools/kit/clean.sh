# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make clean: what this checkout has built, here and in the cache.

lock 8 "tree-${TREE##*/}"
rm -rf "$BUILD" "$TREE.part"
tree_of "$TOP" | while IFS= read -r dir; do rm -rf "$dir"; done
