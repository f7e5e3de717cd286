// SPDX-License-Identifier: GPL-2.0

//! A program, run once for all calls of a table.
//!
//! Jumps only go forward. So the calls that have come to the same instruction with the same in the
//! accumulator go on together, as one set of bits, and a conditional jump splits the set. Of all
//! sets the one that is furthest behind goes first: by the time that it is where another one
//! waits, nobody can come there any more, and the two are one.
//!
//! Sets that wait take memory, of which there is a fixed amount. For those who find no room the
//! program is run on one call after the other.

#![deny(unsafe_code)]

use kernel::{
    alloc::flags::__GFP_NOWARN,
    bpf::{
        code,
        Insn, //
    },
    prelude::*, //
};

use super::{
    bits::CallBits,
    constant,
    ARCH,
    NR, //
};

use crate::action::Verdict;

/// How many sets may wait. Compilers of filters lay out decisions by number as lists or as trees;
/// the sets are the branches on the way to a leaf, and what waits at the ends.
pub(super) const ROOM: usize = 12;

/// What the accumulator holds, call by call: masked bits of its number, and bits that are the same
/// for all.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Accumulator {
    mask: u32,
    same: u32,
}

impl Accumulator {
    const NUMBER: Self = Self {
        mask: u32::MAX,
        same: 0,
    };

    const fn of(same: u32) -> Self {
        Self { mask: 0, same }
    }

    fn masked(self, k: u32) -> Self {
        Self {
            mask: self.mask & k,
            same: self.same & k,
        }
    }

    fn value(self, nr: u32) -> u32 {
        (nr & self.mask) | self.same
    }
}

/// Calls that have come to the same place.
struct Together<const CALLS: usize, const WORDS: usize> {
    /// The instruction that is next.
    pc: usize,
    a: Accumulator,
    calls: CallBits<CALLS, WORDS>,
}

/// The way of the calls of one architecture through a program.
pub(super) struct Walk<'a, const CALLS: usize, const WORDS: usize> {
    insns: &'a [Insn],
    arch: u32,
    /// Those that are furthest behind last. No two are at one place with the same accumulator.
    waiting: KVec<Together<CALLS, WORDS>>,
    found: Constants<CALLS, WORDS>,
}

/// What a program returns whatever the arguments are.
#[derive(Clone, Copy)]
pub(super) struct Constants<const CALLS: usize, const WORDS: usize> {
    /// The calls for which that is `ALLOW`.
    pub(super) allowed: CallBits<CALLS, WORDS>,
    /// The calls for which that is `refusal`.
    pub(super) refused: CallBits<CALLS, WORDS>,
    /// Of all verdicts that are stricter than `ALLOW` one that many calls have in common.
    pub(super) refusal: Verdict,
}

impl<'a, const CALLS: usize, const WORDS: usize> Walk<'a, CALLS, WORDS> {
    /// What the program returns by number and architecture alone. May sleep.
    ///
    /// `room` sets may wait; none do if there is no memory.
    pub(super) fn constants(insns: &'a [Insn], arch: u32, room: usize) -> Constants<CALLS, WORDS> {
        let mut walk = Self {
            insns,
            arch,
            waiting: KVec::with_capacity(room, GFP_KERNEL | __GFP_NOWARN).unwrap_or_default(),
            found: Constants {
                allowed: CallBits::NONE,
                refused: CallBits::NONE,
                refusal: Verdict::KILL_PROCESS,
            },
        };

        walk.run(CallBits::from(0));
        walk.found
    }

    fn run(&mut self, calls: CallBits<CALLS, WORDS>) {
        let mut at = Together {
            pc: 0,
            a: Accumulator::of(0),
            calls,
        };

        loop {
            let goes_on = self.step(&mut at);

            if goes_on {
                match self.waiting.last() {
                    Some(last) if last.pc <= at.pc => self.wait(at.pc, at.a, &at.calls),
                    _ => continue,
                }
            }
            match self.waiting.pop() {
                Some(last) => at = last,
                None => return,
            }
        }
    }

