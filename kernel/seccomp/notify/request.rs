// SPDX-License-Identifier: GPL-2.0

//! The notifying side: a task whose call is left to the listener, from there to the answer.
//!
//! Called by `run`, with nothing held. Nothing is allocated: what the task needs to wait it has on
//! its stack.

use kernel::{
    bindings,
    fs::File,
    prelude::*,
    receive_fd::{
        receive_fd,
        receive_fd_replace,
        NoLightReferences, //
    },
    sync::aref::ARef,
    task::CurrentTask, //
};

use crate::abi::SeccompData;

use super::{
    linked::Linked,
    queue::{
        Found,
        Queue, //
    },
    set_phase,
    Listener, //
};

/// Tells the task to make the call after all.
pub(super) const FLAG_CONTINUE: u32 = bindings::SECCOMP_USER_NOTIF_FLAG_CONTINUE;

/// What the supervisor has decided.
#[derive(Clone, Copy)]
pub(super) struct Reply {
    /// What the call returns if `error` is zero.
    pub(super) value: i64,
    /// What the call fails with, as negative number. Not checked: it reaches the caller.
    pub(super) error: i32,
    /// [`FLAG_CONTINUE`] or nothing.
    pub(super) flags: u32,
}

impl Reply {
    /// The call fails.
    pub(super) fn error(error: Error) -> Self {
        Self {
            value: 0,
            error: error.to_errno(),
            flags: 0,
        }
    }

    /// The call returns a descriptor that has just been installed.
    fn fd(fd: u32) -> Self {
        Self {
            value: fd.into(),
            error: 0,
            flags: 0,
        }
    }
}

/// How far a request has come; see the picture in the [parent module](super).
pub(super) enum Phase {
    /// Nobody has received it.
    Unread,
    /// It has been received, and may be replied to.
    Received,
    /// A descriptor is to be installed, whose number will be the reply.
    Sending,
    /// The task is to go on with this.
    Replied(Reply),
    /// There will be no reply: the listener has been closed, or the task has stopped waiting.
    Abandoned,
}

impl Phase {
    pub(super) fn is_unread(&self) -> bool {
        matches!(self, Phase::Unread)
    }

    pub(super) fn is_received(&self) -> bool {
        matches!(self, Phase::Received)
    }

    fn is_replied(&self) -> bool {
        matches!(self, Phase::Replied(_))
    }

    /// Whether nothing becomes of the request any more.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Phase::Replied(_) | Phase::Abandoned)
    }
}

/// A call that waits.
pub(super) struct Request {
    /// What the filter saw of it.
    pub(super) data: SeccompData,
    /// To be changed by [`set_phase`] alone, but at the end.
    pub(super) phase: Phase,
}

/// Where a descriptor is to be installed.
pub(super) enum Place {
    /// At the lowest free number.
    Lowest,
    /// At this one, whatever is there.
    At(u32),
}

/// A file that the task of a request is to install. Stands on the stack of the supervisor.
pub(super) struct AddFd {
    pub(super) file: ARef<File>,
    pub(super) place: Place,
    /// `O_CLOEXEC` or nothing.
    pub(super) flags: u32,
    /// Whether the number is the reply.
    pub(super) send: bool,
    /// The number, or why it could not be done, once that is known.
    pub(super) result: Option<Result<u32>>,
}

impl AddFd {
    /// Installs the file in the current task.
    fn install(&self, no_files: NoLightReferences<'_>) -> Result<u32> {
        match self.place {
            Place::Lowest => receive_fd(&self.file, self.flags),
            Place::At(fd) => receive_fd_replace(no_files, fd, &self.file, self.flags),
        }
    }
}

/// What becomes of the call.
pub(crate) enum Answer {
    /// It is made.
    Continue,
    /// It returns `error` (negative) if that is not zero, else `value`.
    Return { error: c_int, value: c_long },
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        if reply.flags & FLAG_CONTINUE != 0 {
            return Answer::Continue;
        }
        Answer::Return {
            error: reply.error,
            value: reply.value as c_long,
        }
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        Reply::error(error).into()
    }
}

