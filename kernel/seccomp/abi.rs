// SPDX-License-Identifier: GPL-2.0

//! The structures of the uapi, with what makes them safe to copy from and to user space.
//!
//! Each has the layout of its C counterpart in `include/uapi/linux/seccomp.h` (`filter.h` for the
//! program header), which the build checks.

use kernel::{
    bindings,
    prelude::*,
    transmute::{
        AsBytes,
        FromBytes, //
    }, //
};

use core::mem::{
    offset_of,
    size_of, //
};

/// Checks that a structure has the fields of its C counterpart at the same places, that all of
/// them are plain, and that there is nothing between them.
macro_rules! same_layout {
    ($rust:ident as $c:ident { $($field:ident),* $(,)? }) => {
        const _: () = {
            // The size of a field, which has to be plain.
            const fn size<S, F: FromBytes + AsBytes>(_: fn(&S) -> &F) -> usize {
                size_of::<F>()
            }

            assert!(size_of::<$rust>() == size_of::<bindings::$c>());
            $(assert!(offset_of!($rust, $field) == offset_of!(bindings::$c, $field));)*
            // No padding: every byte belongs to a field.
            assert!(size_of::<$rust>() == 0 $(+ size(|it: &$rust| &it.$field))*);
            // No field is left out.
            let _: fn(&$rust) = |$rust { $($field: _),* }| ();
        };

        // SAFETY: All fields are `FromBytes`, as checked above.
        unsafe impl FromBytes for $rust {}

        // SAFETY: All fields are `AsBytes`, and there is no padding, as checked above.
        unsafe impl AsBytes for $rust {}
    };
}

/// What a filter sees of a system call.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct SeccompData {
    /// Number of the call.
    pub(crate) nr: c_int,
    /// Its architecture, `AUDIT_ARCH_*`.
    pub(crate) arch: u32,
    /// Where the task was when it made the call.
    pub(crate) instruction_pointer: u64,
    /// Up to six arguments.
    pub(crate) args: [u64; 6],
}

same_layout!(SeccompData as seccomp_data { nr, arch, instruction_pointer, args });

/// What `SECCOMP_IOCTL_NOTIF_RECV` delivers.
#[repr(C)]
pub(crate) struct Notif {
    pub(crate) id: u64,
    pub(crate) pid: u32,
    pub(crate) flags: u32,
    pub(crate) data: SeccompData,
}

same_layout!(Notif as seccomp_notif { id, pid, flags, data });

/// What `SECCOMP_IOCTL_NOTIF_SEND` takes.
#[repr(C)]
pub(crate) struct NotifResp {
    pub(crate) id: u64,
    pub(crate) val: i64,
    pub(crate) error: i32,
    pub(crate) flags: u32,
}

same_layout!(NotifResp as seccomp_notif_resp { id, val, error, flags });

/// What `SECCOMP_IOCTL_NOTIF_ADDFD` takes. May grow at its end.
#[repr(C)]
pub(crate) struct NotifAddfd {
    pub(crate) id: u64,
    pub(crate) flags: u32,
    pub(crate) srcfd: u32,
    pub(crate) newfd: u32,
    pub(crate) newfd_flags: u32,
}

same_layout!(NotifAddfd as seccomp_notif_addfd {
    id,
    flags,
    srcfd,
    newfd,
    newfd_flags,
});

/// What `SECCOMP_GET_NOTIF_SIZES` returns.
#[repr(C)]
pub(crate) struct NotifSizes {
    pub(crate) seccomp_notif: u16,
    pub(crate) seccomp_notif_resp: u16,
    pub(crate) seccomp_data: u16,
}

same_layout!(NotifSizes as seccomp_notif_sizes {
    seccomp_notif,
    seccomp_notif_resp,
    seccomp_data,
});

impl NotifSizes {
    /// The sizes that this kernel knows.
    pub(crate) const OURS: Self = Self {
        seccomp_notif: size_of::<Notif>() as u16,
        seccomp_notif_resp: size_of::<NotifResp>() as u16,
        seccomp_data: size_of::<SeccompData>() as u16,
    };
}

/// What `PTRACE_SECCOMP_GET_METADATA` takes and returns.
#[cfg(CONFIG_CHECKPOINT_RESTORE)]
#[repr(C)]
pub(crate) struct Metadata {
    pub(crate) filter_off: u64,
    pub(crate) flags: u64,
}

#[cfg(CONFIG_CHECKPOINT_RESTORE)]
same_layout!(Metadata as seccomp_metadata { filter_off, flags });

/// Header of a program: where it is, and how long.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Fprog {
    pub(crate) len: u16,
    pub(crate) filter: usize,
}

const _: () = {
    assert!(size_of::<Fprog>() == size_of::<bindings::sock_fprog>());
    assert!(offset_of!(Fprog, len) == offset_of!(bindings::sock_fprog, len));
    assert!(offset_of!(Fprog, filter) == offset_of!(bindings::sock_fprog, filter));
};

// SAFETY: Two integers, with padding between them that may hold anything.
unsafe impl FromBytes for Fprog {}

/// [`Fprog`] of a task of the compat ABI, whose pointers have 32 bits.
#[cfg(CONFIG_COMPAT)]
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct CompatFprog {
    pub(crate) len: u16,
    pub(crate) filter: u32,
}

#[cfg(CONFIG_COMPAT)]
const _: () = {
    assert!(size_of::<CompatFprog>() == size_of::<bindings::compat_sock_fprog>());
    assert!(offset_of!(CompatFprog, len) == offset_of!(bindings::compat_sock_fprog, len));
    assert!(offset_of!(CompatFprog, filter) == offset_of!(bindings::compat_sock_fprog, filter));
};

#[cfg(CONFIG_COMPAT)]
// SAFETY: Two integers, with padding between them that may hold anything.
unsafe impl FromBytes for CompatFprog {}
