// SPDX-License-Identifier: GPL-2.0

//! The system call that the current task is in: its number, arguments and result.
//!
//! C header: `arch/*/include/asm/syscall.h`, in the generic form
//! [`include/asm-generic/syscall.h`](srctree/include/asm-generic/syscall.h)

use crate::{
    bindings,
    prelude::*,
    task::{
        CurrentTask,
        Task, //
    },
    types::NotThreadSafe, //
};
use core::marker::PhantomData;

/// Registers of the system call that the current task has entered.
///
/// Of use between the entry of a system call and its exit. In a task that is not in a system call
/// the registers are those of its last way into the kernel: the values mean nothing then, but
/// reading them does no harm.
///
/// # Invariants
///
/// While a value of this type exists the task runs in task context, and has not begun to exit.
///
/// # Examples
///
/// ```
/// use kernel::syscall::Registers;
///
/// fn is_getpid(call: Registers<'_>, getpid: c_int) -> bool {
///     call.nr() == getpid
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Registers<'a> {
    _task: PhantomData<&'a CurrentTask>,
    _not_send: NotThreadSafe,
}

impl CurrentTask {
    /// Returns the registers of the system call that the task is in.
    ///
    /// # Safety
    ///
    /// To be called in task context, not in an interrupt that the task has been met with; and not
    /// when the task has begun to exit, nor may it do so while the value, or a copy of it, exists.
    #[inline]
    pub unsafe fn syscall(&self) -> Registers<'_> {
        // INVARIANT: By the safety requirements.
        Registers {
            _task: PhantomData,
            _not_send: NotThreadSafe,
        }
    }

    /// Takes the time stamp counter from the task, where there is one that can be taken.
    #[doc(alias = "disable_TSC")]
    pub fn disable_tsc(&self) {
        // SAFETY: Changes the current task and the CPU that it runs on, in task context.
        unsafe { bindings::disable_tsc() };
    }
}

impl Registers<'_> {
    /// The current task and its registers, as C takes them.
    #[inline]
    fn as_raw(&self) -> (*mut bindings::task_struct, *mut bindings::pt_regs) {
        // SAFETY: The current task has registers of its own, which by the type invariants are found.
        (Task::current_raw(), unsafe { bindings::current_pt_regs() })
    }

    /// The number of the call; -1 if it is to be skipped. A tracer may have changed it.
    #[inline]
    pub fn nr(&self) -> c_int {
        let (task, regs) = self.as_raw();

        // SAFETY: The task is the current one, and the registers are its own.
        unsafe { bindings::syscall_get_nr(task, regs) }
    }

    /// The architecture whose call it is, an `AUDIT_ARCH_*` number.
    #[inline]
    pub fn arch(&self) -> u32 {
        // SAFETY: As in `nr`.
        unsafe { bindings::syscall_get_arch(Task::current_raw()) as u32 }
    }

    /// The six arguments, as the registers hold them.
    #[inline]
    pub fn arguments(&self) -> [c_ulong; 6] {
        let (task, regs) = self.as_raw();
        let mut args = [0; 6];

        // SAFETY: As in `nr`; C writes six words.
        unsafe { bindings::syscall_get_arguments(task, regs, args.as_mut_ptr()) };
        args
    }

    /// The address of the instruction after the call.
    #[inline]
    pub fn instruction_pointer(&self) -> c_ulong {
        // SAFETY: As in `nr`.
        unsafe { bindings::KSTK_EIP(Task::current_raw()) }
    }

    /// Sets what a skipped call returns: `error` (negative) if it is not zero, else `value`.
    #[inline]
    pub fn set_return_value(&self, error: c_int, value: c_long) {
        let (task, regs) = self.as_raw();

        // SAFETY: As in `nr`.
        unsafe { bindings::syscall_set_return_value(task, regs, error, value) };
    }

    /// Sends `SIGSYS` to the current task, which can neither block nor ignore it.
    ///
    /// `nr` is the call and `reason` the errno that the handler is told. With `coredump` the signal
    /// kills, whatever handler there is.
    #[doc(alias = "force_sig_seccomp")]
    pub fn force_sigsys(&self, nr: c_int, reason: c_int, coredump: bool) {
        // SAFETY: By the type invariants this is task context, and the task has its signal handlers.
        unsafe { bindings::force_sig_seccomp(nr, reason, coredump) };
    }

    /// Restores the registers that entering the call has changed.
    #[inline]
    pub fn rollback(&self) {
        let (task, regs) = self.as_raw();

        // SAFETY: As in `nr`.
        unsafe { bindings::syscall_rollback(task, regs) };
    }
}

/// Whether the current task is in a system call of the compat ABI.
#[inline]
pub fn in_compat_syscall() -> bool {
    // SAFETY: Always safe to call.
    unsafe { bindings::in_compat_syscall() }
}
