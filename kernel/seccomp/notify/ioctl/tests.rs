// SPDX-License-Identifier: GPL-2.0

//! Tests of what a supervisor can do, by way of the listener's file.

#![deny(unsafe_code)]

use super::*;

use super::super::testing::{
    counts,
    descriptor,
    listener,
    open,
    with_addfd,
    with_request, //
};

use crate::testing::{
    call,
    close,
    count_wake_ups,
    ensure,
    ioctl,
    nowhere,
    UserMemory, //
};

use kernel::{
    fs::File,
    sync::aref::ARef, //
};

const RECV: u32 = 0xc050_2100;
const SEND: u32 = 0xc018_2101;
const ID_VALID: u32 = 0x4008_2102;
const ID_VALID_WRONG_DIR: u32 = 0x8008_2102;
const ADDFD: u32 = 0x4018_2103;
const SET_FLAGS: u32 = 0x4008_2104;

/// Asks with what is in user memory.
fn ask(file: &ARef<File>, command: u32, memory: &UserMemory) -> Result<c_long> {
    ioctl(file, command, memory.addr())
}

/// Receives a request, which must be there.
fn receive(file: &ARef<File>) -> Result<Notif> {
    let memory = UserMemory::new(size_of::<Notif>())?;

    ask(file, RECV, &memory)?;
    memory.read()
}

/// Replies to a request.
fn reply(file: &ARef<File>, id: u64, val: i64, error: i32, flags: u32) -> Result<c_long> {
    let memory = UserMemory::new(size_of::<NotifResp>())?;

    memory.write(&NotifResp {
        id,
        val,
        error,
        flags,
    })?;
    ask(file, SEND, &memory)
}

/// Asks whether a request can be replied to; the answer is the same to both numbers.
fn is_valid(file: &ARef<File>, id: u64) -> Result<bool> {
    let memory = UserMemory::new(size_of::<u64>())?;

    memory.write(&id)?;

    let answers = [ID_VALID, ID_VALID_WRONG_DIR].map(|command| ask(file, command, &memory));

    match answers {
        [Ok(0), Ok(0)] => Ok(true),
        [Err(first), Err(second)] if first == ENOENT && second == ENOENT => Ok(false),
        _ => Err(EINVAL),
    }
}

#[kunit_tests(seccomp_notify_ioctl)]
mod suite {
    use super::*;

    /// A reader that finds a request before it is off the queue may be woken for others as well.
    /// It hands that on, once it has its own.
    #[test]
    fn woken_for_another() -> Result {
        for (arrivals, wake_ups) in [(1, 1), (2, 3), (3, 4)] {
            let listener = listener(false)?;
            let file = open(&listener)?;
            let mut looks = 0;

            let counted = count_wake_ups(&file, &listener.readers, || {
                wait_for_arrival(&listener, || {
                    looks = u32::wrapping_add(looks, 1);
                    // The reader is on the queue when it looks again.
                    if looks == 2 {
                        for _ in 0..arrivals {
                            listener.announce(false);
                        }
                    }
                    listener.take_arrival()
                })
            })?;

            ensure!(looks == 2, "{arrivals}: {looks} looks");
            ensure!(counted == wake_ups, "{arrivals}: {counted}");
        }
        Ok(())
    }

    /// RECV delivers what the filter saw, the oldest request first.
    #[test]
    fn receiving() -> Result {
        let listener = listener(false)?;
        let file = open(&listener)?;

        with_request(&listener, 10, |first, _| {
            with_request(&listener, 20, |second, _| {
                with_request(&listener, 30, |third, _| {
                    for (received, (id, nr)) in [(first, 10), (second, 20), (third, 30)]
                        .into_iter()
                        .enumerate()
                    {
                        let notif = receive(&file)?;
                        let seen = call(nr, 0);

                        ensure!(notif.id == id, "call {nr}");
                        ensure!(notif.flags == 0, "call {nr}");
                        ensure!(
                            notif.pid == kernel::current!().pid_vnr() as u32,
                            "call {nr}: {}",
                            notif.pid
                        );
                        ensure!(notif.data.nr == nr, "call {nr}");
                        ensure!(notif.data.args == seen.args, "call {nr}");
                        ensure!(
                            notif.data.instruction_pointer == seen.instruction_pointer,
                            "call {nr}"
                        );
                        ensure!(
                            counts(&listener) == (received.wrapping_add(1), nr != 30),
                            "call {nr}"
                        );
                    }
                    Ok(())
                })
            })
        })
    }

    /// Any byte in the buffer that is not zero is `EINVAL`, and takes no request.
    #[test]
    fn buffer_is_zeroed() -> Result {
        let listener = listener(false)?;
        let file = open(&listener)?;
        let memory = UserMemory::new(size_of::<Notif>())?;

        with_request(&listener, 1, |_, _| {
            for offset in 0..80 {
                memory.write_at(offset, &1u8)?;
                ensure!(ask(&file, RECV, &memory) == Err(EINVAL), "byte {offset}");
                memory.write_at(offset, &0u8)?;
            }
            ensure!(counts(&listener) == (0, true), "unread");
            Ok(())
        })
    }

