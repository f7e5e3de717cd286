/* SPDX-License-Identifier: GPL-2.0 */
/* Threads beside the one that a test runs in, and where they are. */
#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

/* Puts the caller's id in @where, for who waits for it with tid_from(). */
void say_tid(pid_t *where);
pid_t tid_from(const pid_t *where);

/* A thread that does nothing, and ends with its process. Says its id if @where is not NULL. */
void *sleep_for_ever(void *where);

/*
 * A thread that runs at once, and until it sleeps: its priority is above that of
 * its maker, who has taken CPU 0.
 */
bool start_at_once(pthread_t *th, void *(*body)(void *arg), void *arg);

/* A thread that does one thing, says its id, and then waits to be let go. */
struct sibling {
	pthread_t th;
	pid_t tid;
	/* Its id as /proc has it, which is not @tid in a pid namespace of its own. */
	pid_t proc_tid;
	long (*first)(void);
	long ret;
	int said[2], go[2];
	/* What getpgid(0), which a filter may be on, gave when it was let go. */
	long call;
};

/* Returns once the sibling sleeps; false when @first, if any, did not give 0. */
bool start_sibling(struct sibling *s, long (*first)(void));

/* Lets it go, and gives what its call gave. */
long finish_sibling(struct sibling *s);

/* For start_sibling(): a filter that keeps the thread from being synchronised. */
long own_filter(void);

#endif
