// SPDX-License-Identifier: GPL-2.0

//! Containers of entries that stand on the stacks of sleeping tasks.
//!
//! A [`Queue`] finds an entry by its id, and the one that waits longest, without looking at the
//! others. It allocates nothing: an entry is part of a stack frame of the task that it is about;
//! see [`linked`](super::linked).
//!
//! # Why it is safe
//!
//! - *No entry outlives its frame.* The frame takes the entry out before it is left.
//! - *No two references to one entry.* An entry is reached through an exclusive borrow of the queue
//!   ([`Found`]), or through its owner's [`Linked`](super::linked::Linked), which lends out the
//!   queue instead of the entry or the entry instead of the queue. All of them borrow the guard of
//!   the lock that the queue is in. An entry that is [finished](Found::finish) is its owner's alone.
//! - *No queue is replaced.* A queue is pinned, and there is no way to make one but in place.
//!
//! # Locks
//!
//! All of an entry but its wake-ups is guarded by the lock of the [`State`](super::State) that
//! its queue is in.

use kernel::{
    bindings,
    prelude::*,
    sync::{
        aref::ARef,
        wake_up::WakeUp, //
    },
    task::Task, //
};

use core::{
    marker::PhantomPinned,
    ops::{
        Deref,
        DerefMut, //
    },
    ptr::{
        self,
        NonNull, //
    }, //
};

/// What an entry holds.
pub(super) trait Value: Sized {
    /// How the owner of such an entry is woken: once, by [`Found::finish`], or as often as need be,
    /// by [`Found::wake`].
    const WOKEN_ONCE: bool;
}

/// One entry, on the stack of its owner.
///
/// # Invariants
///
/// `tree` is the first field, so that a pointer to it is one to the entry. While `linked` is set
/// the entry is in a tree and in the list of its queue; `waiting` is not set without it. `owner` is
/// valid as long as the entry exists.
#[repr(C)]
pub(super) struct Entry<T> {
    tree: bindings::rb_node,
    id: u64,
    older: *mut Entry<T>,
    younger: *mut Entry<T>,
    waiting: bool,
    linked: bool,
    owner: NonNull<Task>,
    ready: WakeUp,
    value: T,
}

impl<T> Entry<T> {
    /// An entry that is in no queue yet.
    ///
    /// # Safety
    ///
    /// `owner` must be valid as long as the entry exists.
    #[inline]
    pub(super) unsafe fn new(id: u64, owner: NonNull<Task>, value: T) -> Self {
        // INVARIANT: By the safety requirements; it is not linked.
        Self {
            tree: bindings::rb_node {
                __rb_parent_color: 0,
                rb_right: ptr::null_mut(),
                rb_left: ptr::null_mut(),
            },
            id,
            older: ptr::null_mut(),
            younger: ptr::null_mut(),
            waiting: false,
            linked: false,
            owner,
            ready: WakeUp::new(),
            value,
        }
    }

    /// Where in an entry its value is.
    ///
    /// # Safety
    ///
    /// `this` must be a valid entry.
    pub(super) unsafe fn value_ptr(this: *mut Self) -> *mut T {
        // SAFETY: By the safety requirements.
        unsafe { &raw mut (*this).value }
    }

    /// Where in an entry its wake-ups are.
    ///
    /// # Safety
    ///
    /// `this` must be a valid entry.
    pub(super) unsafe fn ready_ptr(this: *mut Self) -> *const WakeUp {
        // SAFETY: By the safety requirements.
        unsafe { &raw const (*this).ready }
    }

    /// What the entry held.
    pub(super) fn into_value(self) -> T {
        self.value
    }
}

/// How many trees a queue has. Ids follow one another, so that each gets its share of the entries.
const TREES: usize = u64::BITS as usize;

/// A queue; see the [module](self).
///
/// # Invariants
///
/// `roots` are red-black trees of entries, by id; of entries with one id the younger come first. An
/// entry is in the one that [`Queue::root`] says. `oldest` and `youngest` are the ends of a list of
/// all entries, by age, and `first_waiting` is the oldest of those in it that are waiting. All of the
/// entries are valid.
#[pin_data]
pub(super) struct Queue<T> {
    roots: [bindings::rb_root; TREES],
    oldest: *mut Entry<T>,
    youngest: *mut Entry<T>,
    first_waiting: *mut Entry<T>,
    #[pin]
    _pin: PhantomPinned,
}

