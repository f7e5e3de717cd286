/* SPDX-License-Identifier: GPL-2.0 */
/* The supervised command: found, started under a filter, waited for. */
#ifndef SAMPLE_CHILD_H
#define SAMPLE_CHILD_H

#include <linux/types.h>
#include <sys/types.h>

#include "filter.h"

/* Exit statuses as of env(1) and timeout(1). */
enum {
	EXIT_SUPERVISOR = 125,
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

struct child_plan {
	char **argv;
	char *path;		/* from child_find() */
	int exec_fd;		/* run this instead of @path when >= 0 */
	struct filter *filter;	/* has filter_keyed() for @key */
	__u32 key[FILTER_KEY];

	/* Runs in the child before the filter; 0, or it has said why not. */
	int (*prepare)(void *data);
	void *data;
};

/* Where PATH leads for @name; the caller frees it. NULL: it was said why. */
char *child_find(const char *name);

/* Draw the key, begin plan->filter and exempt the calls that need the key. */
int child_filter_start(struct child_plan *plan, struct filter *f,
		       unsigned int foreign);

/*
 * Start the command. Returns the listener, with *@pid set; or a negative
 * number when there is no supervised child, the reason having been printed.
 */
int child_start(const struct child_plan *plan, pid_t *pid);

/* Reap it. Returns its exit status, or 128 + the signal that killed it. */
int child_wait(pid_t pid);

#endif /* SAMPLE_CHILD_H */
