// SPDX-License-Identifier: GPL-2.0
/*
 * A poller that goes to sleep against the receipt that it polls for. It puts itself
 * on the queue and looks at the requests; who receives changes these and looks at
 * the queue. When both do that at the same time one at least sees the other, or
 * there is a request to answer, and who is to answer it sleeps.
 */
#include <pthread.h>
#include <unistd.h>
#include <sys/resource.h>

#include "entry.h"
#include "notify.h"
#include "task.h"
#include "race.h"

#define TARGETS	4
#define CALLS	300

/* So long after a receipt, in ms, does nobody sleep who has been woken. */
#define LONG	10000

enum { SAW_IT, SLEPT, HUNG_UP };

/* The poller against who receives. */
#define SLEEP_AIM	0

static int listener;
static struct gate gate;
/* The request that the poller is to answer, and when it was received. */
static __u64 received;
static long since;
/* There will be no more. */
static bool over;

static int call_on(void *unused)
{
	int i;

	for (i = 0; i < CALLS; i++) {
		long ret = notified_call();

		must(ret == 7, "a call gave %ld", ret);
	}
	return 0;
}

static int body(void *unused)
{
	int i;

	for (i = 1; i < TARGETS; i++)
		spawn(call_on, NULL);
	return call_on(NULL);
}

/* How often the caller has gone to sleep. */
static long sleeps(void)
{
	struct rusage used;

	getrusage(RUSAGE_THREAD, &used);
	return used.ru_nvcsw;
}

/* Sleeps until there is something to answer; false if that will not be. */
static bool wait_for_receipt(void)
{
	struct pollfd p = { .fd = listener, .events = POLLOUT };
	int n;

	/* Who receives may be late. */
	do
		n = poll(&p, 1, 2 * LONG);
	while (!n && !GET(score->failed));
	if (!must(n == 1 && (p.revents == POLLOUT || (p.revents == POLLHUP && GET(over))),
		  "poll gives %d, and says %#x", n, p.revents))
		return false;
	if (p.revents == POLLHUP)
		return false;
	while (!GET(received))
		if (GET(score->failed))
			return false;
	/* When its time is up, poll looks once more, and finds what it was not told of. */
	return must(now_ms() - since < LONG, "received %ld ms before poll says so",
		    now_ms() - since);
}

static void *poll_on(void *unused)
{
	struct aim *aim = &score->aim[SLEEP_AIM];

	while (meet(&gate, 2)) {
		long before = sleeps();
		bool slept;

		take_aim(aim, 1);
		if (!wait_for_receipt())
			break;
		slept = sleeps() != before;
		must(!answer(listener, received, 7, 0, 0), "SEND fails");
		PUT(received, 0);
		learn(aim, !slept);
		saw(slept ? SLEPT : SAW_IT);
	}
	return NULL;
}

/* Receives when the poller is about to sleep, as long as there are requests. */
static void receive_on(void)
{
	const struct aim *aim = &score->aim[SLEEP_AIM];
	struct seccomp_notif req;

	while (await_events(listener, POLLIN) && meet(&gate, 2)) {
		take_aim(aim, 0);
		if (!must(!take(listener, &req), "there was a request, and RECV fails"))
			break;
		since = now_ms();
		PUT(received, req.id);
		while (GET(received) && !GET(score->failed))
			spin(1);
	}
	if (!must(events(listener) == POLLHUP, "poll says %#x", events(listener)))
		return;
	saw(HUNG_UP);
	PUT(over, true);
	meet(&gate, 2);
}

static void take_round(struct target *t)
{
	pthread_t poller;

	listener = t->listener;
	received = 0;
	over = false;
	gate = (struct gate){};
	if (!must(!pthread_create(&poller, NULL, poll_on, NULL), "no thread"))
		return;
	receive_on();
	pthread_join(poller, NULL);
	end(t, 0);
}

static void session(void)
{
	struct target t;

	while (going() && begin(&t, 0, body, NULL))
		take_round(&t);
}

const struct race poll_sleeps = {
	.name = "poll_sleeps",
	.session = session,
	.outcomes = {
		[SAW_IT] = "received before",
		[SLEPT] = "received while it slept",
		[HUNG_UP] = "hung up on",
	},
	.enough = 10000,
};
