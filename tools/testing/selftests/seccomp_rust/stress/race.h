/* SPDX-License-Identifier: GPL-2.0 */
/* The races, and what they have in common. */
#ifndef RACE_H
#define RACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "dice.h"
#include "gate.h"
#include "score.h"

struct target;

struct race {
	const char *name;
	/* Runs in a process of its own, for as long as going(). */
	void (*session)(void);
	/*
	 * What can come of it, by the numbers that saw() takes. All of that has to be
	 * seen, which a run of @enough operations does; but for what has a question
	 * mark in front, and depends on the kernel.
	 */
	const char *outcomes[OUTCOMES];
	long enough;
};

extern const struct race tsync_clone, tsync_exit, tsync_ends, listeners, replies_plain,
	replies_killable, addfd_signals, addfd_deaths, closing, closing_beside, readers_gone,
	readers_killed, inspect_tsync, inspect_exit, fork_killed, fork_namespace, edges,
	poll_sleeps, calls_tsync;

/* The program called once more by a thread of tsync_ends: the exit status. */
int tsync_ends_after_exec(char **newest);

/* The same by the target of closing_beside. */
int closing_after_exec(void);

/* A target and its listener; false, and the race has failed, if there is none. */
bool begin(struct target *t, unsigned long flags, int (*body)(void *), void *arg);

/* Reaps a child, which must end with @status. */
bool reap_as(pid_t pid, int status, const char *who);

/* Reaps all children of the caller, its own and those left to it. */
void reap_all(void);

/* Closes the listener; nobody is under its filter any more, as it must say. */
void hang_up(struct target *t);

/*
 * For one whose call gave ENOSYS, as the listener was closed: it stays so, and another
 * listener can be had.
 */
void alone_for_ever(void);

/* All three: the target, those that it has left, and its listener. */
void end(struct target *t, int status);

/* The lowest descriptor that is free. */
int lowest_fd(void);

#endif
