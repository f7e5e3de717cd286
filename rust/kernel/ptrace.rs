// SPDX-License-Identifier: GPL-2.0

//! The traced side of ptrace.
//!
//! C header: [`include/linux/ptrace.h`](srctree/include/linux/ptrace.h)

use crate::{
    bindings,
    prelude::*,
    sync::atomic::{
        atomic_load,
        Relaxed, //
    },
    task::CurrentTask, //
};

/// An event that a tracer can ask to be told of, `PTRACE_EVENT_*` of the uapi.
///
/// # Examples
///
/// ```
/// use kernel::ptrace::Event;
///
/// // Nobody traces a kernel thread.
/// assert!(!current!().is_traced_for(Event::SECCOMP));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Event(c_int);

impl Event {
    /// A system call filter hands a call to the tracer.
    pub const SECCOMP: Self = Self(bindings::PTRACE_EVENT_SECCOMP as c_int);
}

impl CurrentTask {
    /// Whether a tracer wants to know of the event.
    #[doc(alias = "ptrace_event_enabled")]
    #[inline]
    pub fn is_traced_for(&self, event: Event) -> bool {
        // SAFETY: The task is valid. Whether it is traced is read without a lock, as a race that
        // does no harm: who stops for a tracer looks again.
        unsafe { bindings::ptrace_event_enabled(self.as_ptr(), event.0) }
    }

    /// Stops for the tracer, which may change the task's registers, until it lets the task go on
    /// or a fatal signal arrives. Sleeps.
    #[doc(alias = "ptrace_event")]
    pub fn stop_for_tracer(&self, event: Event, message: c_ulong) {
        // SAFETY: Task context, as there is a `CurrentTask`.
        unsafe { bindings::ptrace_event(event.0, message) };
    }

    /// Whether a privileged tracer has suspended system call filtering, to checkpoint the task.
    #[doc(alias = "PT_SUSPEND_SECCOMP")]
    #[inline]
    pub fn is_seccomp_suspended(&self) -> bool {
        if !cfg!(CONFIG_CHECKPOINT_RESTORE) {
            return false;
        }

        // SAFETY: The task is valid. As in C the word is read without a lock: a tracer changes it
        // while the task is stopped, as it attaches or as it detaches, and either value is right
        // then.
        let flags = unsafe { atomic_load(&raw mut (*self.as_ptr()).ptrace, Relaxed) };

        flags & SUSPEND_SECCOMP != 0
    }
}

/// `PT_SUSPEND_SECCOMP`: the uapi's option bit, shifted as the kernel keeps all options.
const SUSPEND_SECCOMP: c_uint = bindings::PTRACE_O_SUSPEND_SECCOMP << bindings::PT_OPT_FLAG_SHIFT;
