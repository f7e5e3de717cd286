// SPDX-License-Identifier: GPL-2.0

//! Strict mode: `read`, `write`, `exit` and `sigreturn`, and nothing else.

use kernel::{
    bindings,
    prelude::*,
    task::CurrentTask, //
};

use crate::{
    action::Mode,
    slot::Slot, //
};

/// What a native task may call. The kernel makes a probed task call the last two, which exist on
/// some architectures alone and are -1 elsewhere.
const NATIVE: [c_int; 6] = [
    bindings::SECCOMP_NR_READ,
    bindings::SECCOMP_NR_WRITE,
    bindings::SECCOMP_NR_EXIT,
    bindings::SECCOMP_NR_SIGRETURN,
    bindings::SECCOMP_NR_URETPROBE,
    bindings::SECCOMP_NR_UPROBE,
];

/// What a task of the compat ABI may call.
#[cfg(CONFIG_COMPAT)]
const COMPAT: [c_int; 4] = [
    bindings::SECCOMP_NR_READ_32,
    bindings::SECCOMP_NR_WRITE_32,
    bindings::SECCOMP_NR_EXIT_32,
    bindings::SECCOMP_NR_SIGRETURN_32,
];

/// Whether strict mode allows the call that the current task is in.
pub(crate) fn permits(nr: c_int) -> bool {
    // No table has it, though entries that do not exist look like it.
    if nr < 0 {
        return false;
    }

    #[cfg(CONFIG_COMPAT)]
    if kernel::syscall::in_compat_syscall() {
        return COMPAT.contains(&nr);
    }

    NATIVE.contains(&nr)
}

/// Puts the current task into strict mode.
///
/// # Errors
///
/// `EINVAL` if it is in another mode already.
pub(crate) fn set_mode_strict(task: &CurrentTask) -> Result {
    let siglock = task.lock_sighand().ok_or(ESRCH)?;
    let slot = Slot::of_locked(&siglock);

    if !slot.mode().may_become(Mode::Strict) {
        return Err(EINVAL);
    }

    task.disable_tsc();
    slot.set_mode(Mode::Strict, false);
    Ok(())
}
