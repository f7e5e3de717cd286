// SPDX-License-Identifier: GPL-2.0

//! The signal lock of a process, and what it guards: the list of the process's threads, and the
//! state that the threads change of each other.
//!
//! C header: [`include/linux/sched/signal.h`](srctree/include/linux/sched/signal.h)

use crate::{
    bindings,
    prelude::*,
    sync::{
        atomic::{
            atomic_load,
            Relaxed, //
        },
        lock::mutex::MutexGuard,
        Mutex, //
    },
    task::{
        CurrentTask,
        Pid,
        Task, //
    },
    types::NotThreadSafe, //
};

#[cfg(not(CONFIG_PREEMPT_RT))]
use crate::interrupt::local_interrupt_disable;
#[cfg(not(CONFIG_PREEMPT_RT))]
use core::mem;

/// Proof that the current context holds `siglock` of a task, with interrupts off (but for
/// `PREEMPT_RT`, where taking the lock may sleep).
///
/// All threads of a process share the lock. While it is held no thread joins or leaves the process
/// and none of them is freed. Nothing may sleep.
///
/// # Examples
///
/// ```
/// let task = current!();
/// let siglock = task.lock_sighand().ok_or(ESRCH)?;
///
/// assert!(siglock.covers(task));
/// assert!(siglock.threads().any(|thread| thread.pid() == task.pid()));
/// assert!(siglock.threads().all(|thread| siglock.covers(thread)));
/// assert_eq!(siglock.threads().count(), siglock.thread_count() as usize);
/// # Ok::<(), Error>(())
/// ```
///
/// Guards need not be dropped in the reverse order; interrupts are off until all are gone:
///
/// ```
/// use kernel::interrupt::local_interrupt_disable;
///
/// let task = current!();
/// let siglock = task.lock_sighand().ok_or(ESRCH)?;
/// let irq = local_interrupt_disable();
///
/// drop(siglock);
/// // SAFETY: Reads the state, and warns if interrupts are on.
/// unsafe { kernel::bindings::lockdep_assert_irqs_disabled() };
/// drop(irq);
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// `task.sighand` is not null, and its `siglock` is held by the context that this value lives in, as
/// `spin_lock_irq_disable()` takes it: that interrupts are off is counted, so that guards may be
/// dropped in any order, and whichever is the last turns them on.
pub struct SiglockGuard<'a> {
    task: &'a Task,
    _not_send: NotThreadSafe,
}

impl Task {
    /// Takes `siglock` of the task and turns interrupts off.
    ///
    /// Returns [`None`] if the task has been reaped already. The current task has not, but at the
    /// end of its exit.
    #[doc(alias = "lock_task_sighand")]
    #[inline]
    pub fn lock_sighand(&self) -> Option<SiglockGuard<'_>> {
        let mut flags = 0;
        // The flags that C saves and restores then say "off", whatever else is dropped first.
        #[cfg(not(CONFIG_PREEMPT_RT))]
        let irq = local_interrupt_disable();

        // SAFETY: `self` is a valid task by the type invariants. C copes with a task that is being
        // released meanwhile.
        let sighand = unsafe { bindings::lock_task_sighand(self.as_ptr(), &mut flags) };

        if sighand.is_null() {
            return None;
        }

        // The guard turns interrupts on again.
        #[cfg(not(CONFIG_PREEMPT_RT))]
        mem::forget(irq);

        // INVARIANT: The lock has just been taken, with interrupts off as they are counted, and a
        // task keeps its `sighand` while the lock of it is held.
        Some(SiglockGuard {
            task: self,
            _not_send: NotThreadSafe,
        })
    }

    /// Whether the task is on its way out, past the point where signals reach it.
    #[doc(alias = "PF_EXITING")]
    #[inline]
    pub fn is_exiting(&self) -> bool {
        // SAFETY: The task is valid. Its flags are written by itself alone, as one word.
        let flags = unsafe { atomic_load(&raw mut (*self.as_ptr()).flags, Relaxed) };

        flags & bindings::PF_EXITING != 0
    }

    /// Whether a signal that kills the task is pending.
    #[inline]
    pub fn fatal_signal_pending(&self) -> bool {
        // SAFETY: The task is valid. The signals that are pending are read without a lock, as a
        // race that does no harm: a fatal one stays.
        unsafe { bindings::fatal_signal_pending(self.as_ptr()) != 0 }
    }

    /// Whether `execve(2)` grants the task nothing that it could not do without.
    #[inline]
    pub fn no_new_privs(&self) -> bool {
        // SAFETY: The task is valid; the flag is an atomic bit.
        unsafe { bindings::task_no_new_privs(self.as_ptr()) }
    }

    /// Sets `no_new_privs`, which can never be cleared.
    #[inline]
    pub fn set_no_new_privs(&self) {
        // SAFETY: The task is valid; the flag is an atomic bit.
        unsafe { bindings::task_set_no_new_privs(self.as_ptr()) };
    }

    /// The thread id of the task in the pid namespace of the caller; 0 if it is not visible there.
    #[doc(alias = "task_pid_vnr")]
    #[inline]
    pub fn pid_vnr(&self) -> Pid {
        // SAFETY: The task is valid; C looks at its pids under RCU.
        unsafe { bindings::task_pid_vnr(self.as_ptr()) }
    }
}

