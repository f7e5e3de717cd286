// SPDX-License-Identifier: GPL-2.0

//! Giving the calling thread's filters to all threads of its process.
//!
//! A thread can be synchronised if it has no filters, or if its filters are all below the
//! caller's: nobody loses a filter. `cred_guard_mutex` keeps threads from being in `execve(2)`
//! meanwhile, which could gain privileges past `no_new_privs`; `siglock` keeps new threads from
//! appearing and all slots from changing, between the check and the act.

use kernel::{
    prelude::*,
    sighand::SiglockGuard,
    task::{
        Pid,
        Task, //
    },
    warn_on, //
};

#[cfg(CONFIG_SECCOMP_RUST_EXT)]
use kernel::task::CurrentTask;

use crate::{
    action::Mode,
    filter::Filter,
    slot::Slot, //
};

/// All threads of the process but the caller and those that are exiting.
fn siblings<'g>(siglock: &'g SiglockGuard<'_>, caller: &'g Task) -> impl Iterator<Item = &'g Task> {
    siglock
        .threads()
        .filter(move |thread| *thread != caller && !thread.is_exiting())
}

/// Whether the thread's filters are all on the chain that ends in `filter`.
fn can_follow(siglock: &SiglockGuard<'_>, thread: &Task, filter: Option<&Filter>) -> bool {
    let Some(slot) = Slot::of(siglock, thread) else {
        return false;
    };

    match slot.mode() {
        Mode::Disabled => true,
        Mode::Filter => match filter {
            Some(filter) => filter.descends_from(slot.filter()),
            None => slot.filter().is_none(),
        },
        Mode::Strict | Mode::Dead => false,
    }
}

/// The thread's id in the caller's pid namespace, or `ESRCH` if it has none there.
fn name(thread: &Task) -> Result<Pid> {
    match thread.pid_vnr() {
        0 => Err(ESRCH),
        pid => Ok(pid),
    }
}

/// Looks for a thread that cannot be given what is put on top of the caller's filters.
///
/// `Ok(None)` if there is none, `Ok(Some(pid))` for the first there is.
///
/// # Errors
///
/// `ESRCH` if there is one that has no id in the caller's pid namespace.
pub(crate) fn find_misfit(siglock: &SiglockGuard<'_>) -> Result<Option<Pid>> {
    let caller = Slot::of_locked(siglock);

    for thread in siblings(siglock, caller.task()) {
        if !can_follow(siglock, thread, caller.filter()) {
            let name = name(thread);

            // All threads of a process are in one pid namespace.
            warn_on!(name.is_err());
            return name.map(Some);
        }
    }
    Ok(None)
}

/// Gives the caller's filters to one thread. Returns whether it could, which the slot decides anew:
/// what must never happen is not left to the order of two calls.
fn give(siglock: &SiglockGuard<'_>, thread: &Task, caller: Slot<'_>, spec_allow: bool) -> bool {
    let (Some(slot), Some(user)) = (Slot::of(siglock, thread), caller.user()) else {
        return false;
    };

    if slot.advance(user, caller.filter_count()).is_err() {
        return false;
    }

    // A thread must not gain privileges at an `execve` because another one has filtered it.
    if caller.task().no_new_privs() {
        slot.task().set_no_new_privs();
    }
    if slot.mode() == Mode::Disabled {
        slot.set_mode(Mode::Filter, spec_allow);
    }
    true
}

/// Gives the caller's filters to all threads, of which [`find_misfit`] has found all fit under the
/// same lock. Does nothing when the process is being killed as a whole.
pub(crate) fn synchronise(siglock: &SiglockGuard<'_>, spec_allow: bool) {
    let caller = Slot::of_locked(siglock);

    if siglock.is_group_exiting() {
        return;
    }

    for thread in siblings(siglock, caller.task()) {
        // Nothing has changed since the check, but for the filter on top.
        warn_on!(!give(siglock, thread, caller, spec_allow));
    }
}

