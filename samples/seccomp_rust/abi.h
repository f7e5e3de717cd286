/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the samples need of the kernel's interface, whichever headers are
 * installed: constants newer than the oldest supported headers (Linux 5.11),
 * and the audit number of the architecture that we are compiled for.
 */
#ifndef SAMPLE_ABI_H
#define SAMPLE_ABI_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* Linux 5.14: install a descriptor and answer with its number, in one step. */
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND			2UL
#endif

/* Linux 5.19: a delivered request can no longer be broken off by a handler. */
#if !defined(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV	32UL
#endif

/* Linux 6.6: run the peer at once, on the CPU of the one who wakes it. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS	_IOW(SECCOMP_IOC_MAGIC, 4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP	1UL
#endif

#if defined(__x86_64__) && !defined(__ILP32__)
#define NATIVE_ARCH	AUDIT_ARCH_X86_64
/* Numbers from here on are x32's: same arch value, another table. */
#define FOREIGN_NR	0x40000000
#elif defined(__i386__)
#define NATIVE_ARCH	AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define NATIVE_ARCH	AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define NATIVE_ARCH	AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH	AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define NATIVE_ARCH	AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define NATIVE_ARCH	AUDIT_ARCH_S390X
#elif defined(__loongarch__) && defined(AUDIT_ARCH_LOONGARCH64)
#define NATIVE_ARCH	AUDIT_ARCH_LOONGARCH64
#else
#error "add the AUDIT_ARCH_ number of this architecture"
#endif

#endif /* SAMPLE_ABI_H */
