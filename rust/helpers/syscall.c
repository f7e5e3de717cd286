// SPDX-License-Identifier: GPL-2.0

#include <linux/compat.h>
#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>
#include <linux/thread_info.h>
#include <asm/syscall.h>

__rust_helper int rust_helper_current_syscall_nr(void)
{
	return syscall_get_nr(current, current_pt_regs());
}

__rust_helper int rust_helper_current_syscall_arch(void)
{
	return syscall_get_arch(current);
}

__rust_helper void rust_helper_current_syscall_arguments(unsigned long *args)
{
	syscall_get_arguments(current, current_pt_regs(), args);
}

__rust_helper unsigned long rust_helper_current_syscall_ip(void)
{
	return KSTK_EIP(current);
}

__rust_helper void rust_helper_current_syscall_set_return(int error, long val)
{
	syscall_set_return_value(current, current_pt_regs(), error, val);
}

__rust_helper void rust_helper_current_syscall_rollback(void)
{
	struct pt_regs *regs = current_pt_regs();

	syscall_rollback(current, regs);
}

__rust_helper bool rust_helper_in_compat_syscall(void)
{
	return in_compat_syscall();
}

__rust_helper void rust_helper_enable_seccomp_work(struct task_struct *task)
{
	set_task_syscall_work(task, SECCOMP);
}
