// SPDX-License-Identifier: GPL-2.0

//! Programs and calls made up from [`Numbers`].

#![deny(unsafe_code)]

use kernel::{
    bindings,
    bpf::{
        code,
        Insn, //
    },
    fmt,
    prelude::*, //
};

use super::{
    jump,
    reference,
    ret,
    stmt,
    Numbers, //
};

use crate::abi::SeccompData;

/// What compares often with each other.
const COMMON: [u32; 15] = [
    0,
    1,
    2,
    3,
    31,
    32,
    64,
    0xff,
    0x4000_0000,
    0x7fff_0000,
    0x7fff_ffff,
    0x8000_0000,
    u32::MAX,
    bindings::SECCOMP_NATIVE_ARCH,
    bindings::SECCOMP_COMPAT_ARCH,
];

/// Verdicts, with data and without. Two of the actions do not exist; `ALLOW` comes more often.
const VERDICTS: [u32; 12] = [
    0x7fff_0000,
    0x7fff_0000,
    0x7fff_0000,
    0x7fff_0001,
    0x7ffe_0000,
    0x7ffc_0000,
    0x7ff0_0002,
    0x0005_0001,
    0x0005_0002,
    0x0003_0000,
    0xfff0_0000,
    0x8000_0000,
];

/// What filters compute with, besides loads of words, and what has rules for its constant.
const COMPUTING: [u16; 22] = [
    code::LD_IMM,
    code::LDX_IMM,
    code::LD_W_LEN,
    code::LDX_W_LEN,
    code::TAX,
    code::TXA,
    code::NEG,
    code::ADD_K,
    code::ADD_X,
    code::SUB_K,
    code::SUB_X,
    code::MUL_K,
    code::MUL_X,
    code::DIV_X,
    code::OR_K,
    code::OR_X,
    code::AND_K,
    code::AND_X,
    code::XOR_K,
    code::XOR_X,
    code::LSH_X,
    code::RSH_X,
];

/// Jumps on a condition.
const BRANCHES: [u16; 8] = [
    code::JEQ_K,
    code::JEQ_X,
    code::JGT_K,
    code::JGT_X,
    code::JGE_K,
    code::JGE_X,
    code::JSET_K,
    code::JSET_X,
];

/// A constant, or a word of a call.
fn word(numbers: &mut Numbers) -> u32 {
    match numbers.below(8) {
        0 => numbers.next() as u32,
        1 => 1 << numbers.below(32),
        2 => numbers.below(512) as u32,
        _ => numbers.pick(&COMMON).unwrap_or(0),
    }
}

/// A call whose number and architecture are given, and all else is made up.
pub(crate) fn any_call(numbers: &mut Numbers, nr: c_int, arch: u32) -> SeccompData {
    let mut pair = || u64::from(word(numbers)) << 32 | u64::from(word(numbers));

    SeccompData {
        nr,
        arch,
        instruction_pointer: pair(),
        args: [(); 6].map(|()| pair()),
    }
}

/// Instructions that the cache follows, none of which skips more than `room` others.
pub(crate) fn followed(numbers: &mut Numbers, room: usize) -> Insn {
    let room = room.min(255);
    let k = numbers.pick(&COMMON).unwrap_or(0);
    let jt = numbers.below(room.saturating_add(1)) as u8;
    let jf = numbers.below(room.saturating_add(1)) as u8;

    match numbers.below(12) {
        0 | 1 => stmt(code::LD_W_ABS, 0),
        2 => stmt(code::LD_W_ABS, 4),
        3 => stmt(code::AND_K, k),
        4 => stmt(code::JA, jt.into()),
        5 | 6 => jump(code::JEQ_K, k, jt, jf),
        7 => jump(code::JGT_K, k, jt, jf),
        8 => jump(code::JGE_K, k, jt, jf),
        9 => jump(code::JSET_K, k, jt, jf),
        10 => ret(0x7fff_0000),
        _ => ret(numbers.pick(&VERDICTS).unwrap_or(k)),
    }
}

