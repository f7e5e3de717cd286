// SPDX-License-Identifier: GPL-2.0

//! Wait queues whose wake-ups say which poll events have come.
//!
//! C header: [`include/linux/wait.h`](srctree/include/linux/wait.h)

use super::{
    barrier::{
        smp_mb,
        Full, //
    },
    LockClassKey, //
};
use crate::{
    bindings,
    error::to_result,
    prelude::*,
    task::{
        Task,
        TASK_INTERRUPTIBLE,
        TASK_NORMAL, //
    },
    types::Opaque, //
};
use core::{
    marker::PhantomData,
    ops::BitOr,
    ptr, //
};

/// A set of poll events, `EPOLL*` of the uapi.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollEvents(u32);

impl PollEvents {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// There is something to read.
    pub const IN: Self = Self(0x001);
    /// Writing would not block.
    pub const OUT: Self = Self(0x004);
    /// An error condition.
    pub const ERR: Self = Self(0x008);
    /// The other side has gone.
    pub const HUP: Self = Self(0x010);
    /// There is normal data to read.
    pub const RDNORM: Self = Self(0x040);
    /// Normal data may be written.
    pub const WRNORM: Self = Self(0x100);

    /// The set as the bits of the uapi.
    #[inline]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// A set from the bits of the uapi.
    #[inline]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The key that wake functions get.
    #[inline]
    fn key(self) -> *mut c_void {
        ptr::without_provenance_mut(self.0 as usize)
    }
}

impl BitOr for PollEvents {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Creates a [`WaitQueue`] initialiser with the given name and a newly-created lock class.
#[macro_export]
macro_rules! new_wait_queue {
    ($($name:literal)?) => {
        $crate::sync::wait_queue::WaitQueue::new(
            $crate::optional_name!($($name)?), $crate::static_lock_class!()
        )
    };
}
pub use new_wait_queue;

/// A wait queue for sleeping threads and for pollers.
///
/// What [`PollCondVar`](super::poll::PollCondVar) lacks: wake-ups that say what has come, for
/// pollers that wait for something else, and threads of which one alone is woken. A wait queue is
/// part of what the polled file holds, and need not be cleared before it is freed.
///
/// Both may share one queue, but a poller with `EPOLLEXCLUSIVE` can then take the wake-up that a
/// thread was to get. Threads that must not miss one need a queue of their own.
///
/// # Examples
///
/// ```
/// use kernel::sync::wait_queue::{new_wait_queue, PollEvents, WaitQueue};
///
/// const READABLE: u32 = PollEvents::IN.bits();
/// let queue = KBox::pin_init(new_wait_queue!("example"), GFP_KERNEL)?;
///
/// queue.wake_one(PollEvents::IN);
/// // What is waited for has happened already.
/// queue.wait_exclusive_interruptible::<READABLE>(|| true)?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// `head` is an initialised `wait_queue_head_t`.
#[pin_data]
pub struct WaitQueue {
    #[pin]
    head: Opaque<bindings::wait_queue_head>,
}

// SAFETY: A wait queue may be used and freed by any task.
unsafe impl Send for WaitQueue {}

// SAFETY: A wait queue has a lock of its own.
unsafe impl Sync for WaitQueue {}

impl WaitQueue {
    /// Creates an initialiser; see [`new_wait_queue!`](crate::new_wait_queue).
    pub fn new(name: &'static CStr, key: Pin<&'static LockClassKey>) -> impl PinInit<Self> {
        // INVARIANT: C initialises the head.
        pin_init!(Self {
            // SAFETY: `slot` is valid while the closure is called, `name` and `key` for ever.
            head <- Opaque::ffi_init(|slot| unsafe {
                bindings::__init_waitqueue_head(slot, name.as_char_ptr(), key.as_ptr())
            }),
        })
    }

    /// Of those who care for `events`, wakes all that are not exclusive, and one that is.
    ///
    /// Exclusive are the threads in [`wait_exclusive_interruptible`], and pollers with
    /// `EPOLLEXCLUSIVE`. Costs next to nothing if nobody is on the queue. May be called from any
    /// context, but with `PREEMPT_RT` not from a hard interrupt: the queue's lock sleeps there.
    ///
    /// [`wait_exclusive_interruptible`]: Self::wait_exclusive_interruptible
    #[doc(alias = "wake_up_poll")]
    #[inline]
    pub fn wake_one(&self, events: PollEvents) {
        if self.has_sleeper() {
            // SAFETY: By the type invariants.
            unsafe { bindings::__wake_up(self.head.get(), TASK_NORMAL, 1, events.key()) };
        }
    }

    /// As [`wake_one`](Self::wake_one); who is woken runs on this CPU, since the caller is about
    /// to sleep.
    #[doc(alias = "wake_up_poll_on_current_cpu")]
    #[inline]
    pub fn wake_one_on_current_cpu(&self, events: PollEvents) {
        if self.has_sleeper() {
            let head = self.head.get();

            // SAFETY: By the type invariants.
            unsafe { bindings::__wake_up_on_current_cpu(head, TASK_NORMAL, events.key()) };
        }
    }

