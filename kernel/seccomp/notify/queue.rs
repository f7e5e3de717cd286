// SPDX-License-Identifier: GPL-2.0

//! Containers of entries that stand on the stacks of sleeping tasks.
//!
//! A [`Queue`] finds an entry by its id, and the one that waits longest, without looking at the
//! others. It allocates nothing: an entry is part of the stack frame of [`Linked::scope`], in the
//! task that the entry is about, and in the queue for as long as that call lasts.
//!
//! # Why it is safe
//!
//! - *No entry outlives its frame.* `scope` links the entry before it calls the body and unlinks it
//!   afterwards, both with the lock held. The body cannot be left in another way: the kernel does
//!   not unwind, and a task that exits from within would have to do so in unsafe code.
//! - *No entry moves.* The body has no access to the frame but through `Linked`.
//! - *No two references to one entry.* An entry is reached through an exclusive borrow of the queue
//!   ([`Found`]), or through an exclusive borrow of `Linked`, which lends out the queue instead of
//!   the entry or the entry instead of the queue. All of them borrow the guard of the lock that the
//!   queue is in.
//! - *No queue is replaced.* A queue is pinned, and there is no way to make one but in place.
//!
//! # Locks
//!
//! All of an entry but its completion is guarded by the lock of the [`State`] that its queue is in.

use kernel::{
    bindings,
    prelude::*,
    sync::{
        lock::mutex::MutexGuard,
        Completion,
        Mutex, //
    },
    task::{
        CurrentTask,
        Task, //
    }, //
};

use super::{
    AddFd,
    Request,
    State, //
};

use core::{
    cell::UnsafeCell,
    marker::{
        PhantomData,
        PhantomPinned, //
    },
    ops::{
        Deref,
        DerefMut, //
    },
    ptr::{
        self,
        NonNull, //
    }, //
};

/// What entries of a queue hold.
pub(super) trait Member: Sized {
    /// Whether entries wait for something from the start, to be found by age.
    const WAITS: bool;

    /// The queue that such entries are in.
    fn queue(state: Pin<&mut State>) -> Pin<&mut Queue<Self>>;
}

impl Member for Request {
    const WAITS: bool = true;

    fn queue(state: Pin<&mut State>) -> Pin<&mut Queue<Self>> {
        state.project().requests
    }
}

impl Member for AddFd {
    const WAITS: bool = false;

    fn queue(state: Pin<&mut State>) -> Pin<&mut Queue<Self>> {
        state.project().addfds
    }
}

/// One entry, on the stack of its owner.
///
/// # Invariants
///
/// `tree` is the first field, so that a pointer to it is one to the entry. While `linked` is set
/// the entry is in the tree of its queue, and while `waiting` is set in the list as well. `owner`
/// and `ready` are valid as long as the entry exists.
#[repr(C)]
struct Entry<T> {
    tree: bindings::rb_node,
    id: u64,
    older: *mut Entry<T>,
    younger: *mut Entry<T>,
    waiting: bool,
    linked: bool,
    owner: NonNull<Task>,
    ready: NonNull<Completion>,
    value: T,
}

/// A queue; see the [module](self).
///
/// # Invariants
///
/// `root` is a red-black tree of entries, by id; of entries with one id the younger come first.
/// `oldest` and `youngest` are the ends of a list of those of them that are waiting, by age. All of
/// the entries are valid.
#[pin_data]
pub(super) struct Queue<T> {
    root: bindings::rb_root,
    oldest: *mut Entry<T>,
    youngest: *mut Entry<T>,
    #[pin]
    _pin: PhantomPinned,
}

// SAFETY: The entries may be used by any task that holds the lock, if what they hold may be.
unsafe impl<T: Send> Send for Queue<T> {}