impl CurrentTask {
    /// As [`Task::lock_sighand`], for the task itself, which is quicker: nobody else takes the lock
    /// away from it.
    ///
    /// Returns [`None`] if the task has come so far in its exit that it may be reaped.
    #[inline]
    pub fn lock_own_sighand(&self) -> Option<SiglockGuard<'_>> {
        let task = self.as_ptr();

        // SAFETY: The task is valid. Nobody but itself takes `exit_state` away from zero.
        if unsafe { atomic_load(&raw mut (*task).exit_state, Relaxed) } != 0 {
            return None;
        }

        // SAFETY: A task has a `sighand` until it is reaped, which is after it has set its
        // `exit_state`. Nobody but the task itself, in `execve(2)`, puts another one there.
        unsafe { bindings::spin_lock_irq_disable(&raw mut (*(*task).sighand).siglock) };

        // INVARIANT: The lock has just been taken.
        Some(SiglockGuard {
            task: self,
            _not_send: NotThreadSafe,
        })
    }

    /// Keeps every thread of the process from entering `execve(2)`, or waits until one that is in
    /// it has come out. May sleep; lock it before `siglock`.
    ///
    /// # Errors
    ///
    /// `EINTR` if the task is being killed meanwhile.
    #[doc(alias = "cred_guard_mutex")]
    pub fn lock_cred_guard(&self) -> Result<MutexGuard<'_, ()>> {
        // SAFETY: `signal` of the current task is valid and stays its own as long as it runs, and
        // so does the mutex in it, which the borrow of `self` does not outlive.
        let mutex =
            unsafe { Mutex::<()>::from_raw(&raw mut (*(*self.as_ptr()).signal).cred_guard_mutex) };

        mutex.lock_killable()
    }

    /// The number of threads of the process that have not begun to exit.
    #[inline]
    pub fn live_threads(&self) -> c_int {
        // SAFETY: `signal` of the current task is valid as long as it runs; `live` is an
        // `atomic_t`, read once.
        unsafe { atomic_load(&raw mut (*(*self.as_ptr()).signal).live.counter, Relaxed) }
    }
}

impl<'a> SiglockGuard<'a> {
    /// The task whose lock it is.
    #[inline]
    pub fn task(&self) -> &'a Task {
        self.task
    }

    /// Whether `task` is guarded by this lock.
    #[inline]
    pub fn covers(&self, task: &Task) -> bool {
        // SAFETY: Both tasks are valid. The pointer of the guarded one cannot change by the type
        // invariants; that of the other one is compared, not followed, and one that is equal to
        // ours is kept by the lock too.
        unsafe {
            atomic_load(&raw mut (*task.as_ptr()).sighand, Relaxed) == (*self.task.as_ptr()).sighand
        }
    }

    /// Whether the process is being killed, or exits, as a whole.
    #[doc(alias = "SIGNAL_GROUP_EXIT")]
    #[inline]
    pub fn is_group_exiting(&self) -> bool {
        // SAFETY: A task with a `sighand` has a `signal`; its flags are guarded by the lock.
        unsafe { (*(*self.task.as_ptr()).signal).flags & bindings::SIGNAL_GROUP_EXIT != 0 }
    }

    /// The number of threads of the process, those that are exiting or dead but not reaped included.
    #[inline]
    pub fn thread_count(&self) -> u32 {
        // SAFETY: A task with a `sighand` has a `signal`; its threads are counted under the lock.
        let count = unsafe { (*(*self.task.as_ptr()).signal).nr_threads };

        count.unsigned_abs()
    }

    /// All threads of the process, those that are exiting or dead but not reaped included. The lock
    /// [covers](Self::covers) each.
    #[inline]
    pub fn threads(&self) -> Threads<'_> {
        // SAFETY: A task with a `sighand` has a `signal`, in which the list begins and ends.
        let head = unsafe { &raw mut (*(*self.task.as_ptr()).signal).thread_head };

        // INVARIANT: The list is that of the process, and its head is on it.
        Threads {
            head,
            last: head,
            _guard: self,
        }
    }
}

impl Drop for SiglockGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariants the lock is held, and interrupts are off as they are
        // counted.
        unsafe {
            bindings::spin_unlock_irq_enable(&raw mut (*(*self.task.as_ptr()).sighand).siglock)
        };
    }
}

/// Iterator over the threads of a process; see [`SiglockGuard::threads`].
///
/// # Invariants
///
/// `head` is the list of the threads of the process whose lock `_guard` holds. `last` is an element
/// of it, or `head` itself.
pub struct Threads<'g> {
    head: *mut bindings::list_head,
    last: *mut bindings::list_head,
    _guard: &'g SiglockGuard<'g>,
}

impl<'g> Iterator for Threads<'g> {
    type Item = &'g Task;

    #[inline]
    fn next(&mut self) -> Option<&'g Task> {
        // SAFETY: By the type invariants `last` is on the list, which does not change while the lock
        // is held.
        let next = unsafe { (*self.last).next };

        if next == self.head {
            return None;
        }

        // INVARIANT: What is behind an element of the list is one too, or the head.
        self.last = next;
        // SAFETY: An element that is not the head is part of a thread, which is freed only after it
        // left the list, and that takes the lock. `Task` is a transparent wrapper of `struct
        // task_struct`.
        Some(unsafe {
            &*crate::container_of!(next, bindings::task_struct, thread_node).cast::<Task>()
        })
    }
}
