# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The pristine tree: Debian's source package, a tarball, or a person's own
# tree. Sets PRISTINE, and PRISTINE_LINKS where its files may be hard-linked.

SOURCE_PACKAGE=linux-source-$SERIES
SOURCE_SUITE=trixie-backports

# VERSION.PATCHLEVEL.SUBLEVEL of a tree.
tree_version()
{
	sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) = \([0-9]*\)$/\2/p' "$1/Makefile" 2>/dev/null |
		paste -sd.
}

tree_check()
{
	[ -f "$1/kernel/seccomp.c" ] && [ -f "$1/Makefile" ] || die "$1 is not a kernel tree"
	case $(tree_version "$1") in
	"$SERIES".*) ;;
	*) die "$1 is Linux $(tree_version "$1"); the hooks are made for $SERIES" ;;
	esac
}

# private_apt STATE TOOL...: apt-get with a state of its own. The machine's sources
# stay as they are, and its keyring still decides which archive is believed.
private_apt()
{
	local d=$1 tool=$2
	shift 2

	"$tool" -q -o Dir::State="$d/state" -o Dir::State::status="$d/status" \
		-o Dir::Cache="$d/cache" -o Dir::Etc::SourceList="$d/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null \
		-o Dir::Etc::PreferencesParts=/dev/null -o APT::Sandbox::User=root \
		-o Acquire::Languages=none "$@"
}

# The archive that the machine itself uses for its release.
debian_mirror()
{
	# shellcheck disable=SC2016 # apt's fields, not the shell's
	apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' |
		awk -v release="$(debian_codename)" '$2 == release { print $1; exit }'
}

# fetch_update STATE SUITE APT...: begins a state that knows one suite; APT is how
# apt's tools are called on it.
fetch_update()
{
	local d=$1 suite=$2 mirror
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	shift 2

	mirror=$(debian_mirror)
	[ -n "$mirror" ] || die "apt knows no archive of this Debian release to take" \
		"packages of $suite from; in place of the tree's there are KSRC= and KERNEL_TARBALL="
	[ -f "$keyring" ] || die "$keyring is missing: install debian-archive-keyring"
	mkdir -p "$d/state/lists/partial" "$d/cache/archives/partial"
	: >"$d/status"
	printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$suite" \
		>"$d/sources.list"
	watch_job "lists of $suite" "$LOGS/fetch-update.log" '^(Get|Hit)' lists 0 \
		"$@" apt-get update || exit 1
}

# Progress is known only to apt's own meter, which needs a terminal: count in
# what has arrived instead.
fetch_download()
{
	local d=$CACHE/downloads/apt version

	version=$(private_apt "$d" apt-cache policy "$SOURCE_PACKAGE" |
		sed -n 's/^  Candidate: //p')
	case $version in
	"$SERIES".*) ;;
	*) die "$SOURCE_SUITE offers no $SOURCE_PACKAGE (apt says: '${version:-nothing}')" ;;
	esac
	say "  $SOURCE_PACKAGE $version, about 165 MB"
	# apt verifies what it gets, and keeps a file that is whole already.
	(cd "$CACHE/downloads" &&
		watch_job "download" "$LOGS/fetch-download.log" '^(Get|Hit)' files 0 \
			private_apt "$d" apt-get download "$SOURCE_PACKAGE=$version") || exit 1
	DEB=$(ls -t "$CACHE/downloads/$SOURCE_PACKAGE"_*.deb | head -n 1)
}

unpack_deb()
{
	dpkg-deb --fsys-tarfile "$1" |
		tar -xO "./usr/src/$SOURCE_PACKAGE.tar.xz" |
		tar -xJv -C "$2" --strip-components=1
}

unpack_tarball() { tar -xvf "$1" -C "$2" --strip-components=1; }

# Unpacked under another name first, so that what has the right one is whole.
fetch_unpack()
{
	local how=$1 what=$2 to=$3 part=$CACHE/unpacking

	rm -rf "$part"
	mkdir -p "$part"
	watch_job "unpacking ${what##*/}" "$LOGS/fetch-unpack.log" . files 102000 \
		"$how" "$what" "$part" || exit 1
	tree_check "$part"
	[ -n "$to" ] || to=$CACHE/linux-$(tree_version "$part")
	mv "$part" "$to"
	PRISTINE=$to
}

fetch_newest() { (ls -dv "$CACHE/linux-$SERIES".*[0-9] 2>/dev/null || true) | tail -n 1; }

fetch_tree()
{
	local to

	[ -z "${PRISTINE:-}" ] || return 0
	PRISTINE_LINKS=1
	if [ -n "$KSRC" ]; then
		[ -d "$KSRC" ] || die "KSRC=$KSRC: no such directory"
		PRISTINE=$(cd "$KSRC" && pwd -P)
		PRISTINE_LINKS=0
		tree_check "$PRISTINE"
		[ ! -e "$PRISTINE/.seccomp-rust" ] ||
			die "KSRC=$KSRC has the overlay laid on it already; 'make unapply' it first"
		return
	fi
	lock 9 fetch
	if [ -n "$KERNEL_TARBALL" ]; then
		[ -f "$KERNEL_TARBALL" ] || die "KERNEL_TARBALL=$KERNEL_TARBALL: no such file"
		to=$CACHE/tarball-$(digest <"$KERNEL_TARBALL")
		PRISTINE=$to
		[ -d "$to" ] || fetch_unpack unpack_tarball "$KERNEL_TARBALL" "$to"
	else
		PRISTINE=$(fetch_newest)
		if [ -z "$PRISTINE" ]; then
			have apt-get dpkg-deb ||
				die "the tree comes from Debian's archive, through apt;" \
					"on this system name one: KSRC=/path or KERNEL_TARBALL=file"
			say "fetching Linux $SERIES"
			fetch_update "$CACHE/downloads/apt" "$SOURCE_SUITE" \
				private_apt "$CACHE/downloads/apt"
			fetch_download
			fetch_unpack unpack_deb "$DEB" ''
		fi
	fi
	unlock 9
}
