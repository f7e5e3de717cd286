/* SPDX-License-Identifier: GPL-2.0 */
/* A race at work: a process that leads a group of its own, watched from outside. */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <sys/types.h>

#include "race.h"

struct session {
	const struct race *race;
	/* Of all its sessions; shared with them. */
	struct score *score;
	/* Its process while one is on, else 0. */
	pid_t pid;
	/* When it began, and when it has been told to stop, in ms. */
	long began, stopped;
	/* The last sign of life. */
	long heard, operations;
};

void start_session(struct session *s, unsigned long long seed);

/*
 * Looks after it: stops it when it has run for @ms, and puts an end to it when it
 * does nothing for @patience_ms. False as soon as it has ended.
 */
bool watch_session(struct session *s, long ms, long patience_ms);

#endif
