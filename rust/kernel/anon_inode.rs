// SPDX-License-Identifier: GPL-2.0

//! Files without a name, whose behaviour is a Rust type.
//!
//! C header: [`include/linux/anon_inodes.h`](srctree/include/linux/anon_inodes.h)

use crate::{
    bindings,
    error::{
        from_err_ptr,
        from_result, //
    },
    fs::{
        file::BadFdError,
        File,
        LocalFile, //
    },
    module::this_module,
    prelude::*,
    sync::{
        aref::ARef,
        wait_queue::{
            PollEvents,
            Poller, //
        },
        Arc,
        ArcBorrow, //
    },
    types::{
        ForeignOwnable,
        NotThreadSafe, //
    },
    ModuleMetadata, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};

/// What one can do to a file of one kind.
pub trait FileOperations: Sized {
    /// The module that has the operations, which stays as long as there is a file.
    type OwnerModule: ModuleMetadata;

    /// What the file holds a reference to, from its creation until its release.
    type Data: Send + Sync + 'static;

    /// `ioctl(2)`, from tasks of either ABI: a compat task's `arg` is not translated.
    ///
    /// # Errors
    ///
    /// What the caller of `ioctl(2)` gets.
    fn ioctl(data: &Self::Data, context: &IoctlContext, cmd: u32, arg: usize) -> Result<isize>;

    /// `poll(2)` and its kin: registers the poller with the wait queues in `data`, then says which
    /// events there are now.
    fn poll<'f>(data: &'f Self::Data, poller: &Poller<'f>) -> PollEvents;

    /// The last reference to the file has gone.
    fn release(data: Arc<Self::Data>);
}

/// Proof of being in an ioctl.
///
/// # Invariants
///
/// Exists only during a call of [`FileOperations::ioctl`], in the task that made the call: there
/// is no active `fdget_pos` in it, since ioctls do not use the file position.
pub struct IoctlContext(NotThreadSafe);

impl IoctlContext {
    /// Takes a reference to a file that the current task has open.
    ///
    /// # Errors
    ///
    /// `EBADF` if `fd` is not open.
    pub fn fget(&self, fd: u32) -> Result<ARef<File>, BadFdError> {
        let file = LocalFile::fget(fd)?;

        // SAFETY: By the type invariants there is no `fdget_pos` active in this task.
        Ok(unsafe { LocalFile::assume_no_fdget_pos(file) })
    }
}

/// Creates a file with operations `T`, which holds `data`.
///
/// `name` is what links in `/proc/PID/fd` show after `anon_inode:`. `flags` are those of
/// `open(2)`. May sleep.
///
/// # Errors
///
/// `ENFILE` or `ENOMEM`; `data` is dropped then without a call of [`FileOperations::release`].
///
/// # Examples
///
/// ```
/// use kernel::anon_inode::{self, FileOperations, IoctlContext};
/// use kernel::fs::file::flags;
/// use kernel::sync::Arc;
/// use kernel::sync::wait_queue::{PollEvents, Poller};
///
/// struct Answer;
/// # struct LocalModule;
/// # impl kernel::ModuleMetadata for LocalModule {
/// #     const NAME: &'static CStr = c"answer";
/// #     // SAFETY: The example is built into the image.
/// #     const THIS_MODULE: ThisModule =
/// #         unsafe { ThisModule::from_ptr(core::ptr::null_mut()) };
/// # }
///
/// impl FileOperations for Answer {
///     type OwnerModule = LocalModule;
///     type Data = u32;
///
///     fn ioctl(data: &u32, _: &IoctlContext, _: u32, _: usize) -> Result<isize> {
///         Ok(*data as isize)
///     }
///
///     fn poll<'f>(_: &'f u32, _: &Poller<'f>) -> PollEvents {
///         PollEvents::NONE
///     }
///
///     fn release(data: Arc<u32>) {
///         assert_eq!(*data, 42);
///     }
/// }
///
/// let file = anon_inode::getfile::<Answer>(c"answer", Arc::new(42, GFP_KERNEL)?, flags::O_RDWR)?;
/// assert_eq!(file.flags() & flags::O_ACCMODE, flags::O_RDWR);
/// # Ok::<(), Error>(())
/// ```
pub fn getfile<T: FileOperations>(
    name: &CStr,
    data: Arc<T::Data>,
    flags: u32,
) -> Result<ARef<File>> {
    // A reference that lives for ever, as the file keeps it.
    let operations: &'static bindings::file_operations = &Operations::<T>::TABLE;
    let private = data.into_foreign();

    // SAFETY: The name and the operations are valid; the private data is what they expect.
    let file = from_err_ptr(unsafe {
        bindings::anon_inode_getfile(name.as_char_ptr(), operations, private, flags as c_int)
    })
    .inspect_err(|_| {
        // SAFETY: There is no file that could have taken it.
        drop(unsafe { Arc::<T::Data>::from_foreign(private) })
    })?;

    // SAFETY: C has returned a reference to a new file, which is ours now. Nobody else has seen the
    // file, so that there is no `fdget_pos` on it.
    Ok(unsafe { ARef::from_raw(NonNull::new_unchecked(file.cast::<File>())) })
}

/// The C side of [`FileOperations`].
struct Operations<T>(PhantomData<T>);

impl<T: FileOperations> Operations<T> {
    const TABLE: bindings::file_operations = bindings::file_operations {
        owner: this_module::<T::OwnerModule>().as_ptr(),
        unlocked_ioctl: Some(Self::ioctl),
        #[cfg(CONFIG_COMPAT)]
        compat_ioctl: Some(Self::ioctl),
        poll: Some(Self::poll),
        release: Some(Self::release),
        ..pin_init::zeroed()
    };

    /// # Safety
    ///
    /// `file` must be a file that [`getfile`] has created with these operations.
    unsafe extern "C" fn ioctl(file: *mut bindings::file, cmd: c_uint, arg: c_ulong) -> c_long {
        // SAFETY: The private data is that of `getfile`, and stays until the release.
        let data: ArcBorrow<'_, T::Data> = unsafe { Arc::borrow((*file).private_data) };
        // INVARIANT: This is an ioctl.
        let context = IoctlContext(NotThreadSafe);

        match T::ioctl(&data, &context, cmd, arg) {
            Ok(value) => value as c_long,
            Err(error) => error.to_errno() as c_long,
        }
    }

    /// # Safety
    ///
    /// As for `ioctl`; `table` must be null or valid for the call.
    unsafe extern "C" fn poll(
        file: *mut bindings::file,
        table: *mut bindings::poll_table,
    ) -> bindings::__poll_t {
        // SAFETY: As in `ioctl`.
        let data: ArcBorrow<'_, T::Data> = unsafe { Arc::borrow((*file).private_data) };
        // SAFETY: `table` is null or valid for the call, and so is the file. `T::poll` must cope
        // with any lifetime, and has none of that length but the borrow of the private data.
        let poller = unsafe { Poller::new(file, table) };

        T::poll(&data, &poller).bits()
    }

    /// # Safety
    ///
    /// As for `ioctl`; called once, and nothing is called for this file afterwards.
    unsafe extern "C" fn release(_inode: *mut bindings::inode, file: *mut bindings::file) -> c_int {
        from_result(|| {
            // SAFETY: The private data is that of `getfile`, and nobody borrows it any more.
            T::release(unsafe { Arc::from_foreign((*file).private_data) });
            Ok(0)
        })
    }
}