/// `prctl(PR_SECCOMP_EXT, SECCOMP_EXT_ACT, SECCOMP_EXT_ACT_TSYNC)`: gives the caller's filters, as
/// they are, to each thread that can be given them. May sleep.
///
/// Returns 0, or the id of a thread that could not.
///
/// # Errors
///
/// `EACCES` if the caller has no filters, `ESRCH` if a thread that could not be synchronised has
/// no id in the caller's pid namespace, `EINTR` if the caller is being killed.
#[cfg(CONFIG_SECCOMP_RUST_EXT)]
pub(crate) fn synchronise_to_present(task: &CurrentTask) -> Result<c_long> {
    let _cred_guard = task.lock_cred_guard()?;
    let siglock = task.lock_sighand().ok_or(ESRCH)?;
    let caller = Slot::of_locked(&siglock);
    let mut misfit = None;

    if caller.mode() != Mode::Filter {
        return Err(EACCES);
    }
    if siglock.is_group_exiting() {
        return Ok(0);
    }

    for thread in siblings(&siglock, caller.task()) {
        let fits =
            can_follow(&siglock, thread, caller.filter()) && give(&siglock, thread, caller, false);

        if !fits && misfit.is_none() {
            misfit = Some(name(thread));
        }
    }
    misfit.map_or(Ok(0), |name| name.map(|pid| pid as c_long))
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_tsync)]
mod tests {
    use super::*;
    use crate::testing::{
        ensure,
        ret,
        with_locked_slot,
        with_slot,
        Programs, //
    };

    /// A thread can be synchronised if it has no filters, or if its filters are all below the
    /// caller's.
    #[test]
    fn who_can_follow() -> Result {
        let programs = Programs::new()?;
        let root = programs.attach(&[ret(0)], None)?;
        let left = programs.attach(&[ret(0)], Some(root.clone()))?;
        let right = programs.attach(&[ret(0)], Some(root.clone()))?;
        let table = [
            ("unfiltered thread", Mode::Disabled, None, [true; 4]),
            ("strict thread", Mode::Strict, None, [false; 4]),
            ("dead thread", Mode::Dead, Some(&root), [false; 4]),
            (
                "thread at the root",
                Mode::Filter,
                Some(&root),
                [false, true, true, true],
            ),
            (
                "thread on the left",
                Mode::Filter,
                Some(&left),
                [false, false, true, false],
            ),
            ("thread without", Mode::Filter, None, [true; 4]),
        ];

        for (name, mode, has, can) in table {
            with_slot(|task| {
                let user = has.cloned();

                with_locked_slot(task, |slot| {
                    slot.set_mode(mode, true);
                    user.map_or(Ok(()), |user| slot.advance(user, 1))
                })??;

                let callers = [None, Some(&*root), Some(&*left), Some(&*right)];

                for (i, (caller, can)) in callers.into_iter().zip(can).enumerate() {
                    let siglock = task.lock_sighand().ok_or(ESRCH)?;
                    let follows = can_follow(&siglock, task, caller);

                    drop(siglock);
                    ensure!(follows == can, "{name}, caller {i}");
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// A process of one thread has nobody to synchronise, and no misfit.
    #[test]
    fn single_thread() -> Result {
        let programs = Programs::new()?;

        with_slot(|task| {
            let filter = programs.prepare(&[ret(0)], 0)?;
            let siglock = task.lock_sighand().ok_or(ESRCH)?;
            let slot = Slot::of_locked(&siglock);

            slot.push(filter);
            slot.set_mode(Mode::Filter, true);

            let alone = siblings(&siglock, task).next().is_none();
            let misfit = find_misfit(&siglock);

            synchronise(&siglock, true);

            let count = slot.filter_count();

            drop(siglock);
            ensure!(alone, "no siblings");
            ensure!(misfit == Ok(None), "misfit {misfit:?}");
            ensure!(count == 1, "{count} filters");
            Ok(())
        })
    }

    /// A thread that is given filters gets their number, and the mode if it had none.
    #[test]
    fn what_is_given() -> Result {
        let programs = Programs::new()?;

        with_slot(|task| {
            let filter = programs.prepare(&[ret(0)], 0)?;
            let siglock = task.lock_sighand().ok_or(ESRCH)?;
            let slot = Slot::of_locked(&siglock);

            // The thread stands for both sides: what it has is what it is given.
            let nothing = give(&siglock, task, slot, true);

            slot.push(filter);

            let given = give(&siglock, task, slot, true);
            let (mode, count) = (slot.mode(), slot.filter_count());

            drop(siglock);
            ensure!(!nothing, "a caller without filters");
            ensure!(given, "a descendant of itself");
            ensure!(mode == Mode::Filter, "{mode:?}");
            ensure!(count == 1, "{count}");
            Ok(())
        })
    }

    /// The extension is for callers in filter mode, and does nothing to a single thread.
    #[cfg(CONFIG_SECCOMP_RUST_EXT)]
    #[test]
    fn to_present() -> Result {
        for (mode, result) in [
            (Mode::Disabled, Err(EACCES)),
            (Mode::Strict, Err(EACCES)),
            (Mode::Filter, Ok(0)),
        ] {
            with_slot(|task| {
                with_locked_slot(task, |slot| slot.set_mode(mode, true))?;
                ensure!(synchronise_to_present(task) == result, "{mode:?}");
                Ok(())
            })?;
        }
        Ok(())
    }
}
