// SPDX-License-Identifier: GPL-2.0

//! System call filtering.
//!
//! A task in strict mode may make four system calls. A task in filter mode has its calls judged by
//! a chain of classic BPF programs, which it installed or inherited and cannot take off again; a
//! program may leave the judgement to a user-space supervisor, the listener.
//!
//! # The way of a system call
//!
//! [`entry`] is what C calls, with raw pointers. [`run`] decides about a call: [`strict`], or the
//! chain of [`filter`]s that hangs off the task's [`slot`], with the [`cache`] in front of it. What
//! a verdict entails is in [`action`], [`log`] and [`notify`]. [`syscall`] is the way in for those
//! who set all that up: [`flags`], [`check`], [`attach`] and [`tsync`]. [`inspect`] and [`sysctl`]
//! are for those who look from outside.
//!
//! # Lock order, outermost first
//!
//! - `cred_guard_mutex`, `siglock`. Nothing of ours is taken under `siglock`, though the wait queues
//!   of a listener might be: [`notify::Listener::orphan`] may be called there.
//! - The listener's lock, its wait queues. The listener's lock is never taken under `siglock`.
//!
//! # Why it is safe
//!
//! Most modules have no unsafe code, and cannot have any: see `deny(unsafe_code)` below. The others
//! each keep one promise: [`filter`] that a filter lives as long as somebody counts on it,
//! [`slot`] that a task's filter is touched with the lock that guards it, `notify::queue` that
//! nobody finds an entry whose owner's stack frame has gone, `notify::linked` that no entry outlives
//! the frame that it is in, [`abi`] that what goes to user space has no gaps, [`entry`] that what C
//! says about its arguments is true.
//!
//! See Documentation/security/seccomp-rust.rst.

#![crate_name = "seccomp"]

mod abi;
#[deny(unsafe_code)]
mod action;
#[deny(unsafe_code)]
mod attach;
#[deny(unsafe_code)]
mod cache;
#[deny(unsafe_code)]
mod check;
pub mod entry;
mod filter;
#[deny(unsafe_code)]
mod flags;
#[cfg(any(CONFIG_CHECKPOINT_RESTORE, CONFIG_SECCOMP_CACHE_DEBUG))]
#[deny(unsafe_code)]
mod inspect;
#[deny(unsafe_code)]
mod log;
mod notify;
#[deny(unsafe_code)]
mod run;
mod slot;
#[deny(unsafe_code)]
mod strict;
#[deny(unsafe_code)]
mod syscall;
#[deny(unsafe_code)]
mod sysctl;
#[cfg(CONFIG_SECCOMP_RUST_KUNIT_TEST)]
mod testing;
#[deny(unsafe_code)]
mod tsync;
