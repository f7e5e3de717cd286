// SPDX-License-Identifier: GPL-2.0

//! Tests of the listener's state.

#![deny(unsafe_code)]

use super::{
    linked::Linked,
    request::Reply,
    testing::{
        counts,
        listener,
        open,
        with_request, //
    },
    *, //
};

use crate::testing::ensure;

/// Value and error that a request is answered with.
fn answer(request: &mut Linked<'_, Request>) -> Option<(i64, i32)> {
    request.peek(|it| match it.phase {
        Phase::Replied(reply) => Some((reply.value, reply.error)),
        _ => None,
    })
}

fn is_abandoned(request: &mut Linked<'_, Request>) -> bool {
    request.peek(|it| matches!(it.phase, Phase::Abandoned))
}

#[kunit_tests(seccomp_notify)]
mod suite {
    use super::*;

    /// A reader is woken for each arrival, and for no more.
    #[test]
    fn arrivals() -> Result {
        let listener = listener(false)?;

        assert!(!listener.take_arrival());
        for sync_wake_up in [false, true, false] {
            listener.announce(sync_wake_up);
        }
        for _ in 0..3 {
            assert!(listener.take_arrival());
        }
        assert!(!listener.take_arrival());
        Ok(())
    }

    /// Once there are no users left the listener stays so.
    #[test]
    fn orphans() -> Result {
        let listener = listener(false)?;

        assert!(!listener.is_orphaned());
        listener.orphan();
        assert!(listener.is_orphaned());
        listener.orphan();
        assert!(listener.is_orphaned());
        Ok(())
    }

    /// The last user of a filter, and no reader, makes its listener an orphan; what is below is
    /// not concerned as long as it has users.
    #[test]
    fn last_user() -> Result {
        use crate::testing::{
            ret,
            Programs, //
        };

        let programs = Programs::new()?;
        let (root, leaf) = (listener(false)?, listener(false)?);
        let mut bottom = programs.prepare(&[ret(0)], 0)?;
        let mut top = programs.prepare(&[ret(0)], 0)?;

        bottom.set_listener(root.clone());
        top.set_listener(leaf.clone());

        let bottom = bottom.attach(None);
        let top = top.attach(Some(bottom.clone()));
        let reader = top.reader();
        let second_task = top.clone();

        drop(top);
        ensure!(!leaf.is_orphaned(), "a task is left");
        drop(second_task);
        ensure!(leaf.is_orphaned(), "a reader is left");
        ensure!(!root.is_orphaned(), "another task is left below");
        drop(bottom);
        ensure!(root.is_orphaned(), "a reader is left above");
        drop(reader);
        Ok(())
    }

    /// Closing the listener ends every wait, and keeps a reply that was given.
    #[test]
    fn closing() -> Result {
        let listener = listener(false)?;
        let set = |id, phase| {
            let mut state = listener.state.lock();
            let state = state.as_mut().project();

            state
                .requests
                .find(id)
                .map(|mut request| set_phase(&listener.pending, &mut request, phase))
                .ok_or(ENOENT)
        };

        with_request(&listener, 1, |_, unread| {
            with_request(&listener, 2, |id, received| {
                set(id, Phase::Received)?;

                with_request(&listener, 3, |id, sending| {
                    set(id, Phase::Sending)?;

                    with_request(&listener, 4, |id, replied| {
                        let reply = Reply {
                            value: 5,
                            error: 0,
                            flags: 0,
                        };

                        set(id, Phase::Replied(reply))?;
                        ensure!(counts(&listener) == (1, true), "before");
                        ensure!(!listener.is_closed(), "before");
                        listener.close();
                        ensure!(listener.is_closed(), "after");

                        ensure!(is_abandoned(unread), "unread");
                        ensure!(is_abandoned(received), "received");
                        ensure!(is_abandoned(sending), "sending");
                        ensure!(answer(replied) == Some((5, 0)), "replied");
                        ensure!(counts(&listener).0 == 0, "nothing is to be replied to");
                        Ok(())
                    })
                })
            })
        })
    }

    /// A second listener can be installed once the first has been closed, and not before.
    #[test]
    fn open_listeners() -> Result {
        use crate::testing::{
            ret,
            Programs, //
        };

        let programs = Programs::new()?;
        let listener = listener(false)?;
        let file = open(&listener)?;
        let mut filter = programs.prepare(&[ret(0)], 0)?;

        filter.set_listener(listener.clone());

        let leaf = programs.attach(&[ret(0)], Some(filter.attach(None)))?;

        ensure!(leaf.path_has_open_listener(), "open");
        listener.close();
        ensure!(!leaf.path_has_open_listener(), "closed");
        drop(file);
        Ok(())
    }
}
