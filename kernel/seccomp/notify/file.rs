// SPDX-License-Identifier: GPL-2.0

//! The listener's file: which ioctl is meant, what poll sees, and the end of it.

use kernel::{
    anon_inode::{
        FileOperations,
        IoctlContext, //
    },
    ioctl::{
        _IOC_SIZE,
        _IOR,
        _IOW,
        _IOWR, //
    },
    prelude::*,
    sync::{
        wait_queue::{
            PollEvents,
            Poller, //
        },
        Arc, //
    },
    uaccess::UserPtr, //
};

use crate::{
    abi::{
        Notif,
        NotifAddfd,
        NotifResp, //
    },
    entry::BuiltIn, //
};

use super::{
    ioctl,
    Listener, //
};

/// The file operations of a listener.
pub(super) struct ListenerFile;

const MAGIC: u32 = b'!' as u32;

const RECV: u32 = _IOWR::<Notif>(MAGIC, 0);
const SEND: u32 = _IOWR::<NotifResp>(MAGIC, 1);
const ID_VALID: u32 = _IOW::<u64>(MAGIC, 2);
/// What `ID_VALID` was when it was new, with the direction mistaken; programs still use it.
const ID_VALID_WRONG_DIR: u32 = _IOR::<u64>(MAGIC, 2);
const ADDFD: u32 = _IOW::<NotifAddfd>(MAGIC, 3);
const SET_FLAGS: u32 = _IOW::<u64>(MAGIC, 4);

/// The command without the size and direction of its argument, which may grow.
const fn without_size(cmd: u32) -> u32 {
    use kernel::bindings;

    const SIZE: u32 = bindings::_IOC_SIZEMASK << bindings::_IOC_SIZESHIFT;
    const DIRECTION: u32 = (bindings::_IOC_READ | bindings::_IOC_WRITE) << bindings::_IOC_DIRSHIFT;

    cmd & !(SIZE | DIRECTION)
}

const ADDFD_ANY_SIZE: u32 = without_size(ADDFD);

impl FileOperations for ListenerFile {
    type OwnerModule = BuiltIn;
    type Data = Listener;

    #[inline]
    fn ioctl(listener: &Listener, context: &IoctlContext, cmd: u32, arg: usize) -> Result<isize> {
        let user = UserPtr::from_addr(arg);

        match cmd {
            RECV => ioctl::recv(listener, user)?,
            SEND => ioctl::send(listener, user)?,
            ID_VALID | ID_VALID_WRONG_DIR => ioctl::id_valid(listener, user)?,
            SET_FLAGS => ioctl::set_flags(listener, arg)?,
            _ if without_size(cmd) == ADDFD_ANY_SIZE => {
                return ioctl::addfd(listener, context, user, _IOC_SIZE(cmd)).map(|fd| fd as isize)
            }
            _ => return Err(EINVAL),
        }
        Ok(0)
    }

    fn poll<'f>(listener: &'f Listener, poller: &Poller<'f>) -> PollEvents {
        poller.register(&listener.pollers);

        let events = listener.pending.events();

        if listener.is_orphaned() {
            return events | PollEvents::HUP;
        }
        events
    }

    fn release(listener: Arc<Listener>) {
        listener.close();
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_notify_file)]
mod tests {
    use super::{
        super::{
            request::{
                Phase,
                Reply, //
            },
            set_phase,
            testing::{
                listener,
                open,
                with_request, //
            }, //
        },
        *,
    };
    use crate::testing::{
        ensure,
        nowhere,
        poll_while, //
    };

    /// The numbers of the ABI.
    #[test]
    fn numbers() -> Result {
        for (name, command, number) in [
            ("RECV", RECV, 0xc050_2100),
            ("SEND", SEND, 0xc018_2101),
            ("ID_VALID", ID_VALID, 0x4008_2102),
            ("ID_VALID as it was", ID_VALID_WRONG_DIR, 0x8008_2102),
            ("ADDFD", ADDFD, 0x4018_2103),
            ("SET_FLAGS", SET_FLAGS, 0x4008_2104),
        ] {
            ensure!(command == number, "{name}: {command:#x}");
        }
        Ok(())
    }

