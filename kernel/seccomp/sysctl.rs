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

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_sysctl)]
mod tests {
    use super::*;
    use crate::testing::ensure;

    const AVAIL: &CStr = c"kill_process kill_thread trap errno user_notif trace log allow";
    const LOGGED: &CStr = c"kill_process kill_thread trap errno user_notif trace log";
    const AUDITED: &CStr = c"kill_process,kill_thread,trap,errno,user_notif,trace,log";

    fn set(actions: &[Action]) -> ActionSet {
        actions
            .iter()
            .copied()
            .fold(ActionSet::EMPTY, ActionSet::with)
    }

    /// Names are printed in canonical order, with one byte between two.
    #[test]
    fn names() -> Result {
        for (actions, separator, text) in [
            (ActionSet::DEFAULT.with(Action::Allow), b' ', AVAIL),
            (ActionSet::DEFAULT, b' ', LOGGED),
            (ActionSet::DEFAULT, b',', AUDITED),
            (ActionSet::EMPTY, b' ', c""),
            (set(&[Action::Log, Action::Trap]), b' ', c"trap log"),
            (set(&[Action::KillThread]), b',', c"kill_thread"),
        ] {
            let names = Names::of(actions, separator)?;

            ensure!(names.as_cstr() == Some(text), "{text:?}");
            ensure!(names.len == text.to_bytes().len(), "{text:?}");
        }
        Ok(())
    }

    /// There is room for all names and the nul byte, and no byte more: a longer string is cut, as
    /// in C.
    #[test]
    fn room() -> Result {
        assert_eq!(NAMES_LEN, AVAIL.to_bytes_with_nul().len());

        let mut names = Names::EMPTY;

        for _ in 1..NAMES_LEN {
            names.append(b"x")?;
        }
        assert!(names.append(b"x") == Err(EINVAL));
        assert!(names.append(b"") == Ok(()));
        assert!(names
            .as_cstr()
            .is_some_and(|text| text.count_bytes() == NAMES_LEN - 1));
        Ok(())
    }

    /// Writing a name that no action has, or `allow`, is `EINVAL`.
    #[test]
    fn what_can_be_written() -> Result {
        let table: [(&[u8], Result<ActionSet>); 19] = [
            (b"", Ok(ActionSet::EMPTY)),
            (LOGGED.to_bytes(), Ok(ActionSet::DEFAULT)),
            (b"trap", Ok(set(&[Action::Trap]))),
            (b"log trap", Ok(set(&[Action::Trap, Action::Log]))),
            (b"trap trap", Ok(set(&[Action::Trap]))),
            (b"errno ", Ok(set(&[Action::Errno]))),
            // An empty name ends the list.
            (b" errno", Ok(ActionSet::EMPTY)),
            (b"trap  errno", Ok(set(&[Action::Trap]))),
            (b"trap  bogus", Ok(set(&[Action::Trap]))),
            (b"allow", Err(EINVAL)),
            (b"trap allow", Err(EINVAL)),
            (AVAIL.to_bytes(), Err(EINVAL)),
            (b"bogus", Err(EINVAL)),
            (b"trap bogus", Err(EINVAL)),
            (b"Trap", Err(EINVAL)),
            (b"tra", Err(EINVAL)),
            (b"trapp", Err(EINVAL)),
            (b"trap,errno", Err(EINVAL)),
            (b"trap\terrno", Err(EINVAL)),
        ];

        for (text, result) in table {
            ensure!(parse(text) == result, "{:?}", core::str::from_utf8(text));
        }
        Ok(())
    }

    /// What is printed can be written back: all sets without `allow`.
    #[test]
    fn round_trip() -> Result {
        for bits in 0..0x80 {
            let actions = Action::ALL
                .into_iter()
                .filter(|action| bits >> *action as u32 & 1 != 0)
                .fold(ActionSet::EMPTY, ActionSet::with);
            let names = Names::of(actions, b' ')?;

            ensure!(parse(until_nul(&names.text)) == Ok(actions), "{bits:#x}");
        }
        Ok(())
    }

    /// A string ends at its first nul byte, or with the buffer.
    #[test]
    fn strings() {
        assert_eq!(until_nul(b"trap\0errno\0"), b"trap");
        assert_eq!(until_nul(b"trap"), b"trap");
        assert_eq!(until_nul(b"\0trap"), b"");
        assert_eq!(until_nul(b""), b"");
    }
}
