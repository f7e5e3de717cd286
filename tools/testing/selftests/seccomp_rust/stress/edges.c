// SPDX-License-Identifier: GPL-2.0
/*
 * Edge-triggered pollers against arrivals. Those that poll for requests take all
 * there are, then wait for the next edge; one that polls for what is to be answered
 * does the same. An edge that does not come leaves calls waiting while all sleep.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "entry.h"
#include "notify.h"
#include "task.h"
#include "race.h"

#define TARGETS	3
#define CALLS	150
#define POLLERS	2

/* So long, in ms, do all not sleep while there is something to do. */
#define LONG		5000

enum { TAKEN, ANSWERED, MORE_AT_ONCE, WOKEN_FOR_NOTHING, EXCLUSIVE, HUNG_UP };

static int listener;
/* Of the pollers one alone is woken for each request. */
static bool exclusive;

/* What has been received and not been answered. */
static struct {
	pthread_mutex_t lock;
	__u64 id[TARGETS];
	int n;
} due = { .lock = PTHREAD_MUTEX_INITIALIZER };

static pthread_mutex_t receiving = PTHREAD_MUTEX_INITIALIZER;
/* Received and answered in all. */
static int received, answered;

static int call_on(void *arg)
{
	long ret;
	int i;

	for (i = 0; i < CALLS; i++) {
		ret = raw_call(__NR_getppid, (long)arg, i, 0);
		must(ret == 7, "a call gave %ld", ret);
		if (dice(4) == 0)
			spin(dice(1 << dice(16)));
	}
	return 0;
}

static int body(void *unused)
{
	int i;

	for (i = 1; i < TARGETS; i++)
		spawn(call_on, (void *)(long)i);
	return call_on(NULL);
}

/*
 * Waits for an edge; false when one has not come. Of exclusive pollers the other
 * one may have got it, and be at it: then things are going on.
 */
static bool wait_for_edge(int epoll, int level)
{
	struct epoll_event event;
	int n = epoll_wait(epoll, &event, 1, LONG), before;

	if (n == 1)
		return true;
	if (!must(!n, "epoll_wait: %d", errno))
		return false;
	before = GET(received) + GET(answered);
	if (!(events(listener) & (level | POLLHUP)) || epoll_wait(epoll, &event, 1, 1000) == 1)
		return true;
	return must(GET(received) + GET(answered) != before,
		    "poll says %#x, but no edge came for %d ms: %d received, %d answered",
		    events(listener), LONG, GET(received), GET(answered));
}

static bool take_one(void)
{
	struct seccomp_notif req;
	bool there;

	/* Who polls takes what it has seen, and sleeps in RECV for nothing else. */
	pthread_mutex_lock(&receiving);
	there = events(listener) & POLLIN;
	if (there)
		there = must(!take(listener, &req), "there was a request, and RECV fails");
	pthread_mutex_unlock(&receiving);
	if (!there)
		return false;
	pthread_mutex_lock(&due.lock);
	if (must(due.n < TARGETS, "more requests than targets"))
		due.id[due.n++] = req.id;
	pthread_mutex_unlock(&due.lock);
	ADD(received, 1);
	saw(TAKEN);
	return true;
}

static bool answer_one(void)
{
	__u64 id = 0;

	pthread_mutex_lock(&due.lock);
	if (due.n > 0)
		id = due.id[--due.n];
	pthread_mutex_unlock(&due.lock);
	if (!id)
		return false;
	must(!answer(listener, id, 7, 0, 0), "SEND fails");
	ADD(answered, 1);
	saw(ANSWERED);
	return true;
}

static int open_epoll(__u32 flags)
{
	struct epoll_event event = { .events = flags | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (!must(epoll >= 0 && !epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event),
		  "no epoll: %d", errno))
		return -1;
	return epoll;
}

static bool is_over(void)
{
	if (GET(score->failed))
		return true;
	if (!(events(listener) & POLLHUP))
		return false;
	saw(HUNG_UP);
	return true;
}

static void *poll_for_requests(void *unused)
{
	int epoll = open_epoll(EPOLLIN | (exclusive ? EPOLLEXCLUSIVE : 0));

	while (epoll >= 0 && !is_over() && wait_for_edge(epoll, POLLIN)) {
		int n = 0;

		while (take_one())
			n++;
		if (exclusive)
			saw(EXCLUSIVE);
		if (n != 1)
			saw(n ? MORE_AT_ONCE : WOKEN_FOR_NOTHING);
	}
	close(epoll);
	return NULL;
}

static void *poll_for_replies(void *unused)
{
	int epoll = open_epoll(EPOLLOUT);

	while (epoll >= 0 && !is_over() && wait_for_edge(epoll, POLLOUT)) {
		/* It may have been received before it is due. */
		while ((events(listener) & POLLOUT) && !GET(score->failed)) {
			if (!answer_one())
				sched_yield();
		}
	}
	close(epoll);
	return NULL;
}

static void take_round(struct target *t)
{
	pthread_t th[POLLERS], replier;
	int i;

	listener = t->listener;
	received = 0;
	answered = 0;
	due.n = 0;
	/* C wakes one alone of the exclusive ones when all is over: it stays with one then. */
	exclusive = dice(2);
	if (!must(!pthread_create(&replier, NULL, poll_for_replies, NULL), "no thread"))
		return;
	for (i = 0; i < (exclusive && as_c ? 1 : POLLERS); i++)
		if (!must(!pthread_create(&th[i], NULL, poll_for_requests, NULL), "no thread"))
			return;
	while (i-- > 0)
		pthread_join(th[i], NULL);
	pthread_join(replier, NULL);
	end(t, 0);
	must(received == TARGETS * CALLS && answered == received,
	     "%d calls: %d received, %d answered", TARGETS * CALLS, received, answered);
}

static void session(void)
{
	struct target t;

	while (going() && begin(&t, 0, body, NULL))
		take_round(&t);
}

const struct race edges = {
	.name = "edges",
	.session = session,
	.outcomes = {
		[TAKEN] = "received",
		[ANSWERED] = "answered",
		[MORE_AT_ONCE] = "several at one edge",
		[WOKEN_FOR_NOTHING] = "an edge for nothing",
		[EXCLUSIVE] = "an edge for one alone",
		[HUNG_UP] = "poller hung up on",
	},
	.enough = 10000,
};
