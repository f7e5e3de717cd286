// SPDX-License-Identifier: GPL-2.0
/*
 * ADDFD against signals to either side, and against the death of either. The
 * target looks after each call: each descriptor that ADDFD gave is there, no other
 * is, and what the call gave is what was accepted as reply. What is not known is
 * what a supervisor was at when it was killed: that may have been done or not.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "notify.h"
#include "task.h"
#include "addfd.h"
#include "race.h"
#include "storm.h"

#define KILLABLE	SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV

struct deal *deal;

static void await_word(const int *word)
{
	while (!GET(*word) && !GET(score->failed))
		nap(50);
}

static void await_both(void)
{
	int i;

	await_word(&deal->target);
	for (i = 0; i <= HELPERS; i++)
		await_word(&deal->tid[i]);
}

/* The first of the target's calls comes when the supervisor is ready, or later. */
static pid_t begin_deal(struct target *t, unsigned long flags)
{
	if (!begin(t, flags, addfd_target, NULL))
		return -1;
	return spawn(addfd_supervisor, (void *)(long)t->listener);
}

static void storm_round(void)
{
	struct storm storm = { .n = HELPERS + 2 };
	bool killable = dice(2);
	struct target t;
	pid_t pid;
	int i;

	memset(deal, 0, sizeof(*deal));
	deal->target_restarts = dice(2);
	deal->supervisor_restarts = dice(2);
	deal->stormy = dice(4);
	deal->fickle = dice(4);
	deal->leaves = deal->fickle && !killable;
	pid = begin_deal(&t, killable ? KILLABLE : 0);
	if (!must(pid > 0, "no supervisor"))
		return;
	await_both();
	if (deal->fickle) {
		storm.at[0].pid = deal->target;
		storm.at[0].tid = deal->target;
	}
	for (i = 0; i <= HELPERS && deal->stormy; i++) {
		storm.at[1 + i].pid = pid;
		storm.at[1 + i].tid = deal->tid[i];
	}
	if (!storm_start(&storm))
		return;
	reap_as(t.pid, 0, "target");
	storm_stop(&storm);
	reap_as(pid, 0, "supervisor");
	hang_up(&t);
}

static void signals(void)
{
	deal = shared(sizeof(*deal));
	while (going())
		storm_round();
}

static void death_round(void)
{
	int whose = dice(3), status, i;
	struct target t;
	pid_t pid;

	memset(deal, 0, sizeof(*deal));
	deal->leaves = whose != 1;
	deal->doomed = whose != 0;
	pid = begin_deal(&t, dice(2) ? KILLABLE : 0);
	if (!must(pid > 0, "no supervisor"))
		return;
	if (deal->doomed)
		close(t.listener);
	await_both();
	nap(dice(3000));
	/* While they are at it, mostly. */
	for (i = 0; i < 100000 && GET(deal->state) == TAKING; i++)
		;
	spin(dice(1 << dice(17)));
	if (whose != 1)
		kill(t.pid, SIGKILL);
	if (whose == 2)
		spin(dice(1 << dice(14)));
	if (deal->doomed)
		kill(pid, SIGKILL);
	if (whose == 0) {
		/* It may have come to its end before. */
		status = reap(t.pid);
		must(status == -SIGKILL || !status, "the target ended with %d", status);
		reap_as(pid, 0, "supervisor");
		hang_up(&t);
		return;
	}
	status = reap(pid);
	must(status == -SIGKILL || !status, "the supervisor ended with %d", status);
	PUT(deal->dead, true);
	status = reap(t.pid);
	must(!status || (whose == 2 && status == -SIGKILL), "the target ended with %d", status);
}

static void deaths(void)
{
	deal = shared(sizeof(*deal));
	while (going())
		death_round();
}

const struct race addfd_signals = {
	.name = "addfd_signals",
	.session = signals,
	.outcomes = {
		[ADDED] = "installed",
		[ADDED_AT] = "installed at a number",
		[SENT] = "installed as reply",
		[ANSWERED] = "another reply",
		[EINTR_SEEN] = "EINTR",
		[ESRCH_SEEN] = "ESRCH",
		[ENOENT_SEEN] = "ENOENT",
		[EBUSY_SEEN] = "EBUSY",
		[EINPROGRESS_SEEN] = "EINPROGRESS",
		[CALL_EINTR] = "target interrupted",
	},
	.enough = 10000,
};

const struct race addfd_deaths = {
	.name = "addfd_deaths",
	.session = deaths,
	.outcomes = {
		[ADDED] = "installed",
		[ADDED_AT] = "installed at a number",
		[SENT] = "installed as reply",
		[ANSWERED] = "another reply",
		[ESRCH_SEEN] = "ESRCH",
		[ENOENT_SEEN] = "ENOENT",
		[CALL_ENOSYS] = "target without supervisor",
		[UNSURE] = "?given as the supervisor died",
	},
	.enough = 10000,
};
