# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make run: the demo, or a command under the tracing supervisor, in a guest
# that ends by itself with the command's status.

tree_lock
rm -f "$BUILD/${FLAVOUR}run.rows"
setup_all
[ -z "$ROOTFS" ] || VARIANT=debian
kernel_build "$VARIANT" "$SECCOMP"
initramfs_build samples

job=$BUILD/run.job
append=
DRIVE=()
if [ -n "$ROOTFS" ]; then
	rootfs_image
	boot_drive "$ROOTFS_IMAGE" "$ROOTFS_FORMAT"
	rootfs_job >"$job"
elif [ -n "$CMD" ]; then
	printf '%s\n' "$CMD" >"$BUILD/run.cmd"
	{
		printf 'cat >/tmp/command <<\\kit-command-ends\n%s\nkit-command-ends\n' "$CMD"
		say 'exec notify-trace sh /tmp/command'
	} >"$job"
else
	say 'exec sh /samples/demo.sh' >"$job"
fi
initramfs_with "$job" "$BUILD/run.cpio"
FOLLOWED=0
BOOT_FOLLOW=boot_follow
boot run "${MODE:-parallel}" 2 "$(kernel_dir "$VARIANT" "$SECCOMP")/$IMAGE" "$BUILD/run.cpio" \
	"$append" "${DRIVE[@]}"
status=1
if [ "$BOOT_VERDICT" = ok ]; then
	status=$(boot_status run)
else
	boot_explain run
fi
# For a later run that is to count it too.
[ -n "$ROOTFS$CMD" ] || printf 'run\t%s\t%s\tdemo\t%s\n' "$SECCOMP" \
	"$([ "$status" = 0 ] && say pass || say fail)" \
	"$([ "$status" = 0 ] || say "$BOOT_VERDICT, status $status")" >"$BUILD/${FLAVOUR}run.rows"
exit "$status"
