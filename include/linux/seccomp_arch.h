/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The per-architecture numbers of asm/seccomp.h, in the form in which bindgen
 * can read them. Included by the Rust bindings alone.
 *
 * An architecture that lacks one of them gets a value that never matches: a
 * table of no calls, or the call number -1.
 */
#ifndef _LINUX_SECCOMP_ARCH_H
#define _LINUX_SECCOMP_ARCH_H

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#define SECCOMP_RUST_NONE	0

#ifdef SECCOMP_ARCH_NATIVE
#define SECCOMP_RUST_NATIVE_NAME	SECCOMP_ARCH_NATIVE_NAME
const u32 RUST_CONST_HELPER_SECCOMP_NATIVE_ARCH = SECCOMP_ARCH_NATIVE;
const u32 RUST_CONST_HELPER_SECCOMP_NATIVE_CALLS = SECCOMP_ARCH_NATIVE_NR;
#else
#define SECCOMP_RUST_NATIVE_NAME	""
const u32 RUST_CONST_HELPER_SECCOMP_NATIVE_ARCH = SECCOMP_RUST_NONE;
const u32 RUST_CONST_HELPER_SECCOMP_NATIVE_CALLS = SECCOMP_RUST_NONE;
#endif

#ifdef SECCOMP_ARCH_COMPAT
#define SECCOMP_RUST_COMPAT_NAME	SECCOMP_ARCH_COMPAT_NAME
const u32 RUST_CONST_HELPER_SECCOMP_COMPAT_ARCH = SECCOMP_ARCH_COMPAT;
const u32 RUST_CONST_HELPER_SECCOMP_COMPAT_CALLS = SECCOMP_ARCH_COMPAT_NR;
#else
#define SECCOMP_RUST_COMPAT_NAME	""
const u32 RUST_CONST_HELPER_SECCOMP_COMPAT_ARCH = SECCOMP_RUST_NONE;
const u32 RUST_CONST_HELPER_SECCOMP_COMPAT_CALLS = SECCOMP_RUST_NONE;
#endif

#ifdef __NR_uretprobe
const s32 RUST_CONST_HELPER_SECCOMP_NR_URETPROBE = __NR_uretprobe;
#else
const s32 RUST_CONST_HELPER_SECCOMP_NR_URETPROBE = -1;
#endif

#ifdef __NR_uprobe
const s32 RUST_CONST_HELPER_SECCOMP_NR_UPROBE = __NR_uprobe;
#else
const s32 RUST_CONST_HELPER_SECCOMP_NR_UPROBE = -1;
#endif

/* The calls of strict mode. */
const s32 RUST_CONST_HELPER_SECCOMP_NR_READ = __NR_seccomp_read;
const s32 RUST_CONST_HELPER_SECCOMP_NR_WRITE = __NR_seccomp_write;
const s32 RUST_CONST_HELPER_SECCOMP_NR_EXIT = __NR_seccomp_exit;
const s32 RUST_CONST_HELPER_SECCOMP_NR_SIGRETURN = __NR_seccomp_sigreturn;

#ifdef CONFIG_COMPAT
const s32 RUST_CONST_HELPER_SECCOMP_NR_READ_32 = __NR_seccomp_read_32;
const s32 RUST_CONST_HELPER_SECCOMP_NR_WRITE_32 = __NR_seccomp_write_32;
const s32 RUST_CONST_HELPER_SECCOMP_NR_EXIT_32 = __NR_seccomp_exit_32;
const s32 RUST_CONST_HELPER_SECCOMP_NR_SIGRETURN_32 = __NR_seccomp_sigreturn_32;
#endif

#endif /* _LINUX_SECCOMP_ARCH_H */
