// SPDX-License-Identifier: GPL-2.0

//! `struct seccomp` of a task: its mode, its filter, and how many filters that makes.
//!
//! C shares the structure: `fork(2)` copies it, `/proc` prints it. `siglock` guards it, which all
//! threads of a process share. A task reads its own without a lock; see [`current_filter`].

use kernel::{
    bindings,
    prelude::*,
    sighand::SiglockGuard,
    sync::{
        atomic::{
            Atomic,
            Relaxed,
            Release, //
        },
        barrier::{
            smp_mb,
            Full, //
        }, //
    },
    task::{
        CurrentTask,
        Task, //
    }, //
};

use crate::{
    action::Mode,
    filter::{
        Exchange,
        Filter,
        FilterUser,
        Prepared, //
    }, //
};

#[cfg(any(CONFIG_CHECKPOINT_RESTORE, CONFIG_SECCOMP_CACHE_DEBUG))]
use crate::filter::FilterRef;

use core::{
    marker::PhantomData,
    ptr::{
        null_mut,
        NonNull, //
    }, //
};

/// The mode in `struct seccomp` of a task.
#[inline]
fn mode_of(task: &Task) -> &Atomic<c_int> {
    // SAFETY: The task is valid, and the word is part of it. It is written through here alone, but
    // for a new task that nobody looks at yet; C has plain reads of it, to print it, to copy it and
    // to refuse options of ptrace.
    unsafe { Atomic::from_ptr(&raw mut (*task.as_ptr()).seccomp.mode) }
}

/// The pointer to the filter in `struct seccomp` of a task: null, or a [`Filter`].
#[inline]
fn filter_of(task: &Task) -> &Atomic<*mut Filter> {
    // SAFETY: As in `mode_of`. What C calls `struct seccomp_filter` is a `Filter`.
    unsafe { Atomic::from_ptr((&raw mut (*task.as_ptr()).seccomp.filter).cast()) }
}

/// The number of filters in `struct seccomp` of a task.
#[inline]
fn filter_count_of(task: &Task) -> &Atomic<c_int> {
    // SAFETY: As in `mode_of`; it is the one field of an `atomic_t`.
    unsafe { Atomic::from_ptr(&raw mut (*task.as_ptr()).seccomp.filter_count.counter) }
}

/// The current task's mode.
///
/// Thread synchronisation may change it meanwhile, from `Disabled` to `Filter`.
#[inline]
pub(crate) fn current_mode(task: &CurrentTask) -> Mode {
    Mode::from_code(mode_of(task).load(Relaxed))
}

/// The mode of the current task as a number, for user space.
pub(crate) fn current_mode_code(task: &CurrentTask) -> c_int {
    mode_of(task).load(Relaxed)
}

/// The filter on top of the current task's chain, read without a lock.
///
/// Why the filter stays alive for as long as it is borrowed: two others can change the slot, both
/// under `siglock`. The task itself puts a new filter on top, which then holds the old one. A
/// sibling that synchronises its threads puts in a descendant of what is there ([`Slot::advance`]
/// refuses all else), whose parents hold it in turn. Whatever the slot ever held is thus kept by
/// what it holds later, until the task lets go of its chain as it exits; and from there it does
/// not come back to whoever called this.
#[inline]
pub(crate) fn current_filter(task: &CurrentTask) -> Option<&Filter> {
    // What is behind the pointer depends on it, so that it is seen as `set_filter` left it.
    let filter = filter_of(task).load(Relaxed);

    // SAFETY: The slot holds null or a filter of which it owns a user, and that is kept for as long
    // as the current task runs, as argued above.
    unsafe { filter.as_ref() }
}

/// Sees to it that the current task, which is being killed for what it called, never calls again.
pub(crate) fn mark_current_dead(task: &CurrentTask) {
    // As in C this is written without a lock: the mode is not `Disabled`, so that nobody else
    // writes it.
    mode_of(task).store(Mode::Dead.code(), Relaxed);
}

