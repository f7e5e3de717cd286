// SPDX-License-Identifier: GPL-2.0

//! Wake-ups for one thread, which are kept until it waits.
//!
//! C header: [`include/linux/sched.h`](srctree/include/linux/sched.h)

use super::atomic::{
    Acquire,
    Atomic,
    Relaxed,
    Release, //
};
use crate::{
    bindings,
    error::{
        code::ERESTARTSYS,
        Result, //
    },
    prelude::*,
    task::{
        Task,
        TASK_INTERRUPTIBLE, //
    }, //
};

const TASK_KILLABLE: c_int = (bindings::TASK_WAKEKILL | bindings::TASK_UNINTERRUPTIBLE) as c_int;

/// Wake-ups for one thread.
///
/// Less than a [`Completion`](super::Completion): there is one thread that waits, and who wakes it
/// knows which. Nothing is locked therefore but what the scheduler locks.
///
/// # Ordering
///
/// What was done before a wake-up is seen after the wait that it ends. A wake-up is counted before
/// the scheduler looks at the state of the thread, and a thread changes its state before it looks
/// at the count, with a full barrier between either two: [`Task::wake_up`] has one, and
/// `set_current_state()`. So the thread sees the count, or is seen to sleep and woken. One that has
/// seen it may be back from its wait before it is woken, and then that ends another sleep of it, as
/// can happen to each thread: who sleeps has to look at what it sleeps for.
///
/// # Invariants
///
/// Wake-ups that no wait has used are counted, in as many bits as nobody can use up.
///
/// # Examples
///
/// ```
/// use kernel::sync::wake_up::WakeUp;
///
/// let wake_up = WakeUp::new();
/// let task = kernel::current!();
///
/// wake_up.send(task);
/// wake_up.send_on_current_cpu(task);
/// wake_up.wait_interruptible()?;
/// wake_up.wait_killable()?;
/// # Ok::<(), Error>(())
/// ```
pub struct WakeUp(Atomic<i64>);

impl WakeUp {
    /// There has been none.
    #[inline]
    pub const fn new() -> Self {
        Self(Atomic::new(0))
    }

    /// Has one wait of `task` end, the present one or else the next.
    ///
    /// May be called from any context.
    #[inline]
    pub fn send(&self, task: &Task) {
        self.0.fetch_add(1, Release);
        task.wake_up();
    }

    /// As [`send`](Self::send); the task runs on this CPU, since the caller is about to sleep. With
    /// `PREEMPT_RT` not to be called from a hard interrupt.
    #[inline]
    pub fn send_on_current_cpu(&self, task: &Task) {
        self.0.fetch_add(1, Release);
        // SAFETY: The task is valid.
        unsafe { bindings::wake_up_on_current_cpu(task.as_ptr()) };
    }

    /// As [`send`](Self::send), when `task` may free `this` as soon as its wait ends.
    ///
    /// # Safety
    ///
    /// `this` must be valid until the wait ends.
    #[inline]
    pub unsafe fn send_last(this: *const Self, task: &Task) {
        // SAFETY: By the safety requirements. There is no reference to it when the wait ends but
        // that of the operation itself.
        unsafe { (*this).0.fetch_add(1, Release) };
        task.wake_up();
    }

    /// Waits for a wake-up, as the thread that these are for. Sleeps.
    ///
    /// # Errors
    ///
    /// `ERESTARTSYS` when a signal arrived first.
    #[inline]
    pub fn wait_interruptible(&self) -> Result {
        self.wait::<TASK_INTERRUPTIBLE>()
    }

    /// Waits for a wake-up, as the thread that these are for. Sleeps.
    ///
    /// # Errors
    ///
    /// `ERESTARTSYS` when a fatal signal arrived first.
    #[inline]
    pub fn wait_killable(&self) -> Result {
        self.wait::<TASK_KILLABLE>()
    }

    #[inline]
    fn wait<const STATE: c_int>(&self) -> Result {
        loop {
            // SAFETY: Whoever looks for a reason to sleep on finds one, or runs on below.
            unsafe { bindings::set_current_state(STATE as c_uint) };

            let result = if self.0.load(Acquire) > 0 {
                self.0.fetch_sub(1, Relaxed);
                Ok(())
            // SAFETY: The current task is valid.
            } else if unsafe {
                bindings::signal_pending_state(STATE as c_uint, Task::current_raw())
            } != 0
            {
                Err(ERESTARTSYS)
            } else {
                // SAFETY: The caller may sleep.
                unsafe { bindings::schedule() };
                continue;
            };

            // SAFETY: Always allowed.
            unsafe { bindings::set_current_running() };
            return result;
        }
    }
}

impl Default for WakeUp {
    fn default() -> Self {
        Self::new()
    }
}
