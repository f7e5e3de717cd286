/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that make one call each, in which they may stay for ever, and no use of
 * any memory: they need no stack, and ten thousand of them cost what the kernel
 * needs for them alone.
 */
#ifndef PARKED_H
#define PARKED_H

#include "sheet.h"

/* A call with its first arguments. */
struct one_call {
	long nr, a, b, c;
};

/*
 * Starts a thread of the caller's process that makes the call, and after it
 * another one that never returns. Its id, or a negative errno.
 */
long park(struct one_call call);

/* Starts @count of them; skips the case where the system does not take so many. */
void park_many(struct sheet *sheet, struct one_call call, long count);

/* A thread that makes the call, and exits; @done becomes 0 then, and is woken. */
long start_and_end(struct one_call call, int *done);

/* Waits for that. */
void await_end(int *done);

#endif
