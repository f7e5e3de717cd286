// SPDX-License-Identifier: GPL-2.0

//! The sysctls `kernel.seccomp.actions_avail` and `kernel.seccomp.actions_logged`: names of
//! actions, in canonical order, with a space between two.

use kernel::{
    audit,
    capability::Capability,
    prelude::*,
    str::CStr,
    sysctl::Access, //
};

use crate::{
    action::Action,
    log::{
        actions_logged,
        set_actions_logged,
        ActionSet, //
    }, //
};

/// Room for the names of all actions, what is between them, and the nul byte at the end.
const NAMES_LEN: usize = {
    let mut len = 0;
    let mut i = 0;

    while i < Action::ALL.len() {
        len += Action::ALL[i].name().len() + 1;
        i += 1;
    }
    len
};

/// The names of a set of actions, as a nul-terminated string.
struct Names {
    text: [u8; NAMES_LEN],
    len: usize,
}

impl Names {
    const EMPTY: Self = Self {
        text: [0; NAMES_LEN],
        len: 0,
    };

    fn append(&mut self, bytes: &[u8]) -> Result {
        let end = self.len.checked_add(bytes.len()).ok_or(EINVAL)?;

        // The last byte stays nul.
        if end >= NAMES_LEN {
            return Err(EINVAL);
        }
        for (to, from) in self.text.iter_mut().skip(self.len).zip(bytes) {
            *to = *from;
        }
        self.len = end;
        Ok(())
    }

    /// The names of `actions`, with `separator` between two.
    ///
    /// # Errors
    ///
    /// `EINVAL` if they do not fit, which those of a set do.
    fn of(actions: ActionSet, separator: u8) -> Result<Self> {
        let mut names = Self::EMPTY;

        for action in actions.actions() {
            if names.len != 0 {
                names.append(&[separator])?;
            }
            names.append(action.name().as_bytes())?;
        }
        Ok(names)
    }

    fn as_cstr(&self) -> Option<&CStr> {
        CStr::from_bytes_until_nul(&self.text).ok()
    }
}

/// Reads names with single spaces between them. An empty name ends the list: what comes after two
/// spaces is ignored.
///
/// # Errors
///
/// `EINVAL` for a name that no action has, and for `allow`, which is never logged.
fn parse(text: &[u8]) -> Result<ActionSet> {
    let mut actions = ActionSet::EMPTY;

    for name in text.split(|byte| *byte == b' ') {
        if name.is_empty() {
            break;
        }

        let action = Action::ALL
            .into_iter()
            .find(|action| action.name().as_bytes() == name)
            .ok_or(EINVAL)?;

        actions = actions.with(action);
    }

    if actions.has(Action::Allow) {
        return Err(EINVAL);
    }
    Ok(actions)
}

/// The part of a buffer before its nul byte.
fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or(&[])
}

/// `actions_avail`: what this kernel knows. May sleep.
///
/// # Errors
///
/// What moving the string says.
pub(crate) fn actions_avail(access: &mut Access<'_>) -> Result {
    let mut names = Names::of(ActionSet::DEFAULT.with(Action::Allow), b' ')?;

    access.string(&mut names.text)
}

fn write_logged(access: &mut Access<'_>) -> Result<ActionSet> {
    if !Capability::SYS_ADMIN.current_has() {
        return Err(EPERM);
    }

    let mut text = [0; NAMES_LEN];

    access.string(&mut text)?;

    let actions = parse(until_nul(&text))?;

    set_actions_logged(actions);
    Ok(actions)
}

/// Tells audit of a change, or of an attempt at one.
fn audit_change(new: &Result<ActionSet>, old: ActionSet) {
    const NONE: &CStr = c"(none)";
    const UNKNOWN: &CStr = c"?";

    fn show(names: &Result<Names>) -> &CStr {
        match names {
            Ok(names) if names.len == 0 => NONE,
            Ok(names) => names.as_cstr().unwrap_or(UNKNOWN),
            Err(_) => UNKNOWN,
        }
    }

    if !audit::is_enabled() {
        return;
    }

    let new_names = new.and_then(|actions| Names::of(actions, b','));
    let old_names = Names::of(old, b',');

    audit::seccomp_actions_logged(show(&new_names), show(&old_names), new.is_ok());
}

/// `actions_logged`: which actions may be logged; the administrator may change it. May sleep.
///
/// # Errors
///
/// `EPERM` for a writer without `CAP_SYS_ADMIN`, `EINVAL` for names that are not, or what moving
/// the string says.
pub(crate) fn actions_logged_file(access: &mut Access<'_>) -> Result {
    let old = actions_logged();

    if access.is_write() {
        let new = write_logged(access);

        audit_change(&new, old);
        return new.map(|_| ());
    }

    let mut names = Names::of(old, b' ')?;

    access.string(&mut names.text)
}
