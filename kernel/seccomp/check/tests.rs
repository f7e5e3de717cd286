// SPDX-License-Identifier: GPL-2.0

//! Tests of which programs are filters, and of what becomes of those.

#![deny(unsafe_code)]

use super::*;

use crate::testing::{
    call,
    each_program,
    ensure,
    jump,
    nowhere,
    random::{
        any_call,
        legal,
        program,
        show, //
    },
    reference,
    ret,
    stmt,
    Numbers,
    Programs, //
};

use kernel::bpf::{
    UserProgram,
    MAX_INSNS, //
};

/// What filters may consist of besides loads from their context, by number.
const KEPT: [u16; 38] = [
    // A and X from constants and scratch memory, and back.
    0x00, 0x01, 0x60, 0x61, 0x02, 0x03, 0x07, 0x87, //
    // Arithmetic with a constant: add, sub, mul, div, or, and, lsh, rsh, xor; neg.
    0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0xa4, 0x84, //
    // Arithmetic with X.
    0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0xac, //
    // Jumps: always, equal, greater, greater or equal, bits set.
    0x05, 0x15, 0x25, 0x35, 0x45, 0x1d, 0x2d, 0x3d, 0x4d, //
    // Return a constant, return A.
    0x06, 0x16,
];

/// What becomes of an instruction, by number.
fn expected(insn: &Insn) -> Result<Rewrite> {
    match insn.code {
        0x20 if insn.k % 4 == 0 && insn.k <= 60 => Ok(Rewrite::LoadContext { offset: insn.k }),
        0x80 => Ok(Rewrite::LoadA(64)),
        0x81 => Ok(Rewrite::LoadX(64)),
        code if KEPT.contains(&code) => Ok(Rewrite::Keep),
        _ => Err(EINVAL),
    }
}

/// Programs are given to user memory, and compared with the reference.
struct Judge {
    programs: Programs,
    numbers: Numbers,
    taken: usize,
    refused: usize,
    /// The operations of those that were taken.
    seen: [bool; 0x100],
}

impl Judge {
    fn new() -> Result<Self> {
        Ok(Self {
            programs: Programs::new()?,
            numbers: Numbers::new(4),
            taken: 0,
            refused: 0,
            seen: [false; 0x100],
        })
    }

    /// A program is taken if the reference says that it is a filter, and else `EINVAL`. If it is
    /// run it returns what the reference does, for calls whose arguments are made up.
    fn compare(&mut self, insns: &[Insn]) -> Result {
        let wanted = reference::is_filter(insns)?;
        let result = FilterProgram::from_user(&self.programs.place(insns)?, false);
        let error = result.as_ref().err().copied();

        ensure!(
            error == (!wanted).then_some(EINVAL),
            "{error:?}, a filter: {wanted}"
        );

        let Ok(filter) = result else {
            self.refused += 1;
            return Ok(());
        };

        self.taken += 1;
        for insn in insns {
            if let Some(seen) = self.seen.get_mut(usize::from(insn.code)) {
                *seen = true;
            }
        }
        for nr in [0, 1, -1] {
            let data = any_call(&mut self.numbers, nr, nr as u32 ^ 0xc000_003e);
            let returned = filter.run(&data);
            let expected = reference::run(insns, &data);

            ensure!(
                Some(returned) == expected,
                "{returned:#x}, {expected:x?}, call {nr}, ip {:#x}, arguments {:x?}",
                data.instruction_pointer,
                data.args
            );
        }
        Ok(())
    }
}

/// Makes one instruction into another, which may be wrong.
fn damage(numbers: &mut Numbers, insn: &mut Insn) {
    let odd = numbers
        .pick(&[1, 15, 16, 31, 32, 61, 64, u32::MAX])
        .unwrap_or(0);

    match numbers.below(8) {
        0 => insn.code = numbers.next() as u16 & 0xff,
        1 => insn.code ^= 1 << numbers.below(16),
        2 => insn.k = 0,
        3 => insn.k = odd,
        4 => insn.jt = odd as u8,
        5 => insn.jf = odd as u8,
        6 => insn.k = insn.k.wrapping_add(1),
        _ => *insn = stmt(code::LD_MEM, odd),
    }
}

/// Rules that would have all instructions of a class be loads, and keep the others.
struct Replaced<const CLASS: u16, const CONTEXT: bool>;

