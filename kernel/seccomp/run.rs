// SPDX-License-Identifier: GPL-2.0

//! The hot path: may the current task make the call that it has just entered?
//!
//! Called with nothing held. Whoever is to die is not killed in here: a thread that exits runs no
//! destructors, so that [`Permit::Exit`] goes up to where there is nothing left to destroy.

use kernel::{
    bindings,
    bpf::Pinned,
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
    cache::{
        native_spot,
        NativeSpot, //
    },
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
#[inline(always)]
pub(crate) fn permit(
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    call: Registers<'_>,
) -> Permit {
    if task.is_seccomp_suspended() {
        return Permit::Allow;
    }

    // Whoever has put the task into a mode, another thread perhaps, set the work bit last, which
    // brought us here. The other half is in `Slot::set_mode`.
    smp_mb(Read);

    match current_mode(task) {
        Mode::Filter => permit_filtered(task, no_files, call, false),
        Mode::Strict => permit_strict(task, call),
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

fn permit_strict(task: &CurrentTask, call: Registers<'_>) -> Permit {
    let nr = call.nr();

    if strict::permits(nr) {
        return Permit::Allow;
    }

    mark_current_dead(task);
    log::record(nr, SIGKILL, Action::KillThread.code(), true);
    Permit::Exit(SIGKILL)
}

/// Has the filters decide. `traced` if a tracer has seen the call already, and may have changed it.
#[inline(always)]
fn permit_filtered(
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    call: Registers<'_>,
    traced: bool,
) -> Permit {
    let Some(top) = current_filter(task) else {
        warn_on!(true);
        return kill(task, call, call.nr(), Verdict::KILL_PROCESS);
    };
    let (arch, nr) = (call.arch(), call.nr());
    let spot = native_spot(arch, nr);

    if top.known().allows(arch, nr, spot) {
        return Permit::Allow;
    }
    judge(task, no_files, call, top, spot, traced)
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

/// What the chain says, and which filter of it: none if it allows the call. The strictest verdict
/// wins, and of equals the one of the filter that was installed last.
#[inline(always)]
fn decide(
    top: &Filter,
    spot: NativeSpot,
    gather: impl FnOnce() -> SeccompData,
) -> Option<(Verdict, &Filter)> {
    let first = top.first_to_object(spot)?;

    if first.known().settles(spot) {
        return Some((first.known().refusal(), first));
    }
    run_chain(first, spot, &gather())
}

/// Runs the chain from `first` on, until it is known what the rest of it says.
#[inline(always)]
fn run_chain<'a>(
    first: &'a Filter,
    spot: NativeSpot,
    data: &SeccompData,
) -> Option<(Verdict, &'a Filter)> {
    let pinned = Pinned::new();
    let mut strictest = Verdict::ALLOW;
    let mut by = None;
    let mut filter = first;

    loop {
        let verdict = filter.run(data, &pinned);

        if verdict.is_stricter_than(strictest) {
            strictest = verdict;
            by = Some(filter);
        }

        // What just allows the call changes nothing.
        match filter.prev().and_then(|prev| prev.first_to_object(spot)) {
            Some(next) if next.known().settles(spot) => {
                if next.known().refusal().is_stricter_than(strictest) {
                    strictest = next.known().refusal();
                    by = Some(next);
                }
                break;
            }
            Some(next) => filter = next,
            None => break,
        }
    }
    by.map(|by| (strictest, by))
}

/// Has the filters decide, and does what they say. `traced` if a tracer has seen the call already:
/// the filters do not get to ask it again.
#[inline(never)]
fn judge(
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    call: Registers<'_>,
    top: &Filter,
    spot: NativeSpot,
    traced: bool,
) -> Permit {
    let Some((verdict, by)) = decide(top, spot, || gather(call)) else {
        return Permit::Allow;
    };
    let nr = call.nr();

    match verdict.action() {
        Some(Action::Allow) => Permit::Allow,
        Some(Action::Log) => {
            log::record(nr, 0, Action::Log.code(), true);
            Permit::Allow
        }
        Some(Action::Errno) => {
            let errno = c_int::from(verdict.data()).min(MAX_ERRNO);

            call.set_return_value(-errno, 0);
            skip(nr, Action::Errno, by)
        }
        Some(Action::Trap) => {
            // The handler sees the registers as they were.
            call.rollback();
            call.force_sigsys(nr, verdict.data().into(), false);
            skip(nr, Action::Trap, by)
        }
        Some(Action::Trace) if traced => Permit::Allow,
        Some(Action::Trace) if task.is_traced_for(Event::SECCOMP) => {
            task.stop_for_tracer(Event::SECCOMP, verdict.data().into());
            traced_call(task, no_files, call, nr, by)
        }
        Some(Action::Trace) => {
            // There is nobody to ask.
            call.set_return_value(ENOSYS.to_errno(), 0);
            skip(nr, Action::Trace, by)
        }
        Some(Action::UserNotif) => match ask_listener(task, no_files, call, by) {
            Permit::Skip => skip(nr, Action::UserNotif, by),
            permit => permit,
        },
        Some(Action::KillThread | Action::KillProcess) | None => kill(task, call, nr, verdict),
    }
}

/// Logs, if `by` wants that, that the call is not made.
#[inline(always)]
fn skip(nr: c_int, action: Action, by: &Filter) -> Permit {
    log::record(nr, 0, action.code(), by.logs());
    Permit::Skip
}

/// Has the filters decide about call `nr`, which the tracer has seen, and may have changed.
#[cold]
fn traced_call(
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    call: Registers<'_>,
    nr: c_int,
    by: &Filter,
) -> Permit {
    // A task that is being killed may not have stopped at all, so that the tracer did not get to
    // change a call that it would not have let pass.
    if task.fatal_signal_pending() {
        return skip(nr, Action::Trace, by);
    }

    let nr = call.nr();

    // The tracer has not made it a call that is to be skipped.
    if nr >= 0 {
        return judge_changed(task, no_files, call);
    }
    skip(nr, Action::Trace, by)
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

/// Hands the call to the filter's listener, and waits for the answer.
#[cold]
#[inline(never)]
fn ask_listener(
    task: &CurrentTask,
    no_files: NoLightReferences<'_>,
    call: Registers<'_>,
    by: &Filter,
) -> Permit {
    let answer = match by.listener() {
        Some(listener) => notify(listener, task, no_files, gather(call)),
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
fn kill(task: &CurrentTask, call: Registers<'_>, nr: c_int, verdict: Verdict) -> Permit {
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
