/* SPDX-License-Identifier: GPL-2.0 */
/* The list of a case, for people. */
#ifndef PRINT_H
#define PRINT_H

#include <linux/filter.h>

#include <stdbool.h>

#include "case.h"

/* In words, an operation a line. */
void print_list(void);

/* As a program in C that needs nothing of the fuzzer. */
void print_program(__u64 seed, __u64 index);

/* Where these go: to standard output, when there is enough. */
extern struct text page;
void page_flush(void);

/* What an operation is, as a comment has it. */
void put_words(struct text *t, int i);

/* What a call installs: the program that its argument describes, of no length if it is none. */
struct installed {
	__u64 at;		/* of the description */
	__u32 len;
	const struct sock_filter *insns;
};

bool installs(const struct op *op, struct installed *prog);

#endif