impl<const CLASS: u16, const CONTEXT: bool> Check for Replaced<CLASS, CONTEXT> {
    type Context = SeccompData;

    fn check(insn: &Insn) -> Result<Rewrite> {
        Ok(match (insn.code & 7 == CLASS, CONTEXT) {
            (true, true) => Rewrite::LoadContext { offset: 0 },
            (true, false) => Rewrite::LoadA(0),
            (false, _) => Rewrite::Keep,
        })
    }
}

/// Whether a program with an instruction of each class is one by such rules, and by those that
/// would have loads from the context instead of constants.
fn may_replace<const CLASS: u16>(program: &UserProgram) -> [bool; 2] {
    [
        Program::<Replaced<CLASS, false>>::from_user(program, false).is_ok(),
        Program::<Replaced<CLASS, true>>::from_user(program, false).is_ok(),
    ]
}

#[kunit_tests(seccomp_check)]
mod suite {
    use super::*;

    /// Whatever rules say, nothing becomes a load but a load: a program that has been verified ends
    /// with a return, and reads no scratch memory that it has not written.
    #[test]
    fn loads_alone_are_replaced() -> Result {
        let programs = Programs::new()?;
        let program = programs.place(&[
            stmt(code::LD_IMM, 1),
            stmt(code::LDX_IMM, 1),
            stmt(code::ST, 0),
            stmt(code::STX, 1),
            stmt(code::ADD_K, 1),
            stmt(code::JA, 0),
            stmt(code::TAX, 0),
            stmt(code::RET_K, 1),
        ])?;

        assert!(may_replace::<8>(&program) == [true; 2]);
        assert!(may_replace::<0>(&program) == [true; 2]);
        assert!(may_replace::<1>(&program) == [true; 2]);
        assert!(may_replace::<2>(&program) == [false; 2]);
        assert!(may_replace::<3>(&program) == [false; 2]);
        assert!(may_replace::<4>(&program) == [false; 2]);
        assert!(may_replace::<5>(&program) == [false; 2]);
        assert!(may_replace::<6>(&program) == [false; 2]);
        assert!(may_replace::<7>(&program) == [false; 2]);
        Ok(())
    }

    /// A bad program is `EINVAL`: all 65,536 operations.
    #[test]
    fn every_operation() -> Result {
        for code in 0..=u16::MAX {
            for k in [0, 4, 0xffff_f000] {
                let insn = jump(code, k, 1, 2);

                ensure!(
                    Rules::check(&insn) == expected(&insn),
                    "code {code:#x}, k {k:#x}"
                );
            }
        }
        Ok(())
    }

    /// Loads are of an aligned word of `struct seccomp_data`.
    #[test]
    fn every_offset() -> Result {
        for page in [0, 0x7fff_ff00, 0x8000_0000, 0xffff_f000, 0xffff_ff00] {
            for byte in 0..=0xff {
                let insn = stmt(code::LD_W_ABS, page | byte);

                ensure!(Rules::check(&insn) == expected(&insn), "{:#x}", insn.k);
            }
        }
        Ok(())
    }

    /// A filter sees the call, word by word in the byte order of the machine.
    #[test]
    fn words_of_the_context() -> Result {
        let programs = Programs::new()?;
        let data = call(-7, 0xc000_003e);
        let [a, b, c, d, e, f] = data.args;
        let mut words = KVec::new();

        words.push(data.nr as u32, GFP_KERNEL)?;
        words.push(data.arch, GFP_KERNEL)?;
        for value in [data.instruction_pointer, a, b, c, d, e, f] {
            let (low, high) = (value as u32, (value >> 32) as u32);
            let halves = if cfg!(target_endian = "little") {
                [low, high]
            } else {
                [high, low]
            };

            words.extend_from_slice(&halves, GFP_KERNEL)?;
        }
        assert_eq!(words.len(), 16);

        for (word, offset) in words.iter().zip((0..64).step_by(4)) {
            let insns = [stmt(code::LD_W_ABS, offset), stmt(code::RET_A, 0)];
            let program = FilterProgram::from_user(&programs.place(&insns)?, false)?;

            ensure!(program.run(&data) == *word, "offset {offset}");
        }
        Ok(())
    }