    /// A failed copy-out gives `EFAULT`, and the request is delivered again under the same id,
    /// before younger ones.
    #[test]
    fn delivered_again() -> Result {
        for wait_killable in [false, true] {
            let listener = listener(wait_killable)?;
            let file = open(&listener)?;
            let unwritable = UserMemory::read_only(size_of::<Notif>())?;

            with_request(&listener, 1, |first, _| {
                with_request(&listener, 2, |second, _| {
                    ensure!(ask(&file, RECV, &unwritable) == Err(EFAULT), "unwritable");
                    ensure!(counts(&listener) == (0, true), "unread again");
                    ensure!(!is_valid(&file, first)?, "unread again");
                    ensure!(receive(&file)?.id == first, "again");
                    ensure!(receive(&file)?.id == second, "and the next");
                    Ok(())
                })
            })?;
        }
        Ok(())
    }

    /// A reply stands, although the copy of its request has failed.
    #[test]
    fn fault_after_reply() -> Result {
        for wait_killable in [false, true] {
            let listener = listener(wait_killable)?;
            let file = open(&listener)?;

            with_request(&listener, 1, |id, request| {
                receive(&file)?;
                reply(&file, id, 5, 0, 0)?;
                put_back(&listener, id);
                ensure!(counts(&listener) == (0, false), "neither read nor unread");
                ensure!(
                    request
                        .peek(|it| matches!(it.phase, Phase::Replied(reply) if reply.value == 5)),
                    "replied"
                );
                Ok(())
            })?;
        }
        Ok(())
    }

    /// A request that vanished after the wake-up is `ENOENT`, as is a listener without users.
    #[test]
    fn nothing_to_receive() -> Result {
        let listener = listener(false)?;
        let file = open(&listener)?;
        let memory = UserMemory::new(size_of::<Notif>())?;

        with_request(&listener, 1, |_, _| Ok(()))?;
        ensure!(ask(&file, RECV, &memory) == Err(ENOENT), "vanished");
        listener.orphan();
        ensure!(ask(&file, RECV, &memory) == Err(ENOENT), "no users");
        Ok(())
    }

