# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A person's root file system for the guest: an image as it is, or one made of
# a directory. It is given as a snapshot: what the guest writes is forgotten.

rootfs_image()
{
	local size

	ROOTFS_FORMAT=raw
	if [ -f "$ROOTFS" ]; then
		ROOTFS_IMAGE=$(realpath "$ROOTFS")
		[ "$(head -c 3 "$ROOTFS_IMAGE")" != QFI ] || ROOTFS_FORMAT=qcow2
		return
	fi
	[ -d "$ROOTFS" ] || die "ROOTFS=$ROOTFS is neither a directory nor an image"
	[ -e "$ROOTFS/bin/sh" ] || [ -L "$ROOTFS/bin" ] || die "ROOTFS=$ROOTFS has no /bin/sh"
	ROOTFS_IMAGE=$BUILD/rootfs.ext4
	size=$(du -sm "$ROOTFS" | cut -f1)
	rm -f "$ROOTFS_IMAGE"
	watch_job "root file system" "$LOGS/rootfs.log" . steps 0 \
		mke2fs -q -t ext4 -d "$ROOTFS" "$ROOTFS_IMAGE" $((size + size / 4 + 256))M || exit 1
}

# The guest's words that mount it with what programs expect, and make it the root:
# in a mere chroot nobody may create a user namespace.
rootfs_mount()
{
	cat <<-'END'
		disk=/dev/vda1
		[ -e "$disk" ] || disk=/dev/vda
		mount -t ext4 "$disk" /mnt || exit 125
		for fs in proc sys dev run tmp; do
			mkdir -p "/mnt/$fs"
			mount --bind "/$fs" "/mnt/$fs"
		done
		mount --bind /dev/pts /mnt/dev/pts
		mount --bind /dev/shm /mnt/dev/shm
		mount -t cgroup2 none /mnt/sys/fs/cgroup
		mount -t securityfs none /mnt/sys/kernel/security
		mount -t bpf none /mnt/sys/fs/bpf
		mkdir -p /mnt/run/samples
		cp /samples/* /mnt/run/samples/
		export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/samples
		cd /mnt
		mount --move /mnt /
	END
}

# Without a command the file system is only shown to work.
rootfs_job()
{
	rootfs_mount
	printf 'cat >run/command <<\\kit-command-ends\n%s\nkit-command-ends\n' \
		"${CMD:-cat /etc/os-release; uname -a}"
	say 'exec chroot . /bin/sh /run/command'
}
