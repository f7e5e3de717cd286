// SPDX-License-Identifier: GPL-2.0

#include <linux/sched/signal.h>
#include <linux/wait.h>

__rust_helper void rust_helper_set_current_state(unsigned int state)
{
	set_current_state(state);
}

__rust_helper void rust_helper_set_current_running(void)
{
	__set_current_state(TASK_RUNNING);
}

__rust_helper int rust_helper_signal_pending_state(unsigned int state,
						   struct task_struct *task)
{
	/*
	 * Read without siglock, as schedule() does, which no checker looks into:
	 * whoever sends a signal wakes the task behind it, and then it looks again.
	 */
	return data_race(signal_pending_state(state, task));
}

/* The scheduler takes this wish from wait queues alone. */
__rust_helper void rust_helper_wake_up_on_current_cpu(struct task_struct *task)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(queue);
	struct wait_queue_entry entry = {
		.private = task,
		.func = default_wake_function,
	};

	__add_wait_queue(&queue, &entry);
	__wake_up_on_current_cpu(&queue, TASK_NORMAL, NULL);
}
