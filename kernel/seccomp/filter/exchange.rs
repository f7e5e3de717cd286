// SPDX-License-Identifier: GPL-2.0

//! One filter for many threads, in exchange for what they have.
//!
//! Threads of a process tend to have the same filter. Its place on the chain is looked up once for
//! all in a row that have it, and what they hold is counted once. What all get in return is counted
//! once as well.

#![deny(unsafe_code)]

use kernel::{
    prelude::*,
    warn_on, //
};

use super::{
    Filter,
    FilterUser, //
};

use core::{
    mem,
    ptr, //
};

/// The filters of a chain. Remembers the one that was found last.
pub(crate) struct Ancestors<'a> {
    top: Option<&'a Filter>,
    /// Compared, never followed. It is on the chain, which keeps it as long as `top` is borrowed,
    /// so that no other filter has its address.
    found: *const Filter,
}

impl<'a> Ancestors<'a> {
    /// Those of `top`, itself included.
    pub(crate) fn of(top: Option<&'a Filter>) -> Self {
        Self {
            top,
            found: ptr::null(),
        }
    }

    /// Whether `filter` is one of them. Nothing is below everything.
    #[inline(always)]
    pub(crate) fn include(&mut self, filter: Option<&Filter>) -> bool {
        filter.map_or(ptr::null(), ptr::from_ref) == self.found || self.find(filter)
    }

    #[inline(never)]
    fn find(&mut self, filter: Option<&Filter>) -> bool {
        let Some(filter) = filter else {
            return true;
        };
        let found = self.top.is_some_and(|top| top.descends_from(Some(filter)));

        if found {
            self.found = filter;
        }
        found
    }
}

/// Shares in a filter, to be exchanged for shares in filters that it is on top of.
///
/// # Invariants
///
/// Owns `left` of `given`'s `refs` and as many of its `users`. If there is a `taken`, `given` is on
/// top of it, and `more` of each of its counts are owned besides those of the object.
pub(crate) struct Exchange<'a> {
    given: &'a FilterUser,
    left: u32,
    taken: Option<FilterUser>,
    more: u32,
}

impl<'a> Exchange<'a> {
    /// For about `shares` threads.
    pub(crate) fn new(given: &'a FilterUser, shares: u32) -> Self {
        given.refs.add(shares);
        given.users.add(shares);

        // INVARIANT: By the additions; nothing is taken yet.
        Self {
            given,
            left: shares,
            taken: None,
            more: 0,
        }
    }

    /// Takes a thread's share in its filter, if it has any, and gives one in the new filter.
    ///
    /// # Errors
    ///
    /// What was offered, if the new filter is not on top of it.
    // In a loop over threads, with interrupts off.
    #[inline(always)]
    pub(crate) fn swap(
        &mut self,
        offered: Option<FilterUser>,
    ) -> Result<FilterUser, Option<FilterUser>> {
        let same = offered.as_ref().map(|user| user.0) == self.taken.as_ref().map(|user| user.0);

        if same {
            // INVARIANT: The counts of the object are ours, if there is one.
            self.more = self.more.wrapping_add(1);
            mem::forget(offered);
        } else {
            self.take(offered)?;
        }
        Ok(self.give())
    }

    /// Takes a share in another filter than before.
    #[inline(never)]
    fn take(&mut self, offered: Option<FilterUser>) -> Result<(), Option<FilterUser>> {
        if !self.given.descends_from(offered.as_deref()) {
            return Err(offered);
        }
        // INVARIANT: As has just been found.
        self.settle(offered);
        Ok(())
    }

    #[inline(always)]
    fn give(&mut self) -> FilterUser {
        match self.left.checked_sub(1) {
            Some(left) => {
                // INVARIANT: One of ours of each count is the object's.
                self.left = left;
                FilterUser(self.given.0)
            }
            None => self.given.clone(),
        }
    }

    /// Lets go of what was taken before `next`. It is not the end of it, as the new filter is on
    /// top.
    #[inline]
    fn settle(&mut self, next: Option<FilterUser>) {
        let more = mem::take(&mut self.more);

        if let Some(taken) = mem::replace(&mut self.taken, next) {
            let_go(&taken, more.wrapping_add(1));
            // Its own counts were among those.
            mem::forget(taken);
        }
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        self.settle(None);
        if self.left != 0 {
            let_go(self.given, self.left);
        }
    }
}

