# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The census of unsafe code: how much of it which file has, tests aside, against
# the table of the safety case.

CENSUS_PAGE=Documentation/security/seccomp-rust-safety.rst

# FILE BLOCKS FUNCTIONS IMPLS TRAITS of every Rust file of the overlay that has any.
census_count()
{
	overlay_matching '\.rs$' | grep -vE '(^|/)(tests|testing)(/.*)?\.rs$' | while IFS= read -r file; do
		awk -v file="$file" '
			/^#\[cfg\(CONFIG_SECCOMP_RUST_KUNIT_TEST\)\]/ { tests = FNR }
			/^mod tests/ && tests { exit }
			/^[[:blank:]]*\/\// { next }
			{
				blocks += gsub(/unsafe \{/, "")
				impls += gsub(/unsafe impl/, "")
				traits += gsub(/unsafe trait/, "")
				functions += gsub(/unsafe (extern "C" )?fn/, "")
			}
			END {
				if (blocks + functions + impls + traits)
					print file, blocks + 0, functions + 0, impls + 0, traits + 0
			}
		' "$TOP/$file"
	done | sort
}

# The same of the page.
census_page()
{
	awk '$1 ~ /\.rs``$/ { gsub(/``/, "", $1); print $1, $2, $3, $4, $5 }' "$TOP/$CENSUS_PAGE" | sort
}

check_census()
{
	diff <(census_page) <(census_count) | sed -n 's/^</page:/p; s/^>/code:/p'
	[ -n "$(census_page)" ] || say "$CENSUS_PAGE has no table"
}
