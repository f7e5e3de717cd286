// SPDX-License-Identifier: GPL-2.0
/*
 * Replies against signals. Supervisors answer each request with a number of its
 * own, while signals, some of them aimed at the very moment, interrupt the targets.
 *
 * What SEND has accepted is what the call gives, once; what it has refused is not.
 * After WAIT_KILLABLE_RECV a request that was received is always answered.
 */
#include <errno.h>
#include <pthread.h>
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

#define KILLABLE	SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV

#define TARGETS	2
#define CALLS	100
/* Times that one call may be made again. */
#define SENDS	64

enum { TAKEN, TOO_LATE, INTERRUPTED, AGAIN, VANISHED, LOST, FATAL };

/* One delivery of a call: what was replied, and whether that was accepted. */
struct sent {
	long token;
	int verdict;
};

static struct {
	unsigned long flags;
	bool restart;
	int targets;
	pid_t pid[TARGETS];
	/* Which call it is at; one that is killed gets no further. */
	int at[TARGETS];
	struct {
		long result;
		int n;
		struct sent sent[SENDS];
	} call[TARGETS][CALLS];
} *both;

/* What a signal is aimed at. */
enum { SENDING, RECEIVING, KILLING };

/* Who aims signals at the moments that a supervisor names. */
static struct {
	pthread_t th;
	struct gate gate;
	pid_t pid;
	int moment;
	bool quit;
} rival;

/* The last target is to be killed at this call or a later one, and has been. */
static int fatal_call;
static bool killed;

static int listener;
static long tokens;

static int call_on(void *arg)
{
	long me = (long)arg;
	int i;

	interrupt_on(STORM_SIGNAL, both->restart ? SA_RESTART : 0);
	PUT(both->pid[me], getpid());
	for (i = 0; i < CALLS; i++) {
		PUT(both->at[me], i);
		both->call[me][i].result = raw_call(__NR_getppid, me, i, 0);
	}
	PUT(both->at[me], CALLS);
	return 0;
}

static int body(void *unused)
{
	int status = 0;
	pid_t pid = 0;

	if (both->targets > 1)
		pid = spawn(call_on, (void *)1);
	call_on(NULL);
	if (pid > 0)
		status = reap(pid);
	/* It may have been the one to be killed. */
	return status == -SIGKILL ? 0 : status;
}

static void *oppose(void *unused)
{
	for (;;) {
		if (!meet(&rival.gate, 2) || rival.quit)
			return NULL;
		take_aim(&score->aim[rival.moment], 1);
		kill(rival.pid, rival.moment == KILLING ? SIGKILL : STORM_SIGNAL);
		if (!meet(&rival.gate, 2))
			return NULL;
	}
}

/* Has a signal hit the target at the moment at which the caller goes on. */
static void provoke(pid_t pid, int moment)
{
	rival.pid = pid;
	rival.moment = moment;
	if (meet(&rival.gate, 2))
		take_aim(&score->aim[moment], 0);
}

/* Who was provoked is done; the caller was first, or was not. */
static void calm(bool first)
{
	meet(&rival.gate, 2);
	/* Where only a fatal signal counts no other one shows who was first. */
	if (!(both->flags & KILLABLE) || rival.moment == KILLING)
		learn(&score->aim[rival.moment], first);
}

static int reply(const struct seccomp_notif *req, struct sent *sent)
{
	switch (dice(8)) {
	case 0:
		/* The call is made, and gives the id of the target's parent. */
		sent->token = req->data.args[0] ? both->pid[0] : getpid();
		return let_go(listener, req->id);
	case 1:
		sent->token = -100 - (long)dice(300);
		return answer(listener, req->id, 0, sent->token, 0);
	default:
		sent->token = ADD(tokens, 1);
		return answer(listener, req->id, sent->token, 0, 0);
	}
}

static void serve_one(const struct seccomp_notif *req, bool provokes)
{
	int who = req->data.args[0], which = req->data.args[1], n, ret;
	int moment = SENDING;

	if (!must(who < TARGETS && which < CALLS, "call %d of target %d", which, who))
		return;
	n = ADD(both->call[who][which].n, 1);
	if (!must(n < SENDS, "call %d was made %d times", which, n))
		return;
	if (n)
		saw(AGAIN);
	if (provokes) {
		if (who == both->targets - 1 && which >= fatal_call && !killed) {
			moment = KILLING;
			killed = true;
			saw(FATAL);
		}
		provoke(req->pid, moment);
	}
	ret = reply(req, &both->call[who][which].sent[n]);
	if (provokes)
		calm(!ret);
	PUT(both->call[who][which].sent[n].verdict, ret ? -1 : 1);
	/* Who was killed after a reply may have made one more call that can be received. */
	must(!ret || (ret == -ENOENT && (killed || !(both->flags & KILLABLE))),
	     "SEND gave %d", ret);
	saw(ret ? TOO_LATE : TAKEN);
}

