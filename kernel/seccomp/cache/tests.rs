// SPDX-License-Identifier: GPL-2.0

//! Tests of the cache: it must never allow what the filters might not.

#![deny(unsafe_code)]

use super::*;

use crate::{
    check::FilterProgram,
    testing::{
        each_program,
        ensure,
        jump,
        random::{
            any,
            any_call,
            followed,
            program,
            show, //
        },
        reference,
        ret,
        stmt,
        Numbers,
        Programs, //
    }, //
};

mod chains;

pub(super) const ALLOW: u32 = 0x7fff_0000;
pub(super) const KILL: u32 = 0x8000_0000;

/// An architecture that is neither of the two: `AUDIT_ARCH_ARMEB`.
const OTHER_ARCH: u32 = 0x28;

/// What the program returns if it is run with the number and the architecture alone; nothing if
/// it wants more, or does more than branch and mask.
pub(super) fn evaluate(insns: &[Insn], nr: c_int, arch: u32) -> Option<u32> {
    let mut a = 0;
    let mut pc = 0usize;

    while let Some(insn) = insns.get(pc) {
        let k = insn.k;
        let taken = match insn.code {
            0x15 => a == k,
            0x25 => a > k,
            0x35 => a >= k,
            0x45 => a & k != 0,
            _ => false,
        };
        let skip = match insn.code {
            0x06 => return Some(k),
            0x05 => k as usize,
            0x15 | 0x25 | 0x35 | 0x45 if taken => insn.jt.into(),
            0x15 | 0x25 | 0x35 | 0x45 => insn.jf.into(),
            0x20 if k == 0 => {
                a = nr as u32;
                0
            }
            0x20 if k == 4 => {
                a = arch;
                0
            }
            0x54 => {
                a &= k;
                0
            }
            _ => return None,
        };

        pc = pc.saturating_add(1).saturating_add(skip);
    }
    None
}

/// Whether the chain allows a call.
fn allows(known: &Known, arch: u32, nr: c_int) -> bool {
    known.allows(arch, nr, native_spot(arch, nr))
}

/// Whether `nr` is one of the two calls of probes.
fn is_uprobe_call(nr: c_int) -> bool {
    cfg!(CONFIG_X86_64) && (nr == 335 || nr == 336)
}

const CALLS: [c_int; 7] = [0, 1, 2, 255, 0x4000_0000, c_int::MAX, -1];
const ARCHES: [u32; 3] = [NATIVE_ARCH, COMPAT_ARCH, OTHER_ARCH];

/// Checks what is known of some calls: it is what the evaluator says, and what the program returns
/// whatever the rest of the call is, as compiled and by the reference. How many are known.
fn check_constants(
    programs: &Programs,
    insns: &[Insn],
    numbers: &mut Numbers,
    samples: usize,
) -> Result<usize> {
    let compiled = FilterProgram::from_user(&programs.place(insns)?, false)?;
    let mut found = 0;

    for (nr, arch) in CALLS
        .into_iter()
        .flat_map(|nr| ARCHES.map(|arch| (nr, arch)))
    {
        let expected = evaluate(insns, nr, arch);
        let known = constant(insns, 0, nr as u32, arch);

        ensure!(
            known == expected,
            "call {nr} of {arch:#x}: {known:x?}, {expected:x?}"
        );
        found += usize::from(known.is_some());
        for _ in 0..samples {
            let data = any_call(numbers, nr, arch);
            let verdict = compiled.run(&data);
            let referred = reference::run(insns, &data);
            let agree = referred == Some(verdict) && known.is_none_or(|known| known == verdict);

            ensure!(
                agree,
                "{verdict:#x}, {referred:x?}, {known:x?}, call {nr} of {arch:#x}, ip {:#x}, {:x?}",
                data.instruction_pointer,
                data.args
            );
        }
    }
    Ok(found)
}

#[kunit_tests(seccomp_cache)]
mod suite {
    use super::*;

