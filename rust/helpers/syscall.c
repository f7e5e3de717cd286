// SPDX-License-Identifier: GPL-2.0

#include <linux/compat.h>
#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>
#include <linux/thread_info.h>
#include <asm/syscall.h>

__rust_helper struct pt_regs *rust_helper_current_pt_regs(void)
{
	return current_pt_regs();
}

__rust_helper int rust_helper_syscall_get_nr(struct task_struct *task,
					     struct pt_regs *regs)
{
	return syscall_get_nr(task, regs);
}

__rust_helper int rust_helper_syscall_get_arch(struct task_struct *task)
{
	return syscall_get_arch(task);
}

__rust_helper void rust_helper_syscall_get_arguments(struct task_struct *task,
						     struct pt_regs *regs,
						     unsigned long *args)
{
	syscall_get_arguments(task, regs, args);
}

__rust_helper void
rust_helper_syscall_set_return_value(struct task_struct *task,
				     struct pt_regs *regs, int error, long val)
{
	syscall_set_return_value(task, regs, error, val);
}

__rust_helper void rust_helper_syscall_rollback(struct task_struct *task,
						struct pt_regs *regs)
{
	syscall_rollback(task, regs);
}

__rust_helper unsigned long rust_helper_KSTK_EIP(struct task_struct *task)
{
	return KSTK_EIP(task);
}

__rust_helper bool rust_helper_in_compat_syscall(void)
{
	return in_compat_syscall();
}

/* For set_task_syscall_work(), which takes the name of a bit. */
__rust_helper void rust_helper_set_task_syscall_work_seccomp(struct task_struct *task)
{
	set_task_syscall_work(task, SECCOMP);
}
