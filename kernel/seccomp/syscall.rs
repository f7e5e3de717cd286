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
