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

/*
 * Takes it again and again until there is no more than in @before, but for what
 * the caches have grown by; false when something stays. Exiting, grace periods and
 * workers take their time.
 */
bool settle(const struct census *before, struct census *after);

#endif