/// What a task in `fork(2)` hands to its child, which C then copies bit by bit: the child's share
/// in the filter.
///
/// # Safety
///
/// `siglock` of `task` must be held, and `task`'s `struct seccomp` must be copied to a
/// new task before it is dropped, once for each call.
pub(crate) unsafe fn share_with_child(task: &Task) {
    if let Some(filter) = NonNull::new(filter_of(task).load(Relaxed)) {
        // SAFETY: The slot owns a user of the filter; it keeps it below.
        let user = unsafe { FilterUser::from_raw(filter) };

        // The slot keeps its own counts, and the copy of it gets those of the clone.
        let _ = user.clone().into_raw();
        let _ = user.into_raw();
    }
}

/// Whether the slot of a task that exits is empty already, as it is for most.
#[inline]
pub(crate) fn is_unfiltered(task: &Task) -> bool {
    filter_of(task).load(Relaxed).is_null()
}

/// `struct seccomp` of a thread, under `siglock`.
///
/// # Invariants
///
/// `siglock` of the task is held for `'g`. The slot's `filter` is null, or a [`Filter`] of which
/// the slot owns a user.
#[derive(Clone, Copy)]
pub(crate) struct Slot<'g> {
    task: &'g Task,
    _siglock: PhantomData<&'g SiglockGuard<'g>>,
}

impl<'g> Slot<'g> {
    /// The slot of the task whose lock `siglock` is.
    pub(crate) fn of_locked(siglock: &'g SiglockGuard<'_>) -> Self {
        // INVARIANT: The guard is borrowed.
        Self {
            task: siglock.task(),
            _siglock: PhantomData,
        }
    }

    /// The slots of all threads of the process, those that are exiting or dead included.
    pub(crate) fn all(siglock: &'g SiglockGuard<'_>) -> impl Iterator<Item = Self> {
        // INVARIANT: The guard is borrowed, and guards all threads on the list.
        siglock.threads().map(|task| Self {
            task,
            _siglock: PhantomData,
        })
    }

