// SPDX-License-Identifier: GPL-2.0
/*
 * Threads of a supervisor that all sleep in RECV: what a call costs then, and how
 * often they are switched to for it.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "../notify.h"
#include "../task.h"
#include "../thread.h"
#include "clock.h"
#include "programs.h"

#define MAX_READERS	32
#define ROUNDS		201

struct reader {
	pthread_t th;
	pid_t tid;
	int listener;
};

static void *answer_all(void *arg)
{
	struct reader *r = arg;

	say_tid(&r->tid);
	while (serve(r->listener, 0))
		;
	return NULL;
}

struct calls {
	struct series *s;
	/* The target says that it is about to begin, or has ended, and waits. */
	int said[2], go[2];
};

static void call(void *unused)
{
	(void)unused;
	filtered_call();
}

static void pause_between(struct calls *c)
{
	char byte = 0;

	if (write(c->said[1], &byte, 1) != 1 || read(c->go[0], &byte, 1) != 1)
		_exit(1);
}

static int make_calls(void *arg)
{
	struct calls *c = arg;
	int i;

	/* Until all readers sleep. */
	pause_between(c);
	for (i = 0; i < ROUNDS / 2; i++)
		filtered_call();
	pause_between(c);
	for (i = 0; i < ROUNDS; i++)
		filtered_call();
	pause_between(c);
	measure(c->s, call, NULL, ROUNDS, 1);
	return 0;
}

/* How often the readers have slept, and been switched away from, so far. */
static long switches(struct sheet *sheet, struct calls *c, struct reader *readers, long count)
{
	long sum = 0, i;
	char byte;

	MUST(sheet, read(c->said[0], &byte, 1) == 1);
	for (i = 0; i < count; i++) {
		MUST(sheet, asleep_in(readers[i].tid, __NR_ioctl));
		sum += status_of(readers[i].tid, "voluntary_ctxt_switches") +
		       status_of(readers[i].tid, "nonvoluntary_ctxt_switches");
	}
	MUST(sheet, write(c->go[1], &byte, 1) == 1);
	return sum;
}

static void many_readers(struct sheet *sheet, long size)
{
	struct reader readers[MAX_READERS] = {};
	struct calls c = { .s = new_series(sheet, "readers.trip") };
	struct series *s = new_series(sheet, "readers.switches");
	struct target t;
	long i, before;

	s->unit = "switches";
	MUST(sheet, !pipe(c.said) && !pipe(c.go));
	t = start_target(SPEC_ALLOW, make_calls, &c);
	MUST(sheet, t.listener >= 0);
	for (i = 0; i < size; i++) {
		readers[i].listener = t.listener;
		MUST(sheet, !pthread_create(&readers[i].th, NULL, answer_all, &readers[i]));
		tid_from(&readers[i].tid);
	}
	switches(sheet, &c, readers, size);
	before = switches(sheet, &c, readers, size);
	add_value(s, (double)(switches(sheet, &c, readers, size) - before) / ROUNDS);
	MUST(sheet, !reap(t.pid));
	for (i = 0; i < size; i++)
		pthread_join(readers[i].th, NULL);
}

const struct bench_case readers_cases[] = {
	{ "readers", many_readers, { 1, 2, 4, 8, 16, 32, -1 } },
	{}
};
