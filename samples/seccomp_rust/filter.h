/* SPDX-License-Identifier: GPL-2.0 */
/* A classic BPF program that maps system call numbers to actions. */
#ifndef SAMPLE_FILTER_H
#define SAMPLE_FILTER_H

#include <stdbool.h>
#include <linux/types.h>

#include "abi.h"

#define FILTER_MAX	2048
#define FILTER_KEY	3

struct filter {
	struct sock_filter insn[FILTER_MAX];
	unsigned int len;
	bool too_long;
};

/*
 * Build in this order: start, keyed calls, calls, end. @foreign is the action
 * for calls made under any other architecture's table.
 */
void filter_start(struct filter *f, unsigned int foreign);

/* Let @nr pass when its fourth to sixth argument words are exactly @key. */
void filter_keyed(struct filter *f, int nr, const __u32 key[FILTER_KEY]);

void filter_call(struct filter *f, int nr, unsigned int action);

/* @action is for all calls not named. Returns 0, or -E2BIG. */
int filter_end(struct filter *f, unsigned int action);

/*
 * Install for the calling thread, setting no_new_privs only where the kernel
 * insists (no CAP_SYS_ADMIN). Returns what seccomp(2) does, or -errno.
 */
int filter_install(const struct filter *f, unsigned int flags);

#endif /* SAMPLE_FILTER_H */
