// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a listener against everything: threads receive, reply and install
 * descriptors, signals interrupt the targets, and the last descriptor is closed.
 *
 * Each call gives what was accepted for it, or ENOSYS. The latter stays so for the
 * whole filter, and then a new listener can be had at once.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "entry.h"
#include "notify.h"
#include "program.h"
#include "task.h"
#include "race.h"
#include "storm.h"

#define TARGETS	2
#define CALLS	4000
#define SUPERVISORS	3
/* Replies start here, above all descriptors. */
#define FIRST_TOKEN	1000

enum { ANSWERED, GIVEN, GONE, TOO_LATE, UNREAD_THEN, RECEIVED_THEN, NOTHING_THEN, REFUSED };

static struct {
	pid_t pid[TARGETS];
	bool closed;
	/* By target and call, what was accepted; none where it is 0. */
	long accepted[TARGETS][CALLS];
	/* What calls gave, up to the one that found the listener closed. */
	long result[TARGETS][CALLS];
	int calls[TARGETS];
} *both;

static int listener, source;
/* C loses what was accepted, where signals can end a call that was received. */
static bool may_lose;
static pthread_mutex_t receiving = PTHREAD_MUTEX_INITIALIZER;

static int call_on(void *arg)
{
	long me = (long)arg;
	int i;

	interrupt_on(STORM_SIGNAL, SA_RESTART);
	PUT(both->pid[me], getpid());
	for (i = 0; i < CALLS; i++) {
		bool closed = GET(both->closed);
		long ret = raw_call(__NR_getppid, me, i, 0);

		if (ret == -ENOSYS) {
			alone_for_ever();
			saw(REFUSED);
			break;
		}
		must(!closed, "the listener was closed, but a call gave %ld", ret);
		both->result[me][i] = ret;
		PUT(both->calls[me], i + 1);
		if (ret >= 0 && ret < FIRST_TOKEN)
			must(!close(ret), "the call gave descriptor %ld, which is not there",
			     ret);
	}
	return 0;
}

static int body(void *unused)
{
	pid_t pid = spawn(call_on, (void *)1);

	call_on(NULL);
	return reap(pid);
}

/* Has a signal arrive while the caller is at it. */
static void disturb(int who)
{
	if (GET(both->pid[who]))
		kill(both->pid[who], STORM_SIGNAL);
	spin(dice(1 << dice(16)));
}

/* Never sleeps in RECV: that would keep the listener open. */
static int receive(struct seccomp_notif *req)
{
	int seen, ret = -EAGAIN;

	pthread_mutex_lock(&receiving);
	seen = events(listener);
	if (seen & POLLNVAL) {
		ret = -EBADF;
	} else if (seen & POLLIN) {
		/* Which may take it away again. */
		if (dice(4) == 0)
			disturb(dice(TARGETS));
		ret = take(listener, req);
	}
	pthread_mutex_unlock(&receiving);
	return ret;
}

static void accept(const struct seccomp_notif *req, long value)
{
	long *accepted = &both->accepted[req->data.args[0]][req->data.args[1]];

	must(!*accepted || may_lose, "%ld was accepted for a call, and then %ld",
	     *accepted, value);
	*accepted = value;
}

static int reply(const struct seccomp_notif *req, long token)
{
	int ret;

	if (dice(4) == 0) {
		ret = add_fd(listener, req->id, SECCOMP_ADDFD_FLAG_SEND, source, 0, 0);
		if (ret >= 0) {
			accept(req, ret);
			saw(GIVEN);
		}
		return ret;
	}
	ret = answer(listener, req->id, token, 0, 0);
	if (!ret) {
		accept(req, token);
		saw(ANSWERED);
	}
	return ret;
}

static void *supervise(void *arg)
{
	struct seccomp_notif req;
	long token = FIRST_TOKEN + (long)arg * CALLS * TARGETS;
	int ret;

	while (!GET(score->failed)) {
		ret = receive(&req);
		if (ret == -EBADF)
			break;
		if (ret == -EAGAIN) {
			nap(10);
			continue;
		}
		if (ret) {
			must(ret == -ENOENT, "RECV gave %d", ret);
			saw(GONE);
			continue;
		}
		spin(dice(1 << dice(16)));
		if (dice(4) == 0)
			disturb(req.data.args[0]);
		ret = reply(&req, token++);
		if (ret == -EBADF)
			break;
		if (ret < 0) {
			must(ret == -ENOENT || ret == -ESRCH, "a reply gave %d", ret);
			saw(TOO_LATE);
		}
	}
	return NULL;
}

static void close_listener(void)
{
	int seen = events(listener);

	saw(seen & POLLIN ? UNREAD_THEN : seen & POLLOUT ? RECEIVED_THEN : NOTHING_THEN);
	close(listener);
}

static void judge(void)
{
	int who, which;

	for (who = 0; who < TARGETS; who++) {
		for (which = 0; which <= both->calls[who] && which < CALLS; which++) {
			long accepted = both->accepted[who][which];
			long result = both->result[who][which];

			/* Without a result the call has found the listener closed. */
			must(accepted == result || may_lose,
			     "call %d of target %d: %ld was accepted, the call gave %ld",
			     which, who, accepted, result ? result : -ENOSYS);
		}
	}
}

static void take_round(struct target *t)
{
	struct storm storm = { .n = TARGETS };
	pthread_t th[SUPERVISORS];
	long i;

	listener = t->listener;
	for (i = 0; i < TARGETS; i++) {
		while (!GET(both->pid[i]))
			nap(50);
		storm.at[i].pid = both->pid[i];
		storm.at[i].tid = both->pid[i];
	}
	if (dice(2) == 0)
		storm.at[dice(TARGETS)].pid = 0;
	if (!storm_start(&storm))
		return;
	for (i = 0; i < SUPERVISORS; i++)
		if (!must(!pthread_create(&th[i], NULL, supervise, (void *)i), "no thread"))
			return;
	nap(dice(1 << dice(16)));
	spin(dice(5000));
	close_listener();
	for (i = 0; i < SUPERVISORS; i++)
		pthread_join(th[i], NULL);
	/* Whoever had it in its hands has let it go. */
	PUT(both->closed, true);
	reap_as(t->pid, 0, "target");
	storm_stop(&storm);
	judge();
}

static void session(void)
{
	struct target t;
	int fds[2];

	both = shared(sizeof(*both));
	if (!must(!pipe(fds), "no pipe"))
		return;
	source = fds[1];
	while (going()) {
		unsigned long flags = dice(2) ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0;

		memset(both, 0, sizeof(*both));
		may_lose = as_c && !flags;
		if (!begin(&t, flags, body, NULL))
			return;
		take_round(&t);
	}
}

const struct race closing = {
	.name = "closing",
	.session = session,
	.outcomes = {
		[ANSWERED] = "answered",
		[GIVEN] = "given a descriptor",
		[GONE] = "gone before RECV",
		[TOO_LATE] = "reply refused",
		[UNREAD_THEN] = "closed with a call unread",
		[RECEIVED_THEN] = "closed with a call received",
		[NOTHING_THEN] = "closed while nobody waited",
		[REFUSED] = "target refused",
	},
	.enough = 10000,
};
