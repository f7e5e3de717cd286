// SPDX-License-Identifier: GPL-2.0

//! What a filter, and a chain of them, says of a call whatever its arguments are.
//!
//! That is found out once, by running the program on the numbers and the architecture alone, all
//! numbers at a time (see [`walk`]). Two bits a call then save running the program at all.
//!
//! The bits of a filter's own program do not depend on the task, and are worked out before any
//! lock is taken. Attaching the filter combines them with those of its parent.

use kernel::{
    bindings,
    bpf::{
        code,
        Insn, //
    },
    prelude::*, //
};

use crate::{
    abi::SeccompData,
    action::Verdict, //
};

use core::mem::offset_of;

mod bits;
mod walk;

#[cfg(any(CONFIG_SECCOMP_CACHE_DEBUG, CONFIG_SECCOMP_RUST_KUNIT_TEST))]
pub(crate) use bits::CallBits;
pub(crate) use bits::{
    CompatBits,
    NativeBits,
    NativeSpot,
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

/// What is known of calls whatever their arguments are: what a filter says, and what the chain from
/// that filter to the root does. Two bits for each native call are three answers:
///
/// =========  ==========  =========================================================
/// `passes`   `settled`
/// =========  ==========  =========================================================
/// yes        yes         the chain allows the call
/// yes        no          this filter does, the rest has to be asked
/// no         yes         the verdict of the chain is `refusal`, and this filter's
/// no         no          this filter has to be asked, and the rest
/// =========  ==========  =========================================================
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    passes: NativeBits,
    settled: NativeBits,
    /// Compat calls that the chain allows.
    compat: CompatBits,
    refusal: Verdict,
}

impl Known {
    /// Nothing at all.
    pub(crate) const NOTHING: Self = Self {
        passes: NativeBits::NONE,
        settled: NativeBits::NONE,
        compat: CompatBits::NONE,
        refusal: Verdict::KILL_PROCESS,
    };

    /// What the program of a chain of one filter says. May take a while, and sleep.
    pub(crate) fn by_program(insns: &[Insn]) -> Self {
        let native = Walk::constants(insns, NATIVE_ARCH, ROOM);
        let compat = Walk::constants(insns, COMPAT_ARCH, ROOM);
        let mut passes = native.allowed;

        for nr in UPROBE_CALLS {
            passes.put(nr);
        }

        let mut settled = passes;

        settled.add(&native.refused);
        Self {
            passes,
            settled,
            compat: compat.allowed,
            refusal: native.refusal,
        }
    }

    /// What is left when the filter, alone so far, is put on top of a chain.
    pub(crate) fn put_on(&mut self, below: &Self) {
        // What the chain below allows the filter may allow as well, or refuse.
        let mut settled = self.settled.and(&below.settled).and(&below.passes);

        // What both refuse is decided by the stricter, and of equals by the one on top.
        if !below.refusal.is_stricter_than(self.refusal) {
            let mut refused = self.settled.and(&below.settled);

            refused.remove(&self.passes);
            settled.add(&refused);
        }
        self.settled = settled;
        self.compat = self.compat.and(&below.compat);
    }

    /// Native calls that the chain allows.
    #[cfg(any(CONFIG_SECCOMP_CACHE_DEBUG, CONFIG_SECCOMP_RUST_KUNIT_TEST))]
    pub(crate) fn native_allowed(&self) -> NativeBits {
        self.passes.and(&self.settled)
    }

    /// Compat calls that the chain allows.
    #[cfg(any(CONFIG_SECCOMP_CACHE_DEBUG, CONFIG_SECCOMP_RUST_KUNIT_TEST))]
    pub(crate) fn compat_allowed(&self) -> &CompatBits {
        &self.compat
    }

    /// Whether this filter, on its own, allows all native calls that `other`'s does.
    pub(crate) fn passes_all_of(&self, other: &Self) -> bool {
        self.passes.covers(&other.passes)
    }

    /// Whether this filter allows a native call. The rest of the chain may not.
    #[inline(always)]
    pub(crate) fn passes(&self, spot: NativeSpot) -> bool {
        self.passes.has(spot)
    }

    /// Whether the verdict of the chain on a native call is known: `ALLOW` if this filter passes
    /// it, else [`refusal`](Self::refusal).
    #[inline(always)]
    pub(crate) fn settles(&self, spot: NativeSpot) -> bool {
        self.settled.has(spot)
    }

    /// What the chain says of native calls that it settles and this filter does not pass. It is
    /// this filter that says so.
    #[inline(always)]
    pub(crate) fn refusal(&self) -> Verdict {
        self.refusal
    }

    /// Whether the chain allows a call of `arch`, whose bit is `spot` if it is a native one.
    #[inline(always)]
    pub(crate) fn allows(&self, arch: u32, nr: c_int, spot: NativeSpot) -> bool {
        if is_native(arch) {
            return self.passes(spot) && self.settles(spot);
        }
        arch == COMPAT_ARCH && self.compat.has(CompatBits::spot(nr))
    }
}

/// The bit of a call in the native table; none if it is not a native call.
#[inline(always)]
pub(crate) fn native_spot(arch: u32, nr: c_int) -> NativeSpot {
    if is_native(arch) {
        NativeBits::spot(nr)
    } else {
        NativeSpot::NONE
    }
}

/// Whether the native bits are about calls of `arch`.
#[inline(always)]
fn is_native(arch: u32) -> bool {
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
