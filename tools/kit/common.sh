# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # the other files of the kit use these
# Where things are, what the caller asked for, and how the kit speaks.

export LC_ALL=C
umask 022

TOP=${KIT%/tools/kit}
BUILD=$TOP/build
LOGS=$BUILD/log
CACHE=${SECCOMP_RUST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/seccomp-rust}
SERIES=7.3

# The caller's wishes. They must not reach the kernel's make, to which some of
# the names mean something else, nor may this make's own flags.
ARCH=${ARCH:-x86_64}
SECCOMP=${SECCOMP:-rust}
VARIANT=${VARIANT:-base}
CMD=${CMD:-}
ROOTFS=${ROOTFS:-}
KSRC=${KSRC:-}
KERNEL_TARBALL=${KERNEL_TARBALL:-}
IMPLS=${IMPLS:-}
ALSO=${ALSO:-}
MUTANTS=${MUTANTS:-}
JOBS=${JOBS:-$(nproc)}
KVM=${KVM:-0}
MINUTES=${MINUTES:-30}
OPERATIONS=${OPERATIONS:-}
SEEDS=${SEEDS:-}
COUNT=${COUNT:-}
SEED=${SEED:-}
CASE=${CASE:-}
CPUS=${CPUS:-}
export -n ARCH SECCOMP VARIANT CMD ROOTFS KSRC KERNEL_TARBALL SUITES IMPLS ALSO JOBS KVM
export -n MINUTES OPERATIONS SEEDS COUNT SEED CASE CPUS MUTANTS
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL GNUMAKEFLAGS

say() { printf '%s\n' "$*"; }
warn() { printf 'kit: %s\n' "$*" >&2; }

die()
{
	warn "$@"
	exit 1
}

[ -f "$KIT/arch/$ARCH.sh" ] || die "ARCH=$ARCH: there is no $ARCH.sh in tools/kit/arch"
case $SECCOMP in rust | c) ;; *) die "SECCOMP=$SECCOMP: it is either rust or c" ;; esac
[ -f "$KIT/config/$VARIANT.config" ] ||
	die "VARIANT=$VARIANT: there is no $VARIANT.config in tools/kit/config"
case $CACHE$TOP in
*[[:space:]:]*) die "the kernel's build cannot cope with blanks or colons in '$TOP' or '$CACHE'" ;;
esac

minutes_check()
{
	case $MINUTES in
	*[!0-9]* | 0*) die "MINUTES=$MINUTES: a number of minutes, at least 1" ;;
	esac
}

# Hold a lock of the cache until this process ends. Programs that outlive a
# step must not inherit it: start them with 8>&- and 9>&-.
lock()
{
	local fd=$1 name=$2

	mkdir -p "$CACHE/lock"
	eval "exec $fd>\"\$CACHE/lock/\$name\""
	flock -n "$fd" && return
	say "waiting: another run holds $CACHE/lock/$name"
	flock "$fd"
}

unlock() { eval "exec $1>&-"; }

# The sum of standard input, short enough for a file name.
digest() { sha256sum | cut -c1-16; }

# Copy a file where its content differs, by rename: the old one may be a hard
# link, and an equal one must keep its time or make would build it again.
put_file()
{
	local from=$1 to=$2

	cmp -s "$from" "$to" && return
	mkdir -p "${to%/*}"
	cp --preserve=mode "$from" "$to.kit-new"
	mv -f "$to.kit-new" "$to"
}

# Whether a command, or a rule of make check, is for another architecture alone.
arch_lacks() { [[ " ${ARCH_LACKS:-} " = *" $1 "* ]]; }

elapsed() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# Whether every one of these commands is there.
have()
{
	local command

	for command in "$@"; do
		command -v "$command" >/dev/null || return 1
	done
}
