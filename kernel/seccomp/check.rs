// SPDX-License-Identifier: GPL-2.0

//! Which classic BPF programs are filters.
//!
//! The verifier of classic BPF has passed the program already: jumps go forward and end inside,
//! scratch memory is in bounds, the last instruction returns. What is left to refuse are packets,
//! and loads that are not of an aligned word of `struct seccomp_data`.

use kernel::{
    bpf::{
        code,
        Check,
        Insn,
        Program,
        Rewrite, //
    },
    prelude::*, //
};

use crate::abi::SeccompData;

use core::mem::size_of;

/// The rules of system call filters.
pub(crate) struct Rules;

/// A verified filter program.
pub(crate) type FilterProgram = Program<Rules>;

/// What the `LEN` loads see.
const CONTEXT_LEN: u32 = size_of::<SeccompData>() as u32;

impl Check for Rules {
    type Context = SeccompData;

    fn check(insn: &Insn) -> Result<Rewrite> {
        match insn.code {
            code::LD_W_ABS => {
                if insn.k >= CONTEXT_LEN || insn.k & 3 != 0 {
                    return Err(EINVAL);
                }
                Ok(Rewrite::LoadContext { offset: insn.k })
            }
            code::LD_W_LEN => Ok(Rewrite::LoadA(CONTEXT_LEN)),
            code::LDX_W_LEN => Ok(Rewrite::LoadX(CONTEXT_LEN)),
            code::RET_K
            | code::RET_A
            | code::ADD_K
            | code::ADD_X
            | code::SUB_K
            | code::SUB_X
            | code::MUL_K
            | code::MUL_X
            | code::DIV_K
            | code::DIV_X
            | code::AND_K
            | code::AND_X
            | code::OR_K
            | code::OR_X
            | code::XOR_K
            | code::XOR_X
            | code::LSH_K
            | code::LSH_X
            | code::RSH_K
            | code::RSH_X
            | code::NEG
            | code::LD_IMM
            | code::LDX_IMM
            | code::LD_MEM
            | code::LDX_MEM
            | code::ST
            | code::STX
            | code::JA
            | code::JEQ_K
            | code::JEQ_X
            | code::JGE_K
            | code::JGE_X
            | code::JGT_K
            | code::JGT_X
            | code::JSET_K
            | code::JSET_X
            | code::TAX
            | code::TXA => Ok(Rewrite::Keep),
            _ => Err(EINVAL),
        }
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_check)]
mod tests {
    use super::*;
    use crate::testing::{
        call,
        ensure,
        jump,
        nowhere,
        ret,
        stmt,
        Programs, //
    };
    use kernel::bpf::UserProgram;

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
}
