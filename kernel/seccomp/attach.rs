// SPDX-License-Identifier: GPL-2.0

//! Installing a filter: `SECCOMP_SET_MODE_FILTER`.
//!
//! Whatever can fail or sleep comes first: reading and verifying the program, working out its
//! cache, reserving a descriptor and creating the file. Then the locks are taken, in the order
//! `cred_guard_mutex`, `siglock`, and what depends on other threads is decided. After that nothing
//! fails. A filter, listener or descriptor that is not committed undoes itself when dropped, after
//! the locks.

use kernel::{
    bpf::{
        UserProgram,
        MAX_INSNS, //
    },
    capability::Capability,
    prelude::*,
    task::{
        CurrentTask,
        Pid, //
    },
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};

use crate::{
    abi::Fprog,
    action::Mode,
    filter::{
        Filter,
        Prepared, //
    },
    flags::FilterFlags,
    notify::ListenerFd,
    slot::Slot,
    tsync, //
};

use core::mem::size_of;

/// Reads where the program is, in the form of the caller's ABI.
fn read_fprog(user: UserPtr) -> Result<UserProgram> {
    #[cfg(CONFIG_COMPAT)]
    if kernel::syscall::in_compat_syscall() {
        use crate::abi::CompatFprog;

        let fprog: CompatFprog = UserSlice::new(user, size_of::<CompatFprog>())
            .reader()
            .read()?;

        return Ok(UserProgram {
            len: fprog.len,
            insns: UserPtr::from_addr(fprog.filter as usize),
        });
    }

    let fprog: Fprog = UserSlice::new(user, size_of::<Fprog>()).reader().read()?;

    Ok(UserProgram {
        len: fprog.len,
        insns: UserPtr::from_addr(fprog.filter),
    })
}

/// Makes a filter of what the caller points at, if it may install one at all.
fn prepare(task: &CurrentTask, flags: FilterFlags, user: UserPtr) -> Result<Prepared> {
    let program = read_fprog(user)?;

    if program.len == 0 || usize::from(program.len) > MAX_INSNS {
        return Err(EINVAL);
    }

    // A program that gains privileges must not be confused by filters of one who has none.
    if !task.no_new_privs() && !Capability::SYS_ADMIN.current_has_in_own_ns_noaudit() {
        return Err(EACCES);
    }

    Filter::prepare(&program, flags)
}

/// How an attempt that went without error has ended.
enum Attached {
    /// The filter is in force.
    Yes,
    /// This thread could not be synchronised, and nothing has changed.
    Misfit(Pid),
}

/// Puts the filter in force, for the caller or for all threads.
fn attach(task: &CurrentTask, flags: FilterFlags, filter: Prepared) -> Result<Attached> {
    // Held to the end, and dropped after `siglock`.
    let _cred_guard = if flags.tsync() {
        // A task that is being killed sees no error code.
        Some(task.lock_cred_guard().map_err(|_| EINVAL)?)
    } else {
        None
    };

    // To be dropped after `siglock`, unless it is attached.
    let mut filter = Some(filter);
    let siglock = task.lock_sighand().ok_or(ESRCH)?;
    let slot = Slot::of_locked(&siglock);

    if !slot.mode().may_become(Mode::Filter) {
        return Err(EINVAL);
    }

    if let Some(filter) = &filter {
        // Under the lock, as another thread may be synchronising its own listener to this one.
        if filter.has_listener() && slot.filter().is_some_and(Filter::path_has_open_listener) {
            return Err(EBUSY);
        }
        filter.check_path(slot.filter())?;
    }

    if flags.tsync() {
        match tsync::find_misfit(&siglock) {
            Ok(None) => (),
            _ if flags.tsync_esrch() => return Err(ESRCH),
            Ok(Some(pid)) => return Ok(Attached::Misfit(pid)),
            Err(error) => return Err(error),
        }
    }

    if let Some(filter) = filter.take() {
        slot.push(filter);
    }
    if flags.tsync() {
        tsync::synchronise(&siglock, flags.spec_allow());
    }
    slot.set_mode(Mode::Filter, flags.spec_allow());
    Ok(Attached::Yes)
}

/// Installs the filter that `user` describes.
///
/// Returns 0, the number of the new listener, or the id of a thread that could not be
/// synchronised. May sleep.
///
/// # Errors
///
/// - `EINVAL`: flags that are unknown or do not go together, no program or one that is too long,
///   an instruction that no filter has, strict mode
/// - `EFAULT`: the program, or where it is, cannot be read
/// - `EACCES`: neither `no_new_privs` nor privilege
/// - `EBUSY`: there is a listener on the chain already
/// - `ESRCH`: a thread cannot be synchronised, and the caller does not want to know which
/// - `EMFILE`, `ENFILE`: no descriptor or file for the listener
/// - `ENOMEM`: no memory, or the chain would be too long
pub(crate) fn set_mode_filter(task: &CurrentTask, flags: u32, user: UserPtr) -> Result<c_long> {
    let flags = FilterFlags::parse(flags)?;
    let mut filter = prepare(task, flags, user)?;

    let listener = if flags.new_listener() {
        Some(ListenerFd::reserve(&mut filter, flags)?)
    } else {
        None
    };

    match attach(task, flags, filter)? {
        Attached::Yes => Ok(listener.map_or(0, ListenerFd::commit)),
        Attached::Misfit(pid) => Ok(pid as c_long),
    }
}
