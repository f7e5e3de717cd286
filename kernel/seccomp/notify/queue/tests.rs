// SPDX-License-Identifier: GPL-2.0

//! Tests of the containers of entries, with entries that stand on the stack of the test.

#![deny(unsafe_code)]

use super::*;

use super::super::{
    linked::Linked,
    request::{
        Phase,
        Request, //
    },
    testing::listener,
    Listener,
    State, //
};

use crate::testing::{
    call,
    ensure,
    Numbers, //
};

use kernel::{
    alloc::KVec,
    sync::lock::mutex::MutexGuard, //
};

/// Links an entry for each of `ids`, one after the other, and calls `body` with the lock held. The
/// number of the call says which one an entry is, from 0.
fn with_entries(
    listener: &Listener,
    ids: &[u64],
    body: &mut dyn FnMut(Pin<&mut Queue<Request>>) -> Result,
) -> Result {
    fn nest(
        mut guard: MutexGuard<'_, State>,
        ids: &[u64],
        index: c_int,
        body: &mut dyn FnMut(Pin<&mut Queue<Request>>) -> Result,
    ) -> Result {
        let Some((id, rest)) = ids.split_first() else {
            return body(guard.as_mut().project().requests);
        };
        let request = Request {
            data: call(index, 0),
            phase: Phase::Unread,
        };

        Linked::scope(guard, kernel::current!(), *id, request, |entry| {
            nest(entry.hand_over(), rest, index.wrapping_add(1), body)
        })
    }

    nest(listener.state.lock(), ids, 0, body)
}

/// Which entry that is, if there is one.
fn which(found: Option<Found<'_, Request>>) -> Option<c_int> {
    found.map(|found| found.data.nr)
}

/// The entries that wait, the oldest first. None waits afterwards.
fn drain(mut queue: Pin<&mut Queue<Request>>) -> Result<KVec<c_int>> {
    let mut order = KVec::new();

    while let Some(mut found) = queue.as_mut().oldest_waiting() {
        order.push(found.data.nr, GFP_KERNEL)?;
        found.stop_waiting();
    }
    Ok(order)
}

#[kunit_tests(seccomp_notify_queue)]
mod suite {
    use super::*;

    /// A request is found by its id, and only by that.
    #[test]
    fn by_id() -> Result {
        let ids = [500, 3, 900, u64::MAX, 0, 7, 501, 499, 1 << 63];

        with_entries(&*listener(false)?, &ids, &mut |mut queue| {
            for (index, id) in ids.into_iter().enumerate() {
                let found = queue.as_mut().find(id);

                ensure!(
                    found.as_ref().is_some_and(|found| found.id() == id),
                    "id {id}"
                );
                ensure!(which(found) == Some(index as c_int), "id {id}");
            }
            for id in [1, 2, 4, 502, u64::MAX - 1, (1 << 63) + 1] {
                ensure!(queue.as_mut().find(id).is_none(), "id {id}");
            }
            Ok(())
        })
    }

