/* SPDX-License-Identifier: GPL-2.0 */
/* The 32-bit entry as seen from a 64-bit program. */
#ifndef INT80_H
#define INT80_H

#include <stddef.h>
#include <sys/mman.h>

/* Numbers of the 32-bit table. */
#define NR32_EXIT	1
#define NR32_READ	3
#define NR32_WRITE	4
#define NR32_IOCTL	54
#define NR32_PRCTL	172
#define NR32_SECCOMP	354

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
