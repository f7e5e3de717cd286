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
    filter::{
        Ancestors,
        Exchange,
        FilterUser, //
    },
    slot::Slot, //
};

/// All threads of the process but the caller and those that are exiting.
fn siblings<'g>(siglock: &'g SiglockGuard<'_>, caller: Slot<'g>) -> impl Iterator<Item = Slot<'g>> {
    Slot::all(siglock).filter(move |slot| slot.task() != caller.task() && !slot.task().is_exiting())
}

/// Whether the thread's filters are all on the chain that ends in the caller's.
#[inline]
fn can_follow(slot: Slot<'_>, ancestors: &mut Ancestors<'_>) -> bool {
    match slot.mode() {
        Mode::Disabled => true,
        Mode::Filter => ancestors.include(slot.filter()),
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
    let mut ancestors = Ancestors::of(caller.filter());

    for slot in siblings(siglock, caller) {
        if !can_follow(slot, &mut ancestors) {
            let name = name(slot.task());

            // All threads of a process are in one pid namespace.
            warn_on!(name.is_err());
            return name.map(Some);
        }
    }
    Ok(None)
}

/// What the caller gives to its siblings.
struct Gift<'g> {
    exchange: Exchange<'g>,
    filter_count: c_int,
    no_new_privs: bool,
    spec_allow: bool,
}

impl<'g> Gift<'g> {
    /// What `caller` has. `user` is its filter, and `siblings` how many are given a share in it.
    fn new(caller: Slot<'_>, user: &'g FilterUser, siblings: u32, spec_allow: bool) -> Self {
        Self {
            exchange: Exchange::new(user, siblings),
            filter_count: caller.filter_count(),
            no_new_privs: caller.task().no_new_privs(),
            spec_allow,
        }
    }

    /// Gives it to one thread. Returns whether it could, which is decided anew: what must never
    /// happen is not left to the order of two calls.
    #[inline(always)]
    fn give(&mut self, slot: Slot<'_>) -> bool {
        if !matches!(slot.mode(), Mode::Disabled | Mode::Filter)
            || slot.advance(&mut self.exchange, self.filter_count).is_err()
        {
            return false;
        }

        // A thread must not gain privileges at an `execve` because another one has filtered it.
        if self.no_new_privs && !slot.task().no_new_privs() {
            slot.task().set_no_new_privs();
        }
        if slot.mode() == Mode::Disabled {
            slot.set_mode(Mode::Filter, self.spec_allow);
        }
        true
    }
}