/// Instructions of all sorts that filters may have, none of which skips more than `room` others.
/// Few return, and few jump far, so that many are run.
pub(crate) fn legal(numbers: &mut Numbers, room: usize) -> Insn {
    let far = numbers.pick(&[1, 1, 3, 3, 8, 255]).unwrap_or(1).min(room);
    let jt = numbers.below(far.saturating_add(1)) as u8;
    let jf = numbers.below(far.saturating_add(1)) as u8;
    let k = word(numbers);
    // Most of them one of few, so that much of what is loaded has been stored.
    let words = numbers.pick(&[2, 2, 4, 16]).unwrap_or(1);
    let scratch = numbers.below(words) as u32;
    let of = |numbers: &mut Numbers, codes: &[u16]| numbers.pick(codes).unwrap_or(code::NEG);

    match numbers.below(32) {
        0..=3 => stmt(code::LD_W_ABS, 4 * numbers.below(16) as u32),
        4..=7 => stmt(of(numbers, &[code::ST, code::STX]), scratch),
        8..=10 => stmt(of(numbers, &[code::LD_MEM, code::LDX_MEM]), scratch),
        11 => stmt(code::DIV_K, k.max(1)),
        12 => stmt(of(numbers, &[code::LSH_K, code::RSH_K]), k & 31),
        13 => stmt(code::JA, jt.into()),
        14..=19 => jump(of(numbers, &BRANCHES), k, jt, jf),
        20 => match numbers.below(3) {
            0 => stmt(code::RET_A, 0),
            _ => ret(numbers.pick(&VERDICTS).unwrap_or(k)),
        },
        _ => stmt(of(numbers, &COMPUTING), k),
    }
}

/// Instructions that tell calls apart by their numbers, and some of any sort for those that get
/// there.
pub(crate) fn any(numbers: &mut Numbers, room: usize) -> Insn {
    let far = room.min(5);
    let jt = numbers.below(far.saturating_add(1)) as u8;
    let jf = numbers.below(far.saturating_add(1)) as u8;
    let nr = numbers.pick(&[0, 1, 2, 3, 31, 64]).unwrap_or(0);

    match numbers.below(16) {
        0..=2 => legal(numbers, room),
        3 | 4 => followed(numbers, room),
        5..=7 => stmt(code::LD_W_ABS, 0),
        8 | 9 => jump(code::JEQ_K, nr, jt, jf),
        10 | 11 => jump(code::JGT_K, nr, jt, jf),
        12 => jump(code::JGE_K, nr, jt, jf),
        13 => jump(code::JSET_K, nr, jt, jf),
        _ => ret(numbers.pick(&VERDICTS).unwrap_or(0)),
    }
}

/// A filter of `len` instructions, each of which `instruction` has made. Exceptions are the last,
/// the first if it loads the number of the call, and loads from scratch memory that come too early.
pub(crate) fn program(
    numbers: &mut Numbers,
    len: usize,
    instruction: fn(&mut Numbers, usize) -> Insn,
) -> Result<KVec<Insn>> {
    let mut insns = KVec::with_capacity(len, GFP_KERNEL)?;

    for left in (1..len).rev() {
        insns.push(instruction(numbers, left.saturating_sub(1)), GFP_KERNEL)?;
    }
    insns.push(ret(numbers.pick(&VERDICTS).unwrap_or(0)), GFP_KERNEL)?;

    if let Some(first) = insns
        .first_mut()
        .filter(|_| len > 1 && numbers.below(4) != 0)
    {
        *first = stmt(code::LD_W_ABS, 0);
    }
    for pc in reference::early_loads(&insns)? {
        if let Some(load) = insns.get_mut(pc) {
            *load = stmt(code::LD_IMM, load.k);
        }
    }
    Ok(insns)
}

/// Prints a program that a test has failed with, and where it is from.
pub(crate) fn show(from: fmt::Arguments<'_>, insns: &[Insn]) {
    kernel::kunit::err(fmt!("    # {from}, {} instructions:\n", insns.len()));
    for (pc, Insn { code, jt, jf, k }) in insns.iter().enumerate() {
        kernel::kunit::err(fmt!("    # {pc}: {code:#04x} {jt} {jf} {k:#x}\n"));
    }
}
