// SPDX-License-Identifier: GPL-2.0

#include <linux/ptrace.h>

__rust_helper bool rust_helper_ptrace_event_enabled(struct task_struct *task,
						    int event)
{
	/*
	 * Read without a lock: a tracer that comes just now may be seen or not,
	 * and one that goes has ptrace_event() do nothing.
	 */
	return data_race(ptrace_event_enabled(task, event));
}

__rust_helper void rust_helper_ptrace_event(int event, unsigned long message)
{
	ptrace_event(event, message);
}
