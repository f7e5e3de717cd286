// SPDX-License-Identifier: GPL-2.0

//! What the KUnit tests of the other modules share.
//!
//! A test runs in a kernel thread of its own. That thread has an address space as soon as
//! [`UserMemory`] is first asked for, and a slot for filters, like any task; it makes no system
//! calls, so that whatever is put into the slot does not confine the test.
//!
//! A failed `assert!` ends the thread on the spot, without destructors. A test that holds a lock,
//! or has entries in a queue, says what is wrong with [`ensure!`] instead and returns.

use kernel::{
    bindings,
    bpf::{
        code,
        Insn,
        UserProgram, //
    },
    error::to_result,
    fs::File,
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        },
        wait_queue::{
            Poller,
            WaitQueue, //
        }, //
    },
    task::CurrentTask,
    transmute::{
        AsBytes,
        FromBytes, //
    },
    types::Opaque,
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};

use crate::{
    abi::SeccompData,
    action::Mode,
    filter::{
        Filter,
        FilterUser,
        Prepared, //
    },
    flags::FilterFlags,
    slot::Slot, //
};

use core::{
    mem::size_of,
    ptr, //
};

pub(crate) mod entry;
pub(crate) mod random;
pub(crate) mod reference;

/// Returns `EINVAL` from a test, and says why, unless a condition holds. What follows the
/// condition names the row of the table that it is about.
macro_rules! ensure {
    ($condition:expr, $($row:tt)+) => {
        if !$condition {
            ::kernel::kunit::err(::kernel::prelude::fmt!(
                "    # {}:{}: not so: {}; {}\n",
                ::core::file!(),
                ::core::line!(),
                ::core::stringify!($condition),
                ::kernel::prelude::fmt!($($row)+)
            ));
            return Err(::kernel::prelude::EINVAL);
        }
    };
}
pub(crate) use ensure;

/// Memory that the thread of a test has as a process has its own. Goes away with the thread.
pub(crate) struct UserMemory {
    addr: usize,
    len: usize,
}

impl UserMemory {
    /// Maps `len` bytes, all zero.
    pub(crate) fn new(len: usize) -> Result<Self> {
        Self::map(len, Self::PROT_READ | Self::PROT_WRITE)
    }

    /// Maps `len` bytes, all zero, that cannot be written.
    pub(crate) fn read_only(len: usize) -> Result<Self> {
        Self::map(len, Self::PROT_READ)
    }

    // From `asm-generic/mman-common.h`, whose values hold wherever filters and Rust do.
    const PROT_READ: c_ulong = 0x1;
    const PROT_WRITE: c_ulong = 0x2;
    const MAP_PRIVATE_ANONYMOUS: c_ulong = 0x02 | 0x20;

    fn map(len: usize, prot: c_ulong) -> Result<Self> {
        // SAFETY: May be called from any context.
        let test = unsafe { bindings::kunit_get_current_test() };

        if test.is_null() {
            return Err(EINVAL);
        }

        // SAFETY: This is the thread of the test. It gets an address space if it has none.
        let addr = unsafe {
            bindings::kunit_vm_mmap(
                test,
                ptr::null_mut(),
                0,
                len,
                prot,
                Self::MAP_PRIVATE_ANONYMOUS,
                0,
            )
        };

        // A number that is no page is an error.
        if addr == 0 || addr & 0xfff != 0 {
            return Err(ENOMEM);
        }
        Ok(Self { addr, len })
    }

    /// Where it begins.
    pub(crate) fn ptr(&self) -> UserPtr {
        UserPtr::from_addr(self.addr)
    }

    /// Where it begins, as a number.
    pub(crate) fn addr(&self) -> usize {
        self.addr
    }

    /// Puts `value` at its beginning.
    pub(crate) fn write<T: AsBytes + ?Sized>(&self, value: &T) -> Result {
        self.write_at(0, value)
    }

    /// Puts `value` `offset` bytes after its beginning.
    pub(crate) fn write_at<T: AsBytes + ?Sized>(&self, offset: usize, value: &T) -> Result {
        let room = self.len.checked_sub(offset).ok_or(EINVAL)?;

        UserSlice::new(self.ptr().wrapping_byte_add(offset), room)
            .writer()
            .write_slice(value.as_bytes())
    }

    /// What its beginning holds.
    pub(crate) fn read<T: FromBytes>(&self) -> Result<T> {
        UserSlice::new(self.ptr(), self.len).reader().read()
    }
}

/// While it is there, warnings of the thread of the test are counted and not printed.
pub(crate) struct QuietWarnings {
    test: *mut bindings::kunit,
    counter: *mut bindings::kunit_suppressed_warning,
}

impl QuietWarnings {
    /// From here on. There may be only one at a time.
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: May be called from any context.
        let test = unsafe { bindings::kunit_get_current_test() };

        if test.is_null() {
            return Err(EINVAL);
        }

        // SAFETY: This is the thread of the test.
        let counter = unsafe { bindings::kunit_start_suppress_warning(test) };

