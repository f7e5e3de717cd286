// SPDX-License-Identifier: GPL-2.0

//! Capability checks.
//!
//! C header: [`include/linux/capability.h`](srctree/include/linux/capability.h)

use crate::{
    bindings,
    fs::LocalFile,
    prelude::*, //
};

/// A capability, `CAP_*` of the uapi.
///
/// # Examples
///
/// ```
/// use kernel::capability::Capability;
///
/// // A kernel thread may do everything.
/// assert!(Capability::SYS_ADMIN.current_has());
/// assert!(Capability::SYS_ADMIN.current_has_in_own_ns_noaudit());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Capability(c_int);

impl Capability {
    /// The catch-all of system administration.
    pub const SYS_ADMIN: Self = Self(bindings::CAP_SYS_ADMIN as c_int);

    /// Whether the current task has the capability in the initial user namespace.
    ///
    /// The use of it is noted: audit sees a refusal, and the task counts as privileged.
    #[doc(alias = "capable")]
    #[inline]
    pub fn current_has(self) -> bool {
        // SAFETY: Reads the credentials of the current task, which has some.
        unsafe { bindings::capable(self.0) }
    }

    /// Whether the current task has the capability in its own user namespace. Leaves no trace in
    /// the audit log.
    #[doc(alias = "ns_capable_noaudit")]
    #[inline]
    pub fn current_has_in_own_ns_noaudit(self) -> bool {
        // SAFETY: The current task's user namespace stays while the task runs.
        unsafe { bindings::ns_capable_noaudit(bindings::current_user_ns(), self.0) }
    }

    /// Whether the task that opened `file` had the capability then, in the initial user namespace.
    #[doc(alias = "file_ns_capable")]
    #[inline]
    pub fn opener_had(self, file: &LocalFile) -> bool {
        // SAFETY: The file is valid, and the initial user namespace lives for ever.
        unsafe { bindings::file_ns_capable(file.as_ptr(), &raw mut bindings::init_user_ns, self.0) }
    }
}
