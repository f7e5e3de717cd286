// SPDX-License-Identifier: GPL-2.0
/*
 * NEW_LISTENER against NEW_LISTENER: two threads install at once, alone or for all
 * threads, or one of them closes the listener that is in the other's way. Signals hit
 * both of them.
 *
 * There is at most one open listener on a chain: who comes second is refused, with
 * the error that says why, and has neither filter nor descriptor. The calls of both
 * go to the listener that is there.
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

#define NEW	SECCOMP_FILTER_FLAG_NEW_LISTENER
#define TSYNC	SECCOMP_FILTER_FLAG_TSYNC
#define ESRCH_PLEASE	SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define NEW_FOR_ALL	(NEW | TSYNC | ESRCH_PLEASE)

#define ROUNDS	12
#define CONTESTS	5

enum {
	FOR_ALL_A, FOR_ALL_B, ALONE_FIRST, ALONE_SECOND, NAMED, REFUSED, SYNCED_FIRST,
	CLOSED_FIRST, BUSY,
};

/* The thread beside the one that the round is of. */
static struct rival {
	pthread_t th;
	pid_t tid;
	unsigned long flags;
	/* What its installation gave, and its call when there was a listener. */
	long ret, again, call;
	bool serves, calls;
	__u64 served;
} rival;

static struct gate gate;
/* Blows while they compete, in a thread that is neither's rival. */
static struct storm storm = { .n = 2 };
/* Each contest has its aim. */
static int contest;
/* The listener that both are under, the one of a former round, and what it answers. */
static int listener, former;
static long token;

static long install_listener(unsigned long flags)
{
	return install_on(flags, __NR_getppid,
			  flags & NEW ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
}

static void *compete(void *unused)
{
	rival.tid = syscall(__NR_gettid);
	PUT(storm.at[1].tid, rival.tid);
	if (!meet(&gate, 2))
		return NULL;
	take_aim(&score->aim[contest], 0);
	rival.ret = install_listener(rival.flags);
	/* Once here for all to be done, once to be told who is asked. */
	if (!meet(&gate, 2))
		return NULL;
	if (former >= 0 && rival.ret == -EBUSY) {
		rival.again = install_listener(rival.flags);
		must(rival.again >= 0, "the listener was closed, but a new one gives %ld",
		     rival.again);
	}
	if (!meet(&gate, 2) || !meet(&gate, 2))
		return NULL;
	if (rival.calls)
		rival.call = notified_call();
	if (rival.serves)
		rival.served = serve(listener, token);
	return NULL;
}

/* What the main thread does at the same time. */
static long contend(void)
{
	take_aim(&score->aim[contest], 1);
	switch (contest) {
	case 0:
	case 1:
		return install_listener(NEW_FOR_ALL);
	case 2:
		return install_listener(TSYNC);
	case 3:
		return install_listener(TSYNC | ESRCH_PLEASE);
	default:
		return close(former);
	}
}

static bool one_of(long mine, long loss_of_rival, long loss)
{
	return (mine >= 0 && rival.ret == loss_of_rival) || (rival.ret >= 0 && mine == loss);
}

static void judge(long mine)
{
	bool fair, rival_first = true;
	int outcome;

	switch (contest) {
	case 0:
		fair = one_of(mine, -EBUSY, -EBUSY);
		rival_first = rival.ret >= 0;
		outcome = rival_first ? FOR_ALL_A : FOR_ALL_B;
		break;
	case 1:
		fair = one_of(mine, -EBUSY, -ESRCH);
		rival_first = rival.ret >= 0;
		outcome = rival_first ? ALONE_FIRST : ALONE_SECOND;
		break;
	case 2:
	case 3:
		fair = rival.ret >= 0 &&
			(!mine || mine == (contest == 2 ? rival.tid : -ESRCH));
		rival_first = mine != 0;
		outcome = !mine ? SYNCED_FIRST : contest == 2 ? NAMED : REFUSED;
		break;
	default:
		fair = !mine && (rival.ret >= 0 || rival.ret == -EBUSY);
		/* The sooner it asks the more often it is told so. */
		rival_first = rival.ret == -EBUSY;
		outcome = rival_first ? BUSY : CLOSED_FIRST;
	}
	learn(&score->aim[contest], rival_first);
	must(fair, "contest %d: the thread got %ld, the rival %ld", contest, mine, rival.ret);
	saw(outcome);
}

/* Whoever is under the listener is answered through it. */
static void see_who_answers(long mine)
{
	bool both_under = contest == 0 || (contest == 1 && mine >= 0);
	long call;

	listener = rival.ret >= 0 ? rival.ret : rival.again >= 0 ? rival.again : mine;
	token = 1000 + dice(1000);
	rival.serves = both_under && dice(2);
	rival.calls = !rival.serves;
	if (!meet(&gate, 2))
		return;
	if (rival.serves) {
		call = notified_call();
		pthread_join(rival.th, NULL);
		must(rival.served && call == token, "answered with %ld, the call gave %ld",
		     token, call);
	} else {
		must(serve(listener, token), "the call did not come");
		pthread_join(rival.th, NULL);
		must(rival.call == token, "answered with %ld, the call gave %ld",
		     token, rival.call);
	}
}

static void take_round(void)
{
	int lowest = lowest_fd();
	long mine;

	memset(&rival, 0, sizeof(rival));
	rival.again = -1;
	rival.flags = contest ? NEW : NEW_FOR_ALL;
	former = contest == 4 ? install_listener(NEW) : -1;
	if (!must(contest != 4 || former >= 0, "no listener: %d", former) ||
	    !must(!pthread_create(&rival.th, NULL, compete, NULL), "no thread") ||
	    !storm_start(&storm) || !meet(&gate, 2))
		return;
	mine = contend();
	if (!meet(&gate, 2) || !meet(&gate, 2))
		return;
	storm_stop(&storm);
	judge(mine);
	if (GET(score->failed))
		return;
	see_who_answers(mine);
	close(listener);
	must(lowest_fd() == lowest, "contest %d leaves a descriptor", contest);
}

static int body(void *unused)
{
	int i;

	interrupt_on(STORM_SIGNAL, SA_RESTART);
	storm.at[0].pid = getpid();
	storm.at[0].tid = getpid();
	storm.at[1].pid = getpid();
	for (i = 0; i < ROUNDS && going(); i++) {
		contest = dice(CONTESTS);
		take_round();
	}
	return 0;
}

static void session(void)
{
	while (going()) {
		dice_shake();
		reap_as(spawn(body, NULL), 0, "process");
	}
}

const struct race listeners = {
	.name = "listeners",
	.session = session,
	.outcomes = {
		[FOR_ALL_A] = "both for all: first thread",
		[FOR_ALL_B] = "both for all: second thread",
		[ALONE_FIRST] = "alone before one for all",
		[ALONE_SECOND] = "alone after one for all",
		[NAMED] = "alone before TSYNC, which gave an id",
		[REFUSED] = "alone before TSYNC, which gave ESRCH",
		[SYNCED_FIRST] = "alone after TSYNC",
		[CLOSED_FIRST] = "after a former one was closed",
		[BUSY] = "before a former one was closed",
	},
	.enough = 1500,
};
