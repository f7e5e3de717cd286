// SPDX-License-Identifier: GPL-2.0

//! The supervising side: what the ioctls of a listener do.
//!
//! Called by [`file`](super::file) with nothing held, in any task that has the listener open.

use kernel::{
    anon_inode::IoctlContext,
    bindings,
    fs::file::flags::O_CLOEXEC,
    page::PAGE_SIZE,
    prelude::*,
    uaccess::UserPtr,
    user_struct::{
        is_zeroed,
        read_extensible,
        read_words,
        write_words, //
    }, //
};

use crate::abi::{
    Notif,
    NotifAddfd,
    NotifResp, //
};

use super::{
    linked::Linked,
    request::{
        AddFd,
        Phase,
        Place,
        Reply,
        FLAG_CONTINUE, //
    },
    set_phase,
    Listener,
    READER_KEYS,
    WRITABLE, //
};

use core::mem::size_of;

const FD_SYNC_WAKE_UP: usize = bindings::SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP as usize;

const ADDFD_SETFD: u32 = bindings::SECCOMP_ADDFD_FLAG_SETFD;
const ADDFD_SEND: u32 = bindings::SECCOMP_ADDFD_FLAG_SEND;

/// The shortest form of `struct seccomp_notif_addfd` that there has been.
const ADDFD_MIN_LEN: usize = bindings::SECCOMP_NOTIFY_ADDFD_SIZE_VER0 as usize;

/// `RECV`: waits for a request, and delivers the oldest one that is unread.
///
/// # Errors
///
/// `EINVAL` if the buffer is not zeroed, `ENOENT` if the request has gone meanwhile or the filter
/// has no users left, `EFAULT`, upon which the request is delivered again, or `ERESTARTSYS`.
pub(super) fn recv(listener: &Listener, user: UserPtr) -> Result {
    // So that a field of it can get a meaning.
    if !is_zeroed(user, size_of::<Notif>())? {
        return Err(EINVAL);
    }

    let reader = kernel::current!();

    // Who is being killed does not live to reply: better another one takes it.
    wait_for_arrival(listener, || {
        listener.is_orphaned() || (!reader.fatal_signal_pending() && listener.take_arrival())
    })?;

    let notif = take_oldest(listener)?;

    write_words(user, &notif).inspect_err(|_| put_back(listener, notif.id))
}

/// Waits until `ready`, which takes an arrival, holds.
fn wait_for_arrival(listener: &Listener, mut ready: impl FnMut() -> bool) -> Result {
    if ready() {
        return Ok(());
    }

    let waited = listener
        .readers
        .wait_exclusive_interruptible::<READER_KEYS>(ready);

    listener.hand_on_wake_up();
    waited
}

/// Takes the oldest unread request.
fn take_oldest(listener: &Listener) -> Result<Notif> {
    let mut state = listener.state.lock();
    let state = state.as_mut().project();

    let mut request = state.requests.oldest_waiting().ok_or(ENOENT)?;
    let notif = Notif {
        id: request.id(),
        pid: request.task().pid_vnr() as u32,
        flags: 0,
        data: request.data,
    };

    set_phase(&listener.pending, &mut request, Phase::Received);
    listener.pollers.wake_one(WRITABLE);
    Ok(notif)
}

/// Makes a request unread again that could not be delivered, if it is still there.
fn put_back(listener: &Listener, id: u64) {
    let mut state = listener.state.lock();
    let state = state.as_mut().project();

    let Some(mut request) = state.requests.find(id) else {
        return;
    };

    // Another supervisor, who knows the id, may have replied: that stands.
    if !request.phase.is_received() {
        return;
    }

    if listener.wait_killable {
        // Any signal may interrupt it again, which its task is to find out.
        request.wake();
    }
    set_phase(&listener.pending, &mut request, Phase::Unread);
    listener.announce(false);
}

/// `SEND`: replies to a request that has been received.
///
/// # Errors
///
/// `EINVAL` for unknown flags, and for a value beside `CONTINUE`; `ENOENT` if there is no such
/// request; `EINPROGRESS` if it has not been received, or has been replied to; `EFAULT`; `EINTR`.
pub(super) fn send(listener: &Listener, user: UserPtr) -> Result {
    let resp: NotifResp = read_words(user)?;

    if resp.flags & !FLAG_CONTINUE != 0 {
        return Err(EINVAL);
    }
    if resp.flags & FLAG_CONTINUE != 0 && (resp.error != 0 || resp.val != 0) {
        return Err(EINVAL);
    }

    let mut state = listener.state.lock_interruptible()?;
    let state = state.as_mut().project();
    let mut request = state.requests.find(resp.id).ok_or(ENOENT)?;

    if !request.phase.is_received() {
        return Err(EINPROGRESS);
    }

    let reply = Reply {
        value: resp.val,
        error: resp.error,
        flags: resp.flags,
    };

    set_phase(&listener.pending, &mut request, Phase::Replied(reply));

    if *state.sync_wake_up {
        request.wake_on_current_cpu();
    } else {
        request.wake();
    }
    Ok(())
}