/* The first supervisor provokes, and in killable rounds there is no other. */
static void supervise(bool provokes)
{
	struct seccomp_notif req;

	for (;;) {
		bool early = provokes && (both->flags & KILLABLE) && dice(2);
		int ret;

		if (early) {
			if (!await_events(listener, POLLIN | POLLHUP) ||
			    (events(listener) & POLLHUP))
				early = false;
			else
				provoke(both->pid[0], RECEIVING);
		}
		ret = take(listener, &req);
		if (early)
			calm(!ret);
		if (!ret) {
			serve_one(&req, provokes && dice(2));
			continue;
		}
		if (!must(ret == -ENOENT, "RECV gave %d", ret) ||
		    (events(listener) & POLLHUP) || GET(score->failed))
			return;
		saw(VANISHED);
	}
}

static void *supervise_as_well(void *unused)
{
	supervise(false);
	return NULL;
}

/* What a call gave, and what was accepted for it. */
static void judge(int who, int which)
{
	int n = both->call[who][which].n, i, accepted = 0;
	long result = both->call[who][which].result;
	bool right = false;

	for (i = 0; i < n; i++) {
		const struct sent *s = &both->call[who][which].sent[i];

		accepted += s->verdict == 1;
		right |= s->verdict == 1 && s->token == result;
	}
	if (result == -EINTR) {
		saw(INTERRUPTED);
		must(!both->restart, "EINTR in spite of SA_RESTART");
		right = true;
		/* Whatever was accepted for it is lost. */
		accepted++;
	}
	must(right, "call %d gave %ld, which was not accepted among %d replies",
	     which, result, n);
	if (both->flags & KILLABLE)
		must(n == (result != -EINTR), "call %d gave %ld, and was delivered %d times",
		     which, result, n);
	while (accepted-- > 1) {
		saw(LOST);
		must(as_c && !(both->flags & KILLABLE),
		     "call %d gave %ld, another reply was accepted and is lost",
		     which, result);
	}
}

static void take_round(struct target *t)
{
	struct storm storm = { .n = both->targets };
	pthread_t other;
	int i, j;

	listener = t->listener;
	memset(&rival.gate, 0, sizeof(rival.gate));
	rival.quit = false;
	killed = false;
	fatal_call = dice(2) ? CALLS : dice(CALLS);
	for (i = 0; i < both->targets; i++)
		while (!GET(both->pid[i]))
			nap(50);
	for (i = 0; i < both->targets; i++) {
		storm.at[i].pid = both->pid[i];
		storm.at[i].tid = both->pid[i];
	}
	if (!must(!pthread_create(&rival.th, NULL, oppose, NULL), "no thread") ||
	    (both->targets > 1 &&
	     !must(!pthread_create(&other, NULL, supervise_as_well, NULL), "no thread")) ||
	    !storm_start(&storm))
		return;
	supervise(true);
	storm_stop(&storm);
	rival.quit = true;
	meet(&rival.gate, 2);
	pthread_join(rival.th, NULL);
	if (both->targets > 1)
		pthread_join(other, NULL);
	end(t, killed && both->targets == 1 ? -SIGKILL : 0);
	for (i = 0; i < both->targets; i++) {
		must(both->at[i] == CALLS || (killed && i == both->targets - 1),
		     "target %d made %d calls", i, both->at[i]);
		for (j = 0; j < both->at[i]; j++)
			judge(i, j);
	}
}

static void race_with(unsigned long flags, int targets)
{
	struct target t;

	both = shared(sizeof(*both));
	while (going()) {
		memset(both, 0, sizeof(*both));
		both->flags = flags;
		both->targets = targets;
		both->restart = dice(2);
		if (!begin(&t, flags, body, NULL))
			return;
		if (dice(2))
			ioctl(t.listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
			      SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
		tokens = 1000000;
		take_round(&t);
	}
}

static void plain(void)
{
	race_with(0, TARGETS);
}

static void killable(void)
{
	race_with(KILLABLE, 1);
}

const struct race replies_plain = {
	.name = "replies_plain",
	.session = plain,
	.outcomes = {
		[TAKEN] = "reply accepted",
		[TOO_LATE] = "reply refused",
		[INTERRUPTED] = "EINTR",
		[AGAIN] = "made again",
		[VANISHED] = "gone before RECV",
		[LOST] = "?accepted and lost",
		[FATAL] = "target killed",
	},
	.enough = 5000,
};

const struct race replies_killable = {
	.name = "replies_killable",
	.session = killable,
	.outcomes = {
		[TAKEN] = "reply accepted",
		[TOO_LATE] = "reply refused: killed",
		[INTERRUPTED] = "EINTR before RECV",
		[VANISHED] = "gone before RECV",
		[FATAL] = "target killed",
	},
	.enough = 5000,
};