    /// The thread that the slot belongs to.
    #[inline]
    pub(crate) fn task(self) -> &'g Task {
        self.task
    }

    /// The thread's mode.
    #[inline]
    pub(crate) fn mode(self) -> Mode {
        // The thread itself may die of a forbidden call meanwhile, which writes the same word.
        Mode::from_code(mode_of(self.task).load(Relaxed))
    }

    /// Sets the mode, and has the thread's system calls checked from now on.
    pub(crate) fn set_mode(self, mode: Mode, spec_allow: bool) {
        mode_of(self.task).store(mode.code(), Relaxed);

        // Whoever sees the work bit must see the mode and the filter too; the other half is in
        // `run::permit`.
        smp_mb(Full);

        if !spec_allow {
            // SAFETY: The task is valid, and its lock is held.
            unsafe { bindings::arch_seccomp_spec_mitigate(self.task.as_ptr()) };
        }

        // SAFETY: The task is valid.
        unsafe { bindings::set_task_syscall_work_seccomp(self.task.as_ptr()) };
    }

    /// What the slot owns a user of, or null. While the lock is held nobody else writes it.
    #[inline]
    fn filter_ptr(self) -> *mut Filter {
        filter_of(self.task).load(Relaxed)
    }

    /// The thread's filter.
    #[inline]
    pub(crate) fn filter(self) -> Option<&'g Filter> {
        // SAFETY: By the type invariants; while the lock is held the slot changes through `push`
        // and `advance` alone, which keep what was there, and through `take`, whose caller sees to
        // it.
        unsafe { self.filter_ptr().as_ref() }
    }

    /// The counts that the slot owns, as an object of their own.
    ///
    /// # Safety
    ///
    /// Before the lock is dropped the object must be given up again, or something else put into the
    /// slot.
    #[inline]
    unsafe fn owned(self) -> Option<FilterUser> {
        let filter = NonNull::new(self.filter_ptr())?;

        // SAFETY: By the type invariants, and the safety requirements.
        Some(unsafe { FilterUser::from_raw(filter) })
    }

    /// What `share` makes of the slot's own hold on the thread's filter.
    pub(crate) fn with_user<R>(self, share: impl FnOnce(&FilterUser) -> R) -> Option<R> {
        // SAFETY: The object is given up again below, so that the slot keeps its counts.
        let user = unsafe { self.owned()? };
        let shared = share(&user);
        let _ = user.into_raw();

        Some(shared)
    }

    /// A share in the thread's filter.
    #[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
    pub(crate) fn user(self) -> Option<FilterUser> {
        self.with_user(FilterUser::clone)
    }

    /// The thread's filter, for one who looks at it after the lock has been dropped.
    #[cfg(any(CONFIG_CHECKPOINT_RESTORE, CONFIG_SECCOMP_CACHE_DEBUG))]
    pub(crate) fn reader(self) -> Option<FilterRef> {
        self.with_user(FilterUser::reader)
    }

    /// Number of filters on the chain.
    #[inline]
    pub(crate) fn filter_count(self) -> c_int {
        filter_count_of(self.task).load(Relaxed)
    }

    #[inline]
    fn set_filter_count(self, count: c_int) {
        filter_count_of(self.task).store(count, Relaxed);
    }

    #[inline]
    fn set_filter(self, user: FilterUser) {
        // The thread may be about to read the pointer without a lock, and must see the filter
        // behind it.
        //
        // INVARIANT: The slot owns what it is given.
        filter_of(self.task).store(user.into_raw().as_ptr(), Release);
    }

    /// Puts a new filter on top of the thread's chain.
    pub(crate) fn push(self, filter: Prepared) {
        // SAFETY: The slot's counts go to the new filter, as its parent.
        let parent = unsafe { self.owned() };

        self.set_filter(filter.attach(parent));
        self.set_filter_count(self.filter_count().wrapping_add(1));
    }

    /// Replaces the thread's filter by a descendant of it, of which there are `count` to the root.
    ///
    /// # Errors
    ///
    /// `EACCES`, and nothing has changed, if it is not a descendant.
    // In a loop over threads, with interrupts off.
    #[inline(always)]
    pub(crate) fn advance(self, exchange: &mut Exchange<'_>, count: c_int) -> Result {
        // SAFETY: The slot's counts are exchanged for others, or put back.
        let former = unsafe { self.owned() };

        match exchange.swap(former) {
            Ok(descendant) => {
                self.set_filter(descendant);
                self.set_filter_count(count);
                Ok(())
            }
            Err(former) => {
                let _ = former.map(FilterUser::into_raw);
                Err(EACCES)
            }
        }
    }

    /// Takes the filter out of the slot of a task that exits.
    ///
    /// # Safety
    ///
    /// The task must be exiting: it makes no more system calls, and nobody synchronises it any
    /// more. What [`filter`](Self::filter) and [`current_filter`] have returned must not be used
    /// afterwards.
    pub(crate) unsafe fn take(self) -> Option<FilterUser> {
        // SAFETY: The slot is empty afterwards.
        let user = unsafe { self.owned() };

        filter_of(self.task).store(null_mut(), Relaxed);
        user
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_slot)]
mod tests {
    use super::*;
    use crate::testing::{
        ensure,
        ret,
        with_locked_slot,
        with_slot,
        Programs, //
    };
    use core::ptr;

    /// A task starts without filters, and each that it installs counts.
    #[test]
    fn push() -> Result {
        let programs = Programs::new()?;

        with_slot(|task| {
            ensure!(is_unfiltered(task), "at first");
            ensure!(current_filter(task).is_none(), "at first");
            ensure!(current_mode(task) == Mode::Disabled, "at first");

            for count in 1..4 {
                let filter = programs.prepare(&[ret(0)], 0)?;
                let counted = with_locked_slot(task, |slot| {
                    slot.push(filter);
                    slot.filter_count()
                })?;
                let top = current_filter(task).ok_or(EINVAL)?;

                ensure!(counted == count, "{counted}, not {count}");
                ensure!(top.lineage().count() == count as usize, "{count}");
            }
            ensure!(!is_unfiltered(task), "with filters");
            Ok(())
        })?;

        ensure!(is_unfiltered(kernel::current!()), "after all");
        Ok(())
    }

