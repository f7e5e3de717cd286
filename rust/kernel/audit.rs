// SPDX-License-Identifier: GPL-2.0

//! Audit records of system call filtering.
//!
//! C header: [`include/linux/audit.h`](srctree/include/linux/audit.h)

use crate::{
    bindings,
    prelude::*,
    str::CStr, //
};

/// Whether auditing is switched on at all.
#[inline]
pub fn is_enabled() -> bool {
    // SAFETY: Reads one word.
    unsafe { bindings::audit_is_enabled() }
}

/// Logs that a filter did something about a system call of the current task.
///
/// `signal` is what the task is killed with, or 0; `action` is the filter's whole action word.
/// May sleep.
///
/// # Examples
///
/// ```
/// fn log_kill(nr: c_int, action: u32) {
///     kernel::audit::seccomp(nr, kernel::bindings::SIGSYS as c_long, action);
/// }
/// ```
pub fn seccomp(nr: c_int, signal: c_long, action: u32) {
    // SAFETY: Always safe to call from task context.
    unsafe { bindings::audit_seccomp(nr as c_ulong, signal, action as c_int) };
}

/// Logs that somebody has changed, or has tried to change, which actions are logged.
///
/// May sleep.
pub fn seccomp_actions_logged(new: &CStr, old: &CStr, success: bool) {
    // SAFETY: Both are nul-terminated strings, which C copies.
    unsafe {
        bindings::audit_seccomp_actions_logged(
            new.as_char_ptr(),
            old.as_char_ptr(),
            c_int::from(success),
        )
    };
}
