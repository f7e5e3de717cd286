// SPDX-License-Identifier: GPL-2.0

//! The listener: where the calls wait that a filter leaves to a supervisor in user space.
//!
//! A call that waits is a [`Request`]. It stands on the stack of the task that makes it, which
//! sleeps, and goes through these phases:
//!
//! ```text
//!             RECV                         SEND
//!   Unread ----------> Received ---------------------------------> Replied
//!      ^                |    ^                                        ^
//!      '----------------'    |  ADDFD with SEND       fd installed    |
//!       RECV cannot copy     '-----------------> Sending -------------'
//!                              fails, interrupted
//!
//!   all but Replied -------------------------------------------> Abandoned
//!                     listener closed, task stops waiting
//! ```
//!
//! - [`request`]: the task that makes the call.
//! - [`ioctl`], [`mod@file`]: the supervisor.
//! - [`pending`]: what poll says.
//! - [`queue`]: the containers that the requests are in, by age and by id.
//! - [`linked`]: how a request gets onto its task's stack and into a queue.
//!
//! # Locks
//!
//! [`State`] is what the listener's lock guards: the containers, and with them what is in each
//! request. The tasks that sleep, and the supervisors that do, are woken with the lock held.
//!
//! # Lifetime
//!
//! The filter and the file each hold the listener. Once the file is closed every call is answered
//! with `ENOSYS`. Once no task can run into the filter any more, [`Listener::orphan`] tells the
//! supervisor.

#![deny(unsafe_code)]

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
    new_mutex,
    new_wait_queue,
    prelude::*,
    random::random_u64,
    sync::{
        aref::ARef,
        atomic::{
            Acquire,
            Atomic,
            AtomicFlag,
            Full,
            Relaxed,
            Release, //
        },
        wait_queue::{
            PollEvents,
            WaitQueue, //
        },
        Arc,
        Mutex, //
    }, //
};

use crate::{
    filter::Prepared,
    flags::FilterFlags, //
};

mod file;
mod ioctl;
#[expect(unsafe_code)]
mod linked;
mod pending;
#[expect(unsafe_code)]
mod queue;
mod request;
#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod testing;

pub(crate) use request::{
    notify,
    Answer, //
};

use pending::Pending;
use queue::{
    Found,
    Queue, //
};
use request::{
    AddFd,
    Phase,
    Request, //
};

/// A listener.
#[pin_data]
pub(crate) struct Listener {
    /// The listener's lock.
    #[pin]
    state: Mutex<State>,
    /// Threads that sleep in RECV, of which one is woken for each request.
    #[pin]
    readers: WaitQueue,
    /// Whoever polls the file. Apart from the readers: an exclusive poller must not take a wake-up
    /// that one of them was to get.
    #[pin]
    pollers: WaitQueue,
    /// What readers consume: one for each request that has become unread. More than there are
    /// unread requests if some have gone unread.
    arrivals: Atomic<i32>,
    /// What poll says of the requests. Changed with the lock held.
    pending: Pending,
    /// Whether no task can run into the filter any more.
    orphaned: AtomicFlag,
    /// Whether the file has been closed. Set with the lock held, as the end of [`State::open`].
    closed: AtomicFlag,
    /// Whether a signal must be fatal to interrupt a request that has been received.
    wait_killable: bool,
}

/// What the listener's lock guards.
#[pin_data]
struct State {
    /// Calls that wait, by id and by age.
    #[pin]
    requests: Queue<Request>,
    /// Descriptors to be installed, by the id of the request whose task is to do that.
    #[pin]
    addfds: Queue<AddFd>,
    /// Id of the request that comes next. Wraps.
    next_id: u64,
    /// Whether there still is a file to read requests from.
    open: bool,
    /// Whether supervisor and supervised hand the CPU to each other, `SYNC_WAKE_UP`.
    sync_wake_up: bool,
}

/// There is something to receive.
const READABLE: PollEvents =
    PollEvents::from_bits(PollEvents::IN.bits() | PollEvents::RDNORM.bits());
/// What a reader wants to be woken for.
const READER_KEYS: u32 = READABLE.bits() | PollEvents::ERR.bits() | PollEvents::HUP.bits();
/// There is something to reply to.
const WRITABLE: PollEvents =
    PollEvents::from_bits(PollEvents::OUT.bits() | PollEvents::WRNORM.bits());

impl State {
    fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            requests <- Queue::new(),
            addfds <- Queue::new(),
            next_id: random_u64(),
            open: true,
            sync_wake_up: false,
        })
    }
}

