// SPDX-License-Identifier: GPL-2.0

//! Taking a mutex unless a signal arrives first.

use super::{
    mutex::MutexBackend,
    Guard,
    Lock, //
};
use crate::{
    error::{
        code::EINTR,
        Result, //
    }, //
};

impl<T: ?Sized> Lock<T, MutexBackend> {
    /// Acquires the mutex, or gives up when a signal arrives.
    ///
    /// # Errors
    ///
    /// `EINTR` when the wait was interrupted.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::sync::{new_mutex, Mutex};
    ///
    /// let counter = KBox::pin_init(new_mutex!(0), GFP_KERNEL)?;
    ///
    /// *counter.lock_interruptible()? += 1;
    /// assert_eq!(*counter.lock_killable()?, 1);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn lock_interruptible(&self) -> Result<Guard<'_, T, MutexBackend>> {
        // SAFETY: The constructor has initialised the mutex, as the object exists.
        if unsafe { bindings::mutex_lock_interruptible(self.state.get()) } != 0 {
            return Err(EINTR);
        }

        // SAFETY: The mutex has just been acquired.
        Ok(unsafe { Guard::new(self, ()) })
    }

    /// Acquires the mutex, or gives up when a fatal signal arrives.
    ///
    /// # Errors
    ///
    /// `EINTR` when the wait was interrupted.
    #[inline]
    pub fn lock_killable(&self) -> Result<Guard<'_, T, MutexBackend>> {
        // SAFETY: The constructor has initialised the mutex, as the object exists.
        if unsafe { bindings::mutex_lock_killable(self.state.get()) } != 0 {
            return Err(EINTR);
        }

        // SAFETY: The mutex has just been acquired.
        Ok(unsafe { Guard::new(self, ()) })
    }
}
