// SPDX-License-Identifier: GPL-2.0

//! Sets of the calls of a table: one bit for each.

#![deny(unsafe_code)]

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
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
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

    /// How many calls there are in it.
    pub(super) fn count(&self) -> u32 {
        self.0
            .iter()
            .fold(0, |count: u32, word| count.wrapping_add(word.count_ones()))
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

    /// Whether all calls of `other` are in it.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.and(other) == *other
    }

    /// The bit of a call. It is none for what is not in the table, and safe under speculation.
    #[inline(always)]
    pub(crate) fn spot(nr: c_int) -> Spot<CALLS, WORDS> {
        let index = match usize::try_from(nr) {
            Ok(index) if index < CALLS => index,
            _ => return Spot::NONE,
        };
        let index = array_index_nospec(index, CALLS);

        Spot {
            // The remainder tells the compiler what it cannot see, and costs less than a
            // comparison with each of many tables.
            word: index / WORD_BITS % if WORDS == 0 { 1 } else { WORDS },
            mask: 1 << (index % WORD_BITS),
        }
    }

    /// Whether the bit is set.
    #[inline(always)]
    pub(crate) fn has(&self, spot: Spot<CALLS, WORDS>) -> bool {
        self.0
            .get(spot.word)
            .is_some_and(|word| word & spot.mask != 0)
    }
}

/// Where the bit of a call is in each [`CallBits`] of a table.
#[derive(Clone, Copy)]
pub(crate) struct Spot<const CALLS: usize, const WORDS: usize> {
    word: usize,
    mask: usize,
}

/// Where the bit of a native call is.
pub(crate) type NativeSpot = Spot<NATIVE_CALLS, { NATIVE_CALLS.div_ceil(WORD_BITS) }>;

impl<const CALLS: usize, const WORDS: usize> Spot<CALLS, WORDS> {
    /// A bit that is never set.
    pub(crate) const NONE: Self = Self { word: 0, mask: 0 };
}

/// A word whose `count` lowest bits are set.
fn low_ones(count: usize) -> usize {
    match u32::try_from(count) {
        Ok(count) => !usize::MAX.checked_shl(count).unwrap_or(0),
        Err(_) => usize::MAX,
    }
}
