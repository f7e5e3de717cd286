/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kernel/seccomp/ in Rust and its C glue know of each other. Nobody else
 * includes this, except for the bindings and the prctl hook in kernel/sys.c.
 */
#ifndef _LINUX_SECCOMP_RUST_H
#define _LINUX_SECCOMP_RUST_H

#include <linux/types.h>
#include <uapi/linux/seccomp_ext.h>

struct ctl_table;

/* seccomp(2), both ABIs. */
long seccomp_syscall(unsigned int op, unsigned int flags, void __user *uargs);

/* kernel.seccomp.actions_avail and kernel.seccomp.actions_logged */
int seccomp_avail_handler(const struct ctl_table *table, int write,
			  void *buffer, size_t *lenp, loff_t *ppos);
int seccomp_logged_handler(const struct ctl_table *table, int write,
			   void *buffer, size_t *lenp, loff_t *ppos);

#ifdef CONFIG_SECCOMP_RUST_EXT
/* prctl(PR_SECCOMP_EXT, type, action, arg4, arg5) */
long prctl_seccomp_ext(unsigned long type, unsigned long action,
		       unsigned long arg4, unsigned long arg5);
#endif

#endif /* _LINUX_SECCOMP_RUST_H */
