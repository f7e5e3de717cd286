# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # the other files of the kit use these
# What the kit has to know of arm64, for which it compiles on another machine:
# its compilers, its image, QEMU's machine "virt".

# Before the names of what is built for it.
FLAVOUR=arm64-
ARCH_MAKE=(ARCH=arm64)
IMAGE=Image
IMAGE_FILE=arch/arm64/boot/Image

ARCH_PACKAGES="qemu-system-arm gcc-aarch64-linux-gnu libc6-dev-arm64-cross
	gcc-arm-linux-gnueabihf libc6-dev-armhf-cross"
ARCH_TOOLS="qemu-system-aarch64 qemu-system-arm to boot the kernel
aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu to build test programs
arm-linux-gnueabihf-gcc gcc-arm-linux-gnueabihf to build those of 32 bits"
ARCH_FILES=
BUSYBOXES=$CACHE/foreign/arm64/bin/busybox

arch_setup()
{
	foreign_fetch arm64 busybox-static libcap-dev libseccomp-dev
	foreign_fetch armhf libcap-dev
}

# The suites that there are, but for kunit, and how their programs are compiled.
# The machine's pkg-config would name the machine's libraries.
ARCH_SUITES="tree tree32 own"
program_compiler()
{
	PROGRAM_ENV=(PKG_CONFIG=false)
	case $1 in
	tree32)
		PROGRAM_CC=arm-linux-gnueabihf-gcc
		PROGRAM_FLAGS=$(foreign_flags armhf arm-linux-gnueabihf)
		PROGRAM_HEADERS=arm
		;;
	*)
		PROGRAM_CC=aarch64-linux-gnu-gcc
		PROGRAM_FLAGS=$(foreign_flags arm64 aarch64-linux-gnu)
		PROGRAM_HEADERS=arm64
		;;
	esac
}

QEMU_SYSTEM=qemu-system-aarch64
QEMU_MACHINE=(-M "virt,gic-version=3" -global virtio-mmio.force-legacy=false)
BOOT_CONSOLE=ttyAMA0
BOOT_TTY=hvc0
BOOT_CPU=max
BOOT_MITIGATE=
BOOT_KASAN=
# QEMU has no NMI for this machine, and no command that shows what its CPUs are to be
# interrupted for.
BOOT_HANG=
HANG_INTERRUPTS=
# In exact mode processors take turns. A filter that is compiled has all of them take
# notice, and installing it takes more than a tenth of a second there, on either
# implementation; one that is interpreted takes some milliseconds.
BOOT_TURNS=sysctl.net.core.bpf_jit_enable=0

# Commands, and rules of make check, that have been made for x86-64 alone.
ARCH_LACKS="bench bench-check bench-accept bench-profile fuzz-reduce mutants coverage nospec barrier"

# boot_terminal CHARDEV: the device that the guest knows as BOOT_TTY.
boot_terminal() { TERMINAL=(-device virtio-serial-device -device "virtconsole,chardev=$1"); }

# boot_drive FILE FORMAT: a disk whose changes are forgotten.
boot_drive()
{
	DRIVE=(-drive "file=$1,format=$2,if=none,id=disk,snapshot=on"
		-device "virtio-blk-device,drive=disk")
}
