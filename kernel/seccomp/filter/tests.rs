// SPDX-License-Identifier: GPL-2.0

//! Tests of filters and the tree that they form.

#![deny(unsafe_code)]

use super::*;

use crate::{
    notify::ListenerFd,
    testing::{
        call,
        ensure,
        jump,
        ret,
        stmt,
        Programs, //
    }, //
};

use core::iter::successors;
use kernel::{
    bpf::{
        code,
        Insn,
        MAX_INSNS, //
    },
    sync::atomic::Relaxed, //
};

const ALLOW: [Insn; 1] = [ret(0x7fff_0000)];
const LOG: u32 = 0x02;
const NEW_LISTENER: u32 = 0x08;

/// `refs` and `users` of a filter.
pub(super) fn counts(filter: &Filter) -> (i32, i32) {
    (
        filter.refs.as_atomic().load(Relaxed),
        filter.users.as_atomic().load(Relaxed),
    )
}

/// A filter with a listener, and the means to let user space have it.
fn with_listener(programs: &Programs) -> Result<(Prepared, ListenerFd)> {
    let mut filter = programs.prepare(&ALLOW, NEW_LISTENER)?;
    let listener = ListenerFd::reserve(&mut filter, FilterFlags::parse(NEW_LISTENER)?)?;

    Ok((filter, listener))
}

#[kunit_tests(seccomp_filter)]
mod suite {
    use super::*;

    /// Each task and each child counts twice, a reader once; who has no user left is no user of
    /// its parent either, but keeps it.
    #[test]
    fn two_counts() -> Result {
        let programs = Programs::new()?;
        let root = programs.attach(&ALLOW, None)?;

        ensure!(counts(&root) == (1, 1), "new");

        let second_task = root.clone();

        ensure!(counts(&root) == (2, 2), "shared by two tasks");

        let leaf = programs.attach(&ALLOW, Some(second_task))?;

        ensure!(counts(&leaf) == (1, 1), "leaf");
        ensure!(counts(&root) == (2, 2), "below a leaf, and a task's own");

        let reader = leaf.reader();

        ensure!(counts(&leaf) == (2, 1), "leaf that is read");
        drop(root);
        ensure!(
            leaf.prev().map(counts) == Some((1, 1)),
            "below a leaf alone"
        );

        drop(leaf);
        ensure!(counts(&reader) == (1, 0), "leaf of a reader alone");
        ensure!(
            reader.prev().map(counts) == Some((1, 0)),
            "root below the leaf of a reader alone"
        );
        Ok(())
    }

    /// The first of two branches to end takes nothing from the other.
    #[test]
    fn branches() -> Result {
        let programs = Programs::new()?;
        let root = programs.attach(&ALLOW, None)?;
        let left = programs.attach(&ALLOW, Some(root.clone()))?;
        let right = programs.attach(&ALLOW, Some(root.clone()))?;

        ensure!(counts(&root) == (3, 3), "two branches and a task");
        drop(left);
        ensure!(counts(&root) == (2, 2), "one branch and a task");
        drop(root);
        ensure!(right.prev().map(counts) == Some((1, 1)), "one branch");
        ensure!(right.lineage().count() == 2, "the branch that is left");
        Ok(())
    }

    /// Raw pointers in a slot carry both counts.
    #[test]
    fn forgotten_share() -> Result {
        let programs = Programs::new()?;
        let filter = programs.attach(&ALLOW, None)?;
        let reader = filter.reader();
        let clone = filter.clone();

        ensure!(counts(&reader) == (3, 2), "two tasks and a reader");
        drop(filter);
        drop(clone);
        ensure!(counts(&reader) == (1, 0), "a reader");
        Ok(())
    }

    /// TSYNC replaces a filter by a descendant of it alone: a filter descends from itself, from
    /// all below, and from nothing.
    #[test]
    fn descent() -> Result {
        let programs = Programs::new()?;
        let root = programs.attach(&ALLOW, None)?;
        let left = programs.attach(&ALLOW, Some(root.clone()))?;
        let tip = programs.attach(&ALLOW, Some(left.clone()))?;
        let right = programs.attach(&ALLOW, Some(root.clone()))?;
        let other = programs.attach(&ALLOW, None)?;
        let all: [(&str, &Filter, &[&str]); 5] = [
            ("root", &root, &["root"]),
            ("left", &left, &["left", "root"]),
            ("tip", &tip, &["tip", "left", "root"]),
            ("right", &right, &["right", "root"]),
            ("other", &other, &["other"]),
        ];

        for (name, filter, ancestors) in all {
            ensure!(filter.descends_from(None), "{name}");
            ensure!(filter.lineage().count() == ancestors.len(), "{name}");
            for (parent_name, parent, _) in all {
                ensure!(
                    filter.descends_from(Some(parent)) == ancestors.contains(&parent_name),
                    "{name} from {parent_name}"
                );
            }
        }
        Ok(())
    }

