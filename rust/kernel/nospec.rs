// SPDX-License-Identifier: GPL-2.0

//! Indices that stay in bounds under speculation.
//!
//! C header: [`include/linux/nospec.h`](srctree/include/linux/nospec.h)
//!
//! Reference: <https://docs.kernel.org/staging/speculation.html>

use crate::bindings;

/// Returns `index` if it is below `size`, which the caller has checked, and 0 where the processor
/// runs ahead of a check that fails.
///
/// # Examples
///
/// ```
/// use kernel::nospec::array_index_nospec;
///
/// fn look_up(table: &[u8], index: usize) -> Option<u8> {
///     if index >= table.len() {
///         return None;
///     }
///     table.get(array_index_nospec(index, table.len())).copied()
/// }
///
/// assert_eq!(look_up(&[1, 2, 3], 2), Some(3));
/// assert_eq!(look_up(&[1, 2, 3], 3), None);
/// assert_eq!(array_index_nospec(3, 3), 0);
/// ```
#[inline(always)]
pub fn array_index_nospec(index: usize, size: usize) -> usize {
    // SAFETY: Pure arithmetic.
    unsafe { bindings::array_index_nospec(index, size) }
}
