// SPDX-License-Identifier: GPL-2.0

//! Tests of the notifying side.

#![deny(unsafe_code)]

use super::*;

use super::super::testing::{
    counts,
    listener,
    with_addfd,
    with_request, //
};

use crate::testing::{
    call,
    close,
    ensure,
    entry::no_files, //
};

/// A descriptor that is beyond every limit.
const TOO_HIGH: u32 = 0x7fff_fff0;

fn is_return(answer: &Answer, error: c_int, value: c_long) -> bool {
    matches!(answer, Answer::Return { error: e, value: v } if *e == error && *v == value)
}

/// Puts a request into a phase, as supervisors do.
fn set(listener: &Listener, id: u64, phase: Phase) -> Result {
    let mut state = listener.state.lock();
    let state = state.as_mut().project();
    let mut request = state.requests.find(id).ok_or(ENOENT)?;

    set_phase(&listener.pending, &mut request, phase);
    request.wake();
    Ok(())
}

#[kunit_tests(seccomp_notify_request)]
mod suite {
    use super::*;

    /// `error` is unchecked, and counts before the value; `CONTINUE` has neither.
    #[test]
    fn replies() -> Result {
        for (value, error, flags, continues) in [
            (5, 0, 0, false),
            (5, -1, 0, false),
            (0, -512, 0, false),
            (0, 1, 0, false),
            (-1, 0, 0, false),
            (i64::MIN, i32::MIN, 0, false),
            (0, 0, 1, true),
        ] {
            let answer = Answer::from(Reply {
                value,
                error,
                flags,
            });

            ensure!(
                matches!(answer, Answer::Continue) == continues,
                "{value} {error} {flags}"
            );
            ensure!(
                continues || is_return(&answer, error, value as c_long),
                "{value} {error} {flags}"
            );
        }

        ensure!(is_return(&ENOSYS.into(), -38, 0), "an error of our own");
        ensure!(is_return(&Reply::fd(0).into(), 0, 0), "descriptor 0");
        ensure!(is_return(&Reply::fd(9).into(), 0, 9), "descriptor 9");
        Ok(())
    }

    /// Calls after the listener was closed get `ENOSYS`, and leave nothing behind.
    #[test]
    fn closed_listener() -> Result {
        let listener = listener(false)?;

        listener.close();

        let answer = notify(&listener, kernel::current!(), no_files(), call(1, 0));

        ensure!(is_return(&answer, -38, 0), "answer");
        ensure!(counts(&listener) == (0, false), "requests");
        ensure!(!listener.take_arrival(), "arrivals");
        Ok(())
    }

    /// A wake-up without a reply is not taken for one, and a reply ends the wait.
    #[test]
    fn reply_ends_the_wait() -> Result {
        let listener = listener(false)?;

        with_request(&listener, 1, |id, request| {
            let reply = Reply {
                value: 77,
                error: 0,
                flags: 0,
            };

            set(&listener, id, Phase::Received)?;
            set(&listener, id, Phase::Replied(reply))?;

            let answer = wait_for_reply(&listener, kernel::current!(), no_files(), id, request);

            ensure!(is_return(&answer, 0, 77), "answer");
            Ok(())
        })
    }

    /// Closing the listener ends the wait, and the call fails with `ENOSYS`.
    #[test]
    fn closing_ends_the_wait() -> Result {
        let listener = listener(false)?;

        with_request(&listener, 1, |id, request| {
            request.release();
            listener.close();

            let answer = wait_for_reply(&listener, kernel::current!(), no_files(), id, request);

            ensure!(is_return(&answer, -38, 0), "answer");
            Ok(())
        })
    }

    /// A reply counts although a signal came, but for who is being killed; that the listener was
    /// closed does not, as nobody was told anything.
    #[test]
    fn signals() -> Result {
        for (name, phase, counts) in [
            ("unread", Phase::Unread, false),
            ("received", Phase::Received, false),
            ("sending", Phase::Sending, false),
            ("replied", Phase::Replied(Reply::error(EPERM)), true),
            ("abandoned", Phase::Abandoned, false),
        ] {
            ensure!(outlasts_signal(&phase, false, false) == counts, "{name}");
            ensure!(outlasts_signal(&phase, false, true), "{name}, killable now");
            ensure!(!outlasts_signal(&phase, true, false), "{name}, killed");
            ensure!(
                outlasts_signal(&phase, true, true),
                "{name}, killable now, killed"
            );
        }
        Ok(())
    }

