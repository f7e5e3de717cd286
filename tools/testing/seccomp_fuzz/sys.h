/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls by hand, and nothing of a C library: what the kernel is asked is
 * what is written, also in a process whose filters let little pass.
 */
#ifndef SYS_H
#define SYS_H

#include <stdbool.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdnoreturn.h>
#include <asm/unistd.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define fallthrough	__attribute__((__fallthrough__))

/*
 * The sixth argument of the fuzzer's own calls, by which a filter that is to
 * spare its task lets them pass. It has to be the offset of a page, for mmap().
 */
#define KEY	0x5ecc0000UL

/* Numbers, sites, and sys6(): a call of the fuzzer's own with six arguments. */
#include "arch.h"

#define OWN(nr, a, b, c, d, e, ...) \
	sys6(nr, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), \
	     (unsigned long)(d), (unsigned long)(e), KEY)
/* A call of the fuzzer's own: number, then up to five arguments. */
#define own(...)	OWN(__VA_ARGS__, 0, 0, 0, 0, 0, 0)

/* The ways into the kernel that a call under test can take. */
enum entry { ENTRY_NATIVE, ENTRY_COMPAT };

/* Those of them that there are, as they are written in assembly. */
long enter_native(__u64 nr, const __u64 args[6]);
long enter_compat(__u64 nr, const __u64 args[6]);

/* A call under test, from an address that is the same in each process and build. */
long enter(enum entry entry, __u64 nr, const __u64 args[6]);

#define SITE		0x10000000UL

/* Numbers that headers of old do not have. */
#define NR_URETPROBE	335
#define NR_UPROBE	336
#define NR_X32		0x40000000

/* Numbers of the 32-bit table. */
#define NR32_CLOSE	6
#define NR32_LSEEK	19
#define NR32_GETUID16	24
#define NR32_GETGID16	47
#define NR32_GETEUID16	49
#define NR32_IOCTL	54
#define NR32_UMASK	60
#define NR32_PRCTL	172
#define NR32_GETUID	199
#define NR32_GETGID	200
#define NR32_SECCOMP	354

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