        if counter.is_null() {
            return Err(EBUSY);
        }
        Ok(Self { test, counter })
    }

    /// How many there would have been.
    pub(crate) fn count(&self) -> c_int {
        // SAFETY: The counter is valid until it is given back in `drop`.
        unsafe { bindings::kunit_suppressed_warning_count(self.counter) }
    }
}

impl Drop for QuietWarnings {
    fn drop(&mut self) {
        // SAFETY: The counter is one of the test's, and this is its thread.
        unsafe { bindings::kunit_end_suppress_warning(self.test, self.counter) };
    }
}

/// An address that nobody can read or write.
pub(crate) fn nowhere() -> UserPtr {
    UserPtr::from_addr(usize::MAX - 0xffff)
}

/// An instruction that does not jump.
pub(crate) const fn stmt(code: u16, k: u32) -> Insn {
    jump(code, k, 0, 0)
}

/// An instruction that may skip others.
pub(crate) const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> Insn {
    Insn { code, jt, jf, k }
}

/// An instruction that returns `verdict`.
pub(crate) const fn ret(verdict: u32) -> Insn {
    stmt(code::RET_K, verdict)
}

/// Calls `body` with all programs of `N` instructions that there are in `alphabet`. Ends where one
/// is not as it should be.
pub(crate) fn each_program<const N: usize>(
    alphabet: &[Insn],
    mut body: impl FnMut(&[Insn; N]) -> Result,
) -> Result {
    let count = alphabet.len().pow(u32::try_from(N)?);

    for nr in 0..count {
        let mut rest = nr;
        let mut insns = [ret(0); N];

        for insn in insns.iter_mut().rev() {
            *insn = *alphabet.get(rest % alphabet.len()).ok_or(EINVAL)?;
            rest /= alphabet.len();
        }
        body(&insns)?;
    }
    Ok(())
}

/// Room in user memory for programs, one after the other.
pub(crate) struct Programs(UserMemory);

impl Programs {
    /// Maps room for the longest program.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(UserMemory::new(
            kernel::bpf::MAX_INSNS * size_of::<Insn>(),
        )?))
    }

    /// Writes a program there.
    pub(crate) fn place(&self, insns: &[Insn]) -> Result<UserProgram> {
        self.0.write(insns)?;
        Ok(UserProgram {
            len: u16::try_from(insns.len())?,
            insns: self.0.ptr(),
        })
    }

    /// Makes a filter of a program, as if it were installed with `flags`.
    pub(crate) fn prepare(&self, insns: &[Insn], flags: u32) -> Result<Prepared> {
        Filter::prepare(&self.place(insns)?, FilterFlags::parse(flags)?)
    }

    /// Makes a filter of a program, and puts it on top of `parent`.
    pub(crate) fn attach(&self, insns: &[Insn], parent: Option<FilterUser>) -> Result<FilterUser> {
        Ok(self.prepare(insns, 0)?.attach(parent))
    }
}

/// A call as filters see it, with arguments that are easily told apart.
pub(crate) fn call(nr: c_int, arch: u32) -> SeccompData {
    SeccompData {
        nr,
        arch,
        instruction_pointer: 0x1111_2222_3333_4444,
        args: [
            0x0101_0101_a0a0_a0a0,
            0x0202_0202_a1a1_a1a1,
            0x0303_0303_a2a2_a2a2,
            0x0404_0404_a3a3_a3a3,
            0x0505_0505_a4a4_a4a4,
            0x0606_0606_a5a5_a5a5,
        ],
    }
}

