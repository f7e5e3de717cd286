// SPDX-License-Identifier: GPL-2.0

//! What reaches the audit log.
//!
//! The sysctl `kernel.seccomp.actions_logged` says which actions may be logged at all. Kills and
//! `LOG` are then logged always, other actions if the filter asks for it, `ALLOW` never.

use kernel::{
    audit,
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    }, //
};

use crate::action::Action;

/// A set of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ActionSet(u32);

impl ActionSet {
    /// No action.
    pub(crate) const EMPTY: Self = Self(0);
    /// What is logged unless the administrator says otherwise: all but `ALLOW`.
    pub(crate) const DEFAULT: Self = Self((1 << Action::ALL.len()) - 1).without(Action::Allow);

    const fn bit(action: Action) -> u32 {
        1 << action as u32
    }

    const fn without(self, action: Action) -> Self {
        Self(self.0 & !Self::bit(action))
    }

    /// The set with one more action.
    pub(crate) const fn with(self, action: Action) -> Self {
        Self(self.0 | Self::bit(action))
    }

    /// Whether the action is in the set.
    pub(crate) const fn has(self, action: Action) -> bool {
        self.0 & Self::bit(action) != 0
    }

    /// The actions in the set, in canonical order.
    pub(crate) fn actions(self) -> impl Iterator<Item = Action> {
        Action::ALL
            .into_iter()
            .filter(move |action| self.has(*action))
    }
}

/// `kernel.seccomp.actions_logged`
static ACTIONS_LOGGED: Atomic<u32> = Atomic::new(ActionSet::DEFAULT.0);

/// The actions that may be logged.
pub(crate) fn actions_logged() -> ActionSet {
    ActionSet(ACTIONS_LOGGED.load(Relaxed))
}

/// Changes which actions may be logged.
pub(crate) fn set_actions_logged(actions: ActionSet) {
    ACTIONS_LOGGED.store(actions.0, Relaxed);
}

/// Whether to log an action, `requested` by its filter or not. An unknown action is a kill.
fn is_logged(allowed: ActionSet, action: Option<Action>, requested: bool) -> bool {
    match action {
        Some(Action::Allow) => false,
        Some(action @ (Action::Trap | Action::Errno | Action::Trace | Action::UserNotif)) => {
            requested && allowed.has(action)
        }
        Some(action @ (Action::Log | Action::KillThread | Action::KillProcess)) => {
            allowed.has(action)
        }
        None => allowed.has(Action::KillProcess),
    }
}

/// Logs what was done about a call of the current task, if that is to be logged. May sleep.
///
/// `signal` is what the task is killed with, or 0; `action_word` is the action as the filter has
/// returned it, known or not.
pub(crate) fn record(nr: c_int, signal: c_long, action_word: u32, requested: bool) {
    if is_logged(actions_logged(), Action::from_code(action_word), requested) {
        audit::seccomp(nr, signal, action_word);
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_log)]
mod tests {
    use super::*;
    use crate::testing::ensure;

    /// When an action is logged that the administrator has not excluded.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum When {
        Always,
        Requested,
        Never,
    }

    /// `LOG` and the kills are logged, `ALLOW` is not, and the rest if the filter has the log flag.
    const RULES: [(Action, When); 8] = [
        (Action::KillProcess, When::Always),
        (Action::KillThread, When::Always),
        (Action::Trap, When::Requested),
        (Action::Errno, When::Requested),
        (Action::UserNotif, When::Requested),
        (Action::Trace, When::Requested),
        (Action::Log, When::Always),
        (Action::Allow, When::Never),
    ];

    fn set_of(bits: u32) -> ActionSet {
        Action::ALL
            .into_iter()
            .filter(|action| bits >> *action as u32 & 1 != 0)
            .fold(ActionSet::EMPTY, ActionSet::with)
    }

    /// Both follow `actions_logged`: all 256 values of it.
    #[test]
    fn what_is_logged() -> Result {
        for bits in 0..256 {
            let set = set_of(bits);

            for (action, when) in RULES {
                for requested in [false, true] {
                    let logged = set.has(action)
                        && match when {
                            When::Always => true,
                            When::Requested => requested,
                            When::Never => false,
                        };

                    ensure!(
                        is_logged(set, Some(action), requested) == logged,
                        "{action:?}, requested {requested}, set {bits:#x}"
                    );
                }
            }

            // An unknown action kills the process, and is logged as that.
            for requested in [false, true] {
                ensure!(
                    is_logged(set, None, requested) == set.has(Action::KillProcess),
                    "unknown action, requested {requested}, set {bits:#x}"
                );
            }
        }
        Ok(())
    }

    /// A set holds what was put in, and lists it in canonical order.
    #[test]
    fn sets() -> Result {
        for bits in 0..256 {
            let set = set_of(bits);
            let mut listed = set.actions();

            for action in Action::ALL {
                let has = bits >> action as u32 & 1 != 0;

                ensure!(set.has(action) == has, "{action:?} in {bits:#x}");
                if has {
                    ensure!(listed.next() == Some(action), "{action:?} in {bits:#x}");
                }
            }
            ensure!(listed.next().is_none(), "{bits:#x}");
            ensure!(
                set_of(bits).with(Action::Trap).has(Action::Trap),
                "{bits:#x}"
            );
        }
        Ok(())
    }

    /// Everything but `ALLOW` may be logged unless the administrator says otherwise.
    #[test]
    fn default_set() {
        assert_eq!(ActionSet::DEFAULT, set_of(0x7f));
        assert!(!ActionSet::DEFAULT.has(Action::Allow));
    }
}