    /// Has calls do an instruction. Whether any of them are still on their way.
    fn step(&mut self, at: &mut Together<CALLS, WORDS>) -> bool {
        // A verified program returns before its end.
        let Some(insn) = self.insns.get(at.pc) else {
            return false;
        };
        let next = at.pc.wrapping_add(1);

        at.pc = next;
        match insn.code {
            code::LD_W_ABS => match insn.k {
                NR => at.a = Accumulator::NUMBER,
                ARCH => at.a = Accumulator::of(self.arch),
                _ => return false,
            },
            code::AND_K => at.a = at.a.masked(insn.k),
            code::RET_K => {
                self.returned(insn.k, &at.calls);
                return false;
            }
            code::JA => at.pc = next.saturating_add(insn.k as usize),
            code::JEQ_K | code::JGE_K | code::JGT_K | code::JSET_K => {
                let taken = taken(insn, at.a, &at.calls);

                at.calls.remove(&taken);
                self.wait(next.wrapping_add(insn.jt.into()), at.a, &taken);
                at.pc = next.wrapping_add(insn.jf.into());
            }
            _ => return false,
        }
        !at.calls.is_empty()
    }

    /// Leaves calls at an instruction, until it is their turn.
    fn wait(&mut self, pc: usize, a: Accumulator, calls: &CallBits<CALLS, WORDS>) {
        if calls.is_empty() {
            return;
        }

        // What is there already may have come from elsewhere with something else in the
        // accumulator, which does not matter if it is overwritten.
        let a = match self.insns.get(pc).map(|insn| insn.code) {
            Some(code::LD_W_ABS | code::RET_K) => Accumulator::of(0),
            _ => a,
        };
        let mut place = self.waiting.len();

        for other in self.waiting.iter_mut().rev() {
            if other.pc == pc && other.a == a {
                other.calls.add(calls);
                return;
            }
            if other.pc > pc {
                break;
            }
            place = place.wrapping_sub(1);
        }

        let calls = *calls;

        if self
            .waiting
            .insert_within_capacity(place, Together { pc, a, calls })
            .is_err()
        {
            self.run_each(pc, a, &calls);
        }
    }

    /// Has calls go their way one after the other, to the end.
    #[cold]
    fn run_each(&mut self, pc: usize, a: Accumulator, calls: &CallBits<CALLS, WORDS>) {
        let rest = self.insns.get(pc..).unwrap_or_default();

        calls.for_each(|nr| {
            if let Some(verdict) = constant(rest, a.value(nr), nr, self.arch) {
                self.returned(verdict, &CallBits::only(nr as usize));
            }
        });
    }

    /// Takes down what the program returns for calls.
    fn returned(&mut self, verdict: u32, calls: &CallBits<CALLS, WORDS>) {
        let verdict = Verdict::from_raw(verdict);
        let found = &mut self.found;

        if verdict == Verdict::ALLOW {
            found.allowed.add(calls);
        } else if verdict == found.refusal {
            found.refused.add(calls);
        } else if verdict.is_stricter_than(Verdict::ALLOW) && calls.count() > found.refused.count()
        {
            found.refused = *calls;
            found.refusal = verdict;
        }
    }
}

/// The calls for which a conditional jump is taken.
fn taken<const CALLS: usize, const WORDS: usize>(
    insn: &Insn,
    a: Accumulator,
    calls: &CallBits<CALLS, WORDS>,
) -> CallBits<CALLS, WORDS> {
    match (a, insn.code) {
        (Accumulator { mask: 0, same }, _) => {
            if holds(insn, same) {
                *calls
            } else {
                CallBits::NONE
            }
        }
        (Accumulator::NUMBER, code::JEQ_K) => CallBits::only(insn.k as usize).and(calls),
        (Accumulator::NUMBER, code::JGE_K) => CallBits::from(insn.k as usize).and(calls),
        (Accumulator::NUMBER, code::JGT_K) => {
            CallBits::from((insn.k as usize).saturating_add(1)).and(calls)
        }
        _ => calls.filter(|nr| holds(insn, a.value(nr))),
    }
}

/// Whether the condition of a jump holds.
pub(super) fn holds(insn: &Insn, a: u32) -> bool {
    match insn.code {
        code::JEQ_K => a == insn.k,
        code::JGE_K => a >= insn.k,
        code::JGT_K => a > insn.k,
        code::JSET_K => a & insn.k != 0,
        _ => false,
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod tests;
