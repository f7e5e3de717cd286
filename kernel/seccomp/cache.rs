// SPDX-License-Identifier: GPL-2.0

//! Which calls a filter allows whatever their arguments are.
//!
//! That is found out once, by running the program on the number and the architecture alone. One
//! bit a call then saves running the program at all.
//!
//! The bits of a filter's own program do not depend on the task, and are worked out before any
//! lock is taken. Attaching the filter intersects them with those of its parent.

use kernel::{
    bindings,
    bpf::{
        code,
        Insn, //
    },
    nospec::array_index_nospec,
    prelude::*, //
};

use crate::abi::SeccompData;

use core::mem::offset_of;

/// Calls of the native table.
pub(crate) const NATIVE_CALLS: usize = bindings::SECCOMP_NATIVE_CALLS as usize;
/// Calls of the compat table; none where there is no such table.
pub(crate) const COMPAT_CALLS: usize = bindings::SECCOMP_COMPAT_CALLS as usize;

const NATIVE_ARCH: u32 = bindings::SECCOMP_NATIVE_ARCH;
const COMPAT_ARCH: u32 = bindings::SECCOMP_COMPAT_ARCH;

const WORD_BITS: usize = usize::BITS as usize;

/// One bit for each call of a table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallBits<const CALLS: usize, const WORDS: usize>([usize; WORDS]);

/// Bits of the native table.
pub(crate) type NativeBits = CallBits<NATIVE_CALLS, { NATIVE_CALLS.div_ceil(WORD_BITS) }>;
/// Bits of the compat table.
pub(crate) type CompatBits = CallBits<COMPAT_CALLS, { COMPAT_CALLS.div_ceil(WORD_BITS) }>;

impl<const CALLS: usize, const WORDS: usize> CallBits<CALLS, WORDS> {
    const NONE: Self = Self([0; WORDS]);

    /// Sets the bit of each call that `allows` says yes to.
    fn for_calls(mut allows: impl FnMut(c_int) -> bool) -> Self {
        let mut bits = Self::NONE;

        for nr in 0..CALLS {
            if allows(nr as c_int) {
                if let Some(word) = bits.0.get_mut(nr / WORD_BITS) {
                    *word |= 1 << (nr % WORD_BITS);
                }
            }
        }
        bits
    }

    /// Keeps the bits that `other` has too.
    fn intersect(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    /// The bit of a call; no for what is not in the table. The index is safe under speculation.
    #[inline(always)]
    pub(crate) fn allows(&self, nr: c_int) -> bool {
        let Ok(index) = usize::try_from(nr) else {
            return false;
        };

        if index >= CALLS {
            return false;
        }

        let index = array_index_nospec(index, CALLS);

        self.0
            .get(index / WORD_BITS)
            .is_some_and(|word| (word >> (index % WORD_BITS)) & 1 != 0)
    }
}

/// The calls of both tables that a chain of filters allows whatever their arguments are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowed {
    pub(crate) native: NativeBits,
    pub(crate) compat: CompatBits,
}

impl Allowed {
    /// No call at all.
    pub(crate) const NONE: Self = Self {
        native: NativeBits::NONE,
        compat: CompatBits::NONE,
    };

    /// What one program allows. May take a while: not to be called under a spinning lock.
    pub(crate) fn by_program(insns: &[Insn]) -> Self {
        Self {
            native: NativeBits::for_calls(|nr| {
                is_uprobe_call(nr) || is_const_allow(insns, nr, NATIVE_ARCH)
            }),
            compat: CompatBits::for_calls(|nr| is_const_allow(insns, nr, COMPAT_ARCH)),
        }
    }

    /// What is left when the filters of `other` decide as well.
    pub(crate) fn intersect(&mut self, other: &Self) {
        self.native.intersect(&other.native);
        self.compat.intersect(&other.compat);
    }

    /// Whether a call of `arch` is allowed whatever its arguments are.
    #[inline(always)]
    pub(crate) fn allows(&self, arch: u32, nr: c_int) -> bool {
        if COMPAT_CALLS == 0 || arch == NATIVE_ARCH {
            return self.native.allows(nr);
        }
        arch == COMPAT_ARCH && self.compat.allows(nr)
    }
}

/// Whether the native bits are about calls of `arch`.
#[inline(always)]
pub(crate) fn is_native(arch: u32) -> bool {
    COMPAT_CALLS == 0 || arch == NATIVE_ARCH
}

/// The kernel itself makes a task call these, at a probe, and only there do they work: filters
/// that are older than the calls must not break the probed program.
fn is_uprobe_call(nr: c_int) -> bool {
    nr >= 0 && (nr == bindings::SECCOMP_NR_URETPROBE || nr == bindings::SECCOMP_NR_UPROBE)
}

/// Whether the program allows the call with no other knowledge than its number and architecture.
///
/// Gives up, and says no, where the program loads anything else or computes more than a mask.
fn is_const_allow(insns: &[Insn], nr: c_int, arch: u32) -> bool {
    const NR: u32 = offset_of!(SeccompData, nr) as u32;
    const ARCH: u32 = offset_of!(SeccompData, arch) as u32;

    let mut a = 0u32;
    let mut rest = insns.iter();

    while let Some(insn) = rest.next() {
        let skip = match insn.code {
            code::LD_W_ABS => {
                a = match insn.k {
                    NR => nr as u32,
                    ARCH => arch,
                    _ => return false,
                };
                0
            }
            code::AND_K => {
                a &= insn.k;
                0
            }
            code::RET_K => return insn.k == bindings::SECCOMP_RET_ALLOW,
            code::JA => insn.k as usize,
            code::JEQ_K => branch(insn, a == insn.k),
            code::JGE_K => branch(insn, a >= insn.k),
            code::JGT_K => branch(insn, a > insn.k),
            code::JSET_K => branch(insn, a & insn.k != 0),
            _ => return false,
        };

        if let Some(last_skipped) = skip.checked_sub(1) {
            if rest.nth(last_skipped).is_none() {
                return false;
            }
        }
    }

    // A verified program returns before its end.
    false
}

/// How many instructions a conditional jump skips.
fn branch(insn: &Insn, taken: bool) -> usize {
    usize::from(if taken { insn.jt } else { insn.jf })
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod tests;