impl<T> Queue<T> {
    /// An empty queue.
    pub(super) fn new() -> impl PinInit<Self> {
        // INVARIANT: There are no entries.
        pin_init!(Self {
            root: bindings::rb_root {
                rb_node: ptr::null_mut(),
            },
            oldest: ptr::null_mut(),
            youngest: ptr::null_mut(),
            _pin: PhantomPinned,
        })
    }

    /// Whether an entry waits.
    pub(super) fn has_waiting(&self) -> bool {
        !self.oldest.is_null()
    }

    /// The entry that waits longest.
    pub(super) fn oldest_waiting(self: Pin<&mut Self>) -> Option<Found<'_, T>> {
        Found::new(self.oldest, self)
    }

    /// The entry with the id; of several the youngest.
    pub(super) fn find(self: Pin<&mut Self>, id: u64) -> Option<Found<'_, T>> {
        let mut next = self.root.rb_node.cast::<Entry<T>>();
        let mut found = ptr::null_mut();

        // SAFETY: By the type invariants `next` is null or a valid entry, whose `tree` links to
        // others; the lock is held, as there is an exclusive borrow of the queue.
        while let Some(entry) = unsafe { next.as_ref() } {
            if id > entry.id {
                next = entry.tree.rb_right.cast();
            } else {
                if id == entry.id {
                    found = next;
                }
                next = entry.tree.rb_left.cast();
            }
        }
        Found::new(found, self)
    }

    /// Calls `f` for each entry.
    pub(super) fn for_each(mut self: Pin<&mut Self>, mut f: impl FnMut(Found<'_, T>)) {
        // SAFETY: The root is a valid tree.
        let mut next = unsafe { bindings::rb_first(&self.root) };

        while !next.is_null() {
            let entry = next;

            // SAFETY: A node of the tree; `f` gets at it only after we have its successor.
            next = unsafe { bindings::rb_next(entry) };
            if let Some(found) = Found::new(entry.cast(), self.as_mut()) {
                f(found);
            }
        }
    }

    /// Puts an entry in.
    ///
    /// # Safety
    ///
    /// The entry must be valid until it is taken out, not linked, and not referred to elsewhere.
    unsafe fn link(self: Pin<&mut Self>, entry: *mut Entry<T>, waits: bool) {
        // SAFETY: Nothing is moved.
        let this = unsafe { self.get_unchecked_mut() };
        let mut parent = ptr::null_mut::<bindings::rb_node>();
        let mut place = &raw mut this.root.rb_node;

        // SAFETY: The nodes of the tree are entries, `entry` is one by the safety requirements, and
        // none of them is borrowed. What comes first in a full search for a place keeps the order.
        //
        // INVARIANT: Linked by id, before those with the same id.
        unsafe {
            while !(*place).is_null() {
                parent = *place;
                place = if (*entry).id > (*parent.cast::<Entry<T>>()).id {
                    &raw mut (*parent).rb_right
                } else {
                    &raw mut (*parent).rb_left
                };
            }
            bindings::rb_link_node(entry.cast(), parent, place);
            bindings::rb_insert_color(entry.cast(), &mut this.root);
            (*entry).linked = true;

            if waits {
                this.start_waiting(entry);
            }
        }
    }

    /// Takes an entry out. Does nothing if it is out already.
    ///
    /// # Safety
    ///
    /// The entry must be valid, not borrowed, and of this queue.
    unsafe fn unlink(self: Pin<&mut Self>, entry: *mut Entry<T>) {
        // SAFETY: Nothing is moved.
        let this = unsafe { self.get_unchecked_mut() };

        // SAFETY: By the safety requirements; a linked entry is in the tree.
        unsafe {
            if !(*entry).linked {
                return;
            }
            this.stop_waiting(entry);
            bindings::rb_erase(entry.cast(), &mut this.root);
            (*entry).linked = false;
        }
    }

    /// Puts an entry into the list, at its age. Does nothing if it is there already.
    ///
    /// # Safety
    ///
    /// The entry must be valid, linked to this queue, and not borrowed.
    unsafe fn start_waiting(&mut self, entry: *mut Entry<T>) {
        // SAFETY: By the safety requirements; the list consists of entries that are not borrowed.
        //
        // INVARIANT: Ids are given out in order, and may have wrapped since: the entry comes after
        // the youngest of those that are older. A new entry is the youngest of all.
        unsafe {
            if (*entry).waiting {
                return;
            }

            let mut older = self.youngest;

            while !older.is_null() && is_older((*entry).id, (*older).id) {
                older = (*older).older;
            }

            let younger = if older.is_null() {
                self.oldest
            } else {
                (*older).younger
            };

            (*entry).older = older;
            (*entry).younger = younger;
            self.set_neighbours(older, younger, entry, entry);
            (*entry).waiting = true;
        }
    }

    /// Takes an entry out of the list. Does nothing if it is not in it.
    ///
    /// # Safety
    ///
    /// As for [`start_waiting`](Self::start_waiting).
    unsafe fn stop_waiting(&mut self, entry: *mut Entry<T>) {
        // SAFETY: As in `start_waiting`.
        unsafe {
            if !(*entry).waiting {
                return;
            }
            self.set_neighbours(
                (*entry).older,
                (*entry).younger,
                (*entry).younger,
                (*entry).older,
            );
            (*entry).waiting = false;
        }
    }

    /// Has what comes after `older` be `next`, and what comes before `younger` be `previous`. An
    /// end of the list stands for an entry that is null.
    ///
    /// # Safety
    ///
    /// All pointers must be null or valid entries that are not borrowed.
    unsafe fn set_neighbours(
        &mut self,
        older: *mut Entry<T>,
        younger: *mut Entry<T>,
        next: *mut Entry<T>,
        previous: *mut Entry<T>,
    ) {
        // SAFETY: By the safety requirements.
        unsafe {
            if older.is_null() {
                self.oldest = next;
            } else {
                (*older).younger = next;
            }
            if younger.is_null() {
                self.youngest = previous;
            } else {
                (*younger).older = previous;
            }
        }
    }
}

