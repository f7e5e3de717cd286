// SPDX-License-Identifier: GPL-2.0

//! Filters, and the tree that they form.
//!
//! Each task points at the filter that it installed or inherited last, and each filter at the one
//! that was in force when it was installed. Tasks share filters through `fork(2)` and thread
//! synchronisation: seen from a task there is a chain, seen from above a tree that is linked from
//! the leaves to the root. A filter never changes once a task points at it.
//!
//! # Two counts
//!
//! `refs` keeps the memory: one for each task that points at the filter, one for the filters that
//! were installed on top of it, one for each reader that looks at it for a while.
//!
//! `users` says whether a task can still run into the filter: the same, less the readers. When it
//! drops to zero no task ever will again, the listener is told, and the filter's hold on its parent
//! as a user ends with it.
//!
//! [`FilterRef`] holds the first alone, [`FilterUser`] both. Both ends are loops: a chain holds up
//! to 3,641 filters, too many for drops that recurse.
//!
//! # Locks
//!
//! None. `refs` and `users` are atomic, all else is constant while the filter is shared.

use kernel::{
    alloc::flags::__GFP_NOWARN,
    bindings,
    bpf::{
        Pinned,
        UserProgram, //
    },
    prelude::*,
    sync::{
        Arc,
        Refcount, //
    }, //
};

use crate::{
    abi::SeccompData,
    action::Verdict,
    cache::{
        CompatBits,
        Known,
        NativeBits,
        NativeSpot,
        NATIVE_CALLS, //
    },
    check::FilterProgram,
    flags::FilterFlags,
    notify::Listener, //
};

use core::{
    mem::{
        self,
        size_of, //
    },
    ops::Deref,
    ptr::{
        self,
        NonNull, //
    }, //
};

mod exchange;

pub(crate) use exchange::{
    Ancestors,
    Exchange, //
};

/// What a chain of filters may add up to: 256 KiB of instructions.
const MAX_PATH: u32 = (1 << 18) / 8;

/// What a filter costs besides its instructions.
const PATH_PENALTY: u32 = 4;

/// One filter.
///
/// # Invariants
///
/// `prev` is [`None`] or points at a filter of whose `refs` this one owns one, and one of whose
/// `users` as well, as long as its own `users` are above zero.
///
/// `skip` is [`None`] or points at a filter that `prev` leads to. Every filter on the way there
/// allows, on its own, all native calls that this one does.
pub(crate) struct Filter {
    refs: Refcount,
    users: Refcount,
    log: bool,
    /// Whether this filter or one that it is on top of was given a listener.
    path_has_listener: bool,
    /// Instructions and penalties from here to the root.
    path: u32,
    /// What this filter and the chain from here to the root say whatever the arguments are.
    known: Known,
    prev: Option<NonNull<Filter>>,
    skip: Option<NonNull<Filter>>,
    program: FilterProgram,
    listener: Option<Arc<Listener>>,
}

/// How many filters, or runs of them that allow no less, are looked at to find `skip`. That is done
/// under a spinning lock.
const SKIP_STEPS: usize = 16;

// There may be thousands of filters. They cost no more than those of C, whose listener's lock and
// wait queue are part of the filter, and one more bitmap.
const _: () = {
    let in_c = size_of::<(
        [Refcount; 2],
        [bool; 2],
        [NativeBits; 1],
        CompatBits,
        [usize; 3],
        bindings::mutex,
        bindings::wait_queue_head,
    )>();

    assert!(size_of::<Filter>() <= in_c + size_of::<NativeBits>());
    // One of the sizes in which memory is handed out; the next is twice as much.
    assert!(cfg!(not(CONFIG_X86_64)) || size_of::<Filter>() <= 256);
};

// SAFETY: All that a filter holds may be used and freed by any task.
unsafe impl Send for Filter {}

// SAFETY: The counts are atomic, and a shared filter does not change else.
unsafe impl Sync for Filter {}

impl Filter {
    /// Makes a filter out of a program in user memory. May sleep.
    ///
    /// # Errors
    ///
    /// `EINVAL`, `EFAULT`, `ENOMEM` as [`FilterProgram::from_user`] says.
    pub(crate) fn prepare(program: &UserProgram, flags: FilterFlags) -> Result<Prepared> {
        // The cache is worked out from the instructions as user space gave them, and
        // checkpointing reads them.
        const KEEP: bool = cfg!(CONFIG_CHECKPOINT_RESTORE) || NATIVE_CALLS != 0;

        // The memory first, as its contents are of no use without.
        let memory = KBox::<Filter>::new_uninit(GFP_KERNEL | __GFP_NOWARN)?;
        let program = FilterProgram::from_user(program, KEEP)?;
        let known = program.original().map_or(Known::NOTHING, Known::by_program);
        let path = u32::try_from(program.len())?;

        // INVARIANT: There is no parent yet, and nothing to skip.
        Ok(Prepared(memory.write(Filter {
            refs: Refcount::new(1),
            users: Refcount::new(1),
            log: flags.log(),
            path_has_listener: false,
            path,
            known,
            prev: None,
            skip: None,
            program,
            listener: None,
        })))
    }

