/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What costs are measured with. Where the time stamp counter counts instructions,
 * as it does under QEMU with -icount shift=0, a cost is a number of those and is
 * the same each time. Elsewhere it is a number of nanoseconds.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <time.h>
#include <linux/types.h>

#include "sheet.h"

extern bool clock_is_exact;
/* What two readings with nothing between them are apart. */
extern double clock_cost;

/* Once a case has been measured, does it for ever, for a tracer to look at. */
extern bool clock_never_stops;

/* Finds out which it is. */
void clock_start(void);

/*
 * Waits until timers come when they are due, and not at the next tick: for some
 * time after boot the kernel does not trust its clock. False if they never do.
 */
bool await_fine_timers(void);

/* "instructions" or "ns". */
const char *clock_unit(void);

static inline __u64 now(void)
{
	struct timespec t;

	if (clock_is_exact)
		return __builtin_ia32_rdtsc();
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* The cost of what was done since @start. */
static inline double since(__u64 start)
{
	return now() - start - clock_cost;
}

/*
 * What @op costs, with the call of it and the loop around it. In a file of its own,
 * so that no compiler looks into it where it knows @op.
 */
double cost_of(void (*op)(void *), void *arg, int batch);

/* How many times a series measures, here and where time is measured. */
static inline int times(int exact, int timed)
{
	return clock_is_exact ? exact : timed;
}

/*
 * Measures @op @count times, less what calling an empty function costs. Where the
 * clock is not exact, @batch of it are measured at once.
 */
void measure(struct series *s, void (*op)(void *), void *arg, int count, int batch);

/*
 * The same, but @batch of it are measured at once by either clock: for what leaves
 * work behind, that is done on behalf of many at some later time.
 */
void measure_many(struct series *s, void (*op)(void *), void *arg, int count, int batch);

#endif