    /// What is known of a call is what the program returns by its number and architecture: all
    /// programs of up to four instructions, as far as they differ.
    #[test]
    fn short_programs() -> Result {
        let alphabet = [
            stmt(code::LD_W_ABS, 0),
            stmt(code::LD_W_ABS, 4),
            stmt(code::LD_W_ABS, 8),
            stmt(code::AND_K, 1),
            stmt(code::OR_K, 1),
            stmt(code::JA, 1),
            jump(code::JEQ_K, 1, 0, 1),
            jump(code::JGT_K, 1, 1, 0),
            jump(code::JGE_K, 1, 2, 0),
            jump(code::JSET_K, 2, 0, 2),
            ret(ALLOW),
            ret(ALLOW | 1),
            ret(KILL),
            stmt(code::RET_A, 0),
        ];
        let none: &[Insn] = &[];

        ensure!(
            constant(none, 0, 0, NATIVE_ARCH).is_none(),
            "no instructions"
        );

        each_program::<4>(&alphabet, |insns| {
            for nr in 0..3 {
                let expected = evaluate(insns, nr, NATIVE_ARCH);

                ensure!(
                    constant(insns, 0, nr as u32, NATIVE_ARCH) == expected,
                    "call {nr}, {insns:?}"
                );
            }
            Ok(())
        })
    }

    /// The same of large programs, the longest among them; and what those return that are run
    /// agrees with it.
    #[test]
    fn large_programs() -> Result {
        let programs = Programs::new()?;

        for seed in 0..150 {
            let numbers = &mut Numbers::new(seed);
            let len = match seed {
                0 => kernel::bpf::MAX_INSNS,
                _ => numbers.below(200).saturating_add(1),
            };
            let insns = program(numbers, len, followed)?;
            let found = check_constants(&programs, &insns, numbers, 1)
                .inspect_err(|_| show(fmt!("seed {seed}"), &insns))?;

            // Nothing that is followed leaves anything open.
            ensure!(found == CALLS.len() * ARCHES.len(), "seed {seed}");
        }
        Ok(())
    }

    /// What is in the cache is allowed whatever the arguments are, and nothing is left out for what
    /// the program does with other calls: programs of all sorts of instructions are run with many.
    #[test]
    fn arguments_do_not_matter() -> Result {
        let programs = Programs::new()?;
        let mut mixed = 0;

        for seed in 0..400 {
            let numbers = &mut Numbers::new(seed);
            let len = numbers.below(24).saturating_add(2);
            let insns = program(numbers, len, any)?;
            let found = check_constants(&programs, &insns, numbers, 4)
                .inspect_err(|_| show(fmt!("seed {seed}"), &insns))?;

            mixed += usize::from(found != 0 && found != CALLS.len() * ARCHES.len());
        }

        // Many say something to some calls, and depend on the arguments of others.
        ensure!(mixed > 30, "{mixed}");
        Ok(())
    }

    /// Numbers that are in no table are not in the cache: -1, past the end, and those of x32.
    #[test]
    fn edges() -> Result {
        let all = Known::by_program(&[ret(ALLOW)]);

        for (arch, calls) in [
            (NATIVE_ARCH, NATIVE_CALLS),
            (COMPAT_ARCH, COMPAT_CALLS),
            (OTHER_ARCH, 0),
        ] {
            // Without a second table the first is for all.
            let calls = if COMPAT_CALLS == 0 {
                NATIVE_CALLS
            } else {
                calls
            } as c_int;

            for nr in [
                c_int::MIN,
                -1,
                0,
                1,
                calls.wrapping_sub(1),
                calls,
                calls.wrapping_add(1),
                calls | 63,
                0x4000_0000,
                0x4000_0001,
                c_int::MAX,
            ] {
                let listed = (0..calls).contains(&nr);

                ensure!(allows(&all, arch, nr) == listed, "call {nr} of {arch:#x}");
                ensure!(!allows(&Known::NOTHING, arch, nr), "call {nr} of {arch:#x}");
            }
        }
        Ok(())
    }

    /// Each call has a bit of its own.
    #[test]
    fn one_call() -> Result {
        for wanted in 0..NATIVE_CALLS.max(COMPAT_CALLS) as c_int {
            let allowed = Known::by_program(&[
                stmt(code::LD_W_ABS, 0),
                jump(code::JEQ_K, wanted as u32, 0, 1),
                ret(ALLOW),
                ret(KILL),
            ]);

            for nr in 0..NATIVE_CALLS as c_int {
                ensure!(
                    allows(&allowed, NATIVE_ARCH, nr) == (nr == wanted || is_uprobe_call(nr)),
                    "native {nr}, {wanted} allowed"
                );
            }
            for nr in 0..COMPAT_CALLS as c_int {
                ensure!(
                    allows(&allowed, COMPAT_ARCH, nr) == (nr == wanted),
                    "compat {nr}, {wanted} allowed"
                );
            }
        }
        Ok(())
    }

