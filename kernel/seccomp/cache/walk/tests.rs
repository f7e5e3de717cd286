// SPDX-License-Identifier: GPL-2.0

//! Tests of the walk: all calls at once must fare like each of them alone.

#![deny(unsafe_code)]

use super::*;

use crate::{
    cache::{
        tests::{
            is_const_allow,
            program,
            ALLOW,
            KILL, //
        },
        COMPAT_ARCH,
        NATIVE_ARCH,
        NATIVE_CALLS, //
    },
    testing::{
        ensure,
        jump,
        ret,
        stmt,
        Numbers, //
    }, //
};

const NATIVE_WORDS: usize = NATIVE_CALLS.div_ceil(usize::BITS as usize);

/// Checks what a walk finds for all calls of a table: the same as one run for each.
fn check_walk<const CALLS: usize, const WORDS: usize>(
    insns: &[Insn],
    arch: u32,
    room: usize,
) -> Result {
    let Constants {
        allowed: walked,
        refused,
        refusal,
    } = Walk::<CALLS, WORDS>::constants(insns, arch, room);
    let each = CallBits::from(0).filter(|nr| is_const_allow(insns, nr as c_int, arch));

    let refuses = |nr| constant(insns, 0, nr, arch).map(Verdict::from_raw) == Some(refusal);

    ensure!(
        walked == each,
        "{arch:#x}, room {room}, {} instructions",
        insns.len()
    );
    ensure!(
        refused == refused.filter(refuses),
        "{arch:#x}, room {room}, {} instructions, {refusal:?}",
        insns.len()
    );
    ensure!(
        refused.is_empty() || refusal.is_stricter_than(Verdict::ALLOW),
        "{refusal:?}"
    );
    Ok(())
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

        check_walk::<4, 1>(&[], NATIVE_ARCH, ROOM)?;
        for a in alphabet {
            for b in alphabet {
                for c in alphabet {
                    for d in alphabet {
                        let insns = [a, b, c, d, ret(ALLOW)];

                        check_walk::<4, 1>(&insns, NATIVE_ARCH, ROOM)?;
                        check_walk::<4, 1>(&insns, NATIVE_ARCH, 1)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The same of large programs and tables, whether or not all sets find room to wait.
    #[test]
    fn walk_of_large_programs() -> Result {
        let numbers = &mut Numbers::new(3);

        for round in 0..100 {
            let len = match round {
                0 => kernel::bpf::MAX_INSNS,
                _ => numbers.below(300).saturating_add(1),
            };
            let insns = program(numbers, len, splitting)?;

            for room in [0, 2, ROOM] {
                check_walk::<NATIVE_CALLS, NATIVE_WORDS>(&insns, NATIVE_ARCH, room)?;
                check_walk::<65, 2>(&insns, COMPAT_ARCH, room)?;
            }
        }
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
