// SPDX-License-Identifier: GPL-2.0

//! Tests of entries and the stack frames that they are in.

#![deny(unsafe_code)]

use super::*;

use super::super::{
    request::{
        Phase,
        Place, //
    },
    testing::{
        listener,
        with_addfd,
        with_request, //
    }, //
};

use crate::testing::ensure;

impl<'s, T: Member> Linked<'s, T> {
    /// Releases the lock, which is taken again when it is needed.
    pub(in crate::notify) fn release(&mut self) {
        self.guard = None;
    }

    /// What `look` sees of the entry. The lock is not held afterwards.
    pub(in crate::notify) fn peek<R>(&mut self, look: impl FnOnce(&T) -> R) -> R {
        let seen = look(self.value());

        self.release();
        seen
    }

    /// Releases the lock to somebody else, who holds it now.
    pub(in crate::notify) fn hand_over(&mut self) -> MutexGuard<'s, State> {
        self.guard.take().unwrap_or_else(|| self.lock.lock())
    }
}

#[kunit_tests(seccomp_notify_linked)]
mod suite {
    use super::*;

    /// An entry is found while its scope lasts, and not before or after.
    #[test]
    fn scope() -> Result {
        let listener = listener(false)?;
        let find = |id| {
            let mut state = listener.state.lock();

            state.as_mut().project().requests.find(id).is_some()
        };
        let id = with_request(&listener, 1, |id, _| {
            ensure!(find(id), "inside");
            ensure!(!find(id.wrapping_add(1)), "the next one");
            Ok(id)
        })?;

        ensure!(!find(id), "after it");
        ensure!(listener.state.try_lock().is_some(), "lock was released");
        Ok(())
    }

    /// The owner sees what others change in the entry.
    #[test]
    fn value() -> Result {
        let listener = listener(false)?;

        with_request(&listener, 7, |id, request| {
            let mut state = listener.state.lock();

            match state.as_mut().project().requests.find(id) {
                Some(mut found) => found.phase = Phase::Received,
                None => return Err(ENOENT),
            }
            drop(state);

            ensure!(request.peek(|it| it.phase.is_received()), "phase");
            ensure!(request.peek(|it| it.data.nr) == 7, "data");
            Ok(())
        })
    }

    /// A wake-up that comes before the wait is not lost, and the lock is held after it.
    #[test]
    fn wake_up_first() -> Result {
        let listener = listener(false)?;

        with_request(&listener, 1, |id, request| {
            for killable in [false, true] {
                let mut state = listener.state.lock();

                match state.as_mut().project().requests.find(id) {
                    Some(found) if killable => found.wake_on_current_cpu(),
                    Some(found) => found.wake(),
                    None => return Err(ENOENT),
                }
                drop(state);

                ensure!(request.wait(killable) == Ok(()), "killable {killable}");
                ensure!(listener.state.try_lock().is_none(), "killable {killable}");
                request.release();
            }
            Ok(())
        })
    }

    /// Who asks for a descriptor waits in a queue of its own, and is not among the unread.
    #[test]
    fn two_queues() -> Result {
        let listener = listener(false)?;

        with_addfd(&listener, 5, Place::Lowest, false, |_| {
            let mut state = listener.state.lock();
            let mut state = state.as_mut().project();

            ensure!(state.addfds.as_mut().find(5).is_some(), "found");
            ensure!(!state.addfds.has_waiting(), "not by age");
            ensure!(state.requests.as_mut().find(5).is_none(), "no request");
            ensure!(!state.requests.has_waiting(), "no request");
            Ok(())
        })
    }
}
