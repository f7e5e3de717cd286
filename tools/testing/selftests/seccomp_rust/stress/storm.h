/* SPDX-License-Identifier: GPL-2.0 */
/* Signals that keep coming. */
#ifndef STORM_H
#define STORM_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#define STORM_SIGNAL	SIGUSR1
#define STORM_MOST	4

struct storm {
	pthread_t th;
	bool over;
	int n;
	/* Whom it reaches, as process and thread; 0 as long as nobody is there. */
	struct {
		pid_t pid, tid;
	} at[STORM_MOST];
	long sent;
};

/*
 * Sends the signal to one of those in @s->at now and then, some by themselves and
 * some in a row, until it is stopped. Whoever is hit must have a handler by then.
 */
bool storm_start(struct storm *s);
void storm_stop(struct storm *s);

#endif
