// SPDX-License-Identifier: GPL-2.0
/* The registers of a call: as handlers and tracers see them, and as tracers change them. */
#include <asm/ptrace.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#include <linux/ptrace.h>

#include "act.h"
#include "build.h"

#define OFFSET_NR	120	/* of orig_rax in the registers that POKEUSER writes to */
#define OFFSET_RESULT	80
static const __u8 offset_arg[] = { 112, 104, 96, 56, 72, 64 };

void put_frame(struct text *t, const void *context)
{
	const struct ucontext *uc = context;

	put(t, " ax ");
	put_num(t, uc->uc_mcontext.rax);
}

/* What PTRACE_GETREGS gives: the kernel gives some more behind the registers. */
struct all_regs {
	struct pt_regs regs;
	long more[6];
};

static long get_registers(long tid, struct all_regs *all)
{
	return own(__NR_ptrace, PTRACE_GETREGS, tid, 0, all);
}

bool registers_elsewhere(long tid)
{
	struct all_regs all;

	return !get_registers(tid, &all) && all.regs.rip != SITE_IP &&
	       all.regs.rip != SITE_COMPAT_IP;
}

void put_registers(struct text *t, long tid)
{
	struct all_regs all;
	const struct pt_regs *regs = &all.regs;
	long ret = get_registers(tid, &all);

	put_num(t, ret);
	if (!ret && (regs->rip == SITE_IP || regs->rip == SITE_COMPAT_IP)) {
		put(t, " nr ");
		put_num(t, regs->orig_rax);
		put(t, " ax ");
		put_num(t, regs->rax);
		put(t, " di ");
		put_hex(t, regs->rdi);
		put(t, " bx ");
		put_hex(t, regs->rip == SITE_COMPAT_IP ? regs->rbx : 0);
	}
}

void change_number(int by, int role, __u64 nr)
{
	trace(by, PTRACE_POKEUSR, role, OFFSET_NR, nr);
}

void change_argument(int by, int role)
{
	trace(by, PTRACE_POKEUSR, role, PICK(offset_arg), PICK(theme.value));
}

void change_result(int by, int role, __u64 result)
{
	trace(by, PTRACE_POKEUSR, role, OFFSET_RESULT, result);
}
