# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make apply KSRC=/path: the overlay and its hooks on a person's own tree.

[ -n "$KSRC" ] || die "name the tree: make apply KSRC=/path/to/linux-$SERIES"
[ -d "$KSRC" ] || die "KSRC=$KSRC: no such directory"
have patch || die "patch is missing: install it"
tree_check "$KSRC"
tree=$(cd "$KSRC" && pwd -P)
before=$(cat "$tree/.seccomp-rust/manifest" 2>/dev/null || true)
overlay_lay "$tree"
after=$(cat "$tree/.seccomp-rust/manifest")
say "$KSRC: $(grep -c '^new' <<<"$after") files, $(grep -c '^hook' <<<"$after") hooked files" \
	"$([ "$before" = "$after" ] && say 'lay there already' || say laid)"
say "choose with CONFIG_SECCOMP_RUST (it needs CONFIG_RUST); 'make unapply KSRC=$KSRC' takes it out"
