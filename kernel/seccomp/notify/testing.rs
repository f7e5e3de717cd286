// SPDX-License-Identifier: GPL-2.0

//! What the tests of the listener share.
//!
//! One thread is both sides: its request stands in the queue, and meanwhile it does what a
//! supervisor does. It must not wait for what nobody else will do, nor hold the lock where
//! something else than the entry that it came from takes it.

#![deny(unsafe_code)]

use super::{
    file::ListenerFile,
    linked::Linked,
    request::{
        leave,
        AddFd,
        Phase,
        Place,
        Request, //
    },
    Listener, //
};

use crate::testing::call;

use kernel::{
    anon_inode,
    fs::{
        file::{
            flags::{
                O_CLOEXEC,
                O_RDWR, //
            },
            FileDescriptorReservation, //
        },
        File, //
    },
    prelude::*,
    sync::{
        aref::ARef,
        Arc, //
    }, //
};

/// A listener that no filter has.
pub(super) fn listener(wait_killable: bool) -> Result<Arc<Listener>> {
    Arc::pin_init(Listener::new(wait_killable), GFP_KERNEL)
}

/// A file of the listener.
pub(super) fn open(listener: &Arc<Listener>) -> Result<ARef<File>> {
    anon_inode::getfile::<ListenerFile>(c"seccomp notify", listener.clone(), O_RDWR)
}

/// A descriptor of the listener, to be closed by the caller.
pub(super) fn descriptor(listener: &Arc<Listener>) -> Result<c_long> {
    let reservation = FileDescriptorReservation::get_unused_fd_flags(O_CLOEXEC)?;
    let fd = reservation.reserved_fd();

    reservation.fd_install(open(listener)?);
    Ok(fd as c_long)
}

/// How many requests have been received, and whether one is unread: as poll sees it, which has to
/// agree with what a reader would find.
pub(super) fn counts(listener: &Listener) -> (usize, bool) {
    let state = listener.state.lock();
    let (received, unread) = listener.pending.received_and_unread();

    if (unread != 0) != state.requests.has_waiting() {
        // What no test expects.
        return (usize::MAX, unread != 0);
    }
    (received as usize, unread != 0)
}

/// Has the current thread make call `nr`, and calls `body` with the request and its id while it
/// waits. The listener's lock is not held.
pub(super) fn with_request<R>(
    listener: &Listener,
    nr: c_int,
    body: impl for<'s> FnOnce(u64, &mut Linked<'s, Request>) -> Result<R>,
) -> Result<R> {
    let mut guard = listener.state.lock();
    let state = guard.as_mut().project();
    let id = *state.next_id;

    *state.next_id = id.wrapping_add(1);

    let request = Request {
        data: call(nr, 0),
        phase: Phase::Unread,
    };

    Linked::scope(guard, kernel::current!(), id, request, |request| {
        listener.pending.arrive();
        listener.announce(false);
        request.release();

        let result = body(id, request);

        leave(listener, id, request);
        result
    })
}

/// Has the current thread ask for a descriptor of request `id`, and calls `body` with that while
/// it waits. The listener's lock is not held.
pub(super) fn with_addfd<R>(
    listener: &Arc<Listener>,
    id: u64,
    place: Place,
    send: bool,
    body: impl for<'s> FnOnce(&mut Linked<'s, AddFd>) -> Result<R>,
) -> Result<R> {
    let addfd = AddFd {
        file: open(listener)?,
        place,
        flags: O_CLOEXEC,
        send,
        result: None,
    };
    let guard = listener.state.lock();

    Linked::scope(guard, kernel::current!(), id, addfd, |addfd| {
        addfd.release();
        body(addfd)
    })
}