    /// Runs the program.
    #[inline]
    pub(crate) fn run(&self, data: &SeccompData, pinned: &Pinned) -> Verdict {
        Verdict::from_raw(self.program.run_pinned(data, pinned))
    }

    /// Whether everything that the filter does not allow is to be logged.
    #[inline]
    pub(crate) fn logs(&self) -> bool {
        self.log
    }

    /// What is known of calls whatever their arguments are.
    #[inline]
    pub(crate) fn known(&self) -> &Known {
        &self.known
    }

    /// The program, for those who read it.
    #[cfg(CONFIG_CHECKPOINT_RESTORE)]
    pub(crate) fn program(&self) -> &FilterProgram {
        &self.program
    }

    /// Who is notified of what the filter does not decide itself.
    #[inline]
    pub(crate) fn listener(&self) -> Option<&Arc<Listener>> {
        self.listener.as_ref()
    }

    /// Whether this filter, or one that it is on top of, has a listener that is still open.
    pub(crate) fn path_has_open_listener(&self) -> bool {
        self.path_has_listener
            && self
                .lineage()
                .filter_map(Filter::listener)
                .any(|listener| !listener.is_closed())
    }

    /// This filter, its parent, and so on to the root.
    #[inline]
    pub(crate) fn lineage(&self) -> Lineage<'_> {
        Lineage { next: Some(self) }
    }

    /// Whether `parent` is this filter or one that it is on top of. Nothing is below everything.
    pub(crate) fn descends_from(&self, parent: Option<&Filter>) -> bool {
        match parent {
            None => true,
            Some(parent) => self.lineage().any(|filter| ptr::eq(filter, parent)),
        }
    }

    /// The filter that this one is on top of.
    #[inline]
    pub(crate) fn prev(&self) -> Option<&Filter> {
        // SAFETY: By the type invariants `self` holds a reference to it, and `prev` never changes
        // while the filter is shared.
        self.prev.map(|prev| unsafe { prev.as_ref() })
    }

    /// The nearest one below that may not allow, on its own, all native calls that this one does.
    #[inline]
    fn skip(&self) -> Option<&Filter> {
        // SAFETY: By the type invariants `prev` leads to it, by filters that each hold a reference
        // to the next. `skip` never changes while the filter is shared.
        self.skip.map(|skip| unsafe { skip.as_ref() })
    }

    /// The newest filter, from here to the root, that does not just allow a native call; none if
    /// the chain allows it.
    #[inline(always)]
    pub(crate) fn first_to_object(&self, spot: NativeSpot) -> Option<&Filter> {
        let mut at = self;

        while at.known.passes(spot) {
            if at.known.settles(spot) {
                return None;
            }
            at = at.skip()?;
        }
        Some(at)
    }
}

/// Iterator over a chain; see [`Filter::lineage`].
pub(crate) struct Lineage<'a> {
    next: Option<&'a Filter>,
}

impl<'a> Iterator for Lineage<'a> {
    type Item = &'a Filter;

    #[inline]
    fn next(&mut self) -> Option<&'a Filter> {
        let filter = self.next?;

        self.next = filter.prev();
        Some(filter)
    }

    fn count(self) -> usize {
        // A chain is limited; the default has a check for overflow.
        self.fold(0, |count: usize, _| count.wrapping_add(1))
    }
}

/// A filter that no task points at yet. Dropping it leaves nothing behind.
pub(crate) struct Prepared(KBox<Filter>);

impl Prepared {
    /// Has the filter notify `listener`.
    pub(crate) fn set_listener(&mut self, listener: Arc<Listener>) {
        self.0.path_has_listener = true;
        self.0.listener = Some(listener);
    }

    /// Whether the filter has a listener.
    pub(crate) fn has_listener(&self) -> bool {
        self.0.listener.is_some()
    }

    /// Checks that the chain would not be too long on top of `parent`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if it would.
    pub(crate) fn check_path(&self, parent: Option<&Filter>) -> Result {
        let below = parent.map_or(0, |parent| parent.path.saturating_add(PATH_PENALTY));

        if self.0.path.saturating_add(below) > MAX_PATH {
            return Err(ENOMEM);
        }
        Ok(())
    }

    /// Puts the filter on top of `parent`.
    pub(crate) fn attach(self, parent: Option<FilterUser>) -> FilterUser {
        let mut filter = self.0;

        if let Some(parent) = parent {
            let below = parent.path.saturating_add(PATH_PENALTY);

            filter.path = filter.path.saturating_add(below);
            filter.path_has_listener |= parent.path_has_listener;
            // INVARIANT: The walk begins at the parent, and leaves behind only what allows no less.
            filter.skip = skip_from(&parent, &filter.known);
            filter.known.put_on(&parent.known);
            // INVARIANT: The parent's two counts are ours, as `users` of the filter is one.
            filter.prev = Some(parent.into_raw());
        }

        // INVARIANT: Both counts are one, and they are the new object's.
        FilterUser(NonNull::from(KBox::leak(filter)))
    }
}

