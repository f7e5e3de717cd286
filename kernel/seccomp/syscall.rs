// SPDX-License-Identifier: GPL-2.0

//! `seccomp(2)` and the prctls: which operation is meant.

use kernel::{
    bindings,
    prelude::*,
    task::CurrentTask,
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};

use crate::{
    abi::NotifSizes,
    action::Action,
    attach,
    strict, //
};

use core::mem::size_of;

/// `SECCOMP_GET_ACTION_AVAIL`: whether this kernel knows the action at `user`.
///
/// # Errors
///
/// `EOPNOTSUPP` if not, `EFAULT`.
fn get_action_avail(user: UserPtr) -> Result<c_long> {
    let code: u32 = UserSlice::new(user, size_of::<u32>()).reader().read()?;

    match Action::from_code(code) {
        Some(_) => Ok(0),
        None => Err(EOPNOTSUPP),
    }
}

/// `SECCOMP_GET_NOTIF_SIZES`: how large the structures of the notifier are.
///
/// # Errors
///
/// `EFAULT`
fn get_notif_sizes(user: UserPtr) -> Result<c_long> {
    UserSlice::new(user, size_of::<NotifSizes>())
        .writer()
        .write(&NotifSizes::OURS)?;
    Ok(0)
}

/// `seccomp(2)`. May sleep.
///
/// # Errors
///
/// `EINVAL` for an unknown operation, and for flags or an argument where the operation takes none;
/// else what the operation says.
pub(crate) fn seccomp(task: &CurrentTask, op: u32, flags: u32, user: UserPtr) -> Result<c_long> {
    match op {
        bindings::SECCOMP_SET_MODE_STRICT => {
            if flags != 0 || !user.as_const_ptr().is_null() {
                return Err(EINVAL);
            }
            strict::set_mode_strict(task).map(|()| 0)
        }
        bindings::SECCOMP_SET_MODE_FILTER => attach::set_mode_filter(task, flags, user),
        bindings::SECCOMP_GET_ACTION_AVAIL if flags == 0 => get_action_avail(user),
        bindings::SECCOMP_GET_NOTIF_SIZES if flags == 0 => get_notif_sizes(user),
        _ => Err(EINVAL),
    }
}

/// `prctl(PR_SET_SECCOMP)`, which is older than the system call: it has no flags, and ignores the
/// argument of strict mode. May sleep.
///
/// # Errors
///
/// `EINVAL` for an unknown mode, else what setting it says.
pub(crate) fn set_mode(task: &CurrentTask, mode: c_ulong, user: UserPtr) -> Result<c_long> {
    const STRICT: c_ulong = bindings::SECCOMP_MODE_STRICT as c_ulong;
    const FILTER: c_ulong = bindings::SECCOMP_MODE_FILTER as c_ulong;

    match mode {
        STRICT => strict::set_mode_strict(task).map(|()| 0),
        FILTER => attach::set_mode_filter(task, 0, user),
        _ => Err(EINVAL),
    }
}

/// `prctl(PR_SECCOMP_EXT)`: what C does not have. May sleep.
///
/// # Errors
///
/// `EINVAL` for an unknown type or action, and if the arguments after it are not zero; else what
/// the action says.
#[cfg(CONFIG_SECCOMP_RUST_EXT)]
pub(crate) fn extension(
    task: &CurrentTask,
    kind: c_ulong,
    action: c_ulong,
    rest: [c_ulong; 2],
) -> Result<c_long> {
    const ACT: c_ulong = bindings::SECCOMP_EXT_ACT as c_ulong;
    const ACT_TSYNC: c_ulong = bindings::SECCOMP_EXT_ACT_TSYNC as c_ulong;

    match (kind, action, rest) {
        (ACT, ACT_TSYNC, [0, 0]) => crate::tsync::synchronise_to_present(task),
        _ => Err(EINVAL),
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_syscall)]
mod tests {
    use super::*;
    use crate::{
        action::Mode,
        slot::current_mode,
        testing::{
            ensure,
            nowhere,
            with_slot,
            UserMemory, //
        }, //
    };

    fn null() -> UserPtr {
        UserPtr::from_addr(0)
    }

