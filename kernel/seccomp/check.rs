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
mod tests;
