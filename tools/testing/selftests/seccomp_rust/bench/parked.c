// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "../entry.h"
#include "../task.h"
#include "parked.h"

#define THREAD_FLAGS	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | \
			 CLONE_SYSVSEM)

/*
 * The new thread has the caller's stack pointer, which it does not use: all that
 * it does is in here, and in registers.
 */
static long start(struct one_call call, long flags, int *tid, long last)
{
	register long nr asm("rbx") = call.nr;
	register long a asm("r12") = call.a;
	register long b asm("r13") = call.b;
	register long c asm("r14") = call.c;
	register long then asm("r15") = last;
	register int *ctid asm("r10") = tid;
	long ret;

	asm volatile("syscall\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 2f\n\t"
		     "mov %%rbx, %%rax\n\t"
		     "mov %%r12, %%rdi\n\t"
		     "mov %%r13, %%rsi\n\t"
		     "mov %%r14, %%rdx\n\t"
		     "syscall\n"
		     "1:\n\t"
		     "mov %%r15, %%rax\n\t"
		     "xor %%edi, %%edi\n\t"
		     "syscall\n\t"
		     "jmp 1b\n"
		     "2:"
		     : "=a" (ret)
		     : "0" ((long)__NR_clone), "D" (flags), "S" (0L), "d" (0L), "r" (ctid),
		       "r" (nr), "r" (a), "r" (b), "r" (c), "r" (then)
		     : "rcx", "r8", "r11", "memory");
	return ret;
}

long park(struct one_call call)
{
	return start(call, THREAD_FLAGS, NULL, __NR_pause);
}

void park_many(struct sheet *sheet, struct one_call call, long count)
{
	long i, tid;

	for (i = 0; i < count; i++) {
		tid = park(call);
		if (tid == -EAGAIN || tid == -ENOMEM)
			skip(sheet, "no more than %ld threads start: %s",
			     i, strerror(-tid));
		if (tid < 0)
			fail(sheet, "clone: %s", strerror(-tid));
	}
}

long start_and_end(struct one_call call, int *done)
{
	*done = 1;
	return start(call, THREAD_FLAGS | CLONE_CHILD_CLEARTID, done, __NR_exit);
}

void await_end(int *done)
{
	while (__atomic_load_n(done, __ATOMIC_ACQUIRE))
		syscall(__NR_futex, done, FUTEX_WAIT, 1, NULL);
}
