/* SPDX-License-Identifier: GPL-2.0 */
/* Registers of a task that a signal or a tracer has stopped. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stddef.h>
#include <ucontext.h>
#include <sys/ptrace.h>
#include <sys/user.h>

/* Of a signal handler's context: the result of a call, and the next instruction. */
static inline long context_result(const void *uc)
{
	return ((const ucontext_t *)uc)->uc_mcontext.gregs[REG_RAX];
}

static inline void set_context_result(void *uc, long val)
{
	((ucontext_t *)uc)->uc_mcontext.gregs[REG_RAX] = val;
}

static inline long context_pc(const void *uc)
{
	return ((const ucontext_t *)uc)->uc_mcontext.gregs[REG_RIP];
}

/* Of a child that stopped at a call: its number, result and first argument. */
static inline long peek_nr(pid_t pid)
{
	return ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, orig_rax), NULL);
}

static inline long poke_nr(pid_t pid, long nr)
{
	return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), nr);
}

static inline long peek_result(pid_t pid)
{
	return ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, rax), NULL);
}

static inline long poke_result(pid_t pid, long val)
{
	return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), val);
}

static inline long poke_argument(pid_t pid, long val)
{
	return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rdi), val);
}

#endif
