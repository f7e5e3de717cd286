// SPDX-License-Identifier: GPL-2.0
/*
 * fork and clone against a fatal signal: a process is killed while its threads make
 * processes and threads. A clone that the signal stops late has copied the filter
 * or has not; either way nobody is under it in the end.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "entry.h"
#include "notify.h"
#include "task.h"
#include "race.h"

#define MAKERS	2

enum { BORN, UNBORN, BETWEEN };

/* Of each maker: children begun, those that the maker and the child know of. */
static struct {
	int begun, made, born;
} (*by)[MAKERS];

static void *be_born(void *arg)
{
	ADD((*by)[(long)arg].born, 1);
	return NULL;
}

static void make_one(long me)
{
	pthread_t th;
	pid_t pid;

	ADD((*by)[me].begun, 1);
	if (me == 0) {
		pid = fork();
		if (pid == 0) {
			be_born((void *)me);
			_exit(0);
		}
		must(pid > 0, "fork failed");
	} else if (must(!pthread_create(&th, NULL, be_born, (void *)me), "no thread")) {
		pthread_join(th, NULL);
	}
	ADD((*by)[me].made, 1);
	did_one();
}

static void *make_on(void *arg)
{
	while (!GET(score->failed)) {
		make_one((long)arg);
		/* Now and then for as long as a fork() takes on a kernel with checks. */
		spin(dice(1 << dice(24)));
	}
	return NULL;
}

static int body(void *unused)
{
	pthread_t th;

	signal(SIGCHLD, SIG_IGN);
	if (pthread_create(&th, NULL, make_on, (void *)1))
		return 1;
	make_on(NULL);
	return 0;
}

static void take_round(struct target *t)
{
	int i;

	while (!GET((*by)[0].made) && !GET(score->failed))
		nap(50);
	nap(dice(2000));
	spin(dice(10000));
	kill(t->pid, SIGKILL);
	end(t, -SIGKILL);
	for (i = 0; i < MAKERS; i++) {
		/* All who were born have been reaped, and have said so. */
		int begun = (*by)[i].begun, made = (*by)[i].made, born = (*by)[i].born;

		must(begun - made <= 1 && born <= begun && born >= made,
		     "maker %d: %d begun, %d made, %d born", i, begun, made, born);
		/* A thread may be born, and killed with the others before it runs. */
		if (i == 0)
			saw(begun == made ? BETWEEN : born == begun ? BORN : UNBORN);
	}
}

static void session(void)
{
	struct target t;

	by = shared(sizeof(*by));
	while (going()) {
		memset(by, 0, sizeof(*by));
		if (!begin(&t, 0, body, NULL))
			return;
		take_round(&t);
	}
}

const struct race fork_killed = {
	.name = "fork_killed",
	.session = session,
	.outcomes = {
		[BORN] = "killed in fork, child born",
		[UNBORN] = "killed in fork, no child",
		[BETWEEN] = "killed between two",
	},
	.enough = 5000,
};
