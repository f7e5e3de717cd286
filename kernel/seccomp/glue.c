// SPDX-License-Identifier: GPL-2.0
/*
 * What macros or linkage force into C: the entry of the system call, the
 * sysctl table, and a hook that architectures override. No decisions here.
 */
#include <linux/init.h>
#include <linux/nospec.h>
#include <linux/seccomp_rust.h>
#include <linux/syscalls.h>
#include <linux/sysctl.h>

SYSCALL_DEFINE3(seccomp,
		unsigned int, op,
		unsigned int, flags,
		void __user *, uargs)
{
	return seccomp_syscall(op, flags, uargs);
}

void __weak arch_seccomp_spec_mitigate(struct task_struct *task)
{
}

#ifdef CONFIG_SYSCTL
static const struct ctl_table seccomp_files[] = {
	{
		.procname	= "actions_avail",
		.mode		= 0444,
		.proc_handler	= seccomp_avail_handler,
	},
	{
		.procname	= "actions_logged",
		.mode		= 0644,
		.proc_handler	= seccomp_logged_handler,
	},
};

static int __init seccomp_files_init(void)
{
	register_sysctl_init("kernel/seccomp", seccomp_files);
	return 0;
}
device_initcall(seccomp_files_init);
#endif
