// SPDX-License-Identifier: GPL-2.0

//! Installing a file that another task holds into the current task's descriptor table.
//!
//! C header: [`include/linux/file.h`](srctree/include/linux/file.h)

use crate::{
    bindings,
    error::to_result,
    fs::File,
    prelude::*,
    task::Task,
    types::NotThreadSafe, //
};
use core::{
    marker::PhantomData,
    ptr, //
};

/// Proof that the current task uses none of its open files without a reference of its own.
///
/// System calls look files up so (`fdget`) when the table of descriptors is not shared. Closing
/// such a descriptor in the middle of the system call would free the file under its user.
///
/// # Invariants
///
/// No such look-up is active in the current task while a value of this type exists.
#[derive(Clone, Copy)]
pub struct NoLightReferences<'a>(PhantomData<&'a ()>, NotThreadSafe);

impl NoLightReferences<'_> {
    /// Promises that there are none, at the entry of a system call for example.
    ///
    /// # Safety
    ///
    /// The invariant of the type must hold for as long as the value, or a copy of it, exists.
    pub unsafe fn new() -> Self {
        // INVARIANT: By the safety requirements.
        Self(PhantomData, NotThreadSafe)
    }
}

/// Installs `file` at the lowest free number and returns that.
///
/// `flags` may hold `O_CLOEXEC`. Takes a reference of its own. May sleep.
///
/// # Errors
///
/// `EMFILE` at the limit of open files, `EBADF` in a task that has let go of its descriptors, as one
/// that exits does; `ENOMEM`, or what a security module says.
///
/// # Examples
///
/// ```
/// use kernel::receive_fd::{receive_fd, receive_fd_replace, NoLightReferences};
/// # use kernel::anon_inode::{self, FileOperations, IoctlContext};
/// # use kernel::fs::{file::flags, LocalFile};
/// # use kernel::sync::{Arc, wait_queue::{PollEvents, Poller}};
/// #
/// # struct Silent;
/// # struct LocalModule;
/// # impl kernel::ModuleMetadata for LocalModule {
/// #     const NAME: &'static CStr = c"silent";
/// #     // SAFETY: The example is built into the image.
/// #     const THIS_MODULE: ThisModule =
/// #         unsafe { ThisModule::from_ptr(core::ptr::null_mut()) };
/// # }
/// # impl FileOperations for Silent {
/// #     type OwnerModule = LocalModule;
/// #     type Data = ();
/// #     fn ioctl(_: &(), _: &IoctlContext, _: u32, _: usize) -> Result<isize> { Err(ENOTTY) }
/// #     fn poll<'f>(_: &'f (), _: &Poller<'f>) -> PollEvents { PollEvents::NONE }
/// #     fn release(_: Arc<()>) {}
/// # }
/// # let new_file = |name: &CStr| {
/// #     anon_inode::getfile::<Silent>(name, Arc::new((), GFP_KERNEL)?, flags::O_RDWR)
/// # };
/// let first = new_file(c"first")?;
/// let second = new_file(c"second")?;
///
/// // The lowest number that is free, then the next.
/// let low = receive_fd(&first, flags::O_CLOEXEC)?;
/// let high = receive_fd(&first, flags::O_CLOEXEC)?;
/// assert!(low < high);
///
/// // SAFETY: This thread is in no system call that could have looked a file up.
/// let proof = unsafe { NoLightReferences::new() };
/// assert_eq!(receive_fd_replace(proof, high, &second, 0), Ok(high));
/// assert_eq!(LocalFile::fget(high)?.as_ptr(), second.as_ptr());
/// assert_eq!(receive_fd_replace(proof, u32::MAX, &second, 0), Err(EBADF));
/// # for fd in [low, high] {
/// #     // SAFETY: Nobody else knows the descriptors.
/// #     kernel::error::to_result(unsafe { kernel::bindings::close_fd(fd) })?;
/// # }
/// # Ok::<(), Error>(())
/// ```
pub fn receive_fd(file: &File, flags: u32) -> Result<u32> {
    has_descriptors()?;

    // SAFETY: The file is valid for the call; no number is to be written to user space.
    let fd = unsafe { bindings::receive_fd(file.as_ptr(), ptr::null_mut(), flags) };

    to_result(fd)?;
    Ok(fd as u32)
}

/// Installs `file` at the number `fd`, closing what was open there, and returns `fd`.
///
/// Otherwise as [`receive_fd`].
///
/// # Errors
///
/// `EBADF` if `fd` is above the limit of open files, or as for [`receive_fd`]; `EBUSY` if it is just
/// being opened; `ENOMEM`, or what a security module says.
pub fn receive_fd_replace(
    _proof: NoLightReferences<'_>,
    fd: u32,
    file: &File,
    flags: u32,
) -> Result<u32> {
    has_descriptors()?;

    // SAFETY: The file is valid for the call, and nobody uses the one that is closed. A number that
    // is negative for C is refused by it.
    let fd = unsafe { bindings::receive_fd_replace(fd as c_int, file.as_ptr(), flags) };

    to_result(fd)?;
    Ok(fd as u32)
}

/// A task that exits has let go of its table before its files are closed, which calls drivers.
#[inline]
fn has_descriptors() -> Result {
    // SAFETY: The current task is valid, and its pointer to the table is changed by itself alone.
    if unsafe { (*Task::current_raw()).files }.is_null() {
        return Err(EBADF);
    }
    Ok(())
}
