# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A variant's configuration: its fragments over allnoconfig, then a look
# whether each symbol came out as asked.

# The fragments of a variant, in the order in which they overrule each other. What
# is of one architecture alone is in a directory of that name.
config_fragments()
{
	local layer file
	local -a layers=(base)

	[ "$1" = base ] || layers+=("$1")
	for layer in "${layers[@]}"; do
		for file in "$KIT/config/$layer.config" "$KIT/config/$ARCH/$layer.config"; do
			[ ! -f "$file" ] || printf '%s\n' "$file"
		done
	done
}

config_wanted()
{
	local variant=$1 impl=$2
	local -a fragments

	mapfile -t fragments < <(config_fragments "$variant")
	{
		cat "${fragments[@]}"
		if tree_has_switch; then
			[ "$impl" = rust ] && say CONFIG_SECCOMP_RUST=y || say CONFIG_SECCOMP_RUST=n
		fi
	} | awk -F= -v impl="$impl" '
		# What depends on the switch goes with it.
		impl == "c" && /^CONFIG_SECCOMP_RUST_/ { next }
		/^CONFIG_[A-Za-z0-9_]+=/ {
			if (!($1 in value))
				order[++n] = $1
			value[$1] = substr($0, length($1) + 2)
		}
		END {
			for (i = 1; i <= n; i++)
				print order[i] "=" value[order[i]]
		}'
}

# Symbols that did not come out as wanted.
config_missed()
{
	awk -F= '
		NR == FNR && /^CONFIG_/ { have[$1] = substr($0, length($1) + 2) }
		NR == FNR { next }
		{
			want = substr($0, length($1) + 2)
			got = ($1 in have) ? have[$1] : "n"
			if (got != want)
				print "    " $1 "=" want ": is " got
		}
	' "$1" "$2"
}

config_make()
{
	local variant=$1 impl=$2 out=$3 log=$LOGS/config-$FLAVOUR$1-$2.log id missed

	[ "$impl" = c ] || tree_has_switch ||
		die "SECCOMP=rust: kernel/seccomp/Kconfig of this checkout has no SECCOMP_RUST"
	mkdir -p "$out"
	config_wanted "$variant" "$impl" >"$out/.kit-wanted.new"
	id=$({
		cat "$out/.kit-wanted.new"
		printf '%s\n' "${KMAKE[@]}" | grep -v ^-j
		say "$TOOLCHAIN"
		laid_id "$TREE" Kconfig
	} | digest)
	[ "$(cat "$out/.kit-config" 2>/dev/null)" = "$id" ] && [ -f "$out/.config" ] && return
	mv "$out/.kit-wanted.new" "$out/.kit-wanted"
	"${KMAKE[@]}" -C "$TREE" O="$out" KCONFIG_ALLCONFIG="$out/.kit-wanted" \
		allnoconfig >"$log" 2>&1 </dev/null || { log_reason "$log"; exit 1; }
	missed=$(config_missed "$out/.config" "$out/.kit-wanted")
	if [ -n "$missed" ]; then
		rm -f "$out/.config"
		warn "$variant-$impl: the configuration does not come out as asked:"
		printf '%s\n' "$missed" >&2
		grep -i 'rust' "$log" >&2 || true
		exit 1
	fi
	printf '%s\n' "$id" >"$out/.kit-config"
}
