// SPDX-License-Identifier: GPL-2.0

//! Sets of the calls of a table: one bit for each.

use kernel::{
    bindings,
    nospec::array_index_nospec,
    prelude::*, //
};

/// Calls of the native table.
pub(crate) const NATIVE_CALLS: usize = bindings::SECCOMP_NATIVE_CALLS as usize;
/// Calls of the compat table; none where there is no such table.
pub(crate) const COMPAT_CALLS: usize = bindings::SECCOMP_COMPAT_CALLS as usize;

const WORD_BITS: usize = usize::BITS as usize;

/// One bit for each call of a table. Bits beyond the table are never set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallBits<const CALLS: usize, const WORDS: usize>([usize; WORDS]);

/// Bits of the native table.
pub(crate) type NativeBits = CallBits<NATIVE_CALLS, { NATIVE_CALLS.div_ceil(WORD_BITS) }>;
/// Bits of the compat table.
pub(crate) type CompatBits = CallBits<COMPAT_CALLS, { COMPAT_CALLS.div_ceil(WORD_BITS) }>;

impl<const CALLS: usize, const WORDS: usize> CallBits<CALLS, WORDS> {
    /// No call at all.
    pub(crate) const NONE: Self = Self([0; WORDS]);

    /// One call; none if it is not in the table.
    pub(super) fn only(nr: usize) -> Self {
        let mut bits = Self::NONE;

        bits.put(nr);
        bits
    }

    /// Every call whose number is `first` or higher.
    pub(super) fn from(first: usize) -> Self {
        let mut bits = Self::NONE;
        let mut below = first;
        let mut left = CALLS;

        for word in &mut bits.0 {
            *word = low_ones(left) & !low_ones(below);
            below = below.saturating_sub(WORD_BITS);
            left = left.saturating_sub(WORD_BITS);
        }
        bits
    }

    /// Whether there is no call in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().fold(0, |any, word| any | word) == 0
    }

    /// The calls that are in both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.intersect(other);
        self
    }

    /// Calls `visit` with each number, the lowest first.
    pub(super) fn for_each(&self, mut visit: impl FnMut(u32)) {
        let mut first = 0u32;

        for word in &self.0 {
            let mut rest = *word;

            while rest != 0 {
                visit(first.wrapping_add(rest.trailing_zeros()));
                rest &= rest.wrapping_sub(1);
            }
            first = first.wrapping_add(usize::BITS);
        }
    }

    /// The calls that `wanted` says yes to.
    pub(super) fn filter(&self, mut wanted: impl FnMut(u32) -> bool) -> Self {
        let mut bits = Self::NONE;

        self.for_each(|nr| {
            if wanted(nr) {
                bits.put(nr as usize);
            }
        });
        bits
    }

    /// Adds a call, if it is in the table.
    pub(super) fn put(&mut self, nr: usize) {
        if nr < CALLS {
            if let Some(word) = self.0.get_mut(nr / WORD_BITS) {
                *word |= 1 << (nr % WORD_BITS);
            }
        }
    }

    /// Adds the calls of `other`.
    pub(super) fn add(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    /// Takes the calls of `other` out.
    pub(super) fn remove(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }

    /// Keeps the calls that `other` has too.
    pub(super) fn intersect(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    /// The bit of a call; no for what is not in the table. The index is safe under speculation.
    #[inline(always)]
    pub(crate) fn allows(&self, nr: c_int) -> bool {
        let Ok(index) = usize::try_from(nr) else {
            return false;
        };

        if index >= CALLS {
            return false;
        }

        let index = array_index_nospec(index, CALLS);

        self.0
            .get(index / WORD_BITS)
            .is_some_and(|word| (word >> (index % WORD_BITS)) & 1 != 0)
    }
}

/// A word whose `count` lowest bits are set.
fn low_ones(count: usize) -> usize {
    match u32::try_from(count) {
        Ok(count) => !usize::MAX.checked_shl(count).unwrap_or(0),
        Err(_) => usize::MAX,
    }
}
