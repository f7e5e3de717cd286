// SPDX-License-Identifier: GPL-2.0

//! The flags of `SECCOMP_SET_MODE_FILTER`.

use kernel::{
    bindings,
    prelude::*, //
};

/// How a filter is to be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FilterFlags(u32);

const TSYNC: u32 = bindings::SECCOMP_FILTER_FLAG_TSYNC;
const LOG: u32 = bindings::SECCOMP_FILTER_FLAG_LOG;
const SPEC_ALLOW: u32 = bindings::SECCOMP_FILTER_FLAG_SPEC_ALLOW;
const NEW_LISTENER: u32 = bindings::SECCOMP_FILTER_FLAG_NEW_LISTENER;
const TSYNC_ESRCH: u32 = bindings::SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
const WAIT_KILLABLE_RECV: u32 = bindings::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

const KNOWN: u32 = TSYNC | LOG | SPEC_ALLOW | NEW_LISTENER | TSYNC_ESRCH | WAIT_KILLABLE_RECV;

impl FilterFlags {
    /// Takes the flags apart.
    ///
    /// # Errors
    ///
    /// `EINVAL` for an unknown flag, and for two combinations. With `TSYNC` and `NEW_LISTENER` a
    /// positive result could be a thread or a descriptor, unless `TSYNC_ESRCH` rules out the
    /// thread. `WAIT_KILLABLE_RECV` is about a listener.
    pub(crate) fn parse(flags: u32) -> Result<Self> {
        let flags = Self(flags);

        if flags.0 & !KNOWN != 0 {
            return Err(EINVAL);
        }
        if flags.tsync() && flags.new_listener() && !flags.tsync_esrch() {
            return Err(EINVAL);
        }
        if flags.wait_killable_recv() && !flags.new_listener() {
            return Err(EINVAL);
        }
        Ok(flags)
    }

    fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }

    /// Give the filter to all threads of the process.
    pub(crate) fn tsync(self) -> bool {
        self.has(TSYNC)
    }

    /// Say `ESRCH` rather than which thread could not be synchronised.
    pub(crate) fn tsync_esrch(self) -> bool {
        self.has(TSYNC_ESRCH)
    }

    /// Log everything that the filter does not allow.
    pub(crate) fn log(self) -> bool {
        self.has(LOG)
    }

    /// Do not mitigate speculation.
    pub(crate) fn spec_allow(self) -> bool {
        self.has(SPEC_ALLOW)
    }

    /// Create a listener for the filter's notifications.
    pub(crate) fn new_listener(self) -> bool {
        self.has(NEW_LISTENER)
    }

    /// Once received, a notification is waited for with fatal signals alone.
    pub(crate) fn wait_killable_recv(self) -> bool {
        self.has(WAIT_KILLABLE_RECV)
    }
}
