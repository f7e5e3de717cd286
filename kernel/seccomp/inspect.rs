// SPDX-License-Identifier: GPL-2.0

//! Looking at another task's filters: for checkpoints, through ptrace, and at the cache, in
//! `/proc/PID/seccomp_cache`.
//!
//! `siglock` of the task is held just to take a reference to its filter. What the reference keeps
//! does not change, so that the rest goes without locks.

use kernel::{
    prelude::*,
    task::Task, //
};

use crate::{
    filter::FilterRef,
    slot::Slot, //
};

#[cfg(CONFIG_CHECKPOINT_RESTORE)]
pub(crate) use checkpoint::*;

#[cfg(CONFIG_CHECKPOINT_RESTORE)]
mod checkpoint {
    use super::*;

    use kernel::{
        bindings,
        capability::Capability,
        task::CurrentTask,
        transmute::AsBytes,
        uaccess::{
            UserPtr,
            UserSlice, //
        }, //
    };

    use crate::{
        abi::Metadata,
        action::Mode,
        slot::current_mode, //
    };

    use core::mem::{
        offset_of,
        size_of, //
    };

    /// Whether the current task may read filters: it is privileged, and not filtered itself.
    fn may_inspect(tracer: &CurrentTask) -> Result {
        if !Capability::SYS_ADMIN.current_has() || current_mode(tracer) != Mode::Disabled {
            return Err(EACCES);
        }
        Ok(())
    }

    /// The filter with the index, of which 0 is the oldest.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the task is not in filter mode, `ENOENT` past the youngest filter.
    pub(super) fn nth_filter(task: &Task, index: u64) -> Result<FilterRef> {
        let top = {
            let siglock = task.lock_sighand().ok_or(ESRCH)?;
            let slot = Slot::of_locked(&siglock);

            if slot.mode() != Mode::Filter {
                return Err(EINVAL);
            }
            slot.reader().ok_or(ENOENT)?
        };
        let from_top = (top.lineage().count() as u64)
            .checked_sub(1)
            .and_then(|last| last.checked_sub(index))
            .ok_or(ENOENT)?;

        top.ancestor(from_top as usize).ok_or(ENOENT)
    }

    /// `PTRACE_SECCOMP_GET_FILTER`: returns how many instructions a filter of `task` has, and
    /// writes them to `data` unless that is null. May sleep.
    ///
    /// # Errors
    ///
    /// `EACCES` if the current task may not inspect, `EINVAL` if `task` is not in filter mode,
    /// `ENOENT` if it has no filter with the index, `EFAULT`.
    pub(crate) fn get_filter(
        tracer: &CurrentTask,
        task: &Task,
        index: u64,
        data: UserPtr,
    ) -> Result<c_long> {
        may_inspect(tracer)?;

        let filter = nth_filter(task, index)?;
        // All programs are kept where checkpoints are configured.
        let insns = filter.program().original().ok_or(EMEDIUMTYPE)?;

        if !data.as_const_ptr().is_null() {
            let bytes = insns.as_bytes();

            UserSlice::new(data, bytes.len())
                .writer()
                .write_slice(bytes)?;
        }
        Ok(insns.len() as c_long)
    }

    /// `PTRACE_SECCOMP_GET_METADATA`: says with which flags a filter of `task` was installed, as
    /// far as that is known: `SECCOMP_FILTER_FLAG_LOG`. Returns how many bytes it has written, up
    /// to `size`. May sleep.
    ///
    /// # Errors
    ///
    /// As for [`get_filter`], and `EINVAL` if `size` has no room for the index.
    pub(crate) fn get_metadata(
        tracer: &CurrentTask,
        task: &Task,
        size: c_ulong,
        data: UserPtr,
    ) -> Result<c_long> {
        const INDEX_LEN: usize = offset_of!(Metadata, flags);

        may_inspect(tracer)?;

        let size = size.min(size_of::<Metadata>());

        if size < INDEX_LEN {
            return Err(EINVAL);
        }

        let index: u64 = UserSlice::new(data, INDEX_LEN).reader().read()?;
        let filter = nth_filter(task, index)?;
        let metadata = Metadata {
            filter_off: index,
            flags: if filter.logs() {
                bindings::SECCOMP_FILTER_FLAG_LOG.into()
            } else {
                0
            },
        };
        let bytes = metadata.as_bytes();

        UserSlice::new(data, size)
            .writer()
            .write_slice(bytes.get(..size).ok_or(EINVAL)?)?;
        Ok(size as c_long)
    }
}

#[cfg(CONFIG_SECCOMP_CACHE_DEBUG)]
pub(crate) use cache_file::*;

#[cfg(CONFIG_SECCOMP_CACHE_DEBUG)]
mod cache_file {
    use super::*;

    use kernel::{
        bindings,
        capability::Capability,
        fs::LocalFile,
        seq_file::SeqFile,
        seq_print, //
    };

    use crate::cache::CallBits;

    /// The filter on top of the task's chain, if it has one.
    ///
    /// # Errors
    ///
    /// `ESRCH` if the task has been reaped.
    pub(super) fn top_filter(task: &Task) -> Result<Option<FilterRef>> {
        let siglock = task.lock_sighand().ok_or(ESRCH)?;

        Ok(Slot::of_locked(&siglock).reader())
    }

    fn show_table<const CALLS: usize, const WORDS: usize>(
        file: &SeqFile,
        name: &str,
        bits: &CallBits<CALLS, WORDS>,
    ) {
        for nr in 0..CALLS {
            let status = if bits.has(CallBits::<CALLS, WORDS>::spot(nr as c_int)) {
                "ALLOW"
            } else {
                "FILTER"
            };

            seq_print!(file, "{name} {nr} {status}\n");
        }
    }

