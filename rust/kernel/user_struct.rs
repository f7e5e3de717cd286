// SPDX-License-Identifier: GPL-2.0

//! Structures of an extensible user-space ABI: a caller that knows a shorter form is understood,
//! and one that knows a longer form is, as long as it does not use what the kernel lacks.
//!
//! C header: [`include/linux/uaccess.h`](srctree/include/linux/uaccess.h)

use crate::{
    bindings,
    error::to_result,
    prelude::*,
    transmute::{
        AsBytes,
        FromBytes, //
    },
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};
use core::{
    ffi::c_ulong,
    mem::{
        align_of,
        size_of,
        MaybeUninit, //
    },
    ptr, //
};

const WORD: usize = size_of::<c_ulong>();

/// Asserts that a structure is made of words.
const fn assert_words<T>() {
    assert!(size_of::<T>() % WORD == 0 && align_of::<T>() >= align_of::<c_ulong>());
}

/// Whether `len` bytes of user memory are all zero. May sleep.
///
/// # Errors
///
/// `EFAULT` if a byte before the first that is not zero cannot be read.
#[doc(alias = "check_zeroed_user")]
#[inline]
pub fn is_zeroed(user: UserPtr, len: usize) -> Result<bool> {
    // The usual case, whether it is the only one or not. The other one tells apart what can be read
    // from what is not zero.
    if len % WORD == 0 {
        // SAFETY: C copes with any address.
        if unsafe { bindings::user_words_are_zero(user.as_const_ptr().cast(), len / WORD) } {
            return Ok(true);
        }
    }
    is_zeroed_by_bytes(user, len)
}

#[cold]
fn is_zeroed_by_bytes(user: UserPtr, len: usize) -> Result<bool> {
    // SAFETY: C copes with any address.
    let zeroed = unsafe { bindings::check_zeroed_user(user.as_const_ptr(), len) };

    to_result(zeroed)?;
    Ok(zeroed != 0)
}

/// Reads a structure that is made of a few words, the faster for it. May sleep.
///
/// # Errors
///
/// `EFAULT` if it cannot be read.
#[inline]
pub fn read_words<T: FromBytes>(user: UserPtr) -> Result<T> {
    const { assert_words::<T>() };
    let mut value = MaybeUninit::<T>::uninit();

    // SAFETY: `value` has room for so many words; C copes with any user address.
    if unsafe {
        bindings::read_user_words(
            value.as_mut_ptr().cast(),
            user.as_const_ptr().cast(),
            size_of::<T>() / WORD,
        )
    } {
        // SAFETY: All words were written, and any bytes make a `T`.
        return Ok(unsafe { value.assume_init() });
    }
    read_slowly(user)
}

#[cold]
fn read_slowly<T: FromBytes>(user: UserPtr) -> Result<T> {
    UserSlice::new(user, size_of::<T>()).reader().read()
}

/// Writes a structure that is made of a few words, the faster for it. May sleep.
///
/// # Errors
///
/// `EFAULT` if it cannot be written; a part of it may have been then.
#[inline]
pub fn write_words<T: AsBytes>(user: UserPtr, value: &T) -> Result {
    const { assert_words::<T>() };

    // SAFETY: `value` has so many words; C copes with any user address.
    if unsafe {
        bindings::write_user_words(
            user.as_mut_ptr().cast(),
            ptr::from_ref(value).cast(),
            size_of::<T>() / WORD,
        )
    } {
        return Ok(());
    }
    write_slowly(user, value)
}

#[cold]
fn write_slowly<T: AsBytes>(user: UserPtr, value: &T) -> Result {
    UserSlice::new(user, size_of::<T>()).writer().write(value)
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
/// use kernel::user_struct::{is_zeroed, read_extensible, read_words, write_words};
///
/// let nowhere = UserPtr::from_addr(usize::MAX);
///
/// assert!(read_extensible::<u64>(nowhere, 8).is_err_and(|e| e == EFAULT));
/// assert!(is_zeroed(nowhere, 8).is_err_and(|e| e == EFAULT));
/// assert!(read_words::<u64>(nowhere).is_err_and(|e| e == EFAULT));
/// assert!(write_words(nowhere, &0u64).is_err_and(|e| e == EFAULT));
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
