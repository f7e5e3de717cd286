// SPDX-License-Identifier: GPL-2.0

//! Filters done plainly, to compare with: which programs are filters, and what those return.
//!
//! Everything is told apart by the numbers of the uapi, and nothing is shared with what is tested.

#![deny(unsafe_code)]

use kernel::{
    bpf::Insn,
    prelude::*, //
};

use crate::abi::SeccompData;

/// What a load at `offset` reads: an aligned word of the call, in the byte order of the machine.
fn word(data: &SeccompData, offset: u32) -> Option<u32> {
    let [a, b, c, d, e, f] = data.args;
    let pair = match offset / 8 {
        0 if offset == 0 => return Some(data.nr as u32),
        0 if offset == 4 => return Some(data.arch),
        1 => data.instruction_pointer,
        2 => a,
        3 => b,
        4 => c,
        5 => d,
        6 => e,
        7 => f,
        _ => return None,
    };

    match (offset % 8, cfg!(target_endian = "little")) {
        (0, true) | (4, false) => Some(pair as u32),
        (4, true) | (0, false) => Some((pair >> 32) as u32),
        _ => None,
    }
}

/// What the program returns for a call; nothing if it comes to its end, or to what no filter does.
pub(crate) fn run(insns: &[Insn], data: &SeccompData) -> Option<u32> {
    let mut a = 0u32;
    let mut x = 0u32;
    let mut scratch = [0u32; 16];
    let mut pc = 0usize;

    loop {
        let Insn { code, jt, jf, k } = *insns.get(pc)?;
        let branch = |taken| usize::from(if taken { jt } else { jf });
        let mut skip = 0;

        match code {
            // A = a constant, a word of the call, of scratch memory, the length of the data; X.
            0x00 => a = k,
            0x20 => a = word(data, k)?,
            0x60 => a = *scratch.get(k as usize)?,
            0x80 => a = 64,
            0x01 => x = k,
            0x61 => x = *scratch.get(k as usize)?,
            0x81 => x = 64,
            // Scratch memory = A, X.
            0x02 => *scratch.get_mut(k as usize)? = a,
            0x03 => *scratch.get_mut(k as usize)? = x,
            // Arithmetic with a constant, with X. Who divides by an X of 0 returns 0, and shifts
            // are by the five lowest bits.
            0x04 => a = a.wrapping_add(k),
            0x0c => a = a.wrapping_add(x),
            0x14 => a = a.wrapping_sub(k),
            0x1c => a = a.wrapping_sub(x),
            0x24 => a = a.wrapping_mul(k),
            0x2c => a = a.wrapping_mul(x),
            0x34 => a = a.checked_div(k)?,
            0x3c => match a.checked_div(x) {
                Some(quotient) => a = quotient,
                None => return Some(0),
            },
            0x44 => a |= k,
            0x4c => a |= x,
            0x54 => a &= k,
            0x5c => a &= x,
            0x64 => a = a.checked_shl(k)?,
            0x6c => a = a.wrapping_shl(x),
            0x74 => a = a.checked_shr(k)?,
            0x7c => a = a.wrapping_shr(x),
            0x84 => a = a.wrapping_neg(),
            0xa4 => a ^= k,
            0xac => a ^= x,
            // Jumps: always, equal, greater, greater or equal, bits set.
            0x05 => skip = k as usize,
            0x15 => skip = branch(a == k),
            0x1d => skip = branch(a == x),
            0x25 => skip = branch(a > k),
            0x2d => skip = branch(a > x),
            0x35 => skip = branch(a >= k),
            0x3d => skip = branch(a >= x),
            0x45 => skip = branch(a & k != 0),
            0x4d => skip = branch(a & x != 0),
            // Return a constant, return A.
            0x06 => return Some(k),
            0x16 => return Some(a),
            // X = A, A = X.
            0x07 => x = a,
            0x87 => a = x,
            _ => return None,
        }
        pc = pc.saturating_add(1).saturating_add(skip);
    }
}

/// Whether an instruction may be in a filter, which has `after` others behind it.
fn is_legal(insn: &Insn, after: usize) -> bool {
    let Insn { code, jt, jf, k } = *insn;

    match code {
        // Loads are of an aligned word of the call.
        0x20 => k < 64 && k % 4 == 0,
        // There are 16 scratch words.
        0x60 | 0x61 | 0x02 | 0x03 => k < 16,
        // No constant divides that is 0, nor shifts everything out.
        0x34 => k != 0,
        0x64 | 0x74 => k < 32,
        // Jumps end inside.
        0x05 => (k as usize) < after,
        0x15 | 0x1d | 0x25 | 0x2d | 0x35 | 0x3d | 0x45 | 0x4d => {
            usize::from(jt) < after && usize::from(jf) < after
        }
        0x00 | 0x80 | 0x01 | 0x81 | 0x07 | 0x87 | 0x06 | 0x16 => true,
        0x04 | 0x14 | 0x24 | 0x44 | 0x54 | 0x84 | 0xa4 => true,
        0x0c | 0x1c | 0x2c | 0x3c | 0x4c | 0x5c | 0x6c | 0x7c | 0xac => true,
        _ => false,
    }
}

/// The loads from scratch memory that can be come to before the word has been stored, by position.
///
/// Whether a condition can hold has no say in where one can come to. A return counts as something
/// that the next instruction comes after.
pub(crate) fn early_loads(insns: &[Insn]) -> Result<KVec<usize>> {
    // For each instruction, the words that have not been stored on some way to it.
    let mut unstored = KVec::from_elem(0u16, insns.len(), GFP_KERNEL)?;
    let mut found = KVec::new();

    if let Some(first) = unstored.first_mut() {
        *first = u16::MAX;
    }
    for (pc, insn) in insns.iter().enumerate() {
        let word = 1u16.checked_shl(insn.k).unwrap_or(0);
        let mut left = unstored.get(pc).copied().unwrap_or(0);
        let skips = match insn.code {
            0x05 => [insn.k as usize; 2],
            code if code & 7 == 5 => [insn.jt.into(), insn.jf.into()],
            _ => [0; 2],
        };

        match insn.code {
            0x02 | 0x03 => left &= !word,
            0x60 | 0x61 if left & word != 0 => found.push(pc, GFP_KERNEL)?,
            _ => (),
        }
        for skip in skips {
            if let Some(there) = unstored.get_mut(pc.saturating_add(1).saturating_add(skip)) {
                *there |= left;
            }
        }
    }
    Ok(found)
}

/// Whether a program is a filter. The error is about memory.
pub(crate) fn is_filter(insns: &[Insn]) -> Result<bool> {
    let returns = |insn: &Insn| insn.code == 0x06 || insn.code == 0x16;
    let after = (0..insns.len()).rev();

    Ok((1..=4096).contains(&insns.len())
        && insns
            .iter()
            .zip(after)
            .all(|(insn, after)| is_legal(insn, after))
        && insns.last().is_some_and(returns)
        && early_loads(insns)?.is_empty())
}
