/* SPDX-License-Identifier: GPL-2.0 */
/* What target, supervisor and the one who troubles them know of each other. */
#ifndef ADDFD_H
#define ADDFD_H

#include <stdbool.h>
#include <sys/types.h>

/* Threads of the supervisor beside the one that replies. */
#define HELPERS		2

/* Descriptors given for one call, that it may be made again included. */
#define MOST_GIVEN	64
/* Numbers that are asked for start here. */
#define AT_NUMBER	100

/* What reply to call @n is no descriptor. */
#define PLAIN_REPLY(n)	(100000 + (n))

enum { TAKING, BUSY };

struct deal {
	/* Signals reach the supervisor, or the target. */
	bool stormy, fickle;
	/* The target's calls may end after RECV, though nobody has replied. */
	bool leaves;
	/* Signal handlers of either have SA_RESTART. */
	bool target_restarts, supervisor_restarts;
	/* The supervisor is to be killed, and has been. */
	bool doomed, dead;
	pid_t target, tid[HELPERS + 1];
	/* Which file is given away. */
	ino_t ino;
	int call;
	/* Whether the supervisor is at a request, so that what is below may change. */
	int state;
	/*
	 * For the present call: the descriptors, none of which is 0, and the replies
	 * that were accepted.
	 */
	int n;
	struct {
		int fd;
		bool cloexec;
	} given[MOST_GIVEN];
	int replies;
	long reply;
};

extern struct deal *deal;

/* Outcomes of both races. */
enum {
	ADDED, ADDED_AT, SENT, ANSWERED, EINTR_SEEN, ESRCH_SEEN, ENOENT_SEEN, EBUSY_SEEN,
	EINPROGRESS_SEEN, CALL_EINTR, CALL_ENOSYS, UNSURE,
};

/* The target's body, and the supervisor's, which takes its listener. */
int addfd_target(void *unused);
int addfd_supervisor(void *listener);

#endif
