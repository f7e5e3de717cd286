// SPDX-License-Identifier: GPL-2.0

//! Installing a filter: `SECCOMP_SET_MODE_FILTER`.
//!
//! Whatever can fail or sleep comes first: reading and verifying the program, working out its
//! cache, reserving a descriptor and creating the file. Then the locks are taken, in the order
//! `cred_guard_mutex`, `siglock`, and what depends on other threads is decided. After that nothing
//! fails. A filter, listener or descriptor that is not committed undoes itself when dropped, after
//! the locks.

use kernel::{
    bpf::{
        UserProgram,
        MAX_INSNS, //
    },
    capability::Capability,
    prelude::*,
    task::{
        CurrentTask,
        Pid, //
    },
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};

use crate::{
    abi::Fprog,
    action::Mode,
    filter::{
        Filter,
        Prepared, //
    },
    flags::FilterFlags,
    notify::ListenerFd,
    slot::Slot,
    tsync, //
};

use core::mem::size_of;

/// Reads where the program is, in the form of the caller's ABI.
fn read_fprog(user: UserPtr) -> Result<UserProgram> {
    #[cfg(CONFIG_COMPAT)]
    if kernel::syscall::in_compat_syscall() {
        use crate::abi::CompatFprog;

        let fprog: CompatFprog = UserSlice::new(user, size_of::<CompatFprog>())
            .reader()
            .read()?;

        return Ok(UserProgram {
            len: fprog.len,
            insns: UserPtr::from_addr(fprog.filter as usize),
        });
    }

    let fprog: Fprog = UserSlice::new(user, size_of::<Fprog>()).reader().read()?;

    Ok(UserProgram {
        len: fprog.len,
        insns: UserPtr::from_addr(fprog.filter),
    })
}

/// Makes a filter of what the caller points at, if it may install one at all.
fn prepare(task: &CurrentTask, flags: FilterFlags, user: UserPtr) -> Result<Prepared> {
    let program = read_fprog(user)?;

    if program.len == 0 || usize::from(program.len) > MAX_INSNS {
        return Err(EINVAL);
    }

    // A program that gains privileges must not be confused by filters of one who has none.
    if !task.no_new_privs() && !Capability::SYS_ADMIN.current_has_in_own_ns_noaudit() {
        return Err(EACCES);
    }

    Filter::prepare(&program, flags)
}

/// How an attempt that went without error has ended.
enum Attached {
    /// The filter is in force.
    Yes,
    /// This thread could not be synchronised, and nothing has changed.
    Misfit(Pid),
}

/// Puts the filter in force, for the caller or for all threads.
fn attach(task: &CurrentTask, flags: FilterFlags, filter: Prepared) -> Result<Attached> {
    // Held to the end, and dropped after `siglock`.
    let _cred_guard = if flags.tsync() {
        // A task that is being killed sees no error code.
        Some(task.lock_cred_guard().map_err(|_| EINVAL)?)
    } else {
        None
    };

    // A filter that is not attached is dropped after the locks, as parameters are dropped last.
    let siglock = task.lock_own_sighand().ok_or(ESRCH)?;
    let slot = Slot::of_locked(&siglock);

    if !slot.mode().may_become(Mode::Filter) {
        return Err(EINVAL);
    }

    // Under the lock, as another thread may be synchronising its own listener to this one.
    if filter.has_listener() && slot.filter().is_some_and(Filter::path_has_open_listener) {
        return Err(EBUSY);
    }
    filter.check_path(slot.filter())?;

    if flags.tsync() {
        match tsync::find_misfit(&siglock) {
            Ok(None) => (),
            _ if flags.tsync_esrch() => return Err(ESRCH),
            Ok(Some(pid)) => return Ok(Attached::Misfit(pid)),
            Err(error) => return Err(error),
        }
    }

    slot.push(filter);
    if flags.tsync() {
        tsync::synchronise(&siglock, flags.spec_allow());
    }
    slot.set_mode(Mode::Filter, flags.spec_allow());
    Ok(Attached::Yes)
}

