/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzzer has to know of arm64. */
#ifndef ARCH_H
#define ARCH_H

#define ARCH_NATIVE	AUDIT_ARCH_AARCH64
#define ARCH_OTHER	AUDIT_ARCH_ARM

/* A 64-bit program cannot make calls of the 32-bit table. */
#define HAS_COMPAT	0
/* The programs that cases can be printed as are for x86-64. */
#define HAS_REPRO	0

/* A call under test, as the kernel sees it: behind the instruction. */
#define SITE_IP		(SITE + 4)
#define SITE_COMPAT_IP	0UL

/* Where a role starts below the top of its stack, with its number there. */
#define STACK_START	16

#define NR_POLL		__NR_ppoll
#define NR_EPOLL_WAIT	__NR_epoll_pwait

/* The last argument of NR_POLL, which may wait for ever. */
#define POLL_LIMIT(waits)	((waits) ? 0 : pool_address(ZEROES))

/* The request by which a tracer changes registers. */
#define CHANGES_REGISTERS	PTRACE_SETREGSET

static inline long sys6(long nr, unsigned long a, unsigned long b, unsigned long c,
			unsigned long d, unsigned long e, unsigned long f)
{
	register unsigned long x8 asm("x8") = nr;
	register unsigned long x0 asm("x0") = a;
	register unsigned long x1 asm("x1") = b;
	register unsigned long x2 asm("x2") = c;
	register unsigned long x3 asm("x3") = d;
	register unsigned long x4 asm("x4") = e;
	register unsigned long x5 asm("x5") = f;

	asm volatile("svc #0" : "+r" (x0)
		     : "r" (x8), "r" (x1), "r" (x2), "r" (x3), "r" (x4), "r" (x5)
		     : "memory");
	return x0;
}

#endif
