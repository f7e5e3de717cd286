// SPDX-License-Identifier: GPL-2.0
/* Tasks that come and go under filters. */
#include <errno.h>
#include <string.h>

#include "../task.h"
#include "clock.h"
#include "parked.h"
#include "programs.h"

static int leave(void *unused)
{
	(void)unused;
	return 0;
}

static void fork_and_exit(void *unused)
{
	(void)unused;
	run(leave, NULL);
}

static void forks(struct sheet *sheet, long size)
{
	struct series *s = new_series(sheet, "life.process");

	install_chain(sheet, size);
	s->floor = "life.process";
	measure_many(s, fork_and_exit, NULL, 11, 50);
}

static void thread_and_exit(void *unused)
{
	int done;

	(void)unused;
	if (start_and_end((struct one_call) { __NR_getppid }, &done) > 0)
		await_end(&done);
}

static void threads(struct sheet *sheet, long size)
{
	struct series *s = new_series(sheet, "life.thread");

	install_chain(sheet, size);
	s->floor = "life.thread";
	measure_many(s, thread_and_exit, NULL, 11, 100);
}

const struct bench_case life_cases[] = {
	{ "life.process", forks, { 0, 1, 64, -1 } },
	{ "life.thread", threads, { 0, 1, 64, -1 } },
	{}
};
