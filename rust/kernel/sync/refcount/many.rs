// SPDX-License-Identifier: GPL-2.0

//! Counting several references at once.

use super::Refcount;
use crate::bindings;

/// What C calls a number of references. One that is too large saturates the count, as it would be
/// if they were counted one by one.
fn to_c(references: u32) -> i32 {
    i32::try_from(references).unwrap_or(i32::MAX)
}

impl Refcount {
    /// Counts `references` more, as so many calls of [`inc`](Self::inc) do.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::sync::Refcount;
    ///
    /// let count = Refcount::new(1);
    ///
    /// count.add(4);
    /// assert!(!count.sub_and_test(3));
    /// assert!(count.sub_and_test(2));
    /// ```
    #[doc(alias = "refcount_add")]
    #[inline]
    pub fn add(&self, references: u32) {
        // SAFETY: `self` is valid.
        unsafe { bindings::refcount_add(to_c(references), self.as_ptr()) };
    }

    /// Takes `references` off the count and tests whether it is 0, ordered as
    /// [`dec_and_test`](Self::dec_and_test) is.
    #[doc(alias = "refcount_sub_and_test")]
    #[inline]
    #[must_use = "whoever drops the last reference has to free what it refers to"]
    pub fn sub_and_test(&self, references: u32) -> bool {
        // SAFETY: `self` is valid.
        unsafe { bindings::refcount_sub_and_test(to_c(references), self.as_ptr()) }
    }
}
