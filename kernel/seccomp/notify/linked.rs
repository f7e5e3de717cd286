// SPDX-License-Identifier: GPL-2.0

//! The owner's side of an entry in a [`Queue`]: the stack frame that the entry is in.
//!
//! # Why it is safe
//!
//! - *No entry outlives its frame.* [`Linked::scope`] links the entry before it calls the body and
//!   unlinks it afterwards, both with the lock held. The body cannot be left in another way: the
//!   kernel does not unwind, and a task that exits from within would have to do so in unsafe code.
//! - *No entry moves.* The body has no access to the frame but through `Linked`.
//! - *Nobody wakes a frame that has gone.* A wake-up is counted with the lock held, which the owner
//!   takes before it leaves; or, of an entry that is woken once, after the entry has been taken
//!   out, and then the owner waits for nothing else. In the latter case the owner may have left, and
//!   exited, when the scheduler is told to wake it: who does that has a reference to the task.
//!
//! # Locks
//!
//! The lock of the [`State`] is held whenever the body runs, but for the time that it waits, and
//! but after an entry has been finished.

use kernel::{
    prelude::*,
    sync::{
        lock::mutex::MutexGuard,
        wake_up::WakeUp,
        Mutex, //
    },
    task::CurrentTask, //
};

use super::{
    queue::{
        Entry,
        Queue,
        Value, //
    },
    AddFd,
    Request,
    State, //
};

use core::{
    cell::UnsafeCell,
    marker::PhantomData,
    ptr::NonNull, //
};

/// What entries of a queue hold.
///
/// # Safety
///
/// `queue` must return the same queue of a state each time, which is part of the state.
pub(super) unsafe trait Member: Value {
    /// Whether entries wait for something from the start, to be found by age.
    const WAITS: bool;

    /// The queue that such entries are in.
    fn queue(state: Pin<&mut State>) -> Pin<&mut Queue<Self>>;
}

impl Value for Request {
    const WOKEN_ONCE: bool = false;
}

// SAFETY: A field of the state.
unsafe impl Member for Request {
    const WAITS: bool = true;

    fn queue(state: Pin<&mut State>) -> Pin<&mut Queue<Self>> {
        state.project().requests
    }
}

impl Value for AddFd {
    const WOKEN_ONCE: bool = true;
}

// SAFETY: A field of the state.
unsafe impl Member for AddFd {
    const WAITS: bool = false;

    fn queue(state: Pin<&mut State>) -> Pin<&mut Queue<Self>> {
        state.project().addfds
    }
}

/// What the owner of an entry has of it, while it is linked.
///
/// # Invariants
///
/// `entry` is valid for `'s`, and of the queue that `lock` guards, linked or not. `guard` is of
/// `lock`. If `finished` is set the entry is not linked, and nobody else refers to it. The lifetime
/// is invariant, so that no two of these can be swapped.
pub(super) struct Linked<'s, T: Member> {
    entry: *mut Entry<T>,
    lock: &'s Mutex<State>,
    guard: Option<MutexGuard<'s, State>>,
    finished: bool,
    _invariant: PhantomData<fn(&'s ()) -> &'s ()>,
}

impl<T: Member> Linked<'_, T> {
    /// Calls `body` with an entry for the current task linked to the queue that `guard` guards.
    ///
    /// The lock is held when `body` is called. Afterwards it has been released.
    pub(super) fn scope<R>(
        guard: MutexGuard<'_, State>,
        task: &CurrentTask,
        id: u64,
        value: T,
        body: impl for<'s> FnOnce(&mut Linked<'s, T>) -> R,
    ) -> R {
        let lock = guard.lock_ref();
        // SAFETY: The task is the one that runs here.
        let entry = UnsafeCell::new(unsafe { Entry::new(id, NonNull::from(&**task), value) });

        // INVARIANT: The entry is valid until the end of this function, and linked to the queue
        // that `lock` guards below.
        let mut linked = Linked {
            entry: entry.get(),
            lock,
            guard: Some(guard),
            finished: false,
            _invariant: PhantomData,
        };

        // SAFETY: The entry is valid until the end of this function, before which it is taken out.
        unsafe { T::queue(linked.state()).link(entry.get(), T::WAITS) };

        let result = body(&mut linked);

        if !linked.finished {
            // SAFETY: The entry is valid, not borrowed any more, and of this queue.
            unsafe { T::queue(linked.state()).unlink(entry.get()) };
        }

        // What the entry holds is dropped without the lock.
        drop(linked);
        drop(entry.into_inner().into_value());
        result
    }
}

impl<'s, T: Member> Linked<'s, T> {
    /// What the lock guards, the queue that the entry is in included.
    pub(super) fn state(&mut self) -> Pin<&mut State> {
        self.guard.get_or_insert_with(|| self.lock.lock()).as_mut()
    }

    /// What the entry holds.
    pub(super) fn value(&mut self) -> &mut T {
        self.guard.get_or_insert_with(|| self.lock.lock());

        // SAFETY: The entry is valid, and the lock is held. It is reached through this exclusive
        // borrow, or through `state`, which needs one as well.
        unsafe { &mut *Entry::value_ptr(self.entry) }
    }

    /// What the owner waits for.
    fn ready(&self) -> &WakeUp {
        // SAFETY: The entry is valid, and nobody has an exclusive reference to this part of it.
        unsafe { &*Entry::ready_ptr(self.entry) }
    }

    /// Releases the lock, waits to be woken, and takes the lock again. Sleeps.
    ///
    /// # Errors
    ///
    /// `ERESTARTSYS` if a signal arrived first; with `killable` only fatal ones count.
    pub(super) fn wait(&mut self, killable: bool) -> Result {
        self.guard = None;

        let woken = if killable {
            self.ready().wait_killable()
        } else {
            self.ready().wait_interruptible()
        };

        self.guard = Some(self.lock.lock());
        woken
    }

    /// Releases the lock and waits until the entry is [finished](super::queue::Found::finish). Then
    /// the owner has it for itself, and does not take the lock again: whoever holds it may be slow,
    /// or wait for the caller. Sleeps.
    ///
    /// # Errors
    ///
    /// `ERESTARTSYS` if a signal arrived first; the lock is held then. The entry may have been
    /// finished all the same.
    pub(super) fn wait_finished(&mut self) -> Result<&mut T> {
        const { assert!(T::WOKEN_ONCE) };
        self.guard = None;

        if let Err(error) = self.ready().wait_interruptible() {
            self.guard = Some(self.lock.lock());
            return Err(error);
        }

        // INVARIANT: Such an entry is woken by `finish` alone, which has taken it out, and whose last
        // access to it was that.
        self.finished = true;

        // SAFETY: The entry is valid, and by the type invariants nobody else refers to it.
        Ok(unsafe { &mut *Entry::value_ptr(self.entry) })
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod tests;
