// SPDX-License-Identifier: GPL-2.0

//! The hot path: may the current task make the call that it has just entered?
//!
//! Called with nothing held. Whoever is to die is not killed in here: a thread that exits runs no
//! destructors, so that [`Permit::Exit`] goes up to where there is nothing left to destroy.

use kernel::{
    bindings,
    do_once_lite,
    prelude::*,
    ptrace::Event,
    receive_fd::NoLightReferences,
    sync::barrier::{
        smp_mb,
        Read, //
    },
    syscall::Registers,
    task::CurrentTask,
    warn_on, //
};

use crate::{
    abi::SeccompData,
    action::{
        Action,
        Mode,
        Verdict, //
    },
    cache,
    filter::Filter,
    log,
    notify::{
        notify,
        Answer, //
    },
    slot::{
        current_filter,
        current_mode,
        mark_current_dead, //
    },
    strict, //
};

/// What becomes of a system call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Permit {
    /// It is made.
    Allow,
    /// It is not made; its result has been set, or a signal has been sent.
    Skip,
    /// The thread exits with this signal as its code.
    Exit(c_long),
}

/// The highest number that is an error.
const MAX_ERRNO: c_int = bindings::MAX_ERRNO as c_int;

const SIGKILL: c_long = bindings::SIGKILL as c_long;
const SIGSYS: c_long = bindings::SIGSYS as c_long;

/// Decides about the call that the current task has entered.
#[inline]
pub(crate) fn permit(task: &CurrentTask, no_files: NoLightReferences<'_>) -> Permit {
    if task.is_seccomp_suspended() {
        return Permit::Allow;
    }

    // Whoever has put the task into a mode, another thread perhaps, set the work bit last, which
    // brought us here. The other half is in `Slot::set_mode`.
    smp_mb(Read);

    match current_mode(task) {
        Mode::Filter => permit_filtered(task, no_files, task.syscall(), false),
        Mode::Strict => permit_strict(task),
        // A task that has been killed is back, or its mode is none: neither may go on. C's
        // BUG() for a task that is not confined at all is as deadly.
        Mode::Dead | Mode::Disabled => {
            do_once_lite! {
                warn_on!(true);
            }
            Permit::Exit(SIGKILL)
        }
    }
}

fn permit_strict(task: &CurrentTask) -> Permit {
    let nr = task.syscall().nr();

    if strict::permits(nr) {
        return Permit::Allow;
    }

    mark_current_dead(task);
    log::record(nr, SIGKILL, Action::KillThread.code(), true);
    Permit::Exit(SIGKILL)
}

/// Has the filters decide, if the chain's bits do not. `traced` if a tracer has seen the call
/// already, and may have changed it.
#[inline(always)]
fn permit_filtered(
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    call: Registers<'_>,
    traced: bool,
) -> Permit {
    match current_filter(task) {
        Some(top) if top.chain_allowed().allows(call.arch(), call.nr()) => Permit::Allow,
        Some(top) => judge(task, no_files, call, top, traced),
        None => {
            warn_on!(true);
            kill(task, call, Verdict::KILL_PROCESS)
        }
    }
}

/// What the filters see of the call.
fn gather(call: Registers<'_>) -> SeccompData {
    SeccompData {
        nr: call.nr(),
        arch: call.arch(),
        instruction_pointer: call.instruction_pointer() as u64,
        args: call.arguments().map(|arg| arg as u64),
    }
}

/// Runs the chain. The strictest verdict wins, and of equals the first that was met, which is the
/// filter that was installed last. Also returns whose verdict it is, if it is not `ALLOW`.
fn run_chain<'a>(top: &'a Filter, data: &SeccompData) -> (Verdict, Option<&'a Filter>) {
    let native = cache::is_native(data.arch);
    let mut strictest = (Verdict::ALLOW, None);

    for filter in top.lineage() {
        // What a filter allows whatever the arguments are need not be asked again.
        if native && filter.own_allowed().allows(data.nr) {
            continue;
        }

        let verdict = filter.run(data);

        if verdict.is_stricter_than(strictest.0) {
            strictest = (verdict, Some(filter));
        }
    }
    strictest
}