/// Finds where `skip` of a filter points to that is put on top of `parent`.
fn skip_from(parent: &Filter, known: &Known) -> Option<NonNull<Filter>> {
    let mut next = Some(parent);

    for _ in 0..SKIP_STEPS {
        match next {
            Some(filter) if filter.known.passes_all_of(known) => next = filter.skip(),
            _ => break,
        }
    }
    next.map(NonNull::from)
}

/// Keeps a filter's memory.
///
/// # Invariants
///
/// Owns one of the filter's `refs`.
#[cfg(any(CONFIG_CHECKPOINT_RESTORE, CONFIG_SECCOMP_CACHE_DEBUG))]
pub(crate) struct FilterRef(NonNull<Filter>);

#[cfg(CONFIG_CHECKPOINT_RESTORE)]
impl FilterRef {
    /// The filter that is `depth` steps nearer to the root.
    pub(crate) fn ancestor(&self, depth: usize) -> Option<Self> {
        let mut at = self.0;

        for _ in 0..depth {
            // SAFETY: `self` keeps the whole chain.
            at = unsafe { at.as_ref() }.prev?;
        }

        // SAFETY: As above.
        unsafe { at.as_ref() }.refs.inc();
        // INVARIANT: By the increment. The pointer is the one that owns the filter, not made of a
        // reference, so that whoever is the last may free it.
        Some(Self(at))
    }
}

#[cfg(any(CONFIG_CHECKPOINT_RESTORE, CONFIG_SECCOMP_CACHE_DEBUG))]
impl Deref for FilterRef {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        // SAFETY: By the type invariants.
        unsafe { self.0.as_ref() }
    }
}

#[cfg(any(CONFIG_CHECKPOINT_RESTORE, CONFIG_SECCOMP_CACHE_DEBUG))]
impl Drop for FilterRef {
    fn drop(&mut self) {
        // SAFETY: By the type invariants; the reference ends here.
        unsafe { put(self.0) };
    }
}

/// Keeps a filter's memory, and keeps the filter in use.
///
/// # Invariants
///
/// Owns one of the filter's `refs` and one of its `users`.
pub(crate) struct FilterUser(NonNull<Filter>);

// SAFETY: The counts may be dropped by any task.
unsafe impl Send for FilterUser {}

impl FilterUser {
    /// Gives up the object, but not its two counts.
    pub(crate) fn into_raw(self) -> NonNull<Filter> {
        let filter = self.0;

        mem::forget(self);
        filter
    }

    /// The opposite of [`into_raw`](Self::into_raw).
    ///
    /// # Safety
    ///
    /// The caller must own one of the filter's `refs` and one of its `users`, and hands both over.
    pub(crate) unsafe fn from_raw(filter: NonNull<Filter>) -> Self {
        // INVARIANT: By the safety requirements.
        Self(filter)
    }

    /// A reference to the filter that does not keep it in use.
    #[cfg(any(CONFIG_CHECKPOINT_RESTORE, CONFIG_SECCOMP_CACHE_DEBUG))]
    pub(crate) fn reader(&self) -> FilterRef {
        self.refs.inc();
        // INVARIANT: By the increment.
        FilterRef(self.0)
    }
}

impl Clone for FilterUser {
    fn clone(&self) -> Self {
        self.refs.inc();
        self.users.inc();
        // INVARIANT: By the increments; neither count was zero, as `self` holds one of each.
        Self(self.0)
    }
}

impl Deref for FilterUser {
    type Target = Filter;

    #[inline]
    fn deref(&self) -> &Filter {
        // SAFETY: By the type invariants.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for FilterUser {
    fn drop(&mut self) {
        let mut next = Some(&**self);

        while let Some(filter) = next {
            if !filter.users.dec_and_test() {
                break;
            }
            if let Some(listener) = &filter.listener {
                listener.orphan();
            }
            // The filter's own hold on its parent ends now, by the invariant of `Filter`.
            next = filter.prev();
        }

        // SAFETY: By the type invariants; the reference ends here.
        unsafe { put(self.0) };
    }
}

/// Drops one of the filter's `refs`, and frees what nobody refers to any more.
///
/// # Safety
///
/// The caller must own the reference, and does not any more afterwards.
unsafe fn put(filter: NonNull<Filter>) {
    let mut next = Some(filter);

    while let Some(filter) = next {
        // SAFETY: The reference that is being dropped keeps the filter so far.
        if !unsafe { filter.as_ref() }.refs.dec_and_test() {
            break;
        }

        // SAFETY: That was the last reference, and `attach` has leaked a box.
        let filter = unsafe { KBox::from_raw(filter.as_ptr()) };

        // The filter's own reference to its parent.
        next = filter.prev;
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod tests;