    /// Whether somebody is on the queue who might not see what was written before this call.
    ///
    /// Needs no lock: who waits gets onto the queue, passes a full barrier, and looks at what it
    /// waits for (`prepare_to_wait_event()` has that barrier, and `poll_wait()`). Who wakes writes
    /// that, passes the barrier here, and looks at the queue. Either the one sees what was written,
    /// or the other sees the sleeper.
    #[doc(alias = "wq_has_sleeper")]
    #[inline]
    fn has_sleeper(&self) -> bool {
        smp_mb(Full);

        // SAFETY: By the type invariants. A race for the pointer, read at once, does no harm, as
        // said above.
        unsafe {
            let list = &raw mut (*self.head.get()).head;

            (&raw const (*list).next).read_volatile() != list
        }
    }

    /// Wakes everybody who cares for `events`. From where, as [`wake_one`](Self::wake_one).
    #[inline]
    pub fn wake_all(&self, events: PollEvents) {
        // SAFETY: By the type invariants.
        unsafe { bindings::__wake_up(self.head.get(), TASK_NORMAL, 0, events.key()) };
    }

    /// Waits until `condition` holds. Look whether it does before the call: here it is evaluated
    /// after the thread has been queued.
    ///
    /// A wake-up for events that are not in `KEYS` is ignored. Of the threads that wait like this
    /// [`wake_one`](Self::wake_one) wakes one alone, so `condition` should consume what that one
    /// was woken for. It is evaluated once more after a signal has come, so that no wake-up is
    /// lost with a thread that cannot use it. Sleeps; `condition` must not.
    ///
    /// A thread may be woken for something that it does not consume: because `condition` refuses to,
    /// as the thread is being killed for example, or because the wake-up came after `condition` had
    /// consumed something else, and before the thread was off the queue. Such a wake-up has to be
    /// handed on. When this has returned, whatever it has returned, the caller wakes another thread
    /// if there still is something to consume.
    ///
    /// # Errors
    ///
    /// `ERESTARTSYS` if a signal arrived first.
    pub fn wait_exclusive_interruptible<const KEYS: u32>(
        &self,
        mut condition: impl FnMut() -> bool,
    ) -> Result {
        let entry = Opaque::new(bindings::wait_queue_entry {
            flags: bindings::WQ_FLAG_EXCLUSIVE,
            private: Task::current_raw().cast::<c_void>(),
            func: Some(wake_for_keys::<KEYS>),
            entry: bindings::list_head {
                next: ptr::null_mut(),
                prev: ptr::null_mut(),
            },
        });
        // SAFETY: `entry` stays where it is until the end of this function.
        unsafe {
            let list = &raw mut (*entry.get()).entry;
            (*list).next = list;
            (*list).prev = list;
        }

        let result = loop {
            // SAFETY: `entry` is initialised, and off the queue or on this one.
            let interrupted = unsafe {
                bindings::prepare_to_wait_event(self.head.get(), entry.get(), TASK_INTERRUPTIBLE)
            };

            if condition() {
                break Ok(());
            }
            if interrupted != 0 {
                break to_result(interrupted as c_int);
            }

            // SAFETY: The caller may sleep.
            unsafe { bindings::schedule() };

            // Most are woken for something, and need not get onto the queue again.
            if condition() {
                break Ok(());
            }
        };

        // SAFETY: `entry` is off the queue or on this one, and off it afterwards.
        unsafe { bindings::finish_wait(self.head.get(), entry.get()) };
        result
    }
}

/// Wakes a thread that waits in [`WaitQueue::wait_exclusive_interruptible`].
///
/// # Safety
///
/// To be called by the wait queue alone: `entry` is on it, and its lock is held.
unsafe extern "C" fn wake_for_keys<const KEYS: u32>(
    entry: *mut bindings::wait_queue_entry,
    mode: c_uint,
    sync: c_int,
    key: *mut c_void,
) -> c_int {
    if !key.is_null() && key.addr() as u32 & KEYS == 0 {
        return 0;
    }

    // SAFETY: By the safety requirements.
    unsafe { bindings::autoremove_wake_function(entry, mode, sync, key) }
}

/// Somebody who polls a file, and wants to be on the wait queues that its data `'f` holds.
///
/// # Invariants
///
/// `file` is valid while this value exists, and `table` is too, or null. Whatever lives for `'f`
/// lives until `file` is released: `'f` is the borrow of the file's private data, as given to its
/// poll operation.
pub struct Poller<'f> {
    file: *mut bindings::file,
    table: *mut bindings::poll_table,
    _data: PhantomData<fn(&'f ()) -> &'f ()>,
}

impl<'f> Poller<'f> {
    /// Creates a poller from what C passes to the poll operation of a file.
    ///
    /// # Safety
    ///
    /// `file` must be valid as long as the poller exists, and `table` too, or null. `'f` must be a
    /// borrow of the private data of `file`, that its poll operation has not chosen itself.
    #[inline]
    pub unsafe fn new(file: *mut bindings::file, table: *mut bindings::poll_table) -> Self {
        // INVARIANT: By the safety requirements.
        Self {
            file,
            table,
            _data: PhantomData,
        }
    }

    /// Puts the poller on `queue`, to be told of the wake-ups on it. Call it before looking at the
    /// state that the wake-ups are about.
    #[doc(alias = "poll_wait")]
    #[inline]
    pub fn register(&self, queue: &'f WaitQueue) {
        // SAFETY: The file and the table are valid. By the type invariants the queue lives until
        // the file is released, and pollers take themselves off before that.
        unsafe { bindings::poll_wait(self.file, queue.head.get(), self.table) };
    }
}
