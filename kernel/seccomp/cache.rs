// SPDX-License-Identifier: GPL-2.0

//! Which calls a filter allows whatever their arguments are.
//!
//! That is found out once, by running the program on the numbers and the architecture alone, all
//! numbers at a time (see [`walk`]). One bit a call then saves running the program at all.
//!
//! The bits of a filter's own program do not depend on the task, and are worked out before any
//! lock is taken. Attaching the filter intersects them with those of its parent.

use kernel::{
    bindings,
    bpf::{
        code,
        Insn, //
    },
    prelude::*, //
};

use crate::abi::SeccompData;

use core::mem::offset_of;

mod bits;
mod walk;

pub(crate) use bits::{
    CallBits,
    CompatBits,
    NativeBits,
    COMPAT_CALLS,
    NATIVE_CALLS, //
};
use walk::{
    holds,
    Walk,
    ROOM, //
};

const NATIVE_ARCH: u32 = bindings::SECCOMP_NATIVE_ARCH;
const COMPAT_ARCH: u32 = bindings::SECCOMP_COMPAT_ARCH;

/// Where the number and the architecture of a call are.
const NR: u32 = offset_of!(SeccompData, nr) as u32;
const ARCH: u32 = offset_of!(SeccompData, arch) as u32;

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
        let mut allowed = Self {
            native: Walk::allowed(insns, NATIVE_ARCH, ROOM),
            compat: Walk::allowed(insns, COMPAT_ARCH, ROOM),
        };

        for nr in UPROBE_CALLS {
            allowed.native.put(nr);
        }
        allowed
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
/// that are older than the calls must not break the probed program. They are -1 where there are no
/// such calls, which is in no table.
const UPROBE_CALLS: [usize; 2] = [
    bindings::SECCOMP_NR_URETPROBE as usize,
    bindings::SECCOMP_NR_UPROBE as usize,
];

/// What the program returns for a call, with no other knowledge than its number and architecture,
/// and `a` in the accumulator.
///
/// Gives up where the program loads anything else or computes more than a mask.
fn constant(insns: &[Insn], mut a: u32, nr: u32, arch: u32) -> Option<u32> {
    let mut rest = insns.iter();

    while let Some(insn) = rest.next() {
        let skip = match insn.code {
            code::LD_W_ABS => {
                a = match insn.k {
                    NR => nr,
                    ARCH => arch,
                    _ => return None,
                };
                0
            }
            code::AND_K => {
                a &= insn.k;
                0
            }
            code::RET_K => return Some(insn.k),
            code::JA => insn.k as usize,
            code::JEQ_K | code::JGE_K | code::JGT_K | code::JSET_K => {
                usize::from(if holds(insn, a) { insn.jt } else { insn.jf })
            }
            _ => return None,
        };

        if let Some(last_skipped) = skip.checked_sub(1) {
            rest.nth(last_skipped)?;
        }
    }

    // A verified program returns before its end.
    None
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod tests;