/// `ID_VALID`: whether a request has been received, and still waits for its reply.
///
/// # Errors
///
/// `ENOENT` if not, `EFAULT`, `EINTR`.
pub(super) fn id_valid(listener: &Listener, user: UserPtr) -> Result {
    let id: u64 = read_words(user)?;

    let mut state = listener.state.lock_interruptible()?;
    let state = state.as_mut().project();

    match state.requests.find(id) {
        Some(request) if request.phase.is_received() => Ok(()),
        _ => Err(ENOENT),
    }
}

/// `SET_FLAGS`: sets how the two sides wake each other. The flags are the argument itself.
///
/// # Errors
///
/// `EINVAL` for unknown flags, `EINTR`.
pub(super) fn set_flags(listener: &Listener, flags: usize) -> Result {
    if flags & !FD_SYNC_WAKE_UP != 0 {
        return Err(EINVAL);
    }

    let mut state = listener.state.lock_interruptible()?;

    *state.as_mut().project().sync_wake_up = flags & FD_SYNC_WAKE_UP != 0;
    Ok(())
}

/// `ADDFD`: has the task of a request install a copy of one of the caller's descriptors, and
/// returns the number. With `SEND` that is the reply to the request as well.
///
/// # Errors
///
/// `EINVAL` for unknown flags, a number without `SETFD`, or a structure that is too short or too
/// long; `E2BIG` if it holds what the kernel does not know; `EFAULT`; `EBADF` for a descriptor that
/// is not open; `ENOENT` if there is no such request; `EINPROGRESS` if it has not been received, or
/// has been replied to; `EBUSY` for `SEND` while other descriptors are to be installed; `ESRCH` if
/// the task has gone; `EINTR` or `ERESTARTSYS`; or why the task could not install it.
pub(super) fn addfd(
    listener: &Listener,
    context: &IoctlContext,
    user: UserPtr,
    len: usize,
) -> Result<u32> {
    if !(ADDFD_MIN_LEN..PAGE_SIZE).contains(&len) {
        return Err(EINVAL);
    }

    let arg: NotifAddfd = read_extensible(user, len)?;

    if arg.newfd_flags & !O_CLOEXEC != 0
        || arg.flags & !(ADDFD_SETFD | ADDFD_SEND) != 0
        || (arg.newfd != 0 && arg.flags & ADDFD_SETFD == 0)
    {
        return Err(EINVAL);
    }

    let send = arg.flags & ADDFD_SEND != 0;
    let addfd = AddFd {
        file: context.fget(arg.srcfd)?,
        place: if arg.flags & ADDFD_SETFD != 0 {
            Place::At(arg.newfd)
        } else {
            Place::Lowest
        },
        flags: arg.newfd_flags,
        send,
        result: None,
    };

    let mut guard = listener.state.lock_interruptible()?;
    let state = guard.as_mut().project();
    let mut request = state.requests.find(arg.id).ok_or(ENOENT)?;

    // Not before it has been received, nor after it has been replied to.
    if !request.phase.is_received() {
        return Err(EINPROGRESS);
    }

    if send {
        // The reply comes last.
        if state.addfds.find(arg.id).is_some() {
            return Err(EBUSY);
        }
        set_phase(&listener.pending, &mut request, Phase::Sending);
    }
    request.wake();

    Linked::scope(guard, kernel::current!(), arg.id, addfd, |addfd| {
        let waited = addfd.wait_finished().map(|addfd| addfd.result);
        // It may have been done even though a signal came.
        let result = waited.unwrap_or_else(|_| addfd.value().result);

        if let Some(result) = result {
            return result;
        }

        if send {
            let state = addfd.state().project();

            if let Some(mut request) = state.requests.find(arg.id) {
                set_phase(&listener.pending, &mut request, Phase::Received);
            }
        }
        Err(waited.err().unwrap_or(EINTR))
    })
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod tests;
