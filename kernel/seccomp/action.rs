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

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_action)]
mod tests {
    use super::*;
    use crate::testing::ensure;

    /// The numbers and names of the ABI, the strictest action first: which is also the order in
    /// which the sysctls list them.
    const ABI: [(Action, u32, &str); 8] = [
        (Action::KillProcess, 0x8000_0000, "kill_process"),
        (Action::KillThread, 0x0000_0000, "kill_thread"),
        (Action::Trap, 0x0003_0000, "trap"),
        (Action::Errno, 0x0005_0000, "errno"),
        (Action::UserNotif, 0x7fc0_0000, "user_notif"),
        (Action::Trace, 0x7ff0_0000, "trace"),
        (Action::Log, 0x7ffc_0000, "log"),
        (Action::Allow, 0x7fff_0000, "allow"),
    ];

    /// `SECCOMP_GET_ACTION_AVAIL` and the sysctls know all eight actions, by number and by name.
    #[test]
    fn numbers_names_and_order() -> Result {
        for (listed, (action, code, name)) in Action::ALL.into_iter().zip(ABI) {
            ensure!(listed == action, "{name}");
            ensure!(action.code() == code, "{name}");
            ensure!(action.name() == name, "{name}");
            ensure!(Action::from_code(code) == Some(action), "{name}");
        }
        Ok(())
    }

    /// All other action words are unknown, and no bit of a code is left out of the comparison.
    #[test]
    fn unknown_actions() -> Result {
        for word in 0..=u16::MAX {
            let code = u32::from(word) << 16;
            let known = ABI.into_iter().find(|row| row.1 == code).map(|row| row.0);

            ensure!(Action::from_code(code) == known, "{code:#x}");
            for data in [0, 1, 0x7fff, u16::MAX] {
                let verdict = Verdict::from_raw(code | u32::from(data));

                ensure!(verdict.action() == known, "{code:#x} {data:#x}");
                ensure!(verdict.action_word() == code, "{code:#x} {data:#x}");
                ensure!(verdict.data() == data, "{code:#x} {data:#x}");
            }
            ensure!(Action::from_code(code | 1).is_none(), "{code:#x} | 1");
            ensure!(
                Action::from_code(code | 0x8000).is_none(),
                "{code:#x} | 0x8000"
            );
        }
        Ok(())
    }

    /// The strictest action wins, and the data has no say.
    #[test]
    fn precedence() -> Result {
        for (i, (_, a, strict)) in ABI.into_iter().enumerate() {
            for (j, (_, b, mild)) in ABI.into_iter().enumerate() {
                for (x, y) in [(0, 0), (0, 0xffff), (0xffff, 0), (1, 2)] {
                    ensure!(
                        Verdict::from_raw(a | x).is_stricter_than(Verdict::from_raw(b | y))
                            == (i < j),
                        "{strict} {x:#x}, {mild} {y:#x}"
                    );
                }
            }
        }
        Ok(())
    }

    /// Action words compare as signed numbers, unknown ones as well.
    #[test]
    fn precedence_is_signed() -> Result {
        // An unknown action, one that is milder, and one that is stricter.
        for (word, mild, strict) in [
            (0x8001_0000, 0x0000_0000, 0x8000_0000),
            (0xffff_0000, 0x0000_0000, 0x8000_0000),
            (0x0001_0000, 0x0003_0000, 0x0000_0000),
            (0x7ffe_0000, 0x7fff_0000, 0x7ffc_0000),
        ] {
            let verdict = Verdict::from_raw(word | 0xffff);

            ensure!(
                verdict.is_stricter_than(Verdict::from_raw(mild)),
                "{word:#x}"
            );
            ensure!(
                Verdict::from_raw(strict).is_stricter_than(verdict),
                "{word:#x}"
            );
            ensure!(verdict.action().is_none(), "{word:#x}");
        }

        assert_eq!(Verdict::ALLOW, Verdict::from_raw(0x7fff_0000));
        assert_eq!(Verdict::KILL_PROCESS, Verdict::from_raw(0x8000_0000));
        Ok(())
    }

    /// `struct seccomp` holds the numbers of the ABI; what is none of them is deadly.
    #[test]
    fn mode_numbers() -> Result {
        for (mode, code) in [
            (Mode::Disabled, 0),
            (Mode::Strict, 1),
            (Mode::Filter, 2),
            (Mode::Dead, 3),
        ] {
            ensure!(mode.code() == code, "{mode:?}");
            ensure!(Mode::from_code(code) == mode, "{mode:?}");
        }
        for code in [-1, 4, 0x100, c_int::MIN, c_int::MAX] {
            ensure!(Mode::from_code(code) == Mode::Dead, "{code}");
        }
        Ok(())
    }

    /// A mode once set never changes to another.
    #[test]
    fn mode_transitions() -> Result {
        let modes = [Mode::Disabled, Mode::Strict, Mode::Filter, Mode::Dead];

        for old in modes {
            for new in [Mode::Strict, Mode::Filter] {
                let expected = matches!(
                    (old, new),
                    (Mode::Disabled, _)
                        | (Mode::Strict, Mode::Strict)
                        | (Mode::Filter, Mode::Filter)
                );

                ensure!(old.may_become(new) == expected, "{old:?} to {new:?}");
            }
        }
        Ok(())
    }
}
