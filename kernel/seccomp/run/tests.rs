// SPDX-License-Identifier: GPL-2.0

//! Tests of what becomes of a call, as far as a thread that makes none can tell.

#![deny(unsafe_code)]

use super::*;

use crate::{
    cache::NativeBits,
    filter::FilterUser,
    testing::{
        call,
        ensure,
        entry::{
            call_of,
            no_files, //
        },
        jump,
        ret,
        stmt,
        with_locked_slot,
        with_slot,
        Programs,
        QuietWarnings, //
    }, //
};

use core::ptr;
use kernel::{
    bpf::{
        code,
        Insn, //
    },
    sync::atomic::{
        AtomicFlag,
        Full, //
    }, //
};

/// The actions, the strictest first, and two that are unknown.
const ACTIONS: [u32; 10] = [
    0x8000_0000,
    0xfff0_0000,
    0x0000_0000,
    0x0003_0000,
    0x0005_0000,
    0x7fc0_0000,
    0x7ff0_0000,
    0x7ffc_0000,
    0x7ffe_0000,
    0x7fff_0000,
];

/// What a chain says, with the filter as what can be compared.
fn said(decided: Option<(Verdict, &Filter)>) -> Option<(Verdict, *const Filter)> {
    decided.map(|(verdict, by)| (verdict, ptr::from_ref(by)))
}

#[kunit_tests(seccomp_run)]
mod suite {
    use super::*;

    /// Every filter of the chain runs, the strictest action wins, and on a tie the most recent
    /// filter's data: all chains of three.
    #[test]
    fn strictest_wins() -> Result {
        let programs = Programs::new()?;
        let data = call(0, bindings::SECCOMP_NATIVE_ARCH);

        for (i, oldest) in (0..ACTIONS.len()).zip(ACTIONS) {
            let root = programs.attach(&[ret(oldest | 1)], None)?;

            for (j, middle) in (0..ACTIONS.len()).zip(ACTIONS) {
                let middle = programs.attach(&[ret(middle | 2)], Some(root.clone()))?;

                for (k, youngest) in (0..ACTIONS.len()).zip(ACTIONS) {
                    let top = programs.attach(&[ret(youngest | 3)], Some(middle.clone()))?;
                    let strictest = i.min(j).min(k);
                    let (owner, mark): (&FilterUser, u32) = if k == strictest {
                        (&top, 3)
                    } else if j == strictest {
                        (&middle, 2)
                    } else {
                        (&root, 1)
                    };
                    let expected = match ACTIONS.get(strictest) {
                        Some(0x7fff_0000) => None,
                        Some(action) => {
                            Some((Verdict::from_raw(action | mark), ptr::from_ref(&**owner)))
                        }
                        None => return Err(EINVAL),
                    };

                    // What is known in advance is the same as what programs return that are run.
                    for spot in [NativeBits::spot(data.nr), NativeSpot::NONE] {
                        let decided = said(decide(&top, spot, || data));

                        ensure!(decided == expected, "chain {i} {j} {k}: {decided:?}");
                    }
                }
            }
        }
        Ok(())
    }

    /// What a filter allows in the native table says nothing of the numbers of other tables.
    #[test]
    fn cache_is_of_one_architecture() -> Result {
        const NATIVE: u32 = bindings::SECCOMP_NATIVE_ARCH;
        const COMPAT: u32 = bindings::SECCOMP_COMPAT_ARCH;

        let programs = Programs::new()?;
        let filter = programs.attach(
            &[
                stmt(code::LD_W_ABS, 4),
                jump(code::JEQ_K, NATIVE, 0, 1),
                ret(0x7fff_0000),
                ret(0x8000_0000),
            ],
            None,
        )?;

        for (arch, nr, verdict) in [
            (NATIVE, 3, None),
            (NATIVE, 0x4000_0003, None),
            (NATIVE, -1, None),
            (COMPAT, 3, Some(Verdict::KILL_PROCESS)),
            (0, 3, Some(Verdict::KILL_PROCESS)),
        ] {
            if arch == COMPAT && bindings::SECCOMP_COMPAT_CALLS == 0 {
                continue;
            }
            ensure!(
                decide(&filter, native_spot(arch, nr), || call(nr, arch)).map(|by| by.0) == verdict,
                "call {nr} of {arch:#x}"
            );
        }
        Ok(())
    }

