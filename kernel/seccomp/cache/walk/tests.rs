// SPDX-License-Identifier: GPL-2.0

//! Tests of the walk: all calls at once must fare like each of them alone, and that is what the
//! program returns whatever their arguments are.

#![deny(unsafe_code)]

use super::*;

use crate::{
    abi::SeccompData,
    cache::{
        tests::{
            evaluate,
            ALLOW,
            KILL, //
        },
        COMPAT_ARCH,
        NATIVE_ARCH,
        NATIVE_CALLS, //
    },
    testing::{
        each_program,
        ensure,
        jump,
        random::{
            any_call,
            legal,
            program,
            show, //
        },
        reference,
        ret,
        stmt,
        Numbers, //
    }, //
};

const NATIVE_WORDS: usize = NATIVE_CALLS.div_ceil(usize::BITS as usize);

/// Checks what walks find for all calls of a table, whichever room they have. What is known of a
/// call by number and architecture has been worked out by an evaluator of its own, and is what the
/// program returns in each sample of a call. How many calls that are.
fn check_walk<const CALLS: usize, const WORDS: usize>(
    insns: &[Insn],
    arch: u32,
    rooms: &[usize],
    samples: &mut [SeccompData],
) -> Result<usize> {
    let mut constants = KVec::with_capacity(CALLS, GFP_KERNEL)?;
    let mut refuses = false;

    for nr in 0..CALLS as c_int {
        let constant = evaluate(insns, nr, arch);

        for data in samples.iter_mut().filter(|_| constant.is_some()) {
            (data.nr, data.arch) = (nr, arch);

            let returned = reference::run(insns, data);

            ensure!(
                returned == constant,
                "call {nr} of {arch:#x}: {constant:x?}, {returned:x?}"
            );
        }
        refuses |= constant.is_some_and(|verdict| verdict & 0xffff_0000 != ALLOW);
        constants.push(constant, GFP_KERNEL)?;
    }

    let constant = |nr: u32| constants.get(nr as usize).copied().flatten();
    let table = CallBits::from(0);
    let expected = table.filter(|nr| constant(nr) == Some(ALLOW));

    for room in rooms {
        let found = Walk::<CALLS, WORDS>::constants(insns, arch, *room);
        let Constants {
            allowed,
            refused,
            refusal,
        } = found;
        let so_refused = table.filter(|nr| constant(nr).map(Verdict::from_raw) == Some(refusal));

        ensure!(allowed == expected, "{arch:#x}, room {room}");
        ensure!(
            so_refused.covers(&refused),
            "{arch:#x}, room {room}, {refusal:?}"
        );
        ensure!(
            refused.is_empty() || refusal.is_stricter_than(Verdict::ALLOW),
            "{arch:#x}, room {room}, {refusal:?}"
        );
        // There is one if any call is refused.
        ensure!(
            refused.is_empty() != refuses,
            "{arch:#x}, room {room}, {refusal:?}"
        );
    }
    Ok(constants.iter().flatten().count())
}

/// Calls with arguments that are made up.
fn any_calls(numbers: &mut Numbers) -> [SeccompData; 2] {
    [(); 2].map(|()| any_call(numbers, 0, 0))
}

/// Instructions that split the calls into many sets, few of which end soon.
fn splitting(numbers: &mut Numbers, room: usize) -> Insn {
    let room = room.min(255);
    let jt = numbers.below(room.saturating_add(1)) as u8;
    let jf = numbers.below(room.min(3).saturating_add(1)) as u8;
    let nr = numbers.below(NATIVE_CALLS.saturating_add(10)) as u32;

    match numbers.below(24) {
        0 => stmt(code::AND_K, numbers.next() as u32 | 0xf),
        1 => stmt(code::JA, jf.into()),
        2 | 3 => stmt(code::LD_W_ABS, 0),
        4 => stmt(code::LD_W_ABS, 4),
        5..=11 => jump(code::JEQ_K, nr, jt, jf),
        12..=14 => jump(code::JGT_K, nr, jt, jf),
        15..=17 => jump(code::JGE_K, nr, jf, jt),
        18..=21 => jump(code::JSET_K, 1 << numbers.below(32), jt, jf),
        22 => stmt(code::LD_W_ABS, 16),
        _ => ret(numbers.pick(&[ALLOW, KILL]).unwrap_or(KILL)),
    }
}

/// The same, and now and then what the walk does not follow.
fn mixed(numbers: &mut Numbers, room: usize) -> Insn {
    match numbers.below(24) {
        0 => legal(numbers, room),
        _ => splitting(numbers, room),
    }
}

#[kunit_tests(seccomp_cache_walk)]
mod suite {
    use super::*;

