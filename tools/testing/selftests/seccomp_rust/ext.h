/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The prctl extension. Kernels that do not have it, by choice or because seccomp
 * is in C, answer EINVAL to it.
 */
#ifndef EXT_H
#define EXT_H

#include <sys/prctl.h>
#if __has_include("linux/seccomp_ext.h")
#include <linux/seccomp_ext.h>
#endif

#include "program.h"
#include "task.h"

#ifndef PR_SECCOMP_EXT
#define PR_SECCOMP_EXT		0x53434558
#define SECCOMP_EXT_ACT		1
#define SECCOMP_EXT_ACT_TSYNC	1
#endif

static inline long ext(unsigned long type, unsigned long act, unsigned long a, unsigned long b)
{
	return neg_errno(prctl(PR_SECCOMP_EXT, type, act, a, b));
}

/* The caller's present filters for all threads. */
static inline long sync_all(void)
{
	return ext(SECCOMP_EXT_ACT, SECCOMP_EXT_ACT_TSYNC, 0, 0);
}

/* Whether the kernel does not have it. To be asked before a filter is in force. */
static inline bool lacks_ext(void)
{
	return sync_all() == -EINVAL && !configured("SECCOMP_RUST_EXT");
}

#endif
