// SPDX-License-Identifier: GPL-2.0
/*
 * TSYNC against exit: a thread with a filter of its own exits while another one
 * synchronises. It is in the way or it is not, and certainly not when it has been
 * joined.
 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "notify.h"
#include "program.h"
#include "mark.h"
#include "race.h"

#define TSYNC	SECCOMP_FILTER_FLAG_TSYNC
#define ESRCH_PLEASE	SECCOMP_FILTER_FLAG_TSYNC_ESRCH

enum { GONE, NAMED, REFUSED };

static struct gate gate;
static pid_t leaver;

static void *leave(void *unused)
{
	PUT(leaver, syscall(__NR_gettid));
	must(!install_all(0, SECCOMP_RET_ALLOW), "a filter could not be installed");
	if (meet(&gate, 2))
		take_aim(&score->aim[0], 0);
	return NULL;
}

static void contend(int number)
{
	unsigned long flags = dice(2) ? TSYNC : TSYNC | ESRCH_PLEASE;
	pthread_t th;
	long ret;

	if (!must(!pthread_create(&th, NULL, leave, NULL), "no thread") || !meet(&gate, 2))
		return;
	take_aim(&score->aim[0], 1);
	ret = mark(flags, 0, number);
	learn(&score->aim[0], !ret);
	must(!ret || ret == (flags == TSYNC ? GET(leaver) : -ESRCH),
	     "TSYNC gave %ld beside thread %d", ret, GET(leaver));
	must(marked(0) == (ret ? number - 1 : number),
	     "TSYNC gave %ld, but the caller is under %d", ret, marked(0));
	saw(!ret ? GONE : flags == TSYNC ? NAMED : REFUSED);
	pthread_join(th, NULL);
	if (ret)
		must(!mark(TSYNC, 0, number), "a thread that was joined is in the way");
}

static int body(void *unused)
{
	int number;

	for (number = 1; number <= MOST_MARKS && going(); number++)
		contend(number);
	return 0;
}

static void session(void)
{
	struct target t;

	while (going() && begin(&t, 0, body, NULL))
		end(&t, 0);
}

const struct race tsync_exit = {
	.name = "tsync_exit",
	.session = session,
	.outcomes = {
		[GONE] = "exit first",
		[NAMED] = "TSYNC first, refused with an id",
		[REFUSED] = "TSYNC first, refused with ESRCH",
	},
	.enough = 500,
};