/// Has the filters decide, and does what they say. `traced` if a tracer has seen the call already:
/// the filters do not get to ask it again.
fn judge(
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    call: Registers<'_>,
    top: &Filter,
    traced: bool,
) -> Permit {
    let data = gather(call);
    let (verdict, by) = run_chain(top, &data);
    let mut nr = data.nr;

    let outcome = match verdict.action() {
        Some(Action::Trace) if traced => Permit::Allow,
        Some(Action::Trace) if task.is_traced_for(Event::SECCOMP) => {
            task.stop_for_tracer(Event::SECCOMP, verdict.data().into());

            // A task that is being killed may not have stopped at all, so that the tracer did not
            // get to change a call that it would not have let pass.
            if !task.fatal_signal_pending() {
                nr = call.nr();

                // The tracer has not made it a call that is to be skipped.
                if nr >= 0 {
                    return judge_changed(task, no_files, call);
                }
            }
            Permit::Skip
        }
        _ => act(task, no_files, call, verdict, by, &data),
    };

    if outcome == Permit::Skip && !is_kill(verdict) {
        log::record(nr, 0, verdict.action_word(), by.is_some_and(Filter::logs));
    }
    outcome
}

/// Has the filters decide about the call that a tracer may have changed.
#[cold]
fn judge_changed(
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    call: Registers<'_>,
) -> Permit {
    smp_mb(Read);
    permit_filtered(task, no_files, call, true)
}

fn is_kill(verdict: Verdict) -> bool {
    matches!(
        verdict.action(),
        None | Some(Action::KillProcess | Action::KillThread)
    )
}

/// Does what a verdict says, short of asking a tracer.
fn act(
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    call: Registers<'_>,
    verdict: Verdict,
    by: Option<&Filter>,
    data: &SeccompData,
) -> Permit {
    match verdict.action() {
        Some(Action::Allow) => Permit::Allow,
        Some(Action::Log) => {
            log::record(data.nr, 0, verdict.action_word(), true);
            Permit::Allow
        }
        Some(Action::Errno) => {
            let errno = c_int::from(verdict.data()).min(MAX_ERRNO);

            call.set_return_value(-errno, 0);
            Permit::Skip
        }
        Some(Action::Trap) => {
            // The handler sees the registers as they were.
            call.rollback();
            call.force_sigsys(data.nr, verdict.data().into(), false);
            Permit::Skip
        }
        Some(Action::Trace) => {
            // There is nobody to ask.
            call.set_return_value(ENOSYS.to_errno(), 0);
            Permit::Skip
        }
        Some(Action::UserNotif) => ask_listener(task, no_files, call, by, data),
        Some(Action::KillThread | Action::KillProcess) | None => kill(task, call, verdict),
    }
}

/// Hands the call to the filter's listener, and waits for the answer.
#[cold]
#[inline(never)]
fn ask_listener(
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    call: Registers<'_>,
    by: Option<&Filter>,
    data: &SeccompData,
) -> Permit {
    let answer = match by.and_then(Filter::listener) {
        Some(listener) => notify(listener, task, no_files, *data),
        None => Answer::Return {
            error: ENOSYS.to_errno(),
            value: 0,
        },
    };

    match answer {
        Answer::Continue => Permit::Allow,
        Answer::Return { error, value } => {
            call.set_return_value(error, value);
            Permit::Skip
        }
    }
}

/// Kills the thread, or the process if the verdict says so or the thread is the last one.
#[cold]
fn kill(task: &CurrentTask, call: Registers<'_>, verdict: Verdict) -> Permit {
    let nr = call.nr();

    mark_current_dead(task);
    log::record(nr, SIGSYS, verdict.action_word(), true);

    if verdict.action() == Some(Action::KillThread) && task.live_threads() != 1 {
        return Permit::Exit(SIGSYS);
    }

    // The dump shows the registers as they were.
    call.rollback();
    call.force_sigsys(nr, verdict.data().into(), true);
    Permit::Skip
}

#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod tests;
