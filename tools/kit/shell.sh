# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make shell: an interactive shell in the guest, on the caller's terminal. The
# samples and all test programs are there; "exit" ends the guest. The job leads
# its session, so the serial port that it opens becomes its terminal.

[ -t 0 ] || die "make shell needs a terminal; 'make run CMD=...' does without"
setup_all
[ -z "$ROOTFS" ] || VARIANT=debian
kernel_build "$VARIANT" "$SECCOMP"
# shellcheck disable=SC2086 # a list of words
initramfs_build samples $ARCH_SUITES

read -r rows columns < <(stty size)
job=$BUILD/shell.job
DRIVE=()
if [ -n "$ROOTFS" ]; then
	rootfs_image
	boot_drive "$ROOTFS_IMAGE" "$ROOTFS_FORMAT"
fi
{
	say "stty -F /dev/$BOOT_TTY sane rows $rows cols $columns"
	say 'touch /kit/quiet'
	say 'cd /root; echo "The samples are in PATH, the test programs in /kit/tests; exit ends the guest."'
	if [ -n "$ROOTFS" ]; then
		rootfs_mount
		say "exec chroot . /bin/sh -i </dev/$BOOT_TTY >/dev/$BOOT_TTY 2>&1"
	else
		say "exec sh -i </dev/$BOOT_TTY >/dev/$BOOT_TTY 2>&1"
	fi
} >"$job"
initramfs_with "$job" "$BUILD/shell.cpio"
image=$(kernel_dir "$VARIANT" "$SECCOMP")/$IMAGE
boot_flags parallel 2 "$image"
boot_terminal terminal
saved=$(stty -g)
stty raw -echo
"${QEMU[@]}" -kernel "$image" -initrd "$BUILD/shell.cpio" \
	-append "$BOOT_APPEND" -serial "file:$LOGS/shell.console" \
	-chardev stdio,id=terminal,signal=off "${TERMINAL[@]}" "${DRIVE[@]}" 8>&- 9>&- || true
stty "$saved"
