// SPDX-License-Identifier: GPL-2.0

//! Classic BPF programs over a fixed, read-only context.
//!
//! A [`Program`] comes from user space, has been through the verifier of classic BPF, and reads
//! nothing but its own constants, its scratch memory and the bytes of its [`Check::Context`].
//!
//! C header: [`include/linux/filter.h`](srctree/include/linux/filter.h)

use crate::{
    bindings,
    error::{
        from_result,
        to_result, //
    },
    prelude::*,
    transmute::AsBytes,
    types::NotThreadSafe,
    uaccess::UserPtr, //
};
use core::{
    marker::PhantomData,
    mem::{
        align_of,
        offset_of,
        size_of, //
    },
    ptr::{
        self,
        NonNull, //
    },
    slice, //
};

/// One instruction of classic BPF: the layout of the uapi's `struct sock_filter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Insn {
    /// Class, size, mode and operation.
    pub code: u16,
    /// How many instructions a conditional jump skips when its condition holds.
    pub jt: u8,
    /// How many it skips when the condition does not hold.
    pub jf: u8,
    /// The constant.
    pub k: u32,
}

const _: () = {
    assert!(size_of::<Insn>() == size_of::<bindings::sock_filter>());
    assert!(align_of::<Insn>() == align_of::<bindings::sock_filter>());
    assert!(offset_of!(Insn, code) == offset_of!(bindings::sock_filter, code));
    assert!(offset_of!(Insn, jt) == offset_of!(bindings::sock_filter, jt));
    assert!(offset_of!(Insn, jf) == offset_of!(bindings::sock_filter, jf));
    assert!(offset_of!(Insn, k) == offset_of!(bindings::sock_filter, k));
};

// SAFETY: Four integers that fill the structure.
unsafe impl AsBytes for Insn {}

/// The longest program, in instructions.
pub const MAX_INSNS: usize = bindings::BPF_MAXINSNS as usize;

/// Instruction codes, as far as the verifier lets them through.
///
/// Reference: the uapi headers `linux/bpf_common.h` and `linux/filter.h`.
pub mod code {
    use crate::bindings as b;

    const fn join(class: u32, part: u32, source: u32) -> u16 {
        (class | part | source) as u16
    }