/// Numbers that look random, and are the same on every run.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u32) -> Self {
        Self(u64::from(seed) << 1 | 1)
    }

    /// The next number (xorshift64*).
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`, which must not be zero.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end.max(1)
    }

    /// One of `choices`.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        choices.get(self.below(choices.len())).copied()
    }
}

/// Calls `body` with the current thread, whose slot is emptied afterwards.
pub(crate) fn with_slot<R>(body: impl FnOnce(&CurrentTask) -> Result<R>) -> Result<R> {
    let task = kernel::current!();
    let result = body(task);
    let filter = task.lock_sighand().and_then(|siglock| {
        let slot = Slot::of_locked(&siglock);

        slot.set_mode(Mode::Disabled, true);
        // SAFETY: The thread makes no system calls, has no sibling that could synchronise it, and
        // `body` has returned all that it could have borrowed.
        unsafe { slot.take() }
    });

    drop(filter);
    result
}

/// Calls `body` with what is in the current thread's slot, under `siglock`: it must not sleep.
pub(crate) fn with_locked_slot<R>(
    task: &CurrentTask,
    body: impl FnOnce(Slot<'_>) -> R,
) -> Result<R> {
    let siglock = task.lock_sighand().ok_or(ESRCH)?;

    Ok(body(Slot::of_locked(&siglock)))
}

/// Does what `ioctl(2)` does with a file that [`kernel::anon_inode::getfile`] has made.
pub(crate) fn ioctl(file: &ARef<File>, cmd: u32, arg: usize) -> Result<c_long> {
    // SAFETY: The file is valid, and such a file has this operation.
    let result = unsafe {
        let ioctl = (*(*file.as_ptr()).f_op).unlocked_ioctl.ok_or(ENOTTY)?;

        ioctl(file.as_ptr(), cmd, arg)
    };

    to_result(result as c_int)?;
    Ok(result)
}

/// Does what `poll(2)` does with such a file, without waiting.
pub(crate) fn poll(file: &ARef<File>) -> Result<u32> {
    poll_while(file, || ())
}

/// As [`poll`]; `body` runs when the file puts the poller on its queue.
pub(crate) fn poll_while<F: Fn()>(file: &ARef<File>, body: F) -> Result<u32> {
    let queuer = Queuer {
        table: Opaque::new(bindings::poll_table {
            _qproc: Some(queue::<F>),
            _key: !0,
        }),
        body,
    };

    // SAFETY: As in `ioctl`. The table is that of a queuer, taken from a pointer to all of it.
    unsafe {
        let poll = (*(*file.as_ptr()).f_op).poll.ok_or(EINVAL)?;

        Ok(poll(file.as_ptr(), (&raw const queuer).cast_mut().cast()))
    }
}

/// A poller that goes on no queue, and does something else instead.
#[repr(C)]
struct Queuer<F> {
    table: Opaque<bindings::poll_table>,
    body: F,
}

/// Does what the poller does that `table` is part of.
///
/// # Safety
///
/// To be called by `poll_wait()` alone, for the poller of [`poll_while`].
unsafe extern "C" fn queue<F: Fn()>(
    _file: *mut bindings::file,
    _queue: *mut bindings::wait_queue_head,
    table: *mut bindings::poll_table,
) {
    // SAFETY: By the safety requirements; the table comes first in the poller.
    unsafe { ((*table.cast::<Queuer<F>>()).body)() };
}

/// What a poller has on a wait queue, and how often it was told.
#[repr(C)]
struct Bell {
    table: Opaque<bindings::poll_table>,
    entry: Opaque<bindings::wait_queue_entry>,
    queue: Atomic<*mut bindings::wait_queue_head>,
    rung: Atomic<i32>,
}

/// Puts the bell that `table` is part of onto the queue.
///
/// # Safety
///
/// To be called by `poll_wait()` alone, for the poller of [`count_wake_ups`].
unsafe extern "C" fn hang(
    _file: *mut bindings::file,
    queue: *mut bindings::wait_queue_head,
    table: *mut bindings::poll_table,
) {
    let bell = table.cast::<Bell>();

    // SAFETY: By the safety requirements; the table comes first in the bell. `ring` goes from the
    // entry back to the bell, so that the pointer to the entry is made from the one to the bell.
    let (bell_queue, entry) = unsafe { (&(*bell).queue, &raw const (*bell).entry) };

    bell_queue.store(queue, Relaxed);
    // SAFETY: The queue is valid, and the entry initialised and on none.
    unsafe { bindings::add_wait_queue(queue, Opaque::cast_into(entry)) };
}

/// Counts a wake-up, and lets it go on to whom it is meant for.
///
/// # Safety
///
/// To be called by the wait queue alone, for the entry of a bell.
unsafe extern "C" fn ring(
    entry: *mut bindings::wait_queue_entry,
    _mode: c_uint,
    _flags: c_int,
    _key: *mut c_void,
) -> c_int {
    // SAFETY: By the safety requirements.
    let bell = unsafe { &*kernel::container_of!(Opaque::cast_from(entry), Bell, entry) };

    bell.rung.fetch_add(1, Relaxed);
    0
}

/// Returns how many wake-ups there are on `queue`, which `file` holds, while `body` runs.
pub(crate) fn count_wake_ups(
    file: &ARef<File>,
    queue: &WaitQueue,
    body: impl FnOnce() -> Result,
) -> Result<i32> {
    let bell = Bell {
        table: Opaque::new(bindings::poll_table {
            _qproc: Some(hang),
            _key: !0,
        }),
        entry: Opaque::new(bindings::wait_queue_entry {
            func: Some(ring),
            ..pin_init::zeroed()
        }),
        queue: Atomic::new(ptr::null_mut()),
        rung: Atomic::new(0),
    };

    // SAFETY: File and table are valid, and the queue is there as long as the file. The table is
    // that of a bell, taken from a pointer to all of it.
    unsafe { Poller::new(file.as_ptr(), (&raw const bell).cast_mut().cast()) }.register(queue);

    let result = body();

    // SAFETY: The entry is on this queue, and off it before it goes away.
    unsafe { bindings::remove_wait_queue(bell.queue.load(Relaxed), bell.entry.get()) };
    result?;
    Ok(bell.rung.load(Relaxed))
}

/// Closes a descriptor that the test has been given, and waits until its file has been released.
pub(crate) fn close(fd: c_long) -> Result {
    let fd = u32::try_from(fd)?;

    // SAFETY: Nobody else knows the descriptor. The thread holds no lock.
    unsafe {
        to_result(bindings::close_fd(fd))?;
        bindings::flush_delayed_fput();
    }
    Ok(())
}