/// Drops `shares` in the filter that `user` is a share in, of which others are left.
#[inline(never)]
fn let_go(user: &FilterUser, shares: u32) {
    warn_on!(user.users.sub_and_test(shares));
    warn_on!(user.refs.sub_and_test(shares));
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_exchange)]
mod tests {
    use super::{
        super::tests::counts,
        *, //
    };
    use crate::testing::{
        ensure,
        ret,
        Programs, //
    };

    /// TSYNC replaces a filter by a descendant of it alone, whatever was found before.
    #[test]
    fn ancestors() -> Result {
        let programs = Programs::new()?;
        let root = programs.attach(&[ret(0)], None)?;
        let left = programs.attach(&[ret(0)], Some(root.clone()))?;
        let tip = programs.attach(&[ret(0)], Some(left.clone()))?;
        let right = programs.attach(&[ret(0)], Some(root.clone()))?;
        let all = [None, Some(&*root), Some(&*left), Some(&*tip), Some(&*right)];

        for (i, top) in all.into_iter().enumerate() {
            for (j, first) in all.into_iter().enumerate() {
                for (k, second) in all.into_iter().enumerate() {
                    let mut ancestors = Ancestors::of(top);

                    for (step, filter) in [first, first, second, first].into_iter().enumerate() {
                        let expected = match (top, filter) {
                            (_, None) => true,
                            (None, Some(_)) => false,
                            (Some(top), filter) => top.descends_from(filter),
                        };

                        ensure!(
                            ancestors.include(filter) == expected,
                            "{i}: {j}, {k}, step {step}"
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// Each thread counts once for what it has: not for what it had, and not for what others could
    /// have had.
    #[test]
    fn counted() -> Result {
        let programs = Programs::new()?;
        let root = programs.attach(&[ret(0)], None)?;
        let left = programs.attach(&[ret(0)], Some(root.clone()))?;
        let tip = programs.attach(&[ret(0)], Some(left.clone()))?;
        let right = programs.attach(&[ret(0)], Some(root.clone()))?;

        // With shares to spare, just enough, and too few.
        for shares in [0, 1, 7, 9] {
            let mut had = KVec::new();

            for filter in [
                None,
                Some(&root),
                Some(&root),
                Some(&left),
                Some(&root),
                Some(&tip),
                None,
            ] {
                had.push(filter.cloned(), GFP_KERNEL)?;
            }

            ensure!(counts(&root) == (6, 6), "{shares}: root before");
            ensure!(counts(&left) == (3, 3), "{shares}: left before");
            ensure!(counts(&tip) == (2, 2), "{shares}: tip before");

            let mut exchange = Exchange::new(&tip, shares);
            let mut has = KVec::new();

            for offered in had {
                let Ok(user) = exchange.swap(offered) else {
                    return Err(EINVAL);
                };

                has.push(user, GFP_KERNEL)?;
            }
            drop(exchange);

            ensure!(counts(&root) == (3, 3), "{shares}: root after");
            ensure!(counts(&left) == (2, 2), "{shares}: left after");
            ensure!(counts(&tip) == (8, 8), "{shares}: tip after");
            drop(has);
            ensure!(counts(&tip) == (1, 1), "{shares}: tip in the end");
        }
        ensure!(counts(&right) == (1, 1), "nobody had that one");
        Ok(())
    }

    /// Who has a filter that is not below keeps it, and its count.
    #[test]
    fn refused() -> Result {
        let programs = Programs::new()?;
        let root = programs.attach(&[ret(0)], None)?;
        let left = programs.attach(&[ret(0)], Some(root.clone()))?;
        let right = programs.attach(&[ret(0)], Some(root.clone()))?;
        let mut exchange = Exchange::new(&left, 3);

        for _ in 0..2 {
            match exchange.swap(Some(right.clone())) {
                Err(Some(user)) => ensure!(ptr::eq(&*user, &*right), "given back"),
                _ => return Err(EINVAL),
            }
        }
        drop(exchange);
        ensure!(counts(&left) == (1, 1), "nobody has got it");
        ensure!(counts(&right) == (1, 1), "it was given back");
        ensure!(counts(&root) == (3, 3), "below both");
        Ok(())
    }
}
