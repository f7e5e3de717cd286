// SPDX-License-Identifier: GPL-2.0

#include <linux/mutex.h>

__rust_helper int rust_helper_mutex_lock_interruptible(struct mutex *lock)
{
	return mutex_lock_interruptible(lock);
}

__rust_helper int rust_helper_mutex_lock_killable(struct mutex *lock)
{
	return mutex_lock_killable(lock);
}
