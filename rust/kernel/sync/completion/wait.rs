// SPDX-License-Identifier: GPL-2.0

//! Completions that hand out one wake-up at a time, and waits that a signal ends.

use super::Completion;
use crate::{
    bindings,
    error::{
        to_result,
        Result, //
    }, //
};

impl Completion {
    /// Signals one waiter: the one that waits longest, or else the next to come.
    ///
    /// Each call lets one wait succeed. May be called from any context.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::sync::Completion;
    ///
    /// let done = KBox::pin_init(Completion::new(), GFP_KERNEL)?;
    ///
    /// done.complete_one();
    /// done.complete_one_on_current_cpu();
    /// done.wait_interruptible()?;
    /// done.wait_killable()?;
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "complete")]
    #[inline]
    pub fn complete_one(&self) {
        // SAFETY: `self` is an initialised completion.
        unsafe { bindings::complete(self.as_raw()) };
    }

    /// As [`complete_one`](Self::complete_one); the waiter is woken on this CPU, since the caller
    /// is about to sleep.
    #[doc(alias = "complete_on_current_cpu")]
    #[inline]
    pub fn complete_one_on_current_cpu(&self) {
        // SAFETY: `self` is an initialised completion.
        unsafe { bindings::complete_on_current_cpu(self.as_raw()) };
    }

    /// Waits until signalled. Sleeps.
    ///
    /// # Errors
    ///
    /// `ERESTARTSYS` when a signal arrived first.
    #[doc(alias = "wait_for_completion_interruptible")]
    #[inline]
    pub fn wait_interruptible(&self) -> Result {
        // SAFETY: `self` is an initialised completion.
        to_result(unsafe { bindings::wait_for_completion_interruptible(self.as_raw()) })
    }

    /// Waits until signalled. Sleeps.
    ///
    /// # Errors
    ///
    /// `ERESTARTSYS` when a fatal signal arrived first.
    #[doc(alias = "wait_for_completion_killable")]
    #[inline]
    pub fn wait_killable(&self) -> Result {
        // SAFETY: `self` is an initialised completion.
        to_result(unsafe { bindings::wait_for_completion_killable(self.as_raw()) })
    }
}
