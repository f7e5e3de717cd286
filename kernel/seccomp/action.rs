// SPDX-License-Identifier: GPL-2.0

//! Modes, actions and verdicts: the numbers of the ABI as types.

use kernel::{
    bindings,
    prelude::*, //
};

/// What guards the system calls of a task. Once it is not [`Disabled`](Mode::Disabled) it never
/// changes to another, but for [`Dead`](Mode::Dead).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing.
    Disabled,
    /// Four calls are allowed.
    Strict,
    /// Filters decide.
    Filter,
    /// The task has been killed for what it called, and must not make another call.
    Dead,
}

/// One beyond the last mode of the ABI, which user space never sets.
const MODE_DEAD: c_int = bindings::SECCOMP_MODE_FILTER as c_int + 1;

impl Mode {
    /// The number that `struct seccomp` holds.
    pub(crate) const fn code(self) -> c_int {
        match self {
            Mode::Disabled => bindings::SECCOMP_MODE_DISABLED as c_int,
            Mode::Strict => bindings::SECCOMP_MODE_STRICT as c_int,
            Mode::Filter => bindings::SECCOMP_MODE_FILTER as c_int,
            Mode::Dead => MODE_DEAD,
        }
    }

    /// The mode with the number; what is no mode at all is deadly.
    pub(crate) const fn from_code(code: c_int) -> Self {
        const DISABLED: c_int = Mode::Disabled.code();
        const STRICT: c_int = Mode::Strict.code();
        const FILTER: c_int = Mode::Filter.code();

        match code {
            DISABLED => Mode::Disabled,
            STRICT => Mode::Strict,
            FILTER => Mode::Filter,
            _ => Mode::Dead,
        }
    }

    /// Whether a task in this mode may be put into `new`.
    pub(crate) fn may_become(self, new: Mode) -> bool {
        self == Mode::Disabled || self == new
    }
}

/// What a filter can tell the kernel to do, in the order in which `actions_avail` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    KillProcess,
    KillThread,
    Trap,
    Errno,
    UserNotif,
    Trace,
    Log,
    Allow,
}

impl Action {
    /// All of them, in canonical order.
    pub(crate) const ALL: [Action; 8] = [
        Action::KillProcess,
        Action::KillThread,
        Action::Trap,
        Action::Errno,
        Action::UserNotif,
        Action::Trace,
        Action::Log,
        Action::Allow,
    ];

    /// `SECCOMP_RET_*`
    pub(crate) const fn code(self) -> u32 {
        match self {
            Action::KillProcess => bindings::SECCOMP_RET_KILL_PROCESS,
            Action::KillThread => bindings::SECCOMP_RET_KILL_THREAD,
            Action::Trap => bindings::SECCOMP_RET_TRAP,
            Action::Errno => bindings::SECCOMP_RET_ERRNO,
            Action::UserNotif => bindings::SECCOMP_RET_USER_NOTIF,
            Action::Trace => bindings::SECCOMP_RET_TRACE,
            Action::Log => bindings::SECCOMP_RET_LOG,
            Action::Allow => bindings::SECCOMP_RET_ALLOW,
        }
    }

    /// The action whose code is `code`, all bits compared.
    #[inline]
    pub(crate) fn from_code(code: u32) -> Option<Action> {
        match code {
            bindings::SECCOMP_RET_KILL_PROCESS => Some(Action::KillProcess),
            bindings::SECCOMP_RET_KILL_THREAD => Some(Action::KillThread),
            bindings::SECCOMP_RET_TRAP => Some(Action::Trap),
            bindings::SECCOMP_RET_ERRNO => Some(Action::Errno),
            bindings::SECCOMP_RET_USER_NOTIF => Some(Action::UserNotif),
            bindings::SECCOMP_RET_TRACE => Some(Action::Trace),
            bindings::SECCOMP_RET_LOG => Some(Action::Log),
            bindings::SECCOMP_RET_ALLOW => Some(Action::Allow),
            _ => None,
        }
    }

    /// The name by which sysctls and audit know it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Action::KillProcess => "kill_process",
            Action::KillThread => "kill_thread",
            Action::Trap => "trap",
            Action::Errno => "errno",
            Action::UserNotif => "user_notif",
            Action::Trace => "trace",
            Action::Log => "log",
            Action::Allow => "allow",
        }
    }
}

/// What one filter, or a chain of them, has returned: an action and 16 bits of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict(u32);

impl Verdict {
    /// The mildest of all.
    pub(crate) const ALLOW: Verdict = Verdict(bindings::SECCOMP_RET_ALLOW);
    /// The strictest of all.
    pub(crate) const KILL_PROCESS: Verdict = Verdict(bindings::SECCOMP_RET_KILL_PROCESS);

    /// What a program has returned.
    #[inline]
    pub(crate) fn from_raw(raw: u32) -> Self {
        Self(raw)
    }

    /// The action bits, known or not.
    #[inline]
    pub(crate) fn action_word(self) -> u32 {
        self.0 & bindings::SECCOMP_RET_ACTION_FULL
    }

    /// The action, if it is a known one.
    #[inline]
    pub(crate) fn action(self) -> Option<Action> {
        Action::from_code(self.action_word())
    }

    /// The data that the filter has passed with the action.
    #[inline]
    pub(crate) fn data(self) -> u16 {
        self.0 as u16
    }

    /// Whether this one wins over `other`. The action words compare as signed numbers: that is what
    /// puts `KILL_PROCESS` before `KILL_THREAD`. The data has no say.
    #[inline]
    pub(crate) fn is_stricter_than(self, other: Verdict) -> bool {
        (self.action_word() as i32) < (other.action_word() as i32)
    }
}