    macro_rules! codes {
        ($($(#[$doc:meta])* $name:ident = $class:ident, $part:ident, $source:ident;)*) => {
            $($(#[$doc])* pub const $name: u16 = join(b::$class, b::$part, b::$source);)*
        };
    }

    codes! {
        /// A = the 32-bit word at offset `k`.
        LD_W_ABS = BPF_LD, BPF_W, BPF_ABS;
        /// X = the word at `k` of the context; never accepted from user space.
        LDX_W_ABS = BPF_LDX, BPF_W, BPF_ABS;
        /// A = length of the context.
        LD_W_LEN = BPF_LD, BPF_W, BPF_LEN;
        /// X = length of the context.
        LDX_W_LEN = BPF_LDX, BPF_W, BPF_LEN;
        /// A = `k`.
        LD_IMM = BPF_LD, BPF_W, BPF_IMM;
        /// X = `k`.
        LDX_IMM = BPF_LDX, BPF_W, BPF_IMM;
        /// A = scratch word `k`.
        LD_MEM = BPF_LD, BPF_W, BPF_MEM;
        /// X = scratch word `k`.
        LDX_MEM = BPF_LDX, BPF_W, BPF_MEM;
        /// Scratch word `k` = A.
        ST = BPF_ST, BPF_W, BPF_IMM;
        /// Scratch word `k` = X.
        STX = BPF_STX, BPF_W, BPF_IMM;
        /// Return `k`.
        RET_K = BPF_RET, BPF_K, BPF_K;
        /// Return A.
        RET_A = BPF_RET, BPF_A, BPF_K;
        /// A += `k`.
        ADD_K = BPF_ALU, BPF_ADD, BPF_K;
        /// A += X.
        ADD_X = BPF_ALU, BPF_ADD, BPF_X;
        /// A -= `k`.
        SUB_K = BPF_ALU, BPF_SUB, BPF_K;
        /// A -= X.
        SUB_X = BPF_ALU, BPF_SUB, BPF_X;
        /// A *= `k`.
        MUL_K = BPF_ALU, BPF_MUL, BPF_K;
        /// A *= X.
        MUL_X = BPF_ALU, BPF_MUL, BPF_X;
        /// A /= `k`.
        DIV_K = BPF_ALU, BPF_DIV, BPF_K;
        /// A /= X.
        DIV_X = BPF_ALU, BPF_DIV, BPF_X;
        /// A &= `k`.
        AND_K = BPF_ALU, BPF_AND, BPF_K;
        /// A &= X.
        AND_X = BPF_ALU, BPF_AND, BPF_X;
        /// A |= `k`.
        OR_K = BPF_ALU, BPF_OR, BPF_K;
        /// A |= X.
        OR_X = BPF_ALU, BPF_OR, BPF_X;
        /// A ^= `k`.
        XOR_K = BPF_ALU, BPF_XOR, BPF_K;
        /// A ^= X.
        XOR_X = BPF_ALU, BPF_XOR, BPF_X;
        /// A <<= `k`.
        LSH_K = BPF_ALU, BPF_LSH, BPF_K;
        /// A <<= X.
        LSH_X = BPF_ALU, BPF_LSH, BPF_X;
        /// A >>= `k`.
        RSH_K = BPF_ALU, BPF_RSH, BPF_K;
        /// A >>= X.
        RSH_X = BPF_ALU, BPF_RSH, BPF_X;
        /// A = -A.
        NEG = BPF_ALU, BPF_NEG, BPF_K;
        /// Skip `k` instructions.
        JA = BPF_JMP, BPF_JA, BPF_K;
        /// Jump on A == `k`.
        JEQ_K = BPF_JMP, BPF_JEQ, BPF_K;
        /// Jump on A == X.
        JEQ_X = BPF_JMP, BPF_JEQ, BPF_X;
        /// Jump on A >= `k`.
        JGE_K = BPF_JMP, BPF_JGE, BPF_K;
        /// Jump on A >= X.
        JGE_X = BPF_JMP, BPF_JGE, BPF_X;
        /// Jump on A > `k`.
        JGT_K = BPF_JMP, BPF_JGT, BPF_K;
        /// Jump on A > X.
        JGT_X = BPF_JMP, BPF_JGT, BPF_X;
        /// Jump on A & `k`.
        JSET_K = BPF_JMP, BPF_JSET, BPF_K;
        /// Jump on A & X.
        JSET_X = BPF_JMP, BPF_JSET, BPF_X;
        /// X = A.
        TAX = BPF_MISC, BPF_TAX, BPF_K;
        /// A = X.
        TXA = BPF_MISC, BPF_TXA, BPF_K;
    }
}

/// What becomes of one instruction of a program that is being checked.
///
/// All but [`Keep`](Self::Keep) are for loads: what the verifier knows of a program, where it ends
/// and which scratch memory holds something, it knows from the other instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// It stays as the verifier has seen it. It must not be a load from the context.
    Keep,
    /// A = the native-endian 32-bit word of the context at `offset`.
    LoadContext {
        /// Multiple of four, inside the context.
        offset: u32,
    },
    /// A = a constant.
    LoadA(u32),
    /// X = a constant.
    LoadX(u32),
}

/// The rules for one kind of program.
pub trait Check {
    /// What the program is run on: plain data, of which every byte may be read.
    type Context: AsBytes;

    /// Decides about one instruction, of a program that the verifier has passed.
    ///
    /// # Errors
    ///
    /// Any error rejects the whole program and is returned by [`Program::from_user`].
    fn check(insn: &Insn) -> Result<Rewrite>;
}

/// Whether the instruction works on registers, constants and scratch memory alone.
fn is_context_free(insn: &Insn) -> bool {
    let mode = u32::from(insn.code) & 0xe0;

    !is_load(insn) || mode == bindings::BPF_IMM || mode == bindings::BPF_MEM
}

/// Whether the instruction gives A or X a value, and does nothing else.
fn is_load(insn: &Insn) -> bool {
    matches!(
        u32::from(insn.code) & 0x07,
        bindings::BPF_LD | bindings::BPF_LDX
    )
}

fn rewrite<C: Check>(insn: &mut Insn) -> Result {
    const { assert!(align_of::<C::Context>() >= align_of::<u32>()) };

    let (code, k) = match C::check(insn)? {
        Rewrite::Keep if is_context_free(insn) => return Ok(()),
        Rewrite::Keep => return Err(EINVAL),
        // The verifier has counted on it.
        _ if !is_load(insn) => return Err(EINVAL),
        Rewrite::LoadContext { offset } => {
            let end = (offset as usize).checked_add(4).ok_or(EINVAL)?;

            // What becomes of the instruction has 16 bits for the offset, and a sign.
            if offset & 3 != 0 || end > size_of::<C::Context>() || i16::try_from(offset).is_err() {
                return Err(EINVAL);
            }
            (code::LDX_W_ABS, offset)
        }
        Rewrite::LoadA(value) => (code::LD_IMM, value),
        Rewrite::LoadX(value) => (code::LDX_IMM, value),
    };

    *insn = Insn {
        code,
        jt: 0,
        jf: 0,
        k,
    };
    Ok(())
}

/// Called back by C once the verifier has passed the program.
///
/// # Safety
///
/// `insns` must point at `len` instructions that nobody else accesses.
unsafe extern "C" fn check_all<C: Check>(insns: *mut bindings::sock_filter, len: c_uint) -> c_int {
    // SAFETY: By the safety requirements; `Insn` has the layout of `struct sock_filter`.
    let insns = unsafe { slice::from_raw_parts_mut(insns.cast::<Insn>(), len as usize) };

    from_result(|| {
        insns.iter_mut().try_for_each(rewrite::<C>)?;
        Ok(0)
    })
}

/// Where user space says that its program is: the uapi's `struct sock_fprog`.
#[derive(Clone, Copy)]
pub struct UserProgram {
    /// Number of instructions.
    pub len: u16,
    /// Address of the first one.
    pub insns: UserPtr,
}

/// A verified classic BPF program, ready to run.
///
/// # Examples
///
/// The rules of a program that may load the words of its context and nothing else:
///
/// ```
/// use kernel::bpf::{code, Check, Insn, Program, Rewrite, UserProgram};
/// use kernel::uaccess::UserPtr;
///
/// struct Rules;
///
/// impl Check for Rules {
///     type Context = [u32; 2];
///
///     fn check(insn: &Insn) -> Result<Rewrite> {
///         match insn.code {
///             code::LD_W_ABS => Ok(Rewrite::LoadContext { offset: insn.k }),
///             code::RET_A | code::RET_K | code::JEQ_K => Ok(Rewrite::Keep),
///             _ => Err(EINVAL),
///         }
///     }
/// }
///
/// // A program of no instructions is refused before anything is read.
/// let nothing = UserProgram { len: 0, insns: UserPtr::from_addr(0) };
/// assert!(Program::<Rules>::from_user(&nothing, false).is_err_and(|e| e == EINVAL));
/// ```
///
/// # Invariants
///
/// `prog` is a valid classic program that this object owns. It loads from its context only words
/// that lie inside of `C::Context`. It does not change any more.
pub struct Program<C: Check> {
    prog: NonNull<bindings::bpf_prog>,
    _check: PhantomData<fn(&C::Context) -> C>,
}

// SAFETY: A `struct bpf_prog` may be run and freed by any task.
unsafe impl<C: Check> Send for Program<C> {}

// SAFETY: A `struct bpf_prog` may be run by any number of tasks at once, and is else immutable.
unsafe impl<C: Check> Sync for Program<C> {}

impl<C: Check> Program<C> {
    /// Copies a program from user space, verifies and translates it.
    ///
    /// With `keep` the instructions as user space gave them stay readable with [`original`].
    /// May sleep.
    ///
    /// # Errors
    ///
    /// `EINVAL` for an empty, overlong or illegal program, `EFAULT` if it cannot be read,
    /// `ENOMEM`, or what [`Check::check`] says.
    ///
    /// [`original`]: Program::original
    pub fn from_user(program: &UserProgram, keep: bool) -> Result<Self> {
        let mut fprog = bindings::sock_fprog {
            len: program.len,
            filter: program.insns.as_mut_ptr().cast(),
        };
        let mut prog = ptr::null_mut();

        // SAFETY: `prog` and `fprog` are valid for the call, and `check_all` gets the private copy
        // of the instructions.
        to_result(unsafe {
            bindings::bpf_prog_create_from_user(&mut prog, &mut fprog, Some(check_all::<C>), keep)
        })?;

        // INVARIANT: C has verified the program and made us its owner. `check_all` has seen each
        // instruction after the verifier, and `rewrite` leaves but two sorts: those which do not
        // touch the context, unchanged, and in the place of loads, on which nothing rests that the
        // verifier has found out, loads of constants and of words inside of the context.
        Ok(Self {
            prog: NonNull::new(prog).ok_or(EINVAL)?,
            _check: PhantomData,
        })
    }

    /// Number of instructions, after translation.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: By the type invariants.
        unsafe { (*self.prog.as_ptr()).len as usize }
    }

    /// Whether the program has no instructions, which the verifier does not let happen.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The instructions as user space gave them, if they were kept.
    pub fn original(&self) -> Option<&[Insn]> {
        // SAFETY: By the type invariants `prog` is valid and does not change; `orig_prog` is null
        // or owned by it.
        let orig = unsafe { (*self.prog.as_ptr()).orig_prog.as_ref() }?;

        // SAFETY: A kept program holds `len` instructions, freed together with `prog`; `Insn` has
        // the layout of `struct sock_filter`.
        Some(unsafe { slice::from_raw_parts(orig.filter.cast::<Insn>(), usize::from(orig.len)) })
    }

    /// Runs the program.
    ///
    /// May be called from any context; the task stays on its CPU meanwhile.
    #[inline]
    pub fn run(&self, context: &C::Context) -> u32 {
        self.run_pinned(context, &Pinned::new())
    }

    /// Runs the program, as one of several that are run one after the other.
    #[inline]
    pub fn run_pinned(&self, context: &C::Context, _pinned: &Pinned) -> u32 {
        // SAFETY: By the type invariants the program is valid and reads only inside of `context`.
        // The task does not change its CPU.
        unsafe {
            bindings::bpf_prog_run(self.prog.as_ptr(), ptr::from_ref(context).cast::<c_void>())
        }
    }
}

/// The current task stays on its CPU as long as this is there. It may be preempted, and may sleep.
///
/// # Invariants
///
/// Migration is disabled once for each of these.
pub struct Pinned(NotThreadSafe);

impl Pinned {
    /// From here on.
    #[doc(alias = "migrate_disable")]
    #[inline]
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        // SAFETY: May be called from any context.
        unsafe { bindings::migrate_disable() };
        // INVARIANT: Just done.
        Self(NotThreadSafe)
    }
}

impl Drop for Pinned {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariants; the value has not left its task.
        unsafe { bindings::migrate_enable() };
    }
}

impl<C: Check> Drop for Program<C> {
    fn drop(&mut self) {
        // SAFETY: By the type invariants we own the program, and nobody uses it any more.
        unsafe { bindings::bpf_prog_destroy(self.prog.as_ptr()) };
    }
}