    /// A chain is walked from the filter that was installed last.
    #[test]
    fn order() -> Result {
        let programs = Programs::new()?;
        let mut top = None;

        for verdict in 0..5 {
            top = Some(programs.attach(&[ret(verdict)], top)?);
        }

        let top = top.ok_or(EINVAL)?;
        let data = call(0, 0);
        let pinned = Pinned::new();
        let verdicts = top.lineage().map(|filter| filter.run(&data, &pinned));

        ensure!(
            verdicts.eq((0..5).rev().map(Verdict::from_raw)),
            "youngest first"
        );
        Ok(())
    }

    /// A path longer than 32,768 instructions, counting 4 extra per ancestor, is `ENOMEM`.
    #[test]
    fn path_limit() -> Result {
        let programs = Programs::new()?;
        let mut parent = programs.prepare(&ALLOW, 0)?;
        let mut filter = programs.prepare(&ALLOW, 0)?;

        for (below, own, result) in [
            (None, 32_768, Ok(())),
            (None, 32_769, Err(ENOMEM)),
            (Some(1), 32_763, Ok(())),
            (Some(1), 32_764, Err(ENOMEM)),
            (Some(32_763), 1, Ok(())),
            (Some(32_764), 1, Err(ENOMEM)),
            (Some(u32::MAX), 1, Err(ENOMEM)),
            (Some(1), u32::MAX, Err(ENOMEM)),
        ] {
            parent.0.path = below.unwrap_or(0);
            filter.0.path = own;

            let below = below.map(|_| &*parent.0);

            ensure!(
                filter.check_path(below) == result,
                "{own} on top of {:?}",
                below.map(|parent| parent.path)
            );
        }
        Ok(())
    }

    /// Paths add up, and count what the instructions have been translated to.
    #[test]
    fn path_adds_up() -> Result {
        let programs = Programs::new()?;
        let one = programs.prepare(&ALLOW, 0)?;
        let two = programs.prepare(&[stmt(code::LD_IMM, 0), ret(0)], 0)?;
        let (short, long) = (one.0.path, two.0.path);

        ensure!(short as usize == one.0.program.len(), "{short}");
        ensure!(long > short, "{long} and {short}");

        let root = one.attach(None);

        ensure!(root.path == short, "{}", root.path);

        let leaf = two.attach(Some(root));

        ensure!(
            leaf.path.checked_sub(4) == long.checked_add(short),
            "{}",
            leaf.path
        );
        Ok(())
    }

    /// The longest chain of the shortest filters comes and goes without recursion, which would
    /// overflow the stack.
    #[test]
    fn longest_chain() -> Result {
        let programs = Programs::new()?;
        let mut top: Option<FilterUser> = None;
        let mut length = 0u32;

        let cost = loop {
            let filter = programs.prepare(&ALLOW, 0)?;

            if filter.check_path(top.as_deref()).is_err() {
                break filter.0.path.saturating_add(PATH_PENALTY);
            }
            top = Some(filter.attach(top));
            length = length.saturating_add(1);
        };
        let top = top.ok_or(EINVAL)?;
        let path = length.saturating_mul(cost).saturating_sub(PATH_PENALTY);

        ensure!(top.path == path, "{length} filters of {cost}");
        ensure!(
            path <= 32_768 && path.saturating_add(cost) > 32_768,
            "{path}"
        );
        ensure!(top.lineage().count() == length as usize, "{length}");

        // First the users of the whole chain go, then its memory.
        let reader = top.reader();

        drop(top);
        ensure!(
            reader.lineage().all(|filter| counts(filter) == (1, 0)),
            "a reader of {length} filters"
        );
        drop(reader);
        Ok(())
    }

    /// The longest program is a filter.
    #[test]
    fn longest_program() -> Result {
        let programs = Programs::new()?;
        let mut insns = KVec::from_elem(stmt(code::LD_IMM, 1), MAX_INSNS, GFP_KERNEL)?;

        if let Some(last) = insns.last_mut() {
            *last = ret(5);
        }

        let filter = programs.attach(&insns, None)?;

        assert_eq!(
            filter.run(&call(0, 0), &Pinned::new()),
            Verdict::from_raw(5)
        );
        assert!(filter.path as usize >= MAX_INSNS);

        let mut short = insns;

        short.truncate(MAX_INSNS - 1);
        // It does not return any more.
        assert!(programs.prepare(&short, 0).err() == Some(EINVAL));
        assert!(programs.prepare(&[], 0).err() == Some(EINVAL));
        Ok(())
    }

    /// Checkpoints get the program as it was given.
    #[cfg(CONFIG_CHECKPOINT_RESTORE)]
    #[test]
    fn program_is_kept() -> Result {
        let programs = Programs::new()?;
        let insns = [stmt(code::LD_W_LEN, 0), stmt(code::RET_A, 0)];
        let filter = programs.attach(&insns, None)?;

        assert!(filter.program().original() == Some(&insns));
        Ok(())
    }