/// Whether the id `a` was given out before `b`, of ids that are all of the same half of the circle.
fn is_older(a: u64, b: u64) -> bool {
    (a.wrapping_sub(b) as i64) < 0
}

/// An entry that was found in a queue, or has just been taken out of it.
///
/// # Invariants
///
/// `entry` is a valid entry of the queue, that nobody else refers to: its owner needs the lock to
/// leave its frame, and the exclusive borrow of the queue keeps that.
pub(super) struct Found<'q, T> {
    entry: NonNull<Entry<T>>,
    queue: Pin<&'q mut Queue<T>>,
}

impl<'q, T> Found<'q, T> {
    /// `entry` is null, or was found in the queue.
    fn new(entry: *mut Entry<T>, queue: Pin<&'q mut Queue<T>>) -> Option<Self> {
        // INVARIANT: What is in the queue is valid by its type invariants.
        NonNull::new(entry).map(|entry| Self { entry, queue })
    }

    fn entry(&self) -> &Entry<T> {
        // SAFETY: By the type invariants.
        unsafe { self.entry.as_ref() }
    }

    fn ready(&self) -> &Completion {
        // SAFETY: By the invariants of `Entry`.
        unsafe { self.entry().ready.as_ref() }
    }

    /// The entry's id.
    pub(super) fn id(&self) -> u64 {
        self.entry().id
    }

    /// The task that the entry is about.
    pub(super) fn task(&self) -> &Task {
        // SAFETY: By the invariants of `Entry`.
        unsafe { self.entry().owner.as_ref() }
    }

    /// Wakes the entry's owner; if it does not sleep, it will not fall asleep the next time.
    pub(super) fn wake(&self) {
        self.ready().complete_one();
    }

    /// As [`wake`](Self::wake), to run on this CPU, since the caller is about to sleep.
    pub(super) fn wake_on_current_cpu(&self) {
        self.ready().complete_one_on_current_cpu();
    }

