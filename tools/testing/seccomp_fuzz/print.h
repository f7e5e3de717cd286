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

/* Parts of a program that there are for some operations alone; print_parts.c has their names. */
enum {
	NEEDS_COMPAT = 1 << 0, NEEDS_BEFORE = 1 << 1, NEEDS_BYTES = 1 << 2, NEEDS_OUT = 1 << 3,
	NEEDS_SUM = 1 << 4, NEEDS_HASH = 1 << 5, NEEDS_ROLES = 1 << 6, NEEDS_MAKES = 1 << 7,
	NEEDS_ID = 1 << 8, NEEDS_NOTIF = 1 << 9, NEEDS_LISTENS = 1 << 10,
	NEEDS_READS = 1 << 11, NEEDS_POLLS = 1 << 12, NEEDS_ANSWERS = 1 << 13,
	NEEDS_SIGNALS = 1 << 14, NEEDS_CHANGES = 1 << 15, NEEDS_FETCH = 1 << 16,
	NEEDS_FILES = 1 << 17, NEEDS_STATUS = 1 << 18, NEEDS_CACHE = 1 << 19,
	NEEDS_LIST = 1 << 20, NEEDS_WRITE = 1 << 21, NEEDS_REGISTERS = 1 << 22,
	NEEDS_EXEC = 1 << 23, NEEDS_AUDIT = 1 << 24,
};

/* Those of an operation, and whether any that is left has one of them. */
__u32 needs_of(const struct op *op);
bool any_needs(__u32 what);

/* What a program has before its case, and behind. */
void print_first_parts(void);
void print_last_parts(void);

bool installs(const struct op *op, struct installed *prog);

#endif