/// Installs the filter that `user` describes.
///
/// Returns 0, the number of the new listener, or the id of a thread that could not be
/// synchronised. May sleep.
///
/// # Errors
///
/// - `EINVAL`: flags that are unknown or do not go together, no program or one that is too long,
///   an instruction that no filter has, strict mode
/// - `EFAULT`: the program, or where it is, cannot be read
/// - `EACCES`: neither `no_new_privs` nor privilege
/// - `EBUSY`: there is a listener on the chain already
/// - `ESRCH`: a thread cannot be synchronised, and the caller does not want to know which
/// - `EMFILE`, `ENFILE`: no descriptor or file for the listener
/// - `ENOMEM`: no memory, or the chain would be too long
pub(crate) fn set_mode_filter(task: &CurrentTask, flags: u32, user: UserPtr) -> Result<c_long> {
    let flags = FilterFlags::parse(flags)?;
    let mut filter = prepare(task, flags, user)?;

    let listener = if flags.new_listener() {
        Some(ListenerFd::reserve(&mut filter, flags)?)
    } else {
        None
    };

    match attach(task, flags, filter)? {
        Attached::Yes => Ok(listener.map_or(0, ListenerFd::commit)),
        Attached::Misfit(pid) => Ok(pid as c_long),
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_attach)]
mod tests {
    use super::*;
    use crate::{
        slot::current_mode,
        testing::{
            close,
            ensure,
            nowhere,
            ret,
            stmt,
            with_locked_slot,
            with_slot,
            Programs,
            UserMemory, //
        }, //
    };
    use core::mem::offset_of;
    use kernel::bpf::{
        code,
        Insn, //
    };

    const ALLOW: [Insn; 1] = [ret(0x7fff_0000)];

    const TSYNC: u32 = 0x01;
    /// In all of these, lest the processor be slowed down for the tests.
    const SPEC_ALLOW: u32 = 0x04;
    const NEW_LISTENER: u32 = 0x08;
    const TSYNC_ESRCH: u32 = 0x10;

    /// The header of a program, in the memory of the caller.
    fn header(len: u16, insns: UserPtr) -> Result<UserMemory> {
        let memory = UserMemory::new(size_of::<Fprog>())?;

        memory.write(&len)?;
        memory.write_at(offset_of!(Fprog, filter), &insns.as_const_ptr().addr())?;
        Ok(memory)
    }

    /// Installs a program in the current thread, as `seccomp(2)` does.
    fn install(task: &CurrentTask, insns: &[Insn], flags: u32) -> Result<c_long> {
        let program = Programs::new()?.place(insns)?;

        set_mode_filter(
            task,
            flags | SPEC_ALLOW,
            header(program.len, program.insns)?.ptr(),
        )
    }

    fn filter_count(task: &CurrentTask) -> Result<c_int> {
        with_locked_slot(task, |slot| slot.filter_count())
    }

    /// Known flags and no pointer are `EFAULT`, an unknown flag is `EINVAL` before anything is
    /// read: libraries probe features this way.
    #[test]
    fn probing() -> Result {
        with_slot(|task| {
            for flags in 0..0x100 {
                let result = match FilterFlags::parse(flags) {
                    Ok(_) => EFAULT,
                    Err(_) => EINVAL,
                };

                for user in [UserPtr::from_addr(0), nowhere()] {
                    ensure!(
                        set_mode_filter(task, flags, user) == Err(result),
                        "{flags:#x}"
                    );
                }
            }
            ensure!(current_mode(task) == Mode::Disabled, "nothing was done");
            Ok(())
        })
    }

    /// Length 0 or above 4096 is `EINVAL` before the program is read, and so is a bad program.
    #[test]
    fn programs() -> Result {
        let bad = Programs::new()?.place(&[stmt(code::LD_IMM, 0)])?;

        with_slot(|task| {
            for (len, insns, result) in [
                (0, nowhere(), EINVAL),
                (4097, nowhere(), EINVAL),
                (u16::MAX, nowhere(), EINVAL),
                (1, nowhere(), EFAULT),
                (4096, nowhere(), EFAULT),
                (bad.len, bad.insns, EINVAL),
            ] {
                let header = header(len, insns)?;

                ensure!(
                    set_mode_filter(task, SPEC_ALLOW, header.ptr()) == Err(result),
                    "{len} instructions"
                );
            }
            ensure!(current_mode(task) == Mode::Disabled, "nothing was done");
            Ok(())
        })
    }