    /// Nobody need look for the entry by its age any more.
    pub(super) fn stop_waiting(&mut self) {
        // SAFETY: By the type invariants; nothing is moved.
        unsafe {
            self.queue
                .as_mut()
                .get_unchecked_mut()
                .stop_waiting(self.entry.as_ptr())
        };
    }

    /// The entry is to be found by its age again.
    pub(super) fn wait_again(&mut self) {
        if self.entry().linked {
            // SAFETY: By the type invariants; nothing is moved.
            unsafe {
                self.queue
                    .as_mut()
                    .get_unchecked_mut()
                    .start_waiting(self.entry.as_ptr())
            };
        }
    }

    /// Takes the entry out of the queue, so that it is not found any more.
    pub(super) fn unlink(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { self.queue.as_mut().unlink(self.entry.as_ptr()) };
    }
}

impl<T> Deref for Found<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.entry().value
    }
}

impl<T> DerefMut for Found<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: By the type invariants.
        unsafe { &mut self.entry.as_mut().value }
    }
}

/// What the owner of an entry has of it, while it is linked.
///
/// # Invariants
///
/// `entry` is valid for `'s`, and of the queue that `lock` guards, linked or not. `guard` is of
/// `lock`. The lifetime is invariant, so that no two of these can be swapped.
pub(super) struct Linked<'s, T: Member> {
    entry: *mut Entry<T>,
    lock: &'s Mutex<State>,
    guard: Option<MutexGuard<'s, State>>,
    _invariant: PhantomData<fn(&'s ()) -> &'s ()>,
}

impl<T: Member> Linked<'_, T> {
    /// Calls `body` with an entry for the current task linked to the queue that `guard` guards.
    ///
    /// The lock is held when `body` is called, and when it returns. Afterwards it has been
    /// released.
    pub(super) fn scope<R>(
        guard: MutexGuard<'_, State>,
        task: &CurrentTask,
        id: u64,
        value: T,
        body: impl for<'s> FnOnce(&mut Linked<'s, T>) -> R,
    ) -> R {
        pin_init::stack_pin_init!(let ready = Completion::new());

        let lock = guard.lock_ref();
        let entry = UnsafeCell::new(Entry {
            tree: bindings::rb_node::default(),
            id,
            older: ptr::null_mut(),
            younger: ptr::null_mut(),
            waiting: false,
            linked: false,
            owner: NonNull::from(&**task),
            ready: NonNull::from(&*ready),
            value,
        });

        // INVARIANT: The entry is valid until the end of this function, and linked to the queue
        // that `lock` guards below.
        let mut linked = Linked {
            entry: entry.get(),
            lock,
            guard: Some(guard),
            _invariant: PhantomData,
        };

        // SAFETY: The entry is valid until the end of this function, before which it is taken out.
        unsafe { T::queue(linked.state()).link(entry.get(), T::WAITS) };

        let result = body(&mut linked);

        // SAFETY: The entry is valid, not borrowed any more, and of this queue.
        unsafe { T::queue(linked.state()).unlink(entry.get()) };

        // What the entry holds is dropped without the lock.
        drop(linked);
        drop(entry.into_inner());
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
        unsafe { &mut (*self.entry).value }
    }

    /// Releases the lock, waits to be woken, and takes the lock again. Sleeps.
    ///
    /// # Errors
    ///
    /// `ERESTARTSYS` if a signal arrived first; with `killable` only fatal ones count.
    pub(super) fn wait(&mut self, killable: bool) -> Result {
        self.guard = None;

        // SAFETY: The completion is valid as long as the entry, and others change neither it nor
        // which one it is.
        let ready = unsafe { (*self.entry).ready.as_ref() };
        let woken = if killable {
            ready.wait_killable()
        } else {
            ready.wait_interruptible()
        };

        self.guard = Some(self.lock.lock());
        woken
    }
}
