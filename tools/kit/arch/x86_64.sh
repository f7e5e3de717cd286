# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # the other files of the kit use these
# What the kit has to know of x86-64: its compilers, its image, QEMU's PC.

# Before the names of what is built for it.
FLAVOUR=
ARCH_MAKE=()
IMAGE=bzImage
IMAGE_FILE=arch/x86/boot/bzImage

ARCH_PACKAGES="qemu-system-x86 busybox-static libcap-dev libseccomp-dev"
ARCH_TOOLS="qemu-system-x86_64 qemu-system-x86 to boot the kernel"
ARCH_FILES="sys/capability.h libcap-dev
seccomp.h libseccomp-dev"
BUSYBOXES="/bin/busybox /usr/bin/busybox $(command -v busybox || true)"

arch_setup() { :; }

# The suites that there are, but for kunit, and how their programs are compiled.
ARCH_SUITES="tree own"
program_compiler()
{
	PROGRAM_CC=gcc
	PROGRAM_FLAGS=
	PROGRAM_ENV=()
	PROGRAM_HEADERS=x86
}

QEMU_SYSTEM=qemu-system-x86_64
QEMU_MACHINE=()
BOOT_CONSOLE=ttyS0
BOOT_TTY=ttyS1
# With this family, and this word, seccomp is asked to mitigate speculative store
# bypass, as the tests want to see.
BOOT_CPU=max,family=23,model=1
BOOT_MITIGATE=spec_store_bypass_disable=seccomp
# With five levels of page tables KASAN takes any access for a wild one while
# identify_cpu() has cleared the features, of which it learns how many levels there
# are: the interrupt of a timer that comes just then ends the boot.
BOOT_KASAN=no5lvl
# What a guest that hangs does when it gets an NMI.
BOOT_HANG="unknown_nmi_panic panic_sys_info=tasks,timers,all_bt"
# What QEMU is asked, of each processor, for its timer and its pending interrupts.
HANG_INTERRUPTS="info lapic"
# What exact mode takes besides with more than one processor.
BOOT_TURNS=

# A rule of make check for processors that do not keep the order of loads and stores.
ARCH_LACKS=ordering

# boot_terminal CHARDEV: the device that the guest knows as BOOT_TTY.
boot_terminal() { TERMINAL=(-serial "chardev:$1"); }

# boot_drive FILE FORMAT: a disk whose changes are forgotten.
boot_drive() { DRIVE=(-drive "file=$1,format=$2,if=virtio,snapshot=on"); }