    /// Waiting is interruptible by any signal until RECV, and then with `WAIT_KILLABLE_RECV` by a
    /// fatal one alone, also after the reply.
    #[test]
    fn who_can_interrupt() -> Result {
        for wait_killable in [false, true] {
            let listener = listener(wait_killable)?;

            with_request(&listener, 1, |id, request| {
                let killable = |request: &mut Linked<'_, Request>| {
                    is_killable(&listener, &request.value().phase)
                };

                ensure!(!killable(request), "unread, {wait_killable}");
                request.release();

                for (name, phase) in [
                    ("received", Phase::Received),
                    ("sending", Phase::Sending),
                    ("replied", Phase::Replied(Reply::error(EPERM))),
                ] {
                    set(&listener, id, phase)?;
                    ensure!(
                        killable(request) == wait_killable,
                        "{name}, {wait_killable}"
                    );
                    request.release();
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// `ADDFD` with `SEND` installs the descriptor and makes its number the reply.
    #[test]
    fn descriptor_as_reply() -> Result {
        let listener = listener(false)?;

        with_request(&listener, 1, |id, request| {
            with_addfd(&listener, id, Place::Lowest, true, |addfd| {
                set(&listener, id, Phase::Received)?;
                set(&listener, id, Phase::Sending)?;

                let answer = wait_for_reply(&listener, kernel::current!(), no_files(), id, request);

                request.release();

                let Some(Ok(fd)) = addfd.peek(|it| it.result) else {
                    return Err(EINVAL);
                };

                ensure!(is_return(&answer, 0, fd as c_long), "{fd}");
                ensure!(counts(&listener).0 == 0, "nothing is to be replied to");
                close(fd as c_long)
            })
        })
    }

    /// A failed `SEND` leaves the request answerable, and the supervisor is told why: above the
    /// limit that is `EBADF` with `SETFD`.
    #[test]
    fn failed_send() -> Result {
        let listener = listener(false)?;

        with_request(&listener, 1, |id, request| {
            with_addfd(&listener, id, Place::At(TOO_HIGH), true, |addfd| {
                set(&listener, id, Phase::Sending)?;
                install_one(&listener, no_files(), id, request);

                ensure!(request.peek(|it| it.phase.is_received()), "answerable");
                ensure!(counts(&listener).0 == 1, "answerable");
                ensure!(addfd.peek(|it| it.result) == Some(Err(EBADF)), "result");
                Ok(())
            })
        })
    }

    /// Without `SEND` the request waits on, and descriptors are handled newest first.
    #[test]
    fn several_descriptors() -> Result {
        let listener = listener(false)?;

        with_request(&listener, 1, |id, request| {
            set(&listener, id, Phase::Received)?;

            with_addfd(&listener, id, Place::At(TOO_HIGH), false, |older| {
                with_addfd(&listener, id, Place::At(TOO_HIGH), false, |younger| {
                    for (name, old, young) in [
                        ("none", None, None),
                        ("one", None, Some(Err(EBADF))),
                        ("both", Some(Err(EBADF)), Some(Err(EBADF))),
                        ("no more", Some(Err(EBADF)), Some(Err(EBADF))),
                    ] {
                        ensure!(older.peek(|it| it.result) == old, "{name}");
                        ensure!(younger.peek(|it| it.result) == young, "{name}");

                        install_one(&listener, no_files(), id, request);
                        ensure!(request.peek(|it| it.phase.is_received()), "{name}");
                    }
                    Ok(())
                })
            })
        })
    }

    /// Who wants to install descriptors in a task that has gone gets `ESRCH`, and the request
    /// counts no more.
    #[test]
    fn target_gone() -> Result {
        let listener = listener(false)?;

        with_request(&listener, 1, |id, request| {
            set(&listener, id, Phase::Received)?;

            with_addfd(&listener, id, Place::Lowest, false, |first| {
                with_addfd(&listener, id, Place::Lowest, true, |second| {
                    leave(&listener, id, request);
                    request.release();

                    ensure!(first.peek(|it| it.result) == Some(Err(ESRCH)), "first");
                    ensure!(second.peek(|it| it.result) == Some(Err(ESRCH)), "second");
                    ensure!(counts(&listener).0 == 0, "received");

                    let mut state = listener.state.lock();

                    ensure!(
                        state.as_mut().project().addfds.find(id).is_none(),
                        "descriptors"
                    );
                    Ok(())
                })
            })
        })
    }
}