    /// `ADDFD` is matched ignoring size and direction, and nothing else.
    #[test]
    fn extensible() -> Result {
        for (command, matches) in [
            (0x4018_2103, true),
            (0x8018_2103, true),
            (0xc018_2103, true),
            (0x0000_2103, true),
            (0x7fff_2103, true),
            (0x4018_2104, false),
            (0x4018_2203, false),
            (0x4018_2003, false),
        ] {
            ensure!(
                (without_size(command) == ADDFD_ANY_SIZE) == matches,
                "{command:#x}"
            );
        }
        Ok(())
    }

    /// An unknown command is `EINVAL`, not `ENOTTY`: also known ones with another size or direction.
    #[test]
    fn unknown_commands() -> Result {
        let file = open(&listener(false)?)?;
        let arg = nowhere().as_const_ptr().addr();

        for (command, error) in [
            (0, EINVAL),
            (0x5401, EINVAL),
            (0xc051_2100, EINVAL),
            (0x8050_2100, EINVAL),
            (0xc010_2101, EINVAL),
            (0xc008_2102, EINVAL),
            (0x8008_2104, EINVAL),
            (0x4008_2105, EINVAL),
            // Too short, and too long.
            (0x4010_2103, EINVAL),
            (0x7fff_2103, EINVAL),
            // These are known, and read their argument.
            (0xc050_2100, EFAULT),
            (0xc018_2101, EFAULT),
            (0x4008_2102, EFAULT),
            (0x8008_2102, EFAULT),
            (0x4018_2103, EFAULT),
            (0x8020_2103, EFAULT),
        ] {
            ensure!(
                crate::testing::ioctl(&file, command, arg) == Err(error),
                "{command:#x}"
            );
        }
        Ok(())
    }

    const IN: u32 = 0x0041;
    const OUT: u32 = 0x0104;
    const HUP: u32 = 0x0010;

    /// Moves the request with the id to another phase.
    fn set(listener: &Listener, id: u64, phase: Phase) -> Result {
        let mut state = listener.state.lock();
        let state = state.as_mut().project();
        let mut request = state.requests.find(id).ok_or(ENOENT)?;

        set_phase(&listener.pending, &mut request, phase);
        Ok(())
    }

    /// Unread requests make the file readable, received ones that wait for a reply make it
    /// writable, and it hangs up when no users are left.
    #[test]
    fn poll() -> Result {
        let listener = listener(false)?;
        let file = open(&listener)?;
        let seen = || crate::testing::poll(&file);

        ensure!(seen()? == 0, "no requests: {:#x}", seen()?);
        with_request(&listener, 1, |first, _| {
            ensure!(seen()? == IN, "unread: {:#x}", seen()?);
            set(&listener, first, Phase::Received)?;
            ensure!(seen()? == OUT, "received: {:#x}", seen()?);

            with_request(&listener, 2, |second, _| {
                ensure!(seen()? == IN | OUT, "one of each: {:#x}", seen()?);
                set(&listener, second, Phase::Sending)?;
                ensure!(seen()? == OUT, "sending: {:#x}", seen()?);
                Ok(())
            })?;

            set(&listener, first, Phase::Replied(Reply::error(EPERM)))?;
            ensure!(seen()? == 0, "replied: {:#x}", seen()?);
            listener.orphan();
            ensure!(seen()? == HUP, "orphaned: {:#x}", seen()?);
            Ok(())
        })
    }

    /// Poll looks when its caller is on the queue: of what comes before that nobody tells it.
    #[test]
    fn looks_when_queued() -> Result {
        let listener = listener(false)?;
        let file = open(&listener)?;

        with_request(&listener, 1, |id, _| {
            let seen = poll_while(&file, || {
                let _ = set(&listener, id, Phase::Received);
            })?;

            ensure!(seen == OUT, "received: {seen:#x}");

            let seen = poll_while(&file, || listener.orphan())?;

            ensure!(seen == OUT | HUP, "orphaned: {seen:#x}");
            Ok(())
        })
    }
}
