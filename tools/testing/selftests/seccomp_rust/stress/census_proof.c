// SPDX-License-Identifier: GPL-2.0
/*
 * That the census counts. Processes hold filters and a file, and wait in calls of which the
 * listener's owner has received some and not others; then the listener is closed, and
 * all of them go.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "caches.h"
#include "census.h"
#include "notify.h"
#include "program.h"
#include "race.h"
#include "task.h"
#include "thread.h"

#define HOLDERS		8
/* Of each. Together they take more of caches than these may have grown by. */
#define FILTERS		400
#define RECEIVED	(HOLDERS / 2)

/* What a filter, its program and the program's own data take at least, in bytes. */
#define LEAST_SIZE	1024

/* How many have got all of their filters. */
static int *ready;

static int hold(void *unused)
{
	pthread_t th;
	int i;

	if (pthread_create(&th, NULL, sleep_for_ever, NULL))
		return 1;
	if (open("/proc/self/stat", O_RDONLY) < 0)
		return 2;
	for (i = 0; i < FILTERS; i++)
		if (install_all(0, SECCOMP_RET_ALLOW))
			return 3;
	ADD(*ready, 1);
	return notified_call() == -ENOSYS ? 0 : 4;
}

static int have_held(void *unused)
{
	int i, status = 0;

	for (i = 0; i < HOLDERS; i++)
		spawn(hold, NULL);
	for (i = 0; i < HOLDERS; i++)
		status |= reap(-1);
	return status;
}

/* All those filters may take @patience seconds. */
static bool await_holders(const struct target *t, long patience)
{
	struct seccomp_notif req;
	long i;

	for (i = 0; GET(*ready) < HOLDERS && i < patience * 1000; i++)
		nap(1000);
	for (i = 0; i < RECEIVED; i++)
		if (!await_events(t->listener, POLLIN) || take(t->listener, &req))
			return false;
	return GET(*ready) == HOLDERS && await_events(t->listener, POLLIN) &&
		(events(t->listener) & POLLOUT);
}

static bool has_grown(const char *what, long before, long during, long least)
{
	if (during - before >= least)
		return true;
	printf("# of %s there were %ld, and with %ld more of them %ld\n", what, before, least,
	       during);
	return false;
}

static bool all_have_grown(const struct census *before, const struct census *during)
{
	const long filters = HOLDERS * FILTERS;
	bool grown;

	/* The holders' parent is there as well, with the listener and its filter. */
	grown = has_grown("processes", before->processes, during->processes, HOLDERS + 1);
	grown &= has_grown("threads", before->threads, during->threads, 2 * HOLDERS + 1);
	grown &= has_grown("filters", before->programs, during->programs, filters + 1);
	grown &= has_grown("files", before->files, during->files, HOLDERS + 1);
	grown &= has_grown("kB in caches", before->slab_kb, during->slab_kb,
			   filters * LEAST_SIZE / 1024);
	return grown;
}

/* Between a count before and one afterwards. */
static bool prove_between(const struct census *before, struct census *during, long patience)
{
	struct target t;
	bool held;
	int status;

	t = start_target(0, have_held, NULL);
	if (t.pid < 0 || t.listener < 0) {
		printf("# nobody can be had that holds filters\n");
		return false;
	}
	held = await_holders(&t, patience);
	*during = take_census();
	close(t.listener);
	if (!held)
		end_target(&t);
	status = reap(t.pid);
	/* Those that it has left. */
	reap_all();
	if (!held || status) {
		printf("# %d of %d held filters, and it ended with %d\n", GET(*ready), HOLDERS,
		       status);
		return false;
	}
	return all_have_grown(before, during);
}

bool prove_census(long patience)
{
	struct census first, before, during, after;
	bool back;

	/* Which is a file as well. */
	ready = shared(sizeof(*ready));
	first = take_census();
	/* What the boot has left goes meanwhile. */
	settle(&first, &before);
	if (!census_is_whole(&before) || !prove_between(&before, &during, patience))
		return false;
	back = settle(&before, &after);
	say_census("before", &before);
	say_census("held", &during);
	say_census("let go", &after);
	printf("# a filter takes %ld bytes of caches\n",
	       (during.slab_kb - before.slab_kb) * 1024 / (HOLDERS * FILTERS));
	return back && (after.slab_kb - before.slab_kb < SLAB_KB || is_said_by_kmemleak());
}