    /// Compat numbers never hit the native table, nor the other way round.
    #[test]
    fn architectures_are_apart() -> Result {
        if COMPAT_CALLS == 0 {
            return Ok(());
        }

        for (arch, native, compat) in [
            (NATIVE_ARCH, true, false),
            (COMPAT_ARCH, false, true),
            (OTHER_ARCH, false, false),
        ] {
            let allowed = Known::by_program(&[
                stmt(code::LD_W_ABS, 4),
                jump(code::JEQ_K, arch, 0, 1),
                ret(ALLOW),
                ret(KILL),
            ]);

            for nr in 0..8 {
                ensure!(
                    allows(&allowed, NATIVE_ARCH, nr) == native,
                    "{arch:#x} {nr}"
                );
                ensure!(
                    allows(&allowed, COMPAT_ARCH, nr) == compat,
                    "{arch:#x} {nr}"
                );
                ensure!(!allows(&allowed, OTHER_ARCH, nr), "{arch:#x} {nr}");
            }
        }

        assert!(is_native(NATIVE_ARCH));
        assert!(!is_native(COMPAT_ARCH));
        assert!(!is_native(OTHER_ARCH));
        Ok(())
    }

    /// uretprobe and uprobe calls pass every filter, where they are calls of the native table.
    #[test]
    fn probes_pass() -> Result {
        let none = Known::by_program(&[ret(KILL)]);

        for nr in 0..NATIVE_CALLS as c_int {
            let probe = cfg!(CONFIG_X86_64) && (nr == 335 || nr == 336);

            ensure!(allows(&none, NATIVE_ARCH, nr) == probe, "{nr}");
        }
        assert!(none.compat == Known::NOTHING.compat);
        Ok(())
    }

    /// A chain allows what all of its filters do.
    #[test]
    fn intersection() -> Result {
        let odd = |nr: c_int| nr & 1 != 0;
        let third = |nr: c_int| nr % 3 == 0;
        let allowed = |rule: fn(c_int) -> bool| {
            let native = NativeBits::from(0).filter(|nr| rule(nr as c_int));

            Known {
                passes: native,
                settled: native,
                compat: CompatBits::from(0).filter(|nr| rule(nr as c_int)),
                refusal: Verdict::KILL_PROCESS,
            }
        };
        let mut chain = allowed(odd);

        chain.put_on(&allowed(third));
        for nr in -1..512 {
            let rule = nr >= 0 && odd(nr) && third(nr);

            for (arch, calls) in [(NATIVE_ARCH, NATIVE_CALLS), (COMPAT_ARCH, COMPAT_CALLS)] {
                if calls != 0 {
                    ensure!(
                        allows(&chain, arch, nr) == (rule && (nr as usize) < calls),
                        "call {nr} of {arch:#x}"
                    );
                }
            }
        }

        let before = chain;

        chain.put_on(&allowed(|_| true));
        assert!(chain == before);
        chain.put_on(&Known::NOTHING);
        assert!(chain.native_allowed() == NativeBits::NONE);
        assert!(chain.settled == NativeBits::NONE);
        assert!(chain.compat == CompatBits::NONE);
        assert!(chain.passes == before.passes);
        Ok(())
    }

    /// What is settled and not passed has the refusal that most calls have in common.
    #[test]
    fn refusals() -> Result {
        let known = Known::by_program(&[
            stmt(code::LD_W_ABS, 0),
            jump(code::JEQ_K, 1, 6, 0),
            jump(code::JEQ_K, 2, 4, 0),
            jump(code::JEQ_K, 3, 4, 0),
            jump(code::JGT_K, 9, 4, 0),
            stmt(code::LD_W_ABS, 16),
            stmt(code::RET_A, 0),
            ret(0x0005_0002),
            ret(0x0005_0001),
            ret(ALLOW),
        ]);

        ensure!(
            known.refusal() == Verdict::from_raw(0x0005_0001),
            "{:?}",
            known.refusal()
        );
        for nr in 0..NATIVE_CALLS as c_int {
            let spot = native_spot(NATIVE_ARCH, nr);
            let (passes, settled) = match nr {
                1 | 3 => (false, true),
                _ if nr > 9 || is_uprobe_call(nr) => (true, true),
                _ => (false, false),
            };

            ensure!(known.passes(spot) == passes, "{nr}");
            ensure!(known.settles(spot) == settled, "{nr}");
        }
        Ok(())
    }
}