/// Gives the caller's filters to all threads, of which [`find_misfit`] has found all fit under the
/// same lock. Does nothing when the process is being killed as a whole.
pub(crate) fn synchronise(siglock: &SiglockGuard<'_>, spec_allow: bool) {
    let caller = Slot::of_locked(siglock);
    let siblings_at_most = siglock.thread_count().saturating_sub(1);

    if siglock.is_group_exiting() || siblings_at_most == 0 {
        return;
    }

    let given = caller.with_user(|user| {
        let mut gift = Gift::new(caller, user, siblings_at_most, spec_allow);

        for slot in siblings(siglock, caller) {
            // Nothing has changed since the check, but for the filter on top; and a thread may have
            // been killed for what it called, which takes no lock. It never calls again.
            warn_on!(!gift.give(slot) && slot.mode() != Mode::Dead);
        }
    });

    // There is the filter that has just been put on top.
    warn_on!(given.is_none());
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
    let siglock = task.lock_own_sighand().ok_or(ESRCH)?;
    let caller = Slot::of_locked(&siglock);
    let mut misfit = None;

    if caller.mode() != Mode::Filter {
        return Err(EACCES);
    }
    if siglock.is_group_exiting() {
        return Ok(0);
    }

    let given = caller.with_user(|user| {
        let mut gift = Gift::new(
            caller,
            user,
            siglock.thread_count().saturating_sub(1),
            false,
        );

        for slot in siblings(&siglock, caller) {
            if !gift.give(slot) && misfit.is_none() {
                misfit = Some(name(slot.task()));
            }
        }
    });

    // Filter mode without a filter is impossible.
    given.ok_or(EACCES)?;
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
    use core::ptr;

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
                let mut exchange = has.map(|user| Exchange::new(user, 1));

                with_locked_slot(task, |slot| {
                    slot.set_mode(mode, true);
                    exchange
                        .as_mut()
                        .map_or(Ok(()), |exchange| slot.advance(exchange, 1))
                })??;

                let callers = [None, Some(&*root), Some(&*left), Some(&*right)];

                for (i, (caller, can)) in callers.into_iter().zip(can).enumerate() {
                    let follows = with_locked_slot(task, |slot| {
                        can_follow(slot, &mut Ancestors::of(caller))
                    })?;

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

            let alone = siblings(&siglock, slot).next().is_none();
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

    /// A thread that is given filters gets their number, and the mode if it had none; one whose
    /// mode does not allow it is given nothing.
    #[test]
    fn what_is_given() -> Result {
        let programs = Programs::new()?;

        with_slot(|task| {
            let filter = programs.prepare(&[ret(0)], 0)?;
            let user = with_locked_slot(task, |slot| {
                slot.push(filter);
                slot.user()
            })?
            .ok_or(EINVAL)?;

            for (mode, given) in [
                (Mode::Disabled, true),
                (Mode::Filter, true),
                (Mode::Strict, false),
                (Mode::Dead, false),
            ] {
                // The thread stands for both sides: what it has is what it is given.
                let (done, now, count) = with_locked_slot(task, |slot| {
                    slot.set_mode(mode, true);

                    let done = Gift::new(slot, &user, 1, true).give(slot);

                    (done, slot.mode(), slot.filter_count())
                })?;

                ensure!(done == given, "{mode:?}");
                ensure!(now == if given { Mode::Filter } else { mode }, "{mode:?}");
                ensure!(count == 1, "{mode:?}: {count}");
            }
            Ok(())
        })
    }

    /// A thread that loses a filter if it is given others stays as it is, its mode too: it is put
    /// into filter mode once it has them, as otherwise its next call may find none. A slot with
    /// a filter and no mode is nowhere else; in this one each step shows.
    #[test]
    fn misfit_is_left_alone() -> Result {
        let programs = Programs::new()?;
        let left = programs.attach(&[ret(0)], None)?;
        let right = programs.attach(&[ret(0)], None)?;

        with_slot(|task| {
            let mut has = Exchange::new(&left, 1);

            with_locked_slot(task, |slot| slot.advance(&mut has, 1))??;

            let (done, now, kept) = with_locked_slot(task, |slot| {
                let done = Gift::new(slot, &right, 1, true).give(slot);
                let kept = slot.filter().is_some_and(|filter| ptr::eq(filter, &*left));

                (done, slot.mode(), kept)
            })?;

            ensure!(!done, "given");
            ensure!(now == Mode::Disabled, "{now:?}");
            ensure!(kept, "another filter");
            Ok(())
        })
    }

    /// The extension is for callers in filter mode, and does nothing to a single thread.
    #[cfg(CONFIG_SECCOMP_RUST_EXT)]
    #[test]
    fn to_present() -> Result {
        let programs = Programs::new()?;

        for (mode, has, result) in [
            (Mode::Disabled, false, Err(EACCES)),
            (Mode::Strict, false, Err(EACCES)),
            (Mode::Filter, false, Err(EACCES)),
            (Mode::Filter, true, Ok(0)),
        ] {
            with_slot(|task| {
                let filter = programs.prepare(&[ret(0)], 0)?;

                with_locked_slot(task, |slot| {
                    slot.set_mode(mode, true);
                    if has {
                        slot.push(filter);
                    }
                })?;
                ensure!(synchronise_to_present(task) == result, "{mode:?}, {has}");
                Ok(())
            })?;
        }
        Ok(())
    }
}