    /// `LEN` loads see the size of `struct seccomp_data`, and the other register stays.
    #[test]
    fn length_of_the_context() -> Result {
        let programs = Programs::new()?;

        for (name, insns, result) in [
            (
                "A",
                [
                    stmt(code::LDX_IMM, 7),
                    stmt(code::LD_W_LEN, 0),
                    stmt(code::ADD_X, 0),
                    stmt(code::RET_A, 0),
                ],
                71,
            ),
            (
                "X",
                [
                    stmt(code::LD_IMM, 9),
                    stmt(code::LDX_W_LEN, 0),
                    stmt(code::ADD_X, 0),
                    stmt(code::RET_A, 0),
                ],
                73,
            ),
        ] {
            let program = FilterProgram::from_user(&programs.place(&insns)?, true)?;

            ensure!(program.run(&call(0, 0)) == result, "{name}");
            // Checkpoints get what user space has given.
            ensure!(program.original() == Some(&insns), "{name}");
        }
        Ok(())
    }

    /// What the verifier and the rules refuse together is `EINVAL`.
    #[test]
    fn bad_programs() -> Result {
        const OK: Insn = ret(0x7fff_0000);

        let programs = Programs::new()?;
        let table: [(&str, &[Insn]); 16] = [
            ("no instructions", &[]),
            ("no return at the end", &[stmt(code::LD_IMM, 0)]),
            ("jump past the end", &[stmt(code::JA, 1), OK]),
            ("branch past the end", &[jump(code::JEQ_K, 0, 0, 1), OK]),
            ("division by the constant 0", &[stmt(code::DIV_K, 0), OK]),
            ("shift by 32", &[stmt(code::LSH_K, 32), OK]),
            ("scratch word 16", &[stmt(code::ST, 16), OK]),
            ("load before store", &[stmt(code::LD_MEM, 0), OK]),
            ("modulo", &[stmt(0x94, 3), OK]),
            ("byte of a packet", &[stmt(0x30, 0), OK]),
            ("half word of a packet", &[stmt(0x28, 0), OK]),
            ("indirect load", &[stmt(0x40, 0), OK]),
            ("header length", &[stmt(0xb1, 0), OK]),
            ("ancillary data", &[stmt(code::LD_W_ABS, 0xffff_f000), OK]),
            ("load past the end", &[stmt(code::LD_W_ABS, 64), OK]),
            ("unaligned load", &[stmt(code::LD_W_ABS, 2), OK]),
        ];

        for (name, insns) in table {
            let result = FilterProgram::from_user(&programs.place(insns)?, false);

            ensure!(result.err() == Some(EINVAL), "{name}");
        }

        let unreadable = UserProgram {
            len: 1,
            insns: nowhere(),
        };

        assert!(FilterProgram::from_user(&unreadable, false).err() == Some(EFAULT));
        Ok(())
    }

    /// Of one instruction alone, and before a return, the reference and what is tested think the
    /// same: all operations of eight bits, and some above.
    #[test]
    fn one_instruction() -> Result {
        let mut judge = Judge::new()?;

        for code in Iterator::chain(0..=0xff, [0x106, 0x120, 0x8006, 0xff06, 0xffff]) {
            for k in [0, 1, 2, 15, 16, 31, 32, 60, 64, 0xffff_f000, u32::MAX] {
                for (jt, jf) in [(0, 0), (0, 1), (1, 0)] {
                    let insn = jump(code, k, jt, jf);

                    for insns in [&[insn][..], &[insn, ret(k)]] {
                        judge
                            .compare(insns)
                            .inspect_err(|_| show(fmt!("one operation"), insns))?;
                    }
                    // Nothing else looks at the distances.
                    if code & 7 != 5 {
                        break;
                    }
                }
            }
        }
        ensure!(judge.taken > 300, "{}", judge.taken);
        Ok(())
    }