    /// The name of a table, as C has it in its headers.
    pub(super) fn table_name(name: &'static [u8]) -> &'static str {
        let name = name.strip_suffix(b"\0").unwrap_or(name);

        core::str::from_utf8(name).unwrap_or("")
    }

    /// `/proc/PID/seccomp_cache`: a line for each call. May sleep.
    ///
    /// # Errors
    ///
    /// `EACCES` if whoever opened the file was not privileged, `ESRCH` if the task has been reaped.
    pub(crate) fn show_cache(seq: &SeqFile, opened: &LocalFile, task: &Task) -> Result {
        // A sandboxed task is not to learn what its filters are.
        if !Capability::SYS_ADMIN.opener_had(opened) {
            return Err(EACCES);
        }

        let Some(filter) = top_filter(task)? else {
            return Ok(());
        };
        let known = filter.known();

        show_table(
            seq,
            table_name(bindings::SECCOMP_RUST_NATIVE_NAME),
            &known.native_allowed(),
        );
        show_table(
            seq,
            table_name(bindings::SECCOMP_RUST_COMPAT_NAME),
            known.compat_allowed(),
        );
        Ok(())
    }
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
#[kunit_tests(seccomp_inspect)]
mod tests {
    use super::*;
    use kernel::bpf::Pinned;

    use crate::{
        action::{
            Mode,
            Verdict, //
        },
        testing::{
            call,
            ensure,
            ret,
            with_locked_slot,
            with_slot,
            Programs, //
        }, //
    };

    /// The reader of a chain keeps it when its task lets go of it.
    #[cfg(CONFIG_SECCOMP_CACHE_DEBUG)]
    #[test]
    fn reader_keeps_the_chain() -> Result {
        let programs = Programs::new()?;
        let top = with_slot(|task| {
            ensure!(top_filter(task)?.is_none(), "no filters");

            for verdict in 0..3 {
                let filter = programs.prepare(&[ret(verdict)], 0)?;

                with_locked_slot(task, |slot| slot.push(filter))?;
            }
            top_filter(task)
        })?
        .ok_or(ENOENT)?;

        assert_eq!(top.lineage().count(), 3);
        assert_eq!(top.run(&call(0, 0), &Pinned::new()), Verdict::from_raw(2));
        Ok(())
    }

    /// Index 0 is the oldest filter, past the end is `ENOENT`, and a task that is not in filter
    /// mode has none to show: `EINVAL`.
    #[cfg(CONFIG_CHECKPOINT_RESTORE)]
    #[test]
    fn index() -> Result {
        let programs = Programs::new()?;

        with_slot(|task| {
            for verdict in 0..3 {
                let filter = programs.prepare(&[ret(verdict)], 0)?;

                with_locked_slot(task, |slot| slot.push(filter))?;
            }
            ensure!(
                nth_filter(task, 0).err() == Some(EINVAL),
                "not in filter mode"
            );
            with_locked_slot(task, |slot| slot.set_mode(Mode::Filter, true))?;

            for index in 0..3 {
                ensure!(
                    nth_filter(task, index)?.run(&call(0, 0), &Pinned::new())
                        == Verdict::from_raw(index as u32),
                    "{index}"
                );
            }
            for index in [3, 4, 1 << 32, u64::MAX] {
                ensure!(nth_filter(task, index).err() == Some(ENOENT), "{index}");
            }
            Ok(())
        })
    }

    /// A caller that is itself filtered gets `EACCES`, before anything else is looked at.
    #[cfg(CONFIG_CHECKPOINT_RESTORE)]
    #[test]
    fn who_may_inspect() -> Result {
        use crate::testing::nowhere;

        with_slot(|task| {
            for (mode, result) in [
                (Mode::Disabled, EINVAL),
                (Mode::Strict, EACCES),
                (Mode::Filter, EACCES),
            ] {
                with_locked_slot(task, |slot| slot.set_mode(mode, true))?;
                ensure!(
                    get_filter(task, task, 0, nowhere()) == Err(result),
                    "{mode:?}"
                );
                ensure!(
                    get_metadata(task, task, 0, nowhere()) == Err(result),
                    "{mode:?}"
                );
            }
            Ok(())
        })
    }

    /// Metadata needs room for the index, which must be readable.
    #[cfg(CONFIG_CHECKPOINT_RESTORE)]
    #[test]
    fn metadata_arguments() -> Result {
        use crate::testing::{
            nowhere,
            UserMemory, //
        };

        let memory = UserMemory::new(16)?;
        let task = kernel::current!();

        for (name, size, user, result) in [
            ("no room", 7, memory.ptr(), EINVAL),
            ("unreadable", 16, nowhere(), EFAULT),
            ("not in filter mode", 8, memory.ptr(), EINVAL),
            ("larger than known", 4096, memory.ptr(), EINVAL),
        ] {
            ensure!(
                get_metadata(task, task, size, user) == Err(result),
                "{name}"
            );
        }
        Ok(())
    }

    /// Tables are named as in C.
    #[cfg(CONFIG_SECCOMP_CACHE_DEBUG)]
    #[test]
    fn table_names() -> Result {
        for (bytes, name) in [
            (&b"x86_64\0"[..], "x86_64"),
            (b"ia32", "ia32"),
            (b"\0", ""),
            (b"", ""),
            (b"\xff\0", ""),
        ] {
            ensure!(table_name(bytes) == name, "{name}");
        }
        Ok(())
    }
}
