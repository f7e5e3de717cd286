// SPDX-License-Identifier: GPL-2.0

//! Every function that C calls: raw arguments become typed ones, and nothing else happens here.
//!
//! The names and types are those of `include/linux/seccomp.h` and `seccomp_rust.h`, as `#[export]`
//! checks.

use kernel::{
    bindings,
    error::from_result,
    prelude::*,
    receive_fd::NoLightReferences,
    sysctl::Access,
    task::Task,
    uaccess::UserPtr,
    warn_on,
    ModuleMetadata, //
};

use crate::{
    run::{
        permit,
        Permit, //
    },
    slot,
    syscall,
    sysctl, //
};

/// What owns the file operations: nothing that could be unloaded.
pub(crate) struct BuiltIn;

impl ModuleMetadata for BuiltIn {
    const NAME: &'static CStr = c"seccomp";

    const THIS_MODULE: ThisModule = {
        // SAFETY: Null stands for the image itself.
        unsafe { ThisModule::from_ptr(core::ptr::null_mut()) }
    };
}

/// The result of a system call as C returns it.
fn to_long(result: Result<c_long>) -> c_long {
    result.unwrap_or_else(|error| error.to_errno() as c_long)
}

/// Borrows a task that C has passed.
///
/// # Safety
///
/// `task` must be a valid task for `'a`.
unsafe fn borrow_task<'a>(task: *mut bindings::task_struct) -> &'a Task {
    // SAFETY: By the safety requirements; `Task` is a transparent wrapper.
    unsafe { &*task.cast::<Task>() }
}

/// Whether the current task may make the call that it has entered.
///
/// # Safety
///
/// To be called at the entry of a system call, or where one is emulated, with nothing held: it may
/// not return.
#[export]
pub unsafe extern "C" fn __seccomp_permit_syscall() -> bool {
    // SAFETY: The caller holds nothing, a file that it has looked up included.
    let no_files = unsafe { NoLightReferences::new() };
    let task = current!();

    // SAFETY: The task has entered a system call. It does not exit in `permit`, whose value this is.
    match permit(task, no_files, unsafe { task.syscall() }) {
        Permit::Allow => true,
        Permit::Skip => false,
        // SAFETY: The caller holds nothing, and everything of ours has been destroyed: this frame
        // has no object with a destructor.
        Permit::Exit(code) => unsafe { bindings::do_exit(code) },
    }
}

/// `seccomp(2)`
///
/// # Safety
///
/// To be called in a system call.
#[export]
pub unsafe extern "C" fn seccomp_syscall(op: c_uint, flags: c_uint, uargs: *mut c_void) -> c_long {
    to_long(syscall::seccomp(
        current!(),
        op,
        flags,
        UserPtr::from_ptr(uargs),
    ))
}

/// `prctl(PR_GET_SECCOMP)`
///
/// # Safety
///
/// To be called in a system call.
#[export]
pub unsafe extern "C" fn prctl_get_seccomp() -> c_long {
    slot::current_mode_code(current!()) as c_long
}

/// `prctl(PR_SET_SECCOMP)`
///
/// # Safety
///
/// To be called in a system call.
#[export]
pub unsafe extern "C" fn prctl_set_seccomp(mode: c_ulong, filter: *mut c_void) -> c_long {
    to_long(syscall::set_mode(
        current!(),
        mode,
        UserPtr::from_ptr(filter),
    ))
}

/// `prctl(PR_SECCOMP_EXT)`
///
/// # Safety
///
/// To be called in a system call.
#[cfg(CONFIG_SECCOMP_RUST_EXT)]
#[export]
pub unsafe extern "C" fn prctl_seccomp_ext(
    kind: c_ulong,
    action: c_ulong,
    arg4: c_ulong,
    arg5: c_ulong,
) -> c_long {
    to_long(syscall::extension(current!(), kind, action, [arg4, arg5]))
}

/// `fork(2)`: counts the child as a user of its parent's filter.
///
/// # Safety
///
/// `tsk` must be valid, `siglock` of it held, and its `struct seccomp` must be copied to the child.
#[export]
pub unsafe extern "C" fn get_seccomp_filter(tsk: *mut bindings::task_struct) {
    // SAFETY: By the safety requirements.
    unsafe { slot::share_with_child(borrow_task(tsk)) };
}