/// Leaves a call of the current task to the listener, and waits for the answer. Sleeps.
///
/// A signal ends the wait, and the call is made again under another id, or fails with `EINTR`, as
/// the signal's handler says. With `WAIT_KILLABLE_RECV` only a fatal signal does so, once the
/// request has been received.
///
/// Once the listener has been closed the call fails with `ENOSYS`.
pub(crate) fn notify(
    listener: &Listener,
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    data: SeccompData,
) -> Answer {
    let mut guard = listener.state.lock();
    let state = guard.as_mut().project();

    if !*state.open {
        return ENOSYS.into();
    }

    let id = *state.next_id;
    let sync_wake_up = *state.sync_wake_up;

    // An id need not be unique but among the requests that wait now.
    *state.next_id = id.wrapping_add(1);

    let request = Request {
        data,
        phase: Phase::Unread,
    };

    Linked::scope(guard, task, id, request, |request| {
        listener.pending.arrive();
        listener.announce(sync_wake_up);

        let answer = wait_for_reply(listener, task, no_files, id, request);

        leave(listener, id, request);
        answer
    })
}

/// Waits with the request in the queue, and does meanwhile what supervisors want done in this task.
#[inline(always)]
fn wait_for_reply(
    listener: &Listener,
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    id: u64,
    request: &mut Linked<'_, Request>,
) -> Answer {
    loop {
        let killable = is_killable(listener, &request.value().phase);

        if let Err(error) = request.wait(killable) {
            let phase = &request.value().phase;
            let becomes_killable = !killable && is_killable(listener, phase);

            if !outlasts_signal(phase, task.fatal_signal_pending(), becomes_killable) {
                return error.into();
            }
        }

        install_one(listener, no_files, id, request);

        match request.value().phase {
            Phase::Replied(reply) => return reply.into(),
            Phase::Abandoned => return ENOSYS.into(),
            Phase::Unread | Phase::Received | Phase::Sending => (),
        }
    }
}

fn is_killable(listener: &Listener, phase: &Phase) -> bool {
    listener.wait_killable && !phase.is_unread()
}

/// Whether the task goes on, to sleep or with the reply, after a signal has woken it.
///
/// What has been replied counts, even if the signal came at the same time: the supervisor has been
/// told that the reply was taken. But who is being killed sees no reply, and need not make the call
/// that the reply might allow.
///
/// A request that was received meanwhile may be one that a fatal signal alone interrupts. Then the
/// signal that ended this sleep does not count, as in C: if there is a reply by now, or the listener
/// has gone, that is the result, and else the sleep that follows decides.
fn outlasts_signal(phase: &Phase, fatal: bool, becomes_killable: bool) -> bool {
    becomes_killable || (!fatal && phase.is_replied())
}

/// Installs the descriptor that was asked for last, if there is one.
#[inline]
fn install_one(
    listener: &Listener,
    no_files: NoLightReferences<'_>,
    id: u64,
    request: &mut Linked<'_, Request>,
) {
    let mut state = request.state().project();

    if let Some(addfd) = state.addfds.as_mut().find(id) {
        install(listener, no_files, id, addfd, state.requests);
    }
}

/// Installs a descriptor for the request with the id.
#[cold]
fn install(
    listener: &Listener,
    no_files: NoLightReferences<'_>,
    id: u64,
    mut addfd: Found<'_, AddFd>,
    requests: Pin<&mut Queue<Request>>,
) {
    let result = addfd.install(no_files);

    if addfd.send {
        let phase = match result {
            Ok(fd) => Phase::Replied(Reply::fd(fd)),
            // The supervisor is told, and may reply in another way.
            Err(_) => Phase::Received,
        };

        if let Some(mut request) = requests.find(id) {
            set_phase(&listener.pending, &mut request, phase);
        }
    }

    addfd.result = Some(result);
    addfd.finish();
}

/// Sees to it that nobody waits for a task that does not wait any more.
#[inline]
pub(super) fn leave(listener: &Listener, id: u64, request: &mut Linked<'_, Request>) {
    let mut state = request.state().project();

    while let Some(mut addfd) = state.addfds.as_mut().find(id) {
        addfd.result = Some(Err(ESRCH));
        addfd.finish();
    }

    let request = request.value();

    // It counts no more, and is about to be taken out.
    if !request.phase.is_final() {
        listener.pending.change(&request.phase, &Phase::Abandoned);
        request.phase = Phase::Abandoned;
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod tests;