    /// The log flag is the filter's own.
    #[test]
    fn log_flag() -> Result {
        let programs = Programs::new()?;
        let root = programs.prepare(&ALLOW, LOG)?.attach(None);
        let leaf = programs.attach(&ALLOW, Some(root))?;

        assert!(!leaf.logs());
        assert!(leaf.prev().is_some_and(Filter::logs));
        Ok(())
    }

    /// A listener anywhere in the chain counts for what is on top of it, and not for what is below
    /// or beside.
    #[test]
    fn listeners_of_a_path() -> Result {
        let programs = Programs::new()?;
        let root = programs.attach(&ALLOW, None)?;
        let (filter, listener) = with_listener(&programs)?;

        ensure!(filter.has_listener(), "prepared");

        let middle = filter.attach(Some(root.clone()));
        let leaf = programs.attach(&ALLOW, Some(middle.clone()))?;
        let beside = programs.attach(&ALLOW, Some(root.clone()))?;

        for (name, filter, path, own) in [
            ("root", &root, false, false),
            ("middle", &middle, true, true),
            ("leaf", &leaf, true, false),
            ("beside", &beside, false, false),
        ] {
            ensure!(filter.path_has_open_listener() == path, "{name}");
            ensure!(filter.listener().is_some() == own, "{name}");
        }

        // The reservation and the file go, and nothing is left behind.
        drop(listener);
        Ok(())
    }

    /// A chain's cache is what all of its filters allow, a filter's own is not changed by it.
    #[test]
    fn cache_of_a_chain() -> Result {
        let programs = Programs::new()?;
        let looking = programs.attach(&[stmt(code::LD_W_ABS, 16), stmt(code::RET_A, 0)], None)?;
        let leaf = programs.attach(&ALLOW, Some(looking))?;
        let alone = programs.attach(&ALLOW, None)?;
        let below = *leaf.prev().ok_or(EINVAL)?.known();
        let mut both = *alone.known();

        both.put_on(&below);
        ensure!(*leaf.known() == both, "what both say");
        ensure!(
            leaf.known().native_allowed() == below.native_allowed(),
            "no more than the parent allows"
        );
        ensure!(leaf.known().passes_all_of(alone.known()), "own");
        Ok(())
    }

    /// Checks a chain, and all longer ones on top of it, of filters each of which allows none, one
    /// or both of the calls 0 and 1, and looks at the arguments of others.
    fn check_objections(programs: &Programs, below: Option<&FilterUser>, more: usize) -> Result {
        let Some(more) = more.checked_sub(1) else {
            return Ok(());
        };

        for (first, last) in [(9, 9), (0, 0), (1, 1), (0, 1)] {
            let top = programs.attach(
                &[
                    stmt(code::LD_W_ABS, 0),
                    jump(code::JEQ_K, first, 3, 0),
                    jump(code::JEQ_K, last, 2, 0),
                    stmt(code::LD_W_ABS, 16),
                    stmt(code::RET_A, 0),
                    ret(0x7fff_0000),
                ],
                below.cloned(),
            )?;

            for nr in 0..2 {
                let spot = NativeBits::spot(nr);
                let met = successors(top.first_to_object(spot), |filter| {
                    filter.prev()?.first_to_object(spot)
                });
                let object = top.lineage().filter(|filter| !filter.known().passes(spot));

                ensure!(
                    met.map(ptr::from_ref).eq(object.map(ptr::from_ref)),
                    "call {nr}, chain of {}",
                    top.lineage().count()
                );
            }
            check_objections(programs, Some(&top), more)?;
        }
        Ok(())
    }

    /// Whoever does not just allow a call is met, and who does is left out: all chains of five.
    #[test]
    fn objections() -> Result {
        check_objections(&Programs::new()?, None, 5)
    }

    /// In a long chain of filters that get looser or stricter nobody is missed either, though it is
    /// not looked at as a whole when one is put on top.
    #[test]
    fn long_chains() -> Result {
        const LENGTH: u32 = 100;

        let programs = Programs::new()?;

        for stricter in [true, false] {
            let mut top = None;

            for i in 0..LENGTH {
                let refused = if stricter { i } else { LENGTH.wrapping_sub(i) };
                let insns = [
                    stmt(code::LD_W_ABS, 0),
                    jump(code::JGE_K, refused, 2, 0),
                    stmt(code::LD_W_ABS, 16),
                    stmt(code::RET_A, 0),
                    ret(0x7fff_0000),
                ];

                top = Some(programs.attach(&insns, top)?);
            }

            let top = top.ok_or(EINVAL)?;

            for nr in 0..LENGTH as c_int {
                let spot = NativeBits::spot(nr);
                let met = successors(top.first_to_object(spot), |filter| {
                    filter.prev()?.first_to_object(spot)
                });
                let object = top.lineage().filter(|filter| !filter.known().passes(spot));

                ensure!(met.count() == object.count(), "call {nr}, {stricter}");
            }
        }
        Ok(())
    }
}