/// `exit(2)`: lets go of the task's filter.
///
/// # Safety
///
/// `tsk` must be the current task, and exiting.
#[export]
pub unsafe extern "C" fn seccomp_filter_release(_tsk: *mut bindings::task_struct) {
    // That is who `_tsk` is.
    let task = current!();

    if warn_on!(!task.is_exiting()) || slot::is_unfiltered(task) {
        return;
    }

    let filter = task.lock_own_sighand().and_then(|siglock| {
        // SAFETY: The task is exiting, and nobody borrows from the slot here.
        unsafe { slot::Slot::of_locked(&siglock).take() }
    });

    // Without the lock, as it may take a while.
    drop(filter);
}

/// `ptrace(PTRACE_SECCOMP_GET_FILTER)`
///
/// # Safety
///
/// `task` must be valid, and traced by the current task.
#[cfg(CONFIG_CHECKPOINT_RESTORE)]
#[export]
pub unsafe extern "C" fn seccomp_get_filter(
    task: *mut bindings::task_struct,
    filter_off: c_ulong,
    data: *mut c_void,
) -> c_long {
    // SAFETY: By the safety requirements.
    let task = unsafe { borrow_task(task) };

    to_long(crate::inspect::get_filter(
        current!(),
        task,
        filter_off as u64,
        UserPtr::from_ptr(data),
    ))
}

/// `ptrace(PTRACE_SECCOMP_GET_METADATA)`
///
/// # Safety
///
/// `task` must be valid, and traced by the current task.
#[cfg(CONFIG_CHECKPOINT_RESTORE)]
#[export]
pub unsafe extern "C" fn seccomp_get_metadata(
    task: *mut bindings::task_struct,
    size: c_ulong,
    data: *mut c_void,
) -> c_long {
    // SAFETY: By the safety requirements.
    let task = unsafe { borrow_task(task) };

    to_long(crate::inspect::get_metadata(
        current!(),
        task,
        size,
        UserPtr::from_ptr(data),
    ))
}

/// `/proc/PID/seccomp_cache`
///
/// # Safety
///
/// `m` must be a file that is being read, and `task` valid.
#[cfg(CONFIG_SECCOMP_CACHE_DEBUG)]
#[export]
pub unsafe extern "C" fn proc_pid_seccomp_cache(
    m: *mut bindings::seq_file,
    _ns: *mut bindings::pid_namespace,
    _pid: *mut bindings::pid,
    task: *mut bindings::task_struct,
) -> c_int {
    use kernel::{
        fs::LocalFile,
        seq_file::SeqFile, //
    };

    // SAFETY: By the safety requirements; a file in `/proc` that is being read stays open.
    let (seq, file, task) = unsafe {
        (
            SeqFile::from_raw(m),
            LocalFile::from_raw_file((*m).file),
            borrow_task(task),
        )
    };

    from_result(|| crate::inspect::show_cache(seq, file, task).map(|()| 0))
}

/// `kernel.seccomp.actions_avail`
///
/// # Safety
///
/// To be called as a `proc_handler`.
#[export]
pub unsafe extern "C" fn seccomp_avail_handler(
    table: *const bindings::ctl_table,
    write: c_int,
    buffer: *mut c_void,
    lenp: *mut usize,
    ppos: *mut bindings::loff_t,
) -> c_int {
    // SAFETY: By the safety requirements.
    let mut access = unsafe { Access::from_raw(table, write, buffer, lenp, ppos) };

    from_result(|| sysctl::actions_avail(&mut access).map(|()| 0))
}

/// `kernel.seccomp.actions_logged`
///
/// # Safety
///
/// To be called as a `proc_handler`.
#[export]
pub unsafe extern "C" fn seccomp_logged_handler(
    table: *const bindings::ctl_table,
    write: c_int,
    buffer: *mut c_void,
    lenp: *mut usize,
    ppos: *mut bindings::loff_t,
) -> c_int {
    // SAFETY: By the safety requirements.
    let mut access = unsafe { Access::from_raw(table, write, buffer, lenp, ppos) };

    from_result(|| sysctl::actions_logged_file(&mut access).map(|()| 0))
}
