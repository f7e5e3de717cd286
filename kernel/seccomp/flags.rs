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

// The header says which flags there are, too.
const _: () = assert!(KNOWN == bindings::SECCOMP_FILTER_FLAG_MASK);

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

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_flags)]
mod tests {
    use super::*;
    use crate::testing::ensure;

    /// Whether a flag is set.
    type Question = fn(FilterFlags) -> bool;

    /// Which bit of the ABI a question is about.
    const ABI: [(Question, u32, &str); 6] = [
        (FilterFlags::tsync, 0x01, "TSYNC"),
        (FilterFlags::log, 0x02, "LOG"),
        (FilterFlags::spec_allow, 0x04, "SPEC_ALLOW"),
        (FilterFlags::new_listener, 0x08, "NEW_LISTENER"),
        (FilterFlags::tsync_esrch, 0x10, "TSYNC_ESRCH"),
        (FilterFlags::wait_killable_recv, 0x20, "WAIT_KILLABLE_RECV"),
    ];

    /// `TSYNC|NEW_LISTENER` without `TSYNC_ESRCH`, and `WAIT_KILLABLE_RECV` without `NEW_LISTENER`,
    /// are `EINVAL`; all other combinations of known flags are understood.
    #[test]
    fn combinations() -> Result {
        for bits in 0..0x40 {
            let ambiguous = bits & 0x19 == 0x09;
            let pointless = bits & 0x28 == 0x20;

            match FilterFlags::parse(bits) {
                Ok(flags) => {
                    ensure!(!ambiguous && !pointless, "{bits:#x}");
                    for (has, bit, name) in ABI {
                        ensure!(has(flags) == (bits & bit != 0), "{name} in {bits:#x}");
                    }
                }
                Err(error) => {
                    ensure!(ambiguous || pointless, "{bits:#x}");
                    ensure!(error == EINVAL, "{bits:#x}");
                }
            }
        }
        Ok(())
    }

    /// An unknown flag is `EINVAL`, whatever else is set.
    #[test]
    fn unknown_flags() -> Result {
        for unknown in 6..32 {
            for known in [0x00, 0x01, 0x18, 0x3f] {
                let bits = 1 << unknown | known;

                ensure!(FilterFlags::parse(bits) == Err(EINVAL), "{bits:#x}");
            }
        }
        Ok(())
    }
}
