// SPDX-License-Identifier: GPL-2.0

//! What the entry of a system call knows, for tests of what is decided there.

use kernel::{
    receive_fd::NoLightReferences,
    syscall::Registers,
    task::CurrentTask, //
};

/// That nobody uses a file which nobody counts.
pub(crate) fn no_files() -> NoLightReferences<'static> {
    // SAFETY: A kernel thread is in no system call that could have looked a file up.
    unsafe { NoLightReferences::new() }
}

/// The registers of the call.
pub(crate) fn call_of(task: &CurrentTask) -> Registers<'_> {
    // SAFETY: A kernel thread that runs a unit test is not about to exit.
    unsafe { task.syscall() }
}
