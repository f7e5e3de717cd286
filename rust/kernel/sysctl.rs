// SPDX-License-Identifier: GPL-2.0

//! Handlers of sysctl files.
//!
//! C header: [`include/linux/sysctl.h`](srctree/include/linux/sysctl.h)

use crate::{
    bindings,
    error::to_result,
    prelude::*, //
};
use core::marker::PhantomData;

/// One `read(2)` or `write(2)` of a sysctl file, as its handler gets it.
///
/// # Invariants
///
/// The pointers are what C has passed to a `proc_handler` that runs now.
pub struct Access<'a> {
    table: *const bindings::ctl_table,
    write: bool,
    buffer: *mut c_void,
    len: *mut usize,
    pos: *mut bindings::loff_t,
    _call: PhantomData<&'a mut bindings::ctl_table>,
}

impl<'a> Access<'a> {
    /// Wraps the arguments of a `proc_handler`.
    ///
    /// # Safety
    ///
    /// They must be those of a handler that runs for the whole of `'a`, and nobody else may use
    /// them meanwhile.
    pub unsafe fn from_raw(
        table: *const bindings::ctl_table,
        write: c_int,
        buffer: *mut c_void,
        len: *mut usize,
        pos: *mut bindings::loff_t,
    ) -> Self {
        // INVARIANT: By the safety requirements.
        Self {
            table,
            write: write != 0,
            buffer,
            len,
            pos,
            _call: PhantomData,
        }
    }

    /// Whether it is a write.
    pub fn is_write(&self) -> bool {
        self.write
    }

    /// Moves a nul-terminated string: out of `text` for a read, into it for a write.
    ///
    /// What is written ends at a newline, and is cut to what fits. `text` is zeroed first for a
    /// write.
    ///
    /// # Errors
    ///
    /// `EINVAL` if `text` is empty, or what C says.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::sysctl::Access;
    ///
    /// fn show_greeting(access: &mut Access<'_>) -> Result {
    ///     let mut text = *b"hello\0";
    ///
    ///     access.string(&mut text)
    /// }
    /// ```
    #[doc(alias = "proc_dostring")]
    pub fn string(&mut self, text: &mut [u8]) -> Result {
        if self.write {
            text.fill(0);
        }

        // A string without an end would be read beyond the buffer.
        *text.last_mut().ok_or(EINVAL)? = 0;

        // SAFETY: By the type invariants; a table may be copied.
        let mut table = unsafe { self.table.read() };

        table.data = text.as_mut_ptr().cast();
        table.maxlen = text.len().try_into()?;

        // SAFETY: The copy describes `text`, and the rest is what C has passed.
        to_result(unsafe {
            bindings::proc_dostring(&table, self.write.into(), self.buffer, self.len, self.pos)
        })
    }
}