// SAFETY: The entries may be used by any task that holds the lock, if what they hold may be.
unsafe impl<T: Send> Send for Queue<T> {}

impl<T: Value> Queue<T> {
    /// An empty queue.
    pub(super) fn new() -> impl PinInit<Self> {
        // INVARIANT: There are no entries.
        pin_init!(Self {
            roots: [bindings::rb_root {
                rb_node: ptr::null_mut(),
            }; TREES],
            oldest: ptr::null_mut(),
            youngest: ptr::null_mut(),
            first_waiting: ptr::null_mut(),
            _pin: PhantomPinned,
        })
    }

    /// The tree for an id.
    #[inline]
    fn root(&mut self, id: u64) -> *mut bindings::rb_root {
        self.roots.as_mut_ptr().wrapping_add(id as usize % TREES)
    }

    /// Whether an entry waits.
    #[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
    pub(super) fn has_waiting(&self) -> bool {
        !self.first_waiting.is_null()
    }

    /// The entry that waits longest.
    pub(super) fn oldest_waiting(self: Pin<&mut Self>) -> Option<Found<'_, T>> {
        let oldest = self.first_waiting;

        // SAFETY: Null, or in the queue by the type invariants.
        unsafe { Found::new(oldest, self) }
    }

    /// The entry with the id; of several the youngest.
    pub(super) fn find(self: Pin<&mut Self>, id: u64) -> Option<Found<'_, T>> {
        // SAFETY: Nothing is moved.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: A tree of the queue.
        let mut next = unsafe { (*this.root(id)).rb_node }.cast::<Entry<T>>();
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

        // SAFETY: Null, or found in the queue, which stays pinned.
        unsafe { Found::new(found, Pin::new_unchecked(this)) }
    }

    /// Calls `f` for each entry, the oldest first.
    pub(super) fn for_each(mut self: Pin<&mut Self>, mut f: impl FnMut(Found<'_, T>)) {
        let mut next = self.oldest;

        while !next.is_null() {
            let entry = next;

            // SAFETY: An entry of the list; `f` gets at it only after we have the next, and can take
            // no other out. Nobody leaves while the queue is borrowed.
            next = unsafe { (*entry).younger };
            // SAFETY: The entry is in the queue.
            if let Some(found) = unsafe { Found::new(entry, self.as_mut()) } {
                f(found);
            }
        }
    }

    /// Puts an entry in, as the youngest.
    ///
    /// # Safety
    ///
    /// The entry must be valid until it is taken out, not linked, and not referred to elsewhere.
    pub(super) unsafe fn link(self: Pin<&mut Self>, entry: *mut Entry<T>, waits: bool) {
        // SAFETY: Nothing is moved.
        let this = unsafe { self.get_unchecked_mut() };
        let mut parent = ptr::null_mut::<bindings::rb_node>();

        // SAFETY: The nodes of the tree are entries, `entry` is one by the safety requirements, and
        // none of them is borrowed. What comes first in a full search for a place keeps the order.
        //
        // INVARIANT: Linked by id, before those with the same id, and at the end of the list.
        unsafe {
            let root = this.root((*entry).id);
            let mut place = &raw mut (*root).rb_node;

            while !(*place).is_null() {
                parent = *place;
                place = if (*entry).id > (*parent.cast::<Entry<T>>()).id {
                    &raw mut (*parent).rb_right
                } else {
                    &raw mut (*parent).rb_left
                };
            }
            bindings::rb_link_node(entry.cast(), parent, place);
            bindings::rb_insert_color(entry.cast(), root);

            (*entry).older = this.youngest;
            (*entry).younger = ptr::null_mut();
            this.set_neighbours(this.youngest, ptr::null_mut(), entry, entry);
            (*entry).linked = true;

            (*entry).waiting = waits;
            if waits && this.first_waiting.is_null() {
                this.first_waiting = entry;
            }
        }
    }

    /// Takes an entry out. Does nothing if it is out already.
    ///
    /// # Safety
    ///
    /// The entry must be valid, not borrowed, and of this queue.
    pub(super) unsafe fn unlink(self: Pin<&mut Self>, entry: *mut Entry<T>) {
        // SAFETY: Nothing is moved.
        let this = unsafe { self.get_unchecked_mut() };

        // SAFETY: By the safety requirements; a linked entry is in the tree for its id.
        unsafe {
            if !(*entry).linked {
                return;
            }
            this.stop_waiting(entry);

            let (older, younger) = ((*entry).older, (*entry).younger);

            this.set_neighbours(older, younger, younger, older);
            bindings::rb_erase(entry.cast(), this.root((*entry).id));
            (*entry).linked = false;
        }
    }

    /// Has an entry wait again.
    ///
    /// # Safety
    ///
    /// The entry must be valid, linked to this queue, and not borrowed.
    unsafe fn start_waiting(&mut self, entry: *mut Entry<T>) {
        // SAFETY: By the safety requirements; the list consists of entries that are not borrowed.
        //
        // INVARIANT: Entries that wait again have ids that were given out in order, and that may
        // have wrapped since.
        unsafe {
            (*entry).waiting = true;
            if self.first_waiting.is_null() || is_older((*entry).id, (*self.first_waiting).id) {
                self.first_waiting = entry;
            }
        }
    }

    /// Has an entry wait no more. Does nothing if it does not.
    ///
    /// # Safety
    ///
    /// As for [`start_waiting`](Self::start_waiting).
    unsafe fn stop_waiting(&mut self, entry: *mut Entry<T>) {
        // SAFETY: As in `start_waiting`.
        //
        // INVARIANT: Whoever waits is younger than the oldest that did. What is received is the
        // oldest, so that the next one waits as well, unless an older one was put back.
        unsafe {
            (*entry).waiting = false;
            if self.first_waiting != entry {
                return;
            }
            while !self.first_waiting.is_null() && !(*self.first_waiting).waiting {
                self.first_waiting = (*self.first_waiting).younger;
            }
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

impl<'q, T: Value> Found<'q, T> {
    /// # Safety
    ///
    /// `entry` must be null, or in the queue.
    unsafe fn new(entry: *mut Entry<T>, queue: Pin<&'q mut Queue<T>>) -> Option<Self> {
        // INVARIANT: What is in the queue is valid by its type invariants.
        NonNull::new(entry).map(|entry| Self { entry, queue })
    }

    fn ready(&self) -> &WakeUp {
        // SAFETY: By the type invariants.
        unsafe { &(*self.entry.as_ptr()).ready }
    }

    /// The entry's id.
    pub(super) fn id(&self) -> u64 {
        // SAFETY: By the type invariants.
        unsafe { (*self.entry.as_ptr()).id }
    }

    /// The task that the entry is about.
    pub(super) fn task(&self) -> &Task {
        // SAFETY: By the type invariants, and those of `Entry`.
        unsafe { (*self.entry.as_ptr()).owner.as_ref() }
    }

    /// Wakes the entry's owner; if it does not sleep, it will not fall asleep the next time.
    pub(super) fn wake(&self) {
        const { assert!(!T::WOKEN_ONCE) };
        self.ready().send(self.task());
    }

    /// As [`wake`](Self::wake), to run on this CPU, since the caller is about to sleep.
    pub(super) fn wake_on_current_cpu(&self) {
        const { assert!(!T::WOKEN_ONCE) };
        self.ready().send_on_current_cpu(self.task());
    }

    /// Takes the entry out of the queue, and lets its owner go. To count the wake-up is the last
    /// that is done to the entry: the owner needs no lock to leave, and may be gone when it is woken.
    pub(super) fn finish(mut self) {
        const { assert!(T::WOKEN_ONCE) };
        let owner = ARef::from(self.task());

        self.unlink();
        // SAFETY: The entry is valid until its owner has waited for this.
        unsafe { WakeUp::send_last(Entry::ready_ptr(self.entry.as_ptr()), &owner) };
    }

    fn unlink(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { self.queue.as_mut().unlink(self.entry.as_ptr()) };
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
        // SAFETY: By the type invariants; nothing is moved.
        unsafe {
            if (*self.entry.as_ptr()).linked {
                self.queue
                    .as_mut()
                    .get_unchecked_mut()
                    .start_waiting(self.entry.as_ptr());
            }
        }
    }
}

impl<T> Deref for Found<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: By the type invariants.
        unsafe { &(*self.entry.as_ptr()).value }
    }
}

impl<T> DerefMut for Found<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: By the type invariants.
        unsafe { &mut (*self.entry.as_ptr()).value }
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod tests;
