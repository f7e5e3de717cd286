/* SPDX-License-Identifier: GPL-2.0 */
/* What all processes of a race say about it: how much was done, seen and broken. */
#ifndef SCORE_H
#define SCORE_H

#include <stdbool.h>

#include "kselftest.h"
#include "gate.h"

#define OUTCOMES	16
#define AIMS		8

struct score {
	/* Calls whose result was checked, and how many there may be. */
	long operations, limit;
	long seen[OUTCOMES];
	struct aim aim[AIMS];
	/* Time is up. */
	bool stop;
	bool failed;
	char why[400];
};

/* That of the race which runs in this process; in memory that its children share. */
extern struct score *score;

/* Whether the kernel has seccomp.c, and may do as that does where the two differ. */
extern bool as_c;

/* Whether to go on: there is time, and all has been well. */
bool going(void);

/* One more operation was done, with this outcome. */
void saw(int outcome);

/* One more operation, or a sign of life, of which there is no more to say. */
void did_one(void);

/*
 * Fails the race unless @holds, and gives @holds. The first failure is kept. The
 * others of the race then stop at their next look at going().
 */
bool must(bool holds, const char *fmt, ...) __printf(2, 3);

/* Words that threads and processes leave for each other. */
#define GET(word)	__atomic_load_n(&(word), __ATOMIC_ACQUIRE)
#define PUT(word, value)	__atomic_store_n(&(word), (value), __ATOMIC_RELEASE)
#define ADD(word, n)	__atomic_fetch_add(&(word), (n), __ATOMIC_ACQ_REL)

#endif