    /// All calls of a table at once fare like each of them alone: all programs of four
    /// instructions, and a return.
    #[test]
    fn walk_of_short_programs() -> Result {
        let alphabet = [
            stmt(code::LD_W_ABS, 0),
            stmt(code::LD_W_ABS, 4),
            stmt(code::LD_W_ABS, 8),
            stmt(code::AND_K, 1),
            stmt(code::AND_K, NATIVE_ARCH | 2),
            stmt(code::JA, 1),
            jump(code::JEQ_K, 2, 1, 0),
            jump(code::JEQ_K, 0, 0, 2),
            jump(code::JGT_K, 1, 1, 0),
            jump(code::JGE_K, 3, 0, 1),
            jump(code::JSET_K, 2, 2, 1),
            ret(ALLOW),
            ret(KILL),
        ];

        let samples = &mut any_calls(&mut Numbers::new(3));

        check_walk::<4, 1>(&[], NATIVE_ARCH, &[ROOM], samples)?;
        each_program(&alphabet, |[a, b, c, d]| {
            let insns = [*a, *b, *c, *d, ret(ALLOW)];

            check_walk::<4, 1>(&insns, NATIVE_ARCH, &[ROOM, 1], samples)
                .inspect_err(|_| show(fmt!("four and a return"), &insns))
                .map(drop)
        })
    }

    /// The same of all operations: those that get to one which the walk does not follow are not
    /// known, and the others are.
    #[test]
    fn every_operation() -> Result {
        let samples = &mut any_calls(&mut Numbers::new(4));

        for code in 0..=0xff {
            for k in [0, 1, 4, 16] {
                for (jt, jf) in [(0, 1), (2, 0)] {
                    let insns = [
                        stmt(code::LD_W_ABS, 0),
                        jump(code::JEQ_K, 2, 1, 0),
                        jump(code, k, jt, jf),
                        jump(code::JGT_K, 1, 1, 0),
                        ret(ALLOW),
                        ret(KILL),
                    ];
                    let known = check_walk::<4, 1>(&insns, NATIVE_ARCH, &[ROOM, 0], samples)
                        .inspect_err(|_| show(fmt!("one operation"), &insns))?;

                    ensure!(known == 1 || known == 4, "code {code:#x}, {known} calls");
                }
            }
        }
        Ok(())
    }

    /// The same of large programs and tables, whether or not all sets find room to wait; half of
    /// them compute in ways that the walk does not follow.
    #[test]
    fn walk_of_large_programs() -> Result {
        let rooms = &[0, 2, ROOM];
        let mut known = 0;
        let mut partly = 0;

        for seed in 0..120 {
            let numbers = &mut Numbers::new(seed);
            let len = match seed {
                0 | 1 => kernel::bpf::MAX_INSNS,
                _ => numbers.below(300).saturating_add(1),
            };
            let kind: fn(&mut Numbers, usize) -> Insn = match seed % 2 {
                0 => splitting,
                _ => mixed,
            };
            let insns = program(numbers, len, kind)?;
            let samples = &mut any_calls(numbers);
            let calls =
                check_walk::<NATIVE_CALLS, NATIVE_WORDS>(&insns, NATIVE_ARCH, rooms, samples)
                    .and_then(|calls| {
                        check_walk::<65, 2>(&insns, COMPAT_ARCH, rooms, samples)?;
                        Ok(calls)
                    })
                    .inspect_err(|_| show(fmt!("seed {seed}"), &insns))?;

            known += calls;
            partly += usize::from(calls != 0 && calls != NATIVE_CALLS);
        }

        // Something is known of many calls, and in many programs not of all.
        ensure!(known > 20 * NATIVE_CALLS, "{known}");
        ensure!(partly > 30, "{partly}");
        Ok(())
    }

    /// Sets of numbers, at the edges of words and of the table.
    #[test]
    fn sets() -> Result {
        type Bits = CallBits<130, 3>;

        for nr in [0, 1, 63, 64, 127, 128, 129, 130, 131, 192, usize::MAX] {
            let mut from = 0;
            let mut only = 0;

            Bits::from(nr).for_each(|other| {
                from += usize::from(other as usize >= nr);
            });
            Bits::only(nr).for_each(|other| {
                only += usize::from(other as usize == nr);
            });
            ensure!(from == 130usize.saturating_sub(nr), "{nr}: {from}");
            ensure!(only == usize::from(nr < 130), "{nr}: {only}");
            ensure!(
                Bits::from(nr).is_empty() == (nr >= 130),
                "{nr} and what follows"
            );
        }
        ensure!(
            Bits::from(0).filter(|nr| nr >= 70) == Bits::from(70),
            "from 70"
        );
        Ok(())
    }
}
