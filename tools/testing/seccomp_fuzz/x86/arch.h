/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzzer has to know of x86-64. */
#ifndef ARCH_H
#define ARCH_H

#define ARCH_NATIVE	AUDIT_ARCH_X86_64
#define ARCH_OTHER	AUDIT_ARCH_I386

/* A 64-bit program can make calls of the 32-bit table. */
#define HAS_COMPAT	1
/* Cases can be printed as programs. */
#define HAS_REPRO	1

/* A call under test, as the kernel sees it: behind the instruction. */
#define SITE_IP		(SITE + 2)
#define SITE_COMPAT	(SITE + 16)
#define SITE_COMPAT_IP	(SITE_COMPAT + 2)

/* Where a role starts below the top of its stack, with its number there. */
#define STACK_START	sizeof(long)

#define NR_POLL		__NR_poll
#define NR_EPOLL_WAIT	__NR_epoll_wait

/* The last argument of NR_POLL, which may wait for ever. */
#define POLL_LIMIT(waits)	((waits) ? -1 : 0)

/* The request by which a tracer changes registers. */
#define CHANGES_REGISTERS	PTRACE_POKEUSR

static inline long sys6(long nr, unsigned long a, unsigned long b, unsigned long c,
			unsigned long d, unsigned long e, unsigned long f)
{
	register unsigned long r10 asm("r10") = d;
	register unsigned long r8 asm("r8") = e;
	register unsigned long r9 asm("r9") = f;
	long ret;

	asm volatile("syscall" : "=a" (ret)
		     : "0" (nr), "D" (a), "S" (b), "d" (c), "r" (r10), "r" (r8), "r" (r9)
		     : "rcx", "r11", "memory");
	return ret;
}

#endif
