/* SPDX-License-Identifier: GPL-2.0 */
/* System calls of x86-64. */
#ifndef ARCH_H
#define ARCH_H

#define NATIVE_ARCH	AUDIT_ARCH_X86_64
#define COMPAT_ARCH	AUDIT_ARCH_I386
/* As /proc/PID/seccomp_cache has them. */
#define NATIVE_NAME	"x86_64"
#define COMPAT_NAME	"ia32"

/* getppid() of the 32-bit table. */
#define NR32_GETPPID	64

/*
 * The uprobe calls, which headers of old do not have: they pass every filter of
 * the native architecture, and strict mode.
 */
#define NR_URETPROBE	335
#define NR_UPROBE	336

static inline bool is_probe_call(int nr)
{
	return nr == NR_URETPROBE || nr == NR_UPROBE;
}

static inline long raw_call(long nr, long a, long b, long c)
{
	register long r10 asm("r10") = 0;
	register long r8 asm("r8") = 0;
	register long r9 asm("r9") = 0;
	long ret;

	asm volatile("syscall" : "=a" (ret)
		     : "0" (nr), "D" (a), "S" (b), "d" (c), "r" (r10), "r" (r8), "r" (r9)
		     : "rcx", "r11", "memory");
	return ret;
}

/*
 * What stands in the register of the result once a call has been undone, and
 * when a tracer has skipped it without a result of his own.
 */
static inline long rolled_back(long nr, long first_argument)
{
	return nr;
}

static inline long skipped(long first_argument)
{
	return -ENOSYS;
}

/* The processor's clock, which strict mode takes from a task. */
#define STRICT_TAKES_COUNTER	true

static inline void read_counter(void)
{
	__builtin_ia32_rdtsc();
}

/* Raises SIGTRAP without a call. */
static inline void breakpoint(void)
{
	asm volatile("int3");
}
#endif