    /// Known actions are available, unknown ones and those with data are `EOPNOTSUPP`.
    #[test]
    fn actions() -> Result {
        let memory = UserMemory::new(4)?;
        let known = [
            0x8000_0000,
            0x0000_0000,
            0x0003_0000,
            0x0005_0000,
            0x7fc0_0000,
            0x7ff0_0000,
            0x7ffc_0000,
            0x7fff_0000u32,
        ];

        for action in known {
            memory.write(&action)?;
            ensure!(get_action_avail(memory.ptr()) == Ok(0), "{action:#x}");
            memory.write(&(action | 1))?;
            ensure!(
                get_action_avail(memory.ptr()) == Err(EOPNOTSUPP),
                "{action:#x} with data"
            );
            memory.write(&(action ^ 0x0100_0000))?;
            ensure!(
                get_action_avail(memory.ptr()) == Err(EOPNOTSUPP),
                "{action:#x} with another bit"
            );
        }
        ensure!(get_action_avail(nowhere()) == Err(EFAULT), "unreadable");
        Ok(())
    }

    /// The structures of the notifier have the sizes of the ABI.
    #[test]
    fn sizes() -> Result {
        let memory = UserMemory::new(6)?;

        assert_eq!(get_notif_sizes(memory.ptr()), Ok(0));
        assert_eq!(memory.read::<[u16; 3]>()?, [80, 24, 64]);
        assert_eq!(get_notif_sizes(nowhere()), Err(EFAULT));
        Ok(())
    }

    /// Flags where the operation has none, and a pointer for strict mode, are `EINVAL`, before
    /// anything is read; so is an unknown operation.
    #[test]
    fn operations() -> Result {
        with_slot(|task| {
            for (name, op, flags, user, result) in [
                ("strict, a flag", 0, 1, null(), EINVAL),
                ("strict, a pointer", 0, 0, nowhere(), EINVAL),
                ("filter, an unknown flag", 1, 0x40, nowhere(), EINVAL),
                ("filter, no pointer", 1, 0, null(), EFAULT),
                ("action, a flag", 2, 1, nowhere(), EINVAL),
                ("action, unreadable", 2, 0, nowhere(), EFAULT),
                ("sizes, a flag", 3, 1, nowhere(), EINVAL),
                ("sizes, unwritable", 3, 0, nowhere(), EFAULT),
                ("unknown", 4, 0, null(), EINVAL),
                ("last of all", u32::MAX, 0, null(), EINVAL),
            ] {
                ensure!(seccomp(task, op, flags, user) == Err(result), "{name}");
            }
            ensure!(current_mode(task) == Mode::Disabled, "nothing was done");

            ensure!(seccomp(task, 0, 0, null()) == Ok(0), "strict");
            ensure!(current_mode(task) == Mode::Strict, "strict");
            Ok(())
        })
    }

    /// The prctl ignores the argument of strict mode, and takes no other mode than the two.
    #[test]
    fn prctl() -> Result {
        with_slot(|task| {
            for mode in [0, 3, 4, c_ulong::MAX, 1 << 32 | 1] {
                ensure!(set_mode(task, mode, null()) == Err(EINVAL), "{mode}");
            }
            ensure!(set_mode(task, 2, null()) == Err(EFAULT), "filter");
            ensure!(current_mode(task) == Mode::Disabled, "nothing was done");

            ensure!(set_mode(task, 1, nowhere()) == Ok(0), "strict");
            ensure!(current_mode(task) == Mode::Strict, "strict");
            Ok(())
        })
    }

    /// Another type or action than the one there is, or arguments after it, are `EINVAL`; a caller
    /// that is not in filter mode gets `EACCES`.
    #[cfg(CONFIG_SECCOMP_RUST_EXT)]
    #[test]
    fn extension_arguments() -> Result {
        for (kind, action, rest, result) in [
            (1, 1, [0, 0], EACCES),
            (0, 1, [0, 0], EINVAL),
            (2, 1, [0, 0], EINVAL),
            (1, 0, [0, 0], EINVAL),
            (1, 2, [0, 0], EINVAL),
            (1, 1, [1, 0], EINVAL),
            (1, 1, [0, 1], EINVAL),
        ] {
            ensure!(
                extension(kernel::current!(), kind, action, rest) == Err(result),
                "{kind} {action} {rest:?}"
            );
        }
        Ok(())
    }
}