    /// A mode that is set is what the task and `prctl` see.
    #[test]
    fn mode() -> Result {
        with_slot(|task| {
            for mode in [Mode::Strict, Mode::Filter] {
                let seen = with_locked_slot(task, |slot| {
                    slot.set_mode(mode, true);
                    slot.mode()
                })?;

                ensure!(seen == mode, "{mode:?}");
                ensure!(current_mode(task) == mode, "{mode:?}");
                ensure!(current_mode_code(task) == mode.code(), "{mode:?}");
            }

            mark_current_dead(task);
            ensure!(current_mode(task) == Mode::Dead, "killed");
            Ok(())
        })
    }

    /// TSYNC gives a thread a descendant of what it has, and carries the count; nobody loses a
    /// filter.
    #[test]
    fn advance() -> Result {
        let programs = Programs::new()?;
        let root = programs.attach(&[ret(0)], None)?;
        let left = programs.attach(&[ret(0)], Some(root.clone()))?;
        let tip = programs.attach(&[ret(0)], Some(left.clone()))?;
        let right = programs.attach(&[ret(0)], Some(root.clone()))?;

        with_slot(|task| {
            for (step, filter, count, result) in [
                ("nothing to root", &root, 1, Ok(())),
                ("root to itself", &root, 1, Ok(())),
                ("root to tip", &tip, 3, Ok(())),
                ("tip to left", &left, 2, Err(EACCES)),
                ("tip to right", &right, 2, Err(EACCES)),
            ] {
                let mut exchange = Exchange::new(filter, 1);
                let (done, counted) = with_locked_slot(task, |slot| {
                    let done = slot.advance(&mut exchange, count);

                    (done, slot.filter_count())
                })?;
                let (now, expected) = match result {
                    Ok(()) => (&**filter, count),
                    Err(_) => (&*tip, 3),
                };

                ensure!(done == result, "{step}");
                ensure!(counted == expected, "{step}: {counted}");
                ensure!(
                    current_filter(task).is_some_and(|filter| ptr::eq(filter, now)),
                    "{step}"
                );
            }
            Ok(())
        })
    }

    /// What the slot hands out, to a sibling or a child, is a share of its own.
    #[test]
    fn shares() -> Result {
        let programs = Programs::new()?;

        with_slot(|task| {
            ensure!(
                with_locked_slot(task, |slot| slot.user().is_none())?,
                "none"
            );

            let filter = programs.prepare(&[ret(0)], 0)?;
            let user = with_locked_slot(task, |slot| {
                slot.push(filter);
                slot.user()
            })?
            .ok_or(EINVAL)?;
            let top = current_filter(task).ok_or(EINVAL)?;

            ensure!(ptr::eq(&*user, top), "share");
            drop(user);

            let child = with_locked_slot(task, |_| {
                // SAFETY: The lock is held, and the share is taken over below, in place of a child
                // that has a copy of the structure.
                unsafe {
                    share_with_child(task);
                    FilterUser::from_raw(NonNull::from(top))
                }
            })?;

            ensure!(child.lineage().count() == 1, "child");
            drop(child);
            ensure!(top.lineage().count() == 1, "the slot's own");
            Ok(())
        })
    }

    /// The lock of a task guards its own slot, which is among those of its process.
    #[test]
    fn whose_lock() -> Result {
        let task = kernel::current!();
        let siglock = task.lock_own_sighand().ok_or(ESRCH)?;
        let own = Slot::of_locked(&siglock).task() == &**task;
        let found = Slot::all(&siglock)
            .filter(|slot| slot.task() == &**task)
            .count();

        drop(siglock);
        assert!(own);
        assert_eq!(found, 1);
        Ok(())
    }
}
