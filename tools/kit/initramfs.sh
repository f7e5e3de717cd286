# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the guest boots into: busybox, programs, and the kit's guest side. The
# order for one boot is a small archive of its own behind this one, so that a
# command reaches the guest byte for byte.

cpio_pack() { (cd "$1" && find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --quiet --reproducible); }

# initramfs_build KIND...: sets INITRAMFS, which holds the programs of these
# kinds.
initramfs_build()
{
	local busybox root kind id name

	name=$BUILD/${FLAVOUR}initramfs-$(IFS=- && printf '%s' "$*")
	root=$name.d
	INITRAMFS=$name.cpio
	busybox=$(busybox_find) || die "no static busybox: install busybox-static or name one in BUSYBOX="
	programs_build "$@"
	id=$({
		for kind in "$@"; do cat "$PROGRAMS/$kind/.id" 2>/dev/null || say none; done
		cat "$KIT"/guest/* "$KIT/initramfs.sh"
		sha256sum <"$busybox"
	} | digest)
	[ "$(cat "$name.id" 2>/dev/null)" != "$id" ] || return 0
	rm -rf "$root"
	mkdir -p "$root"/{bin,sbin,dev,proc,sys,tmp,run,root,etc,mnt,kit/tests,samples}
	cp "$busybox" "$root/bin/busybox"
	cp "$KIT"/guest/* "$root/kit/"
	ln -s kit/init "$root/init"
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' \
		>"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
	for kind in "$@"; do initramfs_programs "$kind" "$root"; done
	cpio_pack "$root" >"$INITRAMFS.new"
	mv "$INITRAMFS.new" "$INITRAMFS"
	rm -rf "$root"
	printf '%s\n' "$id" >"$name.id"
}

initramfs_programs()
{
	local kind=$1 to=$2/kit/tests/$1 program demo=$TREE/samples/seccomp_rust/demo.sh

	[ "$kind" != samples ] || to=$2/samples
	mkdir -p "$to"
	programs_list "$kind" | while IFS= read -r program; do
		cp "$PROGRAMS/$kind/$program" "$to/"
	done
	if [ "$kind" = samples ] && [ -f "$demo" ]; then
		cp "$demo" "$to/"
		chmod +x "$to/demo.sh"
	fi
}

# initramfs_with JOB TO: the archive that boots into a script.
initramfs_with()
{
	local job=$1 to=$2

	rm -rf "$to.d"
	mkdir -p "$to.d/kit"
	cp "$job" "$to.d/kit/job"
	{
		cat "$INITRAMFS"
		cpio_pack "$to.d"
	} >"$to"
	rm -rf "$to.d"
}
