/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls made by hand: the result as it stands in the register, not
 * turned into errno, and the 32-bit entry as seen from a 64-bit program.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <stddef.h>
#include <sys/mman.h>

/* Numbers of the 32-bit table. */
#define NR32_EXIT	1
#define NR32_READ	3
#define NR32_WRITE	4
#define NR32_IOCTL	54
#define NR32_GETPPID	64
#define NR32_PRCTL	172
#define NR32_SECCOMP	354

#define X32_BIT		0x40000000

/*
 * The uprobe calls, which headers of old do not have: they pass every filter of
 * the native architecture, and strict mode.
 */
#define NR_URETPROBE	335
#define NR_UPROBE	336

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

static inline int int80(int nr, unsigned long a, unsigned long b, unsigned long c)
{
	long ret;

	asm volatile("int $0x80" : "=a" (ret)
		     : "0" ((long)nr), "b" (a), "c" (b), "d" (c), "S" (0L), "D" (0L)
		     : "r8", "r9", "r10", "r11", "memory");
	return ret;
}

/* Memory that a 32-bit pointer reaches. */
static inline void *low_memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
}

#endif
