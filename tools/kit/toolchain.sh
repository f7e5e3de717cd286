# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The compilers: clang and rustc on one LLVM, since RUST_INLINE_HELPERS links
# bitcode of both; the Rust library's sources of that rustc; bindgen.

LLVM_MAJOR=19
RUST_SERIES=1.85
BINDGEN_VERSION=0.71.1

rustc_llvm() { "$1" -vV 2>/dev/null | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p'; }
rustc_version() { "$1" -V 2>/dev/null | sed -n 's/^rustc \([0-9.]*\).*/\1/p'; }

# Where the sources of this rustc's library are, if they are installed.
rust_library()
{
	local rustc=$1 dir

	for dir in "$("$rustc" --print sysroot)/lib/rustlib/src/rust/library" \
		"/usr/src/rustc-$(rustc_version "$rustc")/library"; do
		if [ -f "$dir/core/src/lib.rs" ]; then
			printf '%s\n' "$dir"
			return
		fi
	done
	return 1
}

# A rustc will do if it is of the series, on clang's LLVM, with sources and
# with its companions beside it. Debian's comes before what PATH names, where
# rustup's proxies may sit.
rustc_find()
{
	local rustc dir

	for rustc in ${RUSTC:-} /usr/bin/rustc "$(command -v rustc || true)" \
		"${CARGO_HOME:-$HOME/.cargo}/bin/rustc"; do
		[ -x "$rustc" ] || continue
		dir=$(dirname "$("$rustc" --print sysroot 2>/dev/null)/bin/x")
		[ -x "$dir/rustc" ] || dir=${rustc%/*}
		case $(rustc_version "$dir/rustc") in "$RUST_SERIES".*) ;; *) continue ;; esac
		[ "$(rustc_llvm "$dir/rustc")" = "$LLVM_MAJOR" ] || continue
		rust_library "$dir/rustc" >/dev/null || continue
		[ -x "$dir/rustfmt" ] && [ -x "$dir/rustdoc" ] || continue
		[ -x "$dir/clippy-driver" ] || continue
		printf '%s\n' "$dir"
		return
	done
	return 1
}

bindgen_works()
{
	[ -x "$1" ] && "$1" --version 2>/dev/null |
		awk -v least="$BINDGEN_VERSION" '{
			split($2, have, "."); split(least, want, ".")
			for (i = 1; i <= 3; i++)
				if (have[i] + 0 != want[i] + 0)
					exit have[i] + 0 < want[i] + 0
			exit 0
		}'
}

bindgen_find()
{
	local bindgen

	for bindgen in "$CACHE/tools/bin/bindgen" "$(command -v bindgen || true)"; do
		if bindgen_works "$bindgen"; then
			printf '%s\n' "$bindgen"
			return
		fi
	done
	return 1
}

# Built from the registry's sources where the distribution has none.
bindgen_install()
{
	local cargo

	bindgen_find >/dev/null && return
	cargo=$(command -v cargo) ||
		die "bindgen $BINDGEN_VERSION is missing, and so is cargo to build it: install either"
	lock 9 bindgen
	bindgen_find >/dev/null ||
		watch_job "bindgen $BINDGEN_VERSION (cargo install)" "$LOGS/bindgen.log" \
			'^ *Compiling' crates 65 \
			"$cargo" install bindgen-cli --version "$BINDGEN_VERSION" --locked \
			--root "$CACHE/tools" || exit 1
	unlock 9
}

# Sets KMAKE, the kernel's make with all that it needs and nothing of the caller's
# environment, NM for objects of it, and TOOLCHAIN, a sum over which compilers these are.
toolchain_load()
{
	local rust bindgen ccache path suffix=-$LLVM_MAJOR

	[ -z "${KMAKE+set}" ] || return 0
	rust=$(rustc_find) || die "no rustc $RUST_SERIES on LLVM $LLVM_MAJOR with its sources, rustfmt" \
		"and clippy; 'rustup toolchain install $RUST_SERIES --component rust-src' is one way," \
		"RUSTC=/path/to/rustc names another"
	bindgen=$(bindgen_find) || die "no bindgen of at least $BINDGEN_VERSION: cargo install" \
		"bindgen-cli --version $BINDGEN_VERSION --locked"
	command -v "clang$suffix" >/dev/null || suffix=
	[ "$(clang$suffix -dumpversion 2>/dev/null | cut -d. -f1)" = "$LLVM_MAJOR" ] ||
		die "no clang $LLVM_MAJOR, which has to share the LLVM of rustc $RUST_SERIES:" \
			"install it as clang or clang-$LLVM_MAJOR, with lld and llvm of that version"
	command -v "ld.lld$suffix" >/dev/null ||
		die "no ld.lld$suffix: install lld $LLVM_MAJOR"

	RUST_BIN=$rust
	CLANG=clang$suffix
	NM=llvm-nm$suffix
	TOOLCHAIN=$({ "$CLANG" --version && "$rust/rustc" -vV && "$bindgen" --version; } | digest)
	path=${bindgen%/*}:$PATH

	# ccache goes by the compiler's name. A compiler command of two words would
	# break the linker flag that kbuild hands to rustc for host programs.
	if ccache=$(command -v ccache); then
		mkdir -p "$CACHE/bin"
		[ "$(readlink "$CACHE/bin/$CLANG")" = "$ccache" ] ||
			ln -sfn "$ccache" "$CACHE/bin/$CLANG"
		path=$CACHE/bin:$path
	fi

	KENV=(env -i PATH="$path" HOME="$HOME" LANG=C.UTF-8 TMPDIR="${TMPDIR:-/tmp}"
		CCACHE_DIR="$CACHE/ccache" CCACHE_BASEDIR="$CACHE" CCACHE_NOHASHDIR=1
		CCACHE_MAXSIZE=8G
		KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=kit
		KBUILD_BUILD_HOST=kit)
	[ ! -d "/usr/lib/llvm-$LLVM_MAJOR/lib" ] ||
		KENV+=(LIBCLANG_PATH="/usr/lib/llvm-$LLVM_MAJOR/lib")
	KMAKE=("${KENV[@]}" nice make -j"$JOBS" LLVM="${suffix:-1}" "${ARCH_MAKE[@]}"
		RUSTC="$rust/rustc" HOSTRUSTC="$rust/rustc" RUSTDOC="$rust/rustdoc"
		RUSTFMT="$rust/rustfmt" CLIPPY_DRIVER="$rust/clippy-driver"
		RUST_LIB_SRC="$(rust_library "$rust/rustc")")
}