    /// A filter that is installed is in force, alone or for all threads.
    #[test]
    fn in_force() -> Result {
        with_slot(|task| {
            for (installed, flags) in [0, TSYNC, TSYNC | TSYNC_ESRCH].into_iter().enumerate() {
                ensure!(install(task, &ALLOW, flags) == Ok(0), "{flags:#x}");
                ensure!(
                    filter_count(task)? == (installed as c_int).wrapping_add(1),
                    "{flags:#x}"
                );
                ensure!(current_mode(task) == Mode::Filter, "{flags:#x}");
            }
            Ok(())
        })
    }

    /// A mode once set never changes to another.
    #[test]
    fn mode_stays() -> Result {
        for mode in [Mode::Strict, Mode::Dead] {
            with_slot(|task| {
                with_locked_slot(task, |slot| slot.set_mode(mode, true))?;
                ensure!(install(task, &ALLOW, 0) == Err(EINVAL), "{mode:?}");
                ensure!(filter_count(task)? == 0, "{mode:?}");
                ensure!(current_mode(task) == mode, "{mode:?}");
                Ok(())
            })?;
        }
        Ok(())
    }

    /// A second listener anywhere in the chain is `EBUSY`, alone and with TSYNC, and changes
    /// nothing.
    #[test]
    fn second_listener() -> Result {
        with_slot(|task| {
            ensure!(install(task, &ALLOW, 0) == Ok(0), "below");

            let fd = install(task, &ALLOW, NEW_LISTENER)?;

            ensure!(fd >= 0, "{fd}");
            ensure!(install(task, &ALLOW, 0) == Ok(0), "on top");
            for flags in [NEW_LISTENER, NEW_LISTENER | TSYNC | TSYNC_ESRCH] {
                ensure!(install(task, &ALLOW, flags) == Err(EBUSY), "{flags:#x}");
            }
            ensure!(filter_count(task)? == 3, "after all");
            close(fd)
        })
    }

    /// An attempt that fails gives back the descriptor that it has reserved.
    #[test]
    fn nothing_half_installed() -> Result {
        with_slot(|task| {
            let fd = install(task, &ALLOW, NEW_LISTENER)?;
            let mut lowest = None;

            for _ in 0..3 {
                ensure!(
                    install(task, &ALLOW, NEW_LISTENER) == Err(EBUSY),
                    "a second listener"
                );

                let filter = &mut Programs::new()?.prepare(&ALLOW, NEW_LISTENER)?;
                let next = ListenerFd::reserve(filter, FilterFlags::parse(NEW_LISTENER)?)?.commit();

                close(next)?;
                ensure!(lowest.is_none_or(|fd| fd == next), "{next}, {lowest:?}");
                lowest = Some(next);
            }
            close(fd)
        })
    }

    /// A chain that would be too long is `ENOMEM`, and the last filter is not put on it.
    #[test]
    fn chain_is_limited() -> Result {
        let mut insns = KVec::from_elem(stmt(code::LD_IMM, 1), MAX_INSNS, GFP_KERNEL)?;

        if let Some(last) = insns.last_mut() {
            *last = ret(0x7fff_0000);
        }

        with_slot(|task| {
            let mut installed = 0;

            let error = loop {
                match install(task, &insns, 0) {
                    Ok(_) if installed < 8 => installed += 1,
                    Ok(_) => return Err(EINVAL),
                    Err(error) => break error,
                }
            };

            ensure!(error == ENOMEM, "{error:?}");
            // Eight of 4096 would do, were it not for the prologues and penalties.
            ensure!(installed == 7, "{installed}");
            ensure!(filter_count(task)? == 7, "the chain is as it was");
            ensure!(install(task, &ALLOW, 0) == Ok(0), "a short one fits");
            Ok(())
        })
    }
}
