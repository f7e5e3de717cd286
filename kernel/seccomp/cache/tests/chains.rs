// SPDX-License-Identifier: GPL-2.0

//! Tests of what is known of a chain: it must be what its programs return.

#![deny(unsafe_code)]

use super::*;

use crate::abi::SeccompData;

/// Calls that the random programs compare with, and others.
const CALLS: [c_int; 10] = [0, 1, 2, 3, 31, 32, 64, 255, 300, -1];

/// What the newest program of a chain returns, and the chain: of all verdicts the strictest, which
/// is the lowest action word with a sign, and of equals the newest.
fn decide(chain: &[KVec<Insn>], data: &SeccompData) -> Option<(u32, u32)> {
    let action = |verdict: u32| (verdict & 0xffff_0000) as i32;
    let (last, older) = chain.split_last()?;
    let newest = reference::run(last, data)?;
    let mut strictest = newest;

    for insns in older.iter().rev() {
        let verdict = reference::run(insns, data)?;

        if action(verdict) < action(strictest) {
            strictest = verdict;
        }
    }
    Some((newest, strictest))
}

/// Checks what is known of a chain, for some calls with arguments that are made up.
fn check_chain(known: &Known, chain: &[KVec<Insn>], numbers: &mut Numbers) -> Result {
    let refusal = known.refusal();

    for (nr, sample) in CALLS.into_iter().flat_map(|nr| [(nr, 0), (nr, 1), (nr, 2)]) {
        let spot = native_spot(NATIVE_ARCH, nr);
        let (passes, settled) = (known.passes(spot), known.settles(spot));
        let decided = decide(chain, &any_call(numbers, nr, NATIVE_ARCH));
        let (newest, strictest) = decided.ok_or(EINVAL)?;

        ensure!(
            !passes || newest == ALLOW,
            "call {nr}, sample {sample}: {decided:x?}"
        );
        if settled && passes {
            ensure!(
                strictest == ALLOW,
                "call {nr}, sample {sample}: {decided:x?}"
            );
        } else if settled {
            ensure!(
                newest == strictest && Verdict::from_raw(newest) == refusal,
                "call {nr}, sample {sample}: {decided:x?}, {refusal:x?}"
            );
        }

        if COMPAT_CALLS != 0 {
            let decided = decide(chain, &any_call(numbers, nr, COMPAT_ARCH));
            let (_, strictest) = decided.ok_or(EINVAL)?;

            ensure!(
                !allows(known, COMPAT_ARCH, nr) || strictest == ALLOW,
                "compat call {nr}, sample {sample}: {decided:x?}"
            );
        }
    }
    Ok(())
}

#[kunit_tests(seccomp_cache_chains)]
mod suite {
    use super::*;

    /// What two filters that say the same to every call make of each other: all that there is to
    /// know of the two is known of the chain.
    #[test]
    fn chains_of_two() -> Result {
        const ERRNO: u32 = 0x0005_0000;
        const TRACE: u32 = 0x7ff0_0000;

        let spot = native_spot(NATIVE_ARCH, 5);
        let says = |verdict| Known::by_program(&[ret(verdict)]);
        let asks = Known::by_program(&[stmt(code::LD_W_ABS, 16), stmt(code::RET_A, 0)]);

        // The name says the newer one first.
        for (name, newer, older, passes, settled) in [
            ("both allow", says(ALLOW), says(ALLOW), true, true),
            ("allowed, refused", says(ALLOW), says(ERRNO), true, false),
            ("allowed, asked", says(ALLOW), asks, true, false),
            ("refused, allowed", says(ERRNO), says(ALLOW), false, true),
            (
                "refused, equally",
                says(ERRNO | 1),
                says(ERRNO),
                false,
                true,
            ),
            ("refused, milder", says(ERRNO), says(TRACE), false, true),
            ("refused, stricter", says(TRACE), says(ERRNO), false, false),
            ("refused, asked", says(ERRNO), asks, false, false),
            ("asked, allowed", asks, says(ALLOW), false, false),
            ("asked, refused", asks, says(KILL), false, false),
        ] {
            let mut chain = newer;

            chain.put_on(&older);
            ensure!(chain.passes(spot) == passes, "{name}");
            ensure!(chain.settles(spot) == settled, "{name}");
            ensure!(chain.refusal() == newer.refusal(), "{name}");
        }
        Ok(())
    }

    /// What is known of a chain is what its programs return together, whatever the arguments are:
    /// random chains of up to four programs.
    #[test]
    fn random_chains() -> Result {
        let mut settled = 0;
        let mut refused = 0;

        for seed in 0..600 {
            let numbers = &mut Numbers::new(seed);
            let mut chain = KVec::new();
            let mut known: Option<Known> = None;

            for _ in 0..=numbers.below(4) {
                let len = numbers.below(12).saturating_add(1);
                let insns = program(numbers, len, any)?;
                let mut on_top = Known::by_program(&insns);

                if let Some(below) = &known {
                    on_top.put_on(below);
                }
                known = Some(on_top);
                chain.push(insns, GFP_KERNEL)?;
            }

            let known = known.ok_or(EINVAL)?;

            check_chain(&known, &chain, numbers).inspect_err(|_| {
                for insns in chain.iter().rev() {
                    show(fmt!("seed {seed}, the newest first"), insns);
                }
            })?;

            let spots = || CALLS.map(|nr| native_spot(NATIVE_ARCH, nr)).into_iter();

            settled += spots().filter(|spot| known.settles(*spot)).count();
            refused += spots()
                .filter(|spot| known.settles(*spot) && !known.passes(*spot))
                .count();
        }

        // Neither is by chance, nor what is known of all.
        ensure!(refused > 100, "{refused}");
        ensure!(settled > refused + 100, "{settled}, {refused}");
        Ok(())
    }
}
