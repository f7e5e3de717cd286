# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the kit needs of the machine. On Debian 12 and 13 it is installed from
# the machine's own sources; elsewhere what is missing is named.

PACKAGES="clang-19 lld-19 llvm-19 libclang-19-dev gcc libc6-dev make flex bison
	bc cpio kmod perl patch xz-utils e2fsprogs libelf-dev libssl-dev ccache
	debian-archive-keyring ca-certificates $ARCH_PACKAGES"

# The security suite of Debian 12 offers a later rustc-web too, on another
# LLVM: all of one version have to be named.
PACKAGES_12="rustc-web=1.85* libstd-rust-web-dev=1.85* rust-web-src=1.85*
	rustfmt-web=1.85* rust-web-clippy=1.85*"
PACKAGES_13="rustc rust-src rustfmt rust-clippy bindgen"

# command, the Debian package to name, what it is for
TOOLS="gcc gcc to build host and test programs
flex flex for Kconfig
bison bison for Kconfig
bc bc for the kernel's build
cpio cpio to pack the initramfs
perl perl for checkpatch
patch patch to lay the hooks
xz xz-utils to unpack the tree
mke2fs e2fsprogs to make root file systems
clang-19 clang-19 to compile C
ld.lld-19 lld-19 to link
llvm-nm-19 llvm-19 to look into objects
$ARCH_TOOLS"

# header or library, the Debian package to name
FILES="libelf.h libelf-dev
openssl/ssl.h libssl-dev
$ARCH_FILES"

debian_release()
{
	[ -r /etc/os-release ] && have apt-get dpkg-query &&
		(. /etc/os-release && [ "$ID" = debian ] && printf '%s\n' "${VERSION_ID:-}")
}

debian_codename() { debian_release >/dev/null && (. /etc/os-release && printf '%s\n' "$VERSION_CODENAME"); }

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "this needs root and there is no sudo; as root: $*"
	fi
}

# Of NAME or NAME=VERSION-PATTERN, those that are not installed so.
packages_missing()
{
	local spec name have

	have=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' 2>/dev/null |
		sed -n 's/^installed //p')
	for spec in "$@"; do
		name=${spec%%=*}
		awk -v name="$name" -v version="${spec#"$name"}" '
			$1 == name && (version == "" || index("=" $2, substr(version, 1, length(version) - 1)) == 1) { found = 1 }
			END { exit !found }' <<<"$have" || printf '%s\n' "$spec"
	done
}

packages_install()
{
	local -a missing
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -y)

	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	say "installing: ${missing[*]}"
	[ "$(id -u)" -eq 0 ] || as_root true
	watch_job "package lists" "$LOGS/apt-update.log" '^(Get|Hit)' lists 0 \
		as_root "${apt[@]}" update || exit 1
	watch_job "packages" "$LOGS/apt-install.log" '^(Unpacking|Setting up)' steps 0 \
		as_root "${apt[@]}" install --no-install-recommends "${missing[@]}" || exit 1
}

# packages_need COMMAND=PACKAGE...: what one target alone needs.
packages_need()
{
	local need

	case $(debian_release) in
	12 | 13) packages_install "${@#*=}" ;;
	*)
		for need; do
			have "${need%%=*}" ||
				die "this system lacks ${need%%=*} (Debian's package: ${need#*=})"
		done
		;;
	esac
}

have_header()
{
	printf '#include <stddef.h>\n#include <stdio.h>\n#include <%s>\n' "$1" |
		gcc -E -x c - >/dev/null 2>&1
}

# On a system that is not Debian: say everything that is missing at once.
tools_missing()
{
	local need package what lacking=

	while read -r need package what; do
		have "$need" || have "${need%-19}" ||
			lacking+="  $need, $what (Debian's package: $package)"$'\n'
	done <<<"$TOOLS"
	while read -r need package; do
		[ -z "$need" ] || have_header "$need" || lacking+="  <$need> (Debian's package: $package)"$'\n'
	done <<<"$FILES"
	[ -z "$lacking" ] || die "this system lacks:"$'\n'"${lacking%$'\n'}"
}

busybox_find()
{
	local busybox

	# shellcheck disable=SC2086 # a list of words
	for busybox in ${BUSYBOX:-} $BUSYBOXES; do
		# The kernel resolves no interpreter for a static program.
		if [ -x "$busybox" ] && ! grep -qaF '/ld-linux' "$busybox"; then
			printf '%s\n' "$busybox"
			return
		fi
	done
	return 1
}

setup_all()
{
	[ "${SETUP_DONE:-}" != 1 ] || return 0
	SETUP_DONE=1
	mkdir -p "$LOGS"
	case $(debian_release) in
	12)
		# shellcheck disable=SC2086 # lists of words
		packages_install $PACKAGES $PACKAGES_12
		command -v cargo >/dev/null || bindgen_find >/dev/null ||
			packages_install 'cargo-web=1.85*'
		bindgen_install
		;;
	13)
		# shellcheck disable=SC2086
		packages_install $PACKAGES $PACKAGES_13
		;;
	*)
		tools_missing
		;;
	esac
	arch_setup
	busybox_find >/dev/null || die "this system lacks a static busybox of $ARCH, or" \
		"BUSYBOX=/path/to/one (Debian's package: busybox-static)"
	toolchain_load
	fetch_tree
}
