/* SPDX-License-Identifier: GPL-2.0 */
/* Registers of a task that a signal or a tracer has stopped. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <elf.h>
#include <ucontext.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/* Of a signal handler's context: the result of a call, and the next instruction. */
static inline long context_result(const void *uc)
{
	return ((const ucontext_t *)uc)->uc_mcontext.regs[0];
}

static inline void set_context_result(void *uc, long val)
{
	((ucontext_t *)uc)->uc_mcontext.regs[0] = val;
}

static inline long context_pc(const void *uc)
{
	return ((const ucontext_t *)uc)->uc_mcontext.pc;
}

/* Of a child that stopped at a call: its number, result and first argument. */
static inline long peek_nr(pid_t pid)
{
	int nr;
	struct iovec iov = { &nr, sizeof(nr) };

	/* -1 is a number, too. */
	return ptrace(PTRACE_GETREGSET, pid, NT_ARM_SYSTEM_CALL, &iov) ? -1000000 : nr;
}

static inline long poke_nr(pid_t pid, int nr)
{
	struct iovec iov = { &nr, sizeof(nr) };

	return ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &iov);
}

static inline int get_registers(pid_t pid, struct user_regs_struct *regs)
{
	struct iovec iov = { regs, sizeof(*regs) };

	return ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov);
}

static inline long poke_argument(pid_t pid, long val)
{
	struct user_regs_struct regs;
	struct iovec iov = { &regs, sizeof(regs) };

	if (get_registers(pid, &regs))
		return -1;
	regs.regs[0] = val;
	return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov);
}

/* One register has been the one, and will be the other. */
static inline long peek_result(pid_t pid)
{
	struct user_regs_struct regs;

	return get_registers(pid, &regs) ? -1000000 : (long)regs.regs[0];
}

static inline long poke_result(pid_t pid, long val)
{
	return poke_argument(pid, val);
}

#endif
