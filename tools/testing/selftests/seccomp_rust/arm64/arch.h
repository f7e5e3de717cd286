/* SPDX-License-Identifier: GPL-2.0 */
/* System calls of arm64. */
#ifndef ARCH_H
#define ARCH_H

#define NATIVE_ARCH	AUDIT_ARCH_AARCH64
#define COMPAT_ARCH	AUDIT_ARCH_ARM
/* As /proc/PID/seccomp_cache has them. */
#define NATIVE_NAME	"aarch64"
#define COMPAT_NAME	"arm"

/* getppid() of the 32-bit table. */
#define NR32_GETPPID	64

/* Probes need no call of their own: every number is the filters'. */
static inline bool is_probe_call(int nr)
{
	return false;
}

static inline long raw_call(long nr, long a, long b, long c)
{
	register long x8 asm("x8") = nr;
	register long x0 asm("x0") = a;
	register long x1 asm("x1") = b;
	register long x2 asm("x2") = c;
	register long x3 asm("x3") = 0;
	register long x4 asm("x4") = 0;
	register long x5 asm("x5") = 0;

	asm volatile("svc #0" : "+r" (x0)
		     : "r" (x8), "r" (x1), "r" (x2), "r" (x3), "r" (x4), "r" (x5)
		     : "memory");
	return x0;
}

/*
 * What stands in the register of the result once a call has been undone, and
 * when a tracer has skipped it without a result of his own: it is that of the
 * first argument.
 */
static inline long rolled_back(long nr, long first_argument)
{
	return first_argument;
}

static inline long skipped(long first_argument)
{
	return first_argument;
}

/* The processor's clock, which is left to every task. */
#define STRICT_TAKES_COUNTER	false

static inline void read_counter(void)
{
	long count;

	asm volatile("mrs %0, cntvct_el0" : "=r" (count));
}

/* Raises SIGTRAP without a call. */
static inline void breakpoint(void)
{
	asm volatile("brk #0");
}
#endif