    /// The same of all programs of up to three instructions, some of each class, right and wrong.
    #[test]
    fn short_programs() -> Result {
        let alphabet = [
            stmt(code::LD_W_ABS, 60),
            stmt(code::LD_W_ABS, 64),
            stmt(0x30, 0),
            stmt(code::LD_IMM, 3),
            stmt(code::LDX_IMM, 0),
            stmt(code::LDX_W_LEN, 0),
            stmt(code::LD_MEM, 1),
            stmt(code::LDX_MEM, 1),
            stmt(code::ST, 1),
            stmt(code::STX, 15),
            stmt(code::STX, 16),
            stmt(code::DIV_X, 0),
            stmt(code::DIV_K, 0),
            stmt(code::LSH_K, 32),
            stmt(code::NEG, 0),
            stmt(code::JA, 0),
            stmt(code::JA, 1),
            jump(code::JEQ_K, 3, 1, 0),
            jump(code::JSET_X, 0, 0, 1),
            stmt(code::TAX, 0),
            stmt(code::TXA, 0),
            ret(7),
            stmt(code::RET_A, 0),
        ];
        let mut judge = Judge::new()?;

        let mut compare = |insns: &[Insn]| {
            judge
                .compare(insns)
                .inspect_err(|_| show(fmt!("up to three"), insns))
        };

        compare(&[])?;
        each_program::<1>(&alphabet, |insns| compare(insns))?;
        each_program::<2>(&alphabet, |insns| compare(insns))?;
        each_program::<3>(&alphabet, |insns| compare(insns))?;
        ensure!(judge.taken > 400, "{}", judge.taken);
        Ok(())
    }

    /// A word of scratch memory is stored on every way to where it is loaded: all programs of four
    /// instructions that store, load and jump, and a return.
    #[test]
    fn scratch_memory() -> Result {
        let alphabet = [
            stmt(code::ST, 0),
            stmt(code::STX, 1),
            stmt(code::LD_MEM, 0),
            stmt(code::LDX_MEM, 1),
            stmt(code::JA, 1),
            jump(code::JEQ_K, 0, 0, 1),
            jump(code::JGT_X, 0, 2, 0),
            ret(7),
        ];
        let mut judge = Judge::new()?;

        each_program(&alphabet, |[a, b, c, d]| {
            let insns = [*a, *b, *c, *d, stmt(code::RET_A, 0)];

            judge
                .compare(&insns)
                .inspect_err(|_| show(fmt!("scratch memory"), &insns))
        })?;
        ensure!(judge.taken > 500, "{}", judge.taken);
        ensure!(judge.refused > 500, "{}", judge.refused);
        Ok(())
    }

    /// The same of random programs of up to 64 instructions, half of them damaged in one place.
    #[test]
    fn random_programs() -> Result {
        let mut judge = Judge::new()?;

        for seed in 0..1500 {
            let numbers = &mut Numbers::new(seed);
            let len = numbers.below(64).saturating_add(1);
            let mut insns = program(numbers, len, legal)?;
            let at = numbers.below(len);

            if let Some(insn) = insns.get_mut(at).filter(|_| seed % 2 == 1) {
                damage(numbers, insn);
            }
            judge
                .compare(&insns)
                .inspect_err(|_| show(fmt!("seed {seed}"), &insns))?;
        }
        ensure!(judge.taken > 750, "{}", judge.taken);
        ensure!(judge.refused > 200, "{}", judge.refused);
        for code in Iterator::chain(KEPT.into_iter(), [0x20, 0x80, 0x81]) {
            ensure!(
                judge.seen.get(usize::from(code)) == Some(&true),
                "{code:#x}"
            );
        }
        Ok(())
    }

    /// The same of the longest programs; longer ones are refused before they are read.
    #[test]
    fn longest_programs() -> Result {
        let mut judge = Judge::new()?;

        assert_eq!(MAX_INSNS, 4096);
        for seed in 0..6 {
            let numbers = &mut Numbers::new(seed);
            let mut insns = program(numbers, MAX_INSNS, legal)?;

            // A jump over nearly all of it, just as far as it may be and one further.
            for skip in [0, 4094, 4095] {
                if let Some(first) = insns.first_mut() {
                    *first = stmt(code::JA, skip);
                }
                judge
                    .compare(&insns)
                    .inspect_err(|_| show(fmt!("seed {seed}"), &insns))?;
            }
        }
        ensure!(judge.taken >= 8, "{}", judge.taken);
        ensure!(judge.refused >= 6, "{}", judge.refused);

        for len in [4097, u16::MAX] {
            let insns = nowhere();
            let result = FilterProgram::from_user(&UserProgram { len, insns }, false);

            ensure!(result.err() == Some(EINVAL), "{len}");
        }
        Ok(())
    }
}
