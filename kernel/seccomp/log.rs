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