    /// SEND: a bad reply is `EINVAL`, an unknown id `ENOENT`, and a request that was not received,
    /// or has been answered, `EINPROGRESS`.
    #[test]
    fn replying() -> Result {
        for (sync_wake_up, val, error, flags) in
            [(0, 5, 0, 0), (1, 0, -512, 0), (0, -1, -1, 0), (1, 0, 0, 1)]
        {
            let listener = listener(false)?;
            let file = open(&listener)?;

            ioctl(&file, SET_FLAGS, sync_wake_up)?;
            with_request(&listener, 1, |id, request| {
                ensure!(reply(&file, id, 0, 0, 0) == Err(EINPROGRESS), "unread");
                receive(&file)?;

                for (val, error, flags) in [(0, 0, 2), (0, 0, 3), (1, 0, 1), (0, 1, 1), (0, -1, 1)]
                {
                    ensure!(
                        reply(&file, id, val, error, flags) == Err(EINVAL),
                        "{val} {error} {flags}"
                    );
                }
                ensure!(
                    reply(&file, id.wrapping_add(1), 0, 0, 0) == Err(ENOENT),
                    "unknown"
                );
                ensure!(counts(&listener).0 == 1, "nothing was done");

                ensure!(reply(&file, id, val, error, flags) == Ok(0), "first");
                ensure!(
                    reply(&file, id, val, error, flags) == Err(EINPROGRESS),
                    "second"
                );
                ensure!(counts(&listener).0 == 0, "replied");

                // The task has been woken.
                ensure!(request.wait(false) == Ok(()), "woken");

                let Phase::Replied(reply) = request.value().phase else {
                    return Err(EINVAL);
                };

                ensure!(reply.value == val, "{}", reply.value);
                ensure!(reply.error == error, "{}", reply.error);
                ensure!(reply.flags == flags, "{}", reply.flags);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// ID_VALID: 0 only between RECV and reply.
    #[test]
    fn validity() -> Result {
        let listener = listener(false)?;
        let file = open(&listener)?;
        let id = with_request(&listener, 1, |id, _| {
            ensure!(!is_valid(&file, id)?, "unread");
            receive(&file)?;
            ensure!(is_valid(&file, id)?, "received");
            ensure!(!is_valid(&file, id.wrapping_sub(1))?, "another");
            reply(&file, id, 0, 0, 0)?;
            ensure!(!is_valid(&file, id)?, "replied");
            Ok(id)
        })?;

        ensure!(!is_valid(&file, id)?, "gone");
        Ok(())
    }

    /// SET_FLAGS takes its flags by value, and knows one.
    #[test]
    fn flags_of_the_file() -> Result {
        let listener = listener(false)?;
        let file = open(&listener)?;

        for (flags, result, set) in [
            (1, Ok(0), true),
            (2, Err(EINVAL), true),
            (3, Err(EINVAL), true),
            (1 << 32, Err(EINVAL), true),
            (0, Ok(0), false),
            (usize::MAX, Err(EINVAL), false),
        ] {
            ensure!(ioctl(&file, SET_FLAGS, flags) == result, "{flags:#x}");
            ensure!(listener.state.lock().sync_wake_up == set, "{flags:#x}");
        }
        Ok(())
    }

    /// ADDFD: what is wrong with the structure comes before what is wrong with the request.
    #[test]
    fn addfd_arguments() -> Result {
        const SETFD: u32 = 1;
        const SEND: u32 = 2;

        let listener = listener(false)?;
        let file = open(&listener)?;
        let fd = descriptor(&listener)?;
        let srcfd = u32::try_from(fd)?;
        let memory = UserMemory::new(PAGE_SIZE)?;

        let result = with_request(&listener, 1, |id, _| {
            for received in [false, true] {
                if received {
                    receive(&file)?;
                }
                for (flags, srcfd, newfd, newfd_flags, error) in [
                    (4, srcfd, 0, 0, EINVAL),
                    (0, srcfd, 0, 1, EINVAL),
                    (0, srcfd, 1, 0, EINVAL),
                    (SEND, srcfd, 1, 0, EINVAL),
                    (SETFD, u32::MAX, 1, 0, EBADF),
                    (SETFD | SEND, 0x7fff_fff0, 0, O_CLOEXEC, EBADF),
                ] {
                    memory.write(&NotifAddfd {
                        id,
                        flags,
                        srcfd,
                        newfd,
                        newfd_flags,
                    })?;
                    ensure!(
                        ask(&file, ADDFD, &memory) == Err(error),
                        "{flags} {srcfd} {newfd} {newfd_flags}, received {received}"
                    );
                }
            }
            ensure!(counts(&listener).0 == 1, "still received");
            Ok(id)
        });

        // There is no such request any more.
        memory.write(&NotifAddfd {
            id: result?,
            flags: 0,
            srcfd,
            newfd: 0,
            newfd_flags: 0,
        })?;
        ensure!(ask(&file, ADDFD, &memory) == Err(ENOENT), "gone");
        close(fd)
    }

    /// ADDFD takes a structure of any size from 24 to below a page, if it knows what is in it.
    #[test]
    fn addfd_sizes() -> Result {
        let listener = listener(false)?;
        let file = open(&listener)?;
        let memory = UserMemory::new(PAGE_SIZE)?;

        memory.write(&NotifAddfd {
            id: 0,
            flags: 0,
            srcfd: u32::MAX,
            newfd: 0,
            newfd_flags: 0,
        })?;
        memory.write_at(64, &1u8)?;

        for (size, error) in [
            (0, EINVAL),
            (23, EINVAL),
            (24, EBADF),
            (25, EBADF),
            (64, EBADF),
            (65, E2BIG),
            (PAGE_SIZE as u32 - 1, E2BIG),
            (PAGE_SIZE as u32, EINVAL),
        ] {
            let command = 0x4000_2103 | size << 16;

            ensure!(ask(&file, command, &memory) == Err(error), "{size} bytes");
        }
        ensure!(
            ioctl(&file, ADDFD, nowhere().as_const_ptr().addr()) == Err(EFAULT),
            "unreadable"
        );
        Ok(())
    }

    /// ADDFD of a request that was not received, or has been answered, is `EINPROGRESS`; `SEND`
    /// with another descriptor pending is `EBUSY`.
    #[test]
    fn addfd_order() -> Result {
        let listener = listener(false)?;
        let file = open(&listener)?;
        let fd = descriptor(&listener)?;
        let memory = UserMemory::new(size_of::<NotifAddfd>())?;
        let write = |id, flags| {
            memory.write(&NotifAddfd {
                id,
                flags,
                srcfd: u32::try_from(fd)?,
                newfd: 0,
                newfd_flags: 0,
            })
        };

        with_request(&listener, 1, |id, _| {
            for flags in [0, 2] {
                write(id, flags)?;
                ensure!(ask(&file, ADDFD, &memory) == Err(EINPROGRESS), "unread");
            }

            receive(&file)?;
            with_addfd(&listener, id, Place::Lowest, false, |_| {
                write(id, 2)?;
                ensure!(ask(&file, ADDFD, &memory) == Err(EBUSY), "pending");
                ensure!(is_valid(&file, id)?, "still received");
                Ok(())
            })?;

            reply(&file, id, 0, 0, 0)?;
            for flags in [0, 2] {
                write(id, flags)?;
                ensure!(ask(&file, ADDFD, &memory) == Err(EINPROGRESS), "replied");
            }
            Ok(())
        })?;
        close(fd)
    }
}
