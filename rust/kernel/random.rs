// SPDX-License-Identifier: GPL-2.0

//! Random numbers.
//!
//! C header: [`include/linux/random.h`](srctree/include/linux/random.h)

use crate::bindings;

/// Returns a number that nobody can guess, once the generator has been seeded.
///
/// Never sleeps.
///
/// # Examples
///
/// ```
/// let cookie = kernel::random::random_u64();
/// # let _ = cookie;
/// ```
#[doc(alias = "get_random_u64")]
#[inline]
pub fn random_u64() -> u64 {
    // SAFETY: May be called from any context.
    unsafe { bindings::get_random_u64() }
}
