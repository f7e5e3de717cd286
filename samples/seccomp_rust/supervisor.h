/* SPDX-License-Identifier: GPL-2.0 */
/* The life of a supervisor: from the start of its command to its status. */
#ifndef SAMPLE_SUPERVISOR_H
#define SAMPLE_SUPERVISOR_H

#include "child.h"
#include "listener.h"

struct supervisor {
	const char *name;	/* for messages */
	struct listener listener;

	/*
	 * Answers listener.req. 0 or -errno, where -ENOENT and -ESRCH say that
	 * the caller has been killed; others end the supervision.
	 */
	int (*answer)(void *data);
	void *data;
};

/*
 * Start the command and answer what it and its descendants ask, until no task
 * is left under the filter. Returns the command's exit status, or
 * EXIT_SUPERVISOR when supervising has failed, the reason having been printed.
 */
int supervisor_run(struct supervisor *s, const struct child_plan *plan);

#endif /* SAMPLE_SUPERVISOR_H */
