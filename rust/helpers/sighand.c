// SPDX-License-Identifier: GPL-2.0

#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/thread_info.h>

__rust_helper int rust_helper_fatal_signal_pending(struct task_struct *task)
{
	/*
	 * Read without siglock: a signal that comes just now may be seen or not,
	 * as if it had come a moment earlier or later. None is taken back.
	 */
	return data_race(fatal_signal_pending(task));
}

__rust_helper bool rust_helper_task_no_new_privs(struct task_struct *task)
{
	return task_no_new_privs(task);
}

__rust_helper void rust_helper_task_set_no_new_privs(struct task_struct *task)
{
	task_set_no_new_privs(task);
}

__rust_helper pid_t rust_helper_task_pid_vnr(struct task_struct *task)
{
	return task_pid_vnr(task);
}