    /// Requests are received in FIFO order, also when their ids wrap.
    #[test]
    fn by_age() -> Result {
        for first in [0, 41, u64::MAX - 3, (1 << 63) - 3] {
            let ids = [0u64, 1, 2, 3, 4, 5].map(|id| first.wrapping_add(id));

            with_entries(&*listener(false)?, &ids, &mut |mut queue| {
                ensure!(queue.has_waiting(), "from {first}");
                ensure!(
                    *drain(queue.as_mut())? == [0, 1, 2, 3, 4, 5],
                    "from {first}"
                );
                ensure!(!queue.has_waiting(), "from {first}");
                ensure!(queue.as_mut().oldest_waiting().is_none(), "from {first}");
                // They are still there.
                ensure!(which(queue.as_mut().find(first)) == Some(0), "from {first}");
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What could not be delivered is delivered again at its age, in whatever order it comes back.
    #[test]
    fn again() -> Result {
        let first = u64::MAX - 1;
        let ids = [0u64, 1, 2, 3].map(|id| first.wrapping_add(id));

        with_entries(&*listener(false)?, &ids, &mut |mut queue| {
            for back in [
                &[0u64, 1, 2, 3][..],
                &[3, 2, 1, 0],
                &[1, 3, 0, 2],
                &[2, 0],
                &[3, 1],
                &[1, 1, 0],
                &[],
            ] {
                drain(queue.as_mut())?;
                for index in back {
                    match queue.as_mut().find(first.wrapping_add(*index)) {
                        Some(mut found) => found.wait_again(),
                        None => return Err(ENOENT),
                    }
                }

                let order = drain(queue.as_mut())?;
                let expected = (0..4).filter(|index| back.contains(&(*index as u64)));

                ensure!(order.iter().copied().eq(expected), "{order:?} of {back:?}");
            }
            Ok(())
        })
    }

    /// Of several entries with one id the youngest is found: descriptors that are queued on one
    /// request are handled newest first.
    #[test]
    fn duplicates() -> Result {
        let ids = [7, 5, 7, 9, 7, 5, 7];

        with_entries(&*listener(false)?, &ids, &mut |mut queue| {
            for (id, youngest_first) in [(7, &[6, 4, 2, 0][..]), (5, &[5, 1]), (9, &[3])] {
                for index in youngest_first {
                    let Some(mut found) = queue.as_mut().find(id) else {
                        return Err(ENOENT);
                    };

                    ensure!(found.data.nr == *index, "id {id}: {}", found.data.nr);
                    found.unlink();
                }
                ensure!(queue.as_mut().find(id).is_none(), "id {id}");
            }
            ensure!(!queue.has_waiting(), "all are gone");
            Ok(())
        })
    }

    /// What has been taken out is not found by id, nor by age, and does not come back.
    #[test]
    fn taken_out() -> Result {
        let ids = [10, 11, 12];

        with_entries(&*listener(false)?, &ids, &mut |mut queue| {
            let Some(mut found) = queue.as_mut().find(11) else {
                return Err(ENOENT);
            };

            found.unlink();
            found.unlink();
            found.wait_again();
            ensure!(found.id() == 11, "id {}", found.id());

            ensure!(queue.as_mut().find(11).is_none(), "by id");
            ensure!(*drain(queue.as_mut())? == [0, 2], "by age");
            Ok(())
        })
    }

    /// Each entry is visited once, though none waits, and may be taken out meanwhile.
    #[test]
    fn visits() -> Result {
        let ids = [4, 2, 4, 8, 0, 6];

        with_entries(&*listener(false)?, &ids, &mut |mut queue| {
            let mut visited = 0u32;

            drain(queue.as_mut())?;
            queue.as_mut().for_each(|mut found| {
                let digit = 1u32.wrapping_shl(4u32.wrapping_mul(found.data.nr as u32));

                visited = visited.wrapping_add(digit);
                found.unlink();
            });
            ensure!(visited == 0x11_1111, "{visited:#x}");

            queue.as_mut().for_each(|_| visited = 0);
            ensure!(visited != 0, "nothing is left");
            Ok(())
        })
    }

    /// The oldest is visited first, whichever its tree is, and whether it waits or not.
    #[test]
    fn visits_by_age() -> Result {
        const ENTRIES: usize = 40;

        for (first, step) in [
            (0u64, 1u64),
            (1, 5),
            (30, 1),
            (63, 1),
            (7, 16),
            (40, 64),
            (9, 1 << 40),
        ] {
            let id = |index: usize| step.wrapping_mul(index as u64).wrapping_add(first);
            let mut ids = [0; ENTRIES];

            for (index, place) in ids.iter_mut().enumerate() {
                *place = id(index);
            }
            with_entries(&*listener(false)?, &ids, &mut |mut queue| {
                let mut visited = 0usize;

                if let Some(mut found) = queue.as_mut().find(id(7)) {
                    found.stop_waiting();
                }
                queue.as_mut().for_each(|found| {
                    if found.id() == id(visited) {
                        visited = visited.wrapping_add(1);
                    }
                });
                ensure!(visited == ENTRIES, "{visited} from {first} by {step}");
                Ok(())
            })?;
        }
        Ok(())
    }

    /// An entry is visited though another one before it has been taken out, whose tree it is in.
    #[test]
    fn visits_the_rest() -> Result {
        let first = TREES as u64;
        let ids = [first, first.wrapping_mul(2), first];

        with_entries(&*listener(false)?, &ids, &mut |mut queue| {
            let mut visited = 0;

            if let Some(mut found) = queue.as_mut().find(first) {
                found.unlink();
            }
            queue.as_mut().for_each(|_| visited += 1);
            ensure!(visited == 2, "{visited}");
            Ok(())
        })
    }

    /// An empty queue has nothing.
    #[test]
    fn empty() -> Result {
        with_entries(&*listener(false)?, &[], &mut |mut queue| {
            ensure!(!queue.has_waiting(), "waiting");
            ensure!(queue.as_mut().oldest_waiting().is_none(), "oldest");
            ensure!(queue.as_mut().find(0).is_none(), "by id");
            Ok(())
        })
    }

    /// The queue does what a list that is searched from end to end does.
    #[test]
    fn as_a_list() -> Result {
        #[derive(Clone, Copy)]
        struct Model {
            linked: bool,
            waiting: bool,
        }

        const ENTRIES: usize = 40;

        for seed in 1..30 {
            let numbers = &mut Numbers::new(seed);
            // In some rounds the ids wrap.
            let first = (u64::from(seed) & 1).wrapping_sub(20);
            let id = |index: usize| first.wrapping_add(index as u64);
            let mut ids = [0; ENTRIES];

            for (index, place) in ids.iter_mut().enumerate() {
                *place = id(index);
            }

            with_entries(&*listener(false)?, &ids, &mut |mut queue| {
                let mut model = [Model {
                    linked: true,
                    waiting: true,
                }; ENTRIES];

                for step in 0..400 {
                    let index = numbers.below(ENTRIES);
                    let oldest = model
                        .iter()
                        .position(|entry| entry.waiting)
                        .map(|index| index as c_int);
                    let Some(entry) = model.get_mut(index) else {
                        return Err(EINVAL);
                    };

                    ensure!(
                        which(queue.as_mut().oldest_waiting()) == oldest,
                        "seed {seed}, step {step}"
                    );
                    match (queue.as_mut().find(id(index)), numbers.below(20)) {
                        (None, _) => ensure!(!entry.linked, "seed {seed}, step {step}"),
                        (Some(mut found), operation) => {
                            ensure!(
                                entry.linked && found.data.nr == index as c_int,
                                "seed {seed}, step {step}"
                            );
                            match operation {
                                0 => {
                                    found.unlink();
                                    entry.linked = false;
                                    entry.waiting = false;
                                }
                                1..=10 => {
                                    found.stop_waiting();
                                    entry.waiting = false;
                                }
                                _ => {
                                    found.wait_again();
                                    entry.waiting = true;
                                }
                            }
                        }
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Which of two ids was given out first, on a circle.
    #[test]
    fn age_of_ids() -> Result {
        for (a, b, older) in [
            (0, 1, true),
            (1, 0, false),
            (5, 5, false),
            (u64::MAX, 0, true),
            (0, u64::MAX, false),
            (u64::MAX - 5, 5, true),
            (0, (1 << 63) - 1, true),
            ((1 << 63) - 1, 1 << 63, true),
        ] {
            ensure!(is_older(a, b) == older, "{a:#x}, {b:#x}");
        }
        Ok(())
    }
}
