# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make shell: an interactive shell in the guest, on the caller's terminal. The
# samples and all test programs are there; "exit" ends the guest. The job leads
# its session, so the serial port that it opens becomes its terminal.

[ -t 0 ] || die "make shell needs a terminal; 'make run CMD=...' does without"
setup_all
[ -z "$ROOTFS" ] || VARIANT=debian
kernel_build "$VARIANT" "$SECCOMP"
initramfs_build samples tree own

read -r rows columns < <(stty size)
job=$BUILD/shell.job
drive=()
if [ -n "$ROOTFS" ]; then
	rootfs_image
	drive=(-drive "file=$ROOTFS_IMAGE,format=$ROOTFS_FORMAT,if=virtio,snapshot=on")
fi
{
	say "stty -F /dev/ttyS1 sane rows $rows cols $columns"
	say 'touch /kit/quiet'
	say 'cd /root; echo "The samples are in PATH, the test programs in /kit/tests; exit ends the guest."'
	if [ -n "$ROOTFS" ]; then
		rootfs_mount
		say 'exec chroot . /bin/sh -i </dev/ttyS1 >/dev/ttyS1 2>&1'
	else
		say 'exec sh -i </dev/ttyS1 >/dev/ttyS1 2>&1'
	fi
} >"$job"
initramfs_with "$job" "$BUILD/shell.cpio"
boot_flags parallel 2 "$BUILD/$VARIANT-$SECCOMP/bzImage"
saved=$(stty -g)
stty raw -echo
"${QEMU[@]}" -kernel "$BUILD/$VARIANT-$SECCOMP/bzImage" -initrd "$BUILD/shell.cpio" \
	-append "$BOOT_APPEND" -serial "file:$LOGS/shell.console" \
	-chardev stdio,id=terminal,signal=off -serial chardev:terminal "${drive[@]}" 8>&- 9>&- || true
stty "$saved"
