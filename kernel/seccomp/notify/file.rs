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
    Listener,
    READABLE,
    WRITABLE, //
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

        let mut events = PollEvents::NONE;

        // The lock may be held for long by a task that installs a descriptor, in place of one whose
        // file takes its time to close. Only who is being killed is told that something is wrong.
        let Ok(state) = listener.state.lock_killable() else {
            return PollEvents::ERR;
        };

        if state.requests.has_waiting() {
            events = events | READABLE;
        }
        if state.received != 0 {
            events = events | WRITABLE;
        }
        drop(state);

        if listener.is_orphaned() {
            events = events | PollEvents::HUP;
        }
        events
    }

    fn release(listener: Arc<Listener>) {
        listener.close();
    }
}