/// Moves a request to another phase. The counts of its listener, `pending`, follow, and readers find
/// it by its age as long as it is unread.
#[inline]
fn set_phase(pending: &Pending, request: &mut Found<'_, Request>, phase: Phase) {
    pending.change(&request.phase, &phase);

    if phase.is_unread() {
        request.wait_again();
    } else {
        request.stop_waiting();
    }
    request.phase = phase;
}

impl Listener {
    fn new(wait_killable: bool) -> impl PinInit<Self> {
        pin_init!(Self {
            state <- new_mutex!(State::new(), "seccomp_listener"),
            readers <- new_wait_queue!("seccomp_readers"),
            arrivals: Atomic::new(0),
            pending: Pending::new(),
            pollers <- new_wait_queue!("seccomp_pollers"),
            orphaned: AtomicFlag::new(false),
            closed: AtomicFlag::new(false),
            wait_killable,
        })
    }

    /// No task can run into the filter any more: there will be no more requests.
    ///
    /// May be called from where a wait queue may be woken.
    pub(crate) fn orphan(&self) {
        // Fully ordered before the look at the sleepers. A reader queues itself before it looks at
        // the flag, so that either it sees the flag or we see it.
        self.orphaned.xchg(true, Full);
        self.readers.wake_all(PollEvents::HUP);
        self.pollers.wake_all(PollEvents::HUP);
    }

    /// Whether the file has been closed, so that the filter may as well have no listener.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Acquire)
    }

    fn is_orphaned(&self) -> bool {
        self.orphaned.load(Acquire)
    }

    /// A request has become unread: one reader is to take it.
    #[inline]
    fn announce(&self, sync_wake_up: bool) {
        self.arrivals.fetch_add(1, Full);

        if sync_wake_up {
            self.readers.wake_one_on_current_cpu(READABLE);
            self.pollers.wake_one_on_current_cpu(READABLE);
        } else {
            self.readers.wake_one(READABLE);
            self.pollers.wake_one(READABLE);
        }
    }

    /// A reader stops waiting. It may have been woken for a request that it does not take: as it
    /// gives up, or since it was on the queue still when it had found another one. If there is
    /// one, another reader is to take it.
    fn hand_on_wake_up(&self) {
        if self.arrivals.load(Relaxed) > 0 {
            self.readers.wake_one(READABLE);
        }
    }

    /// Takes one arrival, if there is one.
    fn take_arrival(&self) -> bool {
        let mut arrivals = self.arrivals.load(Relaxed);

        while arrivals > 0 {
            match self
                .arrivals
                .cmpxchg(arrivals, arrivals.wrapping_sub(1), Full)
            {
                Ok(_) => return true,
                Err(current) => arrivals = current,
            }
        }
        false
    }

    /// The file has been closed: answers whoever waits, the oldest first, and has later calls
    /// answered at once.
    fn close(&self) {
        let mut state = self.state.lock();
        let mut state = state.as_mut().project();

        *state.open = false;
        self.closed.store(true, Release);
        state.requests.as_mut().for_each(|mut request| {
            if !request.phase.is_final() {
                set_phase(&self.pending, &mut request, Phase::Abandoned);
                // Descriptors that are to be installed for it are taken care of by its task.
                request.wake();
            }
        });
    }
}

/// A listener's file, and the descriptor that is reserved for it. User space sees neither until
/// [`commit`](Self::commit); dropping it undoes both.
pub(crate) struct ListenerFd {
    reservation: FileDescriptorReservation,
    file: ARef<File>,
}

impl ListenerFd {
    /// Creates a listener for `filter`. May sleep.
    ///
    /// # Errors
    ///
    /// `EMFILE` if the caller has too many files open, `ENFILE` if the system has, `ENOMEM`.
    pub(crate) fn reserve(filter: &mut Prepared, flags: FilterFlags) -> Result<Self> {
        let reservation = FileDescriptorReservation::get_unused_fd_flags(O_CLOEXEC)?;
        let listener = Arc::pin_init(Listener::new(flags.wait_killable_recv()), GFP_KERNEL)?;
        let file =
            anon_inode::getfile::<file::ListenerFile>(c"seccomp notify", listener.clone(), O_RDWR)?;

        filter.set_listener(listener);
        Ok(Self { reservation, file })
    }

    /// Lets user space have the listener, and returns its descriptor.
    pub(crate) fn commit(self) -> c_long {
        let fd = self.reservation.reserved_fd();

        self.reservation.fd_install(self.file);
        fd as c_long
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod tests;
