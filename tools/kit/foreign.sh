# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Packages of an architecture that is not the machine's: what test programs are
# linked with, and the guest's busybox. They are unpacked in the cache, and the
# machine's package manager never hears of them.

FOREIGN=$CACHE/foreign

# foreign_apt ARCH TOOL...: like private_apt, for another architecture.
foreign_apt()
{
	local arch=$1 tool=$2
	shift 2

	private_apt "$CACHE/downloads/apt-$arch" "$tool" \
		-o "APT::Architecture=$arch" -o "APT::Architectures=$arch" "$@"
}

# foreign_fetch ARCH PACKAGE...: unpacks them in the directory of ARCH. Where there
# is no Debian, a person has to.
foreign_fetch()
{
	local arch=$1 release to=$FOREIGN/$1 part=$FOREIGN/$1.part deb
	shift

	if ! release=$(debian_codename); then
		[ -d "$to" ] || die "this system has no packages of $arch: unpack those of Debian," \
			"$*, in $to"
		return 0
	fi
	[ "$(cat "$to/.packages" 2>/dev/null)" != "$release $*" ] || return 0
	lock 9 "foreign-$arch"
	rm -rf "$part"
	mkdir -p "$part/debs"
	fetch_update "$CACHE/downloads/apt-$arch" "$release" foreign_apt "$arch"
	(cd "$part/debs" && watch_job "packages of $arch" "$LOGS/foreign-$arch.log" \
		'^(Get|Hit)' files 0 foreign_apt "$arch" apt-get download "$@") || exit 1
	for deb in "$part"/debs/*.deb; do dpkg-deb -x "$deb" "$part"; done
	rm -rf "$part/debs" "$to"
	printf '%s\n' "$release $*" >"$part/.packages"
	mv "$part" "$to"
	unlock 9
}

# foreign_flags ARCH TRIPLET: what a compiler needs to find them.
foreign_flags()
{
	local root=$FOREIGN/$1

	printf '%s' "-isystem $root/usr/include -isystem $root/usr/include/$2" \
		" -L$root/usr/lib/$2 -L$root/lib/$2"
}
