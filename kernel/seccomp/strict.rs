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
    let siglock = task.lock_own_sighand().ok_or(ESRCH)?;
    let slot = Slot::of_locked(&siglock);

    if !slot.mode().may_become(Mode::Strict) {
        return Err(EINVAL);
    }

    task.disable_tsc();
    slot.set_mode(Mode::Strict, false);
    Ok(())
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_strict)]
mod tests {
    use super::*;
    use crate::testing::{
        ensure,
        with_locked_slot,
        with_slot, //
    };

    /// `read`, `write`, `exit` and `sigreturn`, and what probes make a task call.
    #[cfg(CONFIG_X86_64)]
    const NATIVE_NUMBERS: [c_int; 6] = [0, 1, 60, 15, 335, 336];
    #[cfg(CONFIG_ARM64)]
    const NATIVE_NUMBERS: [c_int; 4] = [63, 64, 93, 139];

    /// The same of the compat table.
    #[cfg(CONFIG_IA32_EMULATION)]
    const COMPAT_NUMBERS: [c_int; 4] = [3, 4, 1, 119];
    #[cfg(all(CONFIG_ARM64, CONFIG_COMPAT))]
    const COMPAT_NUMBERS: [c_int; 4] = [3, 4, 1, 173];

    /// Of the native table no other call is allowed.
    #[cfg(any(CONFIG_X86_64, CONFIG_ARM64))]
    #[test]
    fn native_calls() -> Result {
        for nr in -4096..4096 {
            ensure!(permits(nr) == NATIVE_NUMBERS.contains(&nr), "{nr}");
        }
        // Nor the same numbers with a bit that x32 has.
        for nr in NATIVE_NUMBERS {
            ensure!(!permits(nr | 0x4000_0000), "{nr} of x32");
        }
        Ok(())
    }

    /// The number -1 is no call, also where probes have none.
    #[test]
    fn no_call() {
        assert!(!permits(-1));
        assert!(!permits(c_int::MIN));
        assert!(!permits(c_int::MAX));
    }

    /// The compat table has numbers of its own.
    #[cfg(any(CONFIG_IA32_EMULATION, all(CONFIG_ARM64, CONFIG_COMPAT)))]
    #[test]
    fn compat_calls() -> Result {
        for nr in -4096..4096 {
            ensure!(COMPAT.contains(&nr) == COMPAT_NUMBERS.contains(&nr), "{nr}");
        }
        Ok(())
    }

    /// A mode once set never changes to another.
    #[test]
    fn mode_is_set_once() -> Result {
        for (old, result, new) in [
            (Mode::Disabled, Ok(()), Mode::Strict),
            (Mode::Strict, Ok(()), Mode::Strict),
            (Mode::Filter, Err(EINVAL), Mode::Filter),
            (Mode::Dead, Err(EINVAL), Mode::Dead),
        ] {
            with_slot(|task| {
                with_locked_slot(task, |slot| slot.set_mode(old, true))?;

                ensure!(set_mode_strict(task) == result, "{old:?}");
                ensure!(
                    with_locked_slot(task, |slot| slot.mode())? == new,
                    "{old:?}"
                );
                Ok(())
            })?;
        }
        Ok(())
    }
}
