/* SPDX-License-Identifier: GPL-2.0 */
/* What there is: to be counted before and after, when it has to be the same. */
#ifndef CENSUS_H
#define CENSUS_H

#include <stdbool.h>

struct census {
	/* Those of user space. */
	long processes, threads;
	/* Filters, by their programs, each of which has an area of its own. */
	long programs;
	/* Open files, in all processes. */
	long files;
	/* What is in the kernel's caches, but for tasks. */
	long slab_kb;
};

struct census take_census(void);

/* Whether all of it could be counted; says what could not. */
bool census_is_whole(const struct census *c);

void say_census(const char *when, const struct census *c);

/*
 * Has processes hold some of everything, and sees each count go up by that, and
 * come back: a count that does not move would find nothing. False when one does not,
 * of which it says which.
 */
bool prove_census(long patience);

/* What caches may have grown by: pages are left that hold little. */
#define SLAB_KB		2048

/*
 * Takes it again and again until there is no more than in @before, but for what
 * the caches have grown by; false when something stays. Exiting, grace periods and
 * workers take their time.
 */
bool settle(const struct census *before, struct census *after);

#endif
