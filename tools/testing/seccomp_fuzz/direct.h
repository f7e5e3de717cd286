/* SPDX-License-Identifier: GPL-2.0 */
/* The director: has the roles of a case act in turn, and keeps the log. */
#ifndef DIRECT_H
#define DIRECT_H

#include "case.h"

/*
 * Real-time priorities on one processor. A role runs until it sleeps, and before the
 * director; so when the director goes on, everybody is at rest. Nothing depends on
 * how long anything takes.
 */
#define PRIORITY_DIRECTOR	10
#define PRIORITY_ROLE		20
#define PRIORITY_HIGH		25
#define PRIORITY_RUNNER		30
#define PRIORITY_POSTING	40
#define PRIORITY_AUDIT		50

/*
 * While WORLD->racing, all of that is left to the scheduler. What such a case comes to
 * says nothing; what the kernel has to say of it does.
 */

/* Goes through the list of WORLD, to the end of all roles. @verbose prints the log. */
void direct(bool verbose);

/* The first operation from @i on that is done at all. */
int next_kept(int i);
/* The last operation that is to follow @i at once. */
int burst_end(int i);
/* Whether what follows @first to @last is let go together with that. */
bool together(int first, int last);

/* Nothing while WORLD->racing. */
int set_priority(long tid, int priority);

/* Opens FD_AUDIT, where records arrive at once. False where there is no audit. */
bool audit_open(void);
/* Adds a line about the next record; false if there is none. */
bool audit_next(struct text *t);

#endif
