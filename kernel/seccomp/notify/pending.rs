// SPDX-License-Identifier: GPL-2.0

//! How many requests wait for a supervisor, which is what poll is about.
//!
//! Changed with the listener's lock held, read without: a poller must not wait for a task that
//! holds the lock while it installs a descriptor. Both counts are in one word, so that no request is
//! seen in neither of them as it goes from one to the other.

use kernel::sync::{
    atomic::{
        Acquire,
        Atomic,
        Relaxed,
        Release, //
    },
    wait_queue::PollEvents, //
};

use super::{
    request::Phase,
    READABLE,
    WRITABLE, //
};

const UNREAD: u64 = 1 << 32;
const RECEIVED: u64 = 1;

/// Unread requests in the upper half, received ones in the lower. There are fewer tasks than either
/// half can count.
pub(super) struct Pending(Atomic<u64>);

/// What a request in this phase counts.
fn weight(phase: &Phase) -> u64 {
    match phase {
        Phase::Unread => UNREAD,
        Phase::Received => RECEIVED,
        Phase::Sending | Phase::Replied(_) | Phase::Abandoned => 0,
    }
}

impl Pending {
    pub(super) fn new() -> Self {
        Self(Atomic::new(0))
    }

    /// Nobody else writes, as the lock is held. Whoever is woken afterwards sees what was written.
    fn adjust(&self, less: u64, more: u64) {
        let counts = self.0.load(Relaxed).wrapping_sub(less).wrapping_add(more);

        self.0.store(counts, Release);
    }

    /// A request has come. The listener's lock must be held.
    pub(super) fn arrive(&self) {
        self.adjust(0, UNREAD);
    }

    /// A request goes from one phase to another. The listener's lock must be held.
    pub(super) fn change(&self, from: &Phase, to: &Phase) {
        self.adjust(weight(from), weight(to));
    }

    fn counts(&self) -> (u32, u32) {
        let counts = self.0.load(Acquire);

        ((counts >> 32) as u32, counts as u32)
    }

    /// What poll says of the requests. Needs no lock.
    pub(super) fn events(&self) -> PollEvents {
        let (unread, received) = self.counts();
        let mut events = PollEvents::NONE;

        if unread != 0 {
            events = events | READABLE;
        }
        if received != 0 {
            events = events | WRITABLE;
        }
        events
    }

    /// How many requests are received, and how many unread.
    #[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
    pub(super) fn received_and_unread(&self) -> (u32, u32) {
        let (unread, received) = self.counts();

        (received, unread)
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kernel::prelude::kunit_tests(seccomp_notify_pending)]
mod tests {
    use super::{
        super::request::Reply,
        *, //
    };
    use crate::testing::ensure;
    use kernel::prelude::*;

    const PHASES: [fn() -> Phase; 5] = [
        || Phase::Unread,
        || Phase::Received,
        || Phase::Sending,
        || Phase::Replied(Reply::error(EPERM)),
        || Phase::Abandoned,
    ];

    /// The counts follow each change of phase.
    #[test]
    fn phases_are_counted() -> Result {
        for (i, from) in PHASES.iter().enumerate() {
            for (j, to) in PHASES.iter().enumerate() {
                let pending = Pending(Atomic::new(7 << 32 | 10));

                pending.change(&from(), &to());

                let count = |phase| u32::from(j == phase).wrapping_sub(u32::from(i == phase));
                let expected = (
                    count(1).wrapping_add(10), //
                    count(0).wrapping_add(7),
                );

                ensure!(
                    pending.received_and_unread() == expected,
                    "phase {i} to {j}: {expected:?}"
                );
            }

            ensure!(from().is_unread() == (i == 0), "phase {i}");
            ensure!(from().is_received() == (i == 1), "phase {i}");
            ensure!(from().is_final() == (i >= 3), "phase {i}");
        }
        Ok(())
    }

    /// Unread requests make the file readable, received ones that wait for a reply writable.
    #[test]
    fn events() -> Result {
        for (unread, received, events) in [
            (0, 0, 0x0000),
            (1, 0, 0x0041),
            (0, 1, 0x0104),
            (3, 2, 0x0145),
            (u64::from(u32::MAX), 0, 0x0041),
        ] {
            let pending = Pending(Atomic::new(unread << 32 | received));

            ensure!(
                pending.events().bits() == events,
                "{unread} unread, {received} received"
            );
        }
        Ok(())
    }
}
