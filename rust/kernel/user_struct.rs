// SPDX-License-Identifier: GPL-2.0

//! Structures of an extensible user-space ABI: a caller that knows a shorter form is understood,
//! and one that knows a longer form is, as long as it does not use what the kernel lacks.
//!
//! C header: [`include/linux/uaccess.h`](srctree/include/linux/uaccess.h)

use crate::{
    bindings,
    error::to_result,
    prelude::*,
    transmute::FromBytes,
    uaccess::UserPtr, //
};
use core::mem::{
    size_of,
    MaybeUninit, //
};

/// Whether `len` bytes of user memory are all zero. May sleep.
///
/// # Errors
///
/// `EFAULT` if a byte before the first that is not zero cannot be read.
#[doc(alias = "check_zeroed_user")]
pub fn is_zeroed(user: UserPtr, len: usize) -> Result<bool> {
    // SAFETY: C copes with any address.
    let zeroed = unsafe { bindings::check_zeroed_user(user.as_const_ptr(), len) };

    to_result(zeroed)?;
    Ok(zeroed != 0)
}

/// Reads a structure of which the caller's form has `len` bytes. What the caller's form lacks is
/// zero. May sleep.
///
/// # Errors
///
/// `E2BIG` if the caller's form is longer and the rest is not zero, `EFAULT` if it cannot be read.
///
/// # Examples
///
/// ```
/// use kernel::uaccess::UserPtr;
/// use kernel::user_struct::{is_zeroed, read_extensible};
///
/// let nowhere = UserPtr::from_addr(usize::MAX);
///
/// assert!(read_extensible::<u64>(nowhere, 8).is_err_and(|e| e == EFAULT));
/// assert!(is_zeroed(nowhere, 8).is_err_and(|e| e == EFAULT));
/// ```
#[doc(alias = "copy_struct_from_user")]
pub fn read_extensible<T: FromBytes>(user: UserPtr, len: usize) -> Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();

    // SAFETY: `value` has room for as many bytes as it says; C copes with any user address.
    to_result(unsafe {
        bindings::copy_struct_from_user(
            value.as_mut_ptr().cast(),
            size_of::<T>(),
            user.as_const_ptr(),
            len,
        )
    })?;

    // SAFETY: All bytes were zeroed and then overwritten in part, and any bytes make a `T`.
    Ok(unsafe { value.assume_init() })
}