    /// Chains of filters that say the same to all, that say something to one call alone, and that
    /// look at the arguments, decide as if every program was run.
    #[test]
    fn what_is_known_is_what_is_run() -> Result {
        let ret_arg = [stmt(code::LD_W_ABS, 16), stmt(code::RET_A, 0)];
        let one_call = |verdict, others| {
            [
                stmt(code::LD_W_ABS, 0),
                jump(code::JEQ_K, 1, 0, 1),
                ret(verdict),
                ret(others),
            ]
        };
        let look_at_one = |verdict| {
            [
                stmt(code::LD_W_ABS, 0),
                jump(code::JEQ_K, 1, 1, 0),
                ret(verdict),
                stmt(code::LD_W_ABS, 16),
                stmt(code::RET_A, 0),
            ]
        };
        let kinds: [&[Insn]; 9] = [
            &[ret(0x7fff_0000)],
            &[ret(0x0005_0001)],
            &[ret(0x7ff0_0002)],
            &ret_arg,
            &one_call(0x0005_0003, 0x7fff_0000),
            &one_call(0x7fff_0000, 0x0003_0004),
            &one_call(0x0005_0005, 0x7ffc_0006),
            &look_at_one(0x7fff_0000),
            &look_at_one(0x0005_0007),
        ];
        let programs = Programs::new()?;

        for oldest in kinds {
            let root = programs.attach(oldest, None)?;

            for middle in kinds {
                let middle = programs.attach(middle, Some(root.clone()))?;

                for youngest in kinds {
                    let top = programs.attach(youngest, Some(middle.clone()))?;

                    for (nr, arg) in (0..3).flat_map(|nr| [(nr, 0x0005_0008), (nr, 0x7fff_0000)]) {
                        let mut data = call(nr, bindings::SECCOMP_NATIVE_ARCH);

                        data.args = [arg; 6];

                        let known = said(decide(&top, NativeBits::spot(nr), || data));
                        let run = said(decide(&top, NativeSpot::NONE, || data));

                        ensure!(known == run, "call {nr}: {known:?}, {run:?}");
                    }
                }
            }
        }
        Ok(())
    }

    /// `ERRNO` data is capped at 4095.
    #[test]
    fn errno_limit() {
        assert_eq!(MAX_ERRNO, 4095);
    }

    /// Whether the call is made, of a thread that nobody traces. Its registers are all zero: it
    /// seems to make call 0.
    #[test]
    fn what_is_permitted() -> Result {
        let programs = Programs::new()?;

        for (name, verdict, permitted) in [
            ("ALLOW", 0x7fff_0000, Permit::Allow),
            ("ALLOW with data", 0x7fff_0001, Permit::Allow),
            ("LOG", 0x7ffc_0000, Permit::Allow),
            ("ERRNO", 0x0005_ffff, Permit::Skip),
            ("TRACE without a tracer", 0x7ff0_0000, Permit::Skip),
            ("USER_NOTIF without a listener", 0x7fc0_0000, Permit::Skip),
        ] {
            with_slot(|task| {
                let filter = programs.prepare(&[ret(verdict)], 0)?;

                with_locked_slot(task, |slot| {
                    slot.push(filter);
                    slot.set_mode(Mode::Filter, true);
                })?;
                ensure!(
                    permit(task, no_files(), call_of(task)) == permitted,
                    "{name}"
                );
                ensure!(current_mode(task) == Mode::Filter, "{name}");
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What strict mode makes of call 0: it is `read` here, and `io_setup` there.
    #[cfg(CONFIG_X86_64)]
    const CALL_0: Permit = Permit::Allow;
    #[cfg(CONFIG_ARM64)]
    const CALL_0: Permit = Permit::Exit(SIGKILL);

    /// Only the filters of the thread itself are asked: without any of them the call is made by
    /// none but strict mode's table.
    #[cfg(any(CONFIG_X86_64, CONFIG_ARM64))]
    #[test]
    fn strict_mode() -> Result {
        with_slot(|task| {
            with_locked_slot(task, |slot| slot.set_mode(Mode::Strict, true))?;
            ensure!(permit(task, no_files(), call_of(task)) == CALL_0, "call 0");
            Ok(())
        })
    }

    /// A task that was killed for a call and has survived dies at its next one, and so does one
    /// whose mode is none. The kernel warns of it, once.
    #[test]
    fn impossible_modes() -> Result {
        static WARNED: AtomicFlag = AtomicFlag::new(false);

        let warnings = QuietWarnings::new()?;

        for mode in [Mode::Dead, Mode::Disabled, Mode::Dead] {
            with_slot(|task| {
                with_locked_slot(task, |slot| slot.set_mode(mode, true))?;
                ensure!(
                    permit(task, no_files(), call_of(task)) == Permit::Exit(SIGKILL),
                    "{mode:?}"
                );
                ensure!(current_mode(task) == mode, "{mode:?}");
                Ok(())
            })?;
        }
        // That was before, if the tests are run again.
        let expected = c_int::from(!WARNED.xchg(true, Full));

        ensure!(warnings.count() == expected, "{}", warnings.count());
        Ok(())
    }
}
