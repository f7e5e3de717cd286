// SPDX-License-Identifier: GPL-2.0
/*
 * Calls of two threads at the same time, while a third one puts one more filter on all of
 * them. What each call is answered comes of its own arguments, kept in the scratch memory
 * of the programs meanwhile, and of filters that were in force before it or are after it,
 * never fewer than for the call before.
 */
#include <pthread.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "entry.h"
#include "notify.h"
#include "program.h"
#include "task.h"
#include "race.h"

#define TSYNC	SECCOMP_FILTER_FLAG_TSYNC

#define CALLERS	2
#define FILTERS	60
/* Calls of one caller beside one TSYNC. */
#define CALLS	20

/* Sums are given as errnos, which end at 4095. */
#define SUMS	4096
#define ASIDE	(BPF_MEMWORDS - 1)

enum { BEFORE, AFTER };

static struct gate gate;
/* How many filters are in force for all, and whether it will stay so. */
static int newest;
static bool over;

/* Gives to getpgid() the sum of its two arguments and @number; of several the newest counts. */
static long install_sum(int number)
{
	return install(TSYNC, PROG(LOAD(nr),
				   UNLESS(__NR_getpgid, 10),
				   LOAD(args[0]),
				   BPF_STMT(BPF_ST, ASIDE),
				   LOAD(args[1]),
				   BPF_STMT(BPF_MISC | BPF_TAX, 0),
				   BPF_STMT(BPF_LD | BPF_MEM, ASIDE),
				   BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
				   BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, number),
				   BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SUMS - 1),
				   BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
				   BPF_STMT(BPF_RET | BPF_A, 0),
				   GIVE(SECCOMP_RET_ALLOW)));
}

/* The filter that answered a call with arguments of chance. */
static int answered_by(void)
{
	unsigned int a = dice(1 << 30), b = dice(1 << 30);
	long ret = raw_call(__NR_getpgid, a, b, 0);

	return must(ret <= 0 && ret > -SUMS, "a sum cannot be %ld", ret) ?
		(-ret - a - b) & (SUMS - 1) : 0;
}

static void *call_on(void *arg)
{
	struct aim *aim = arg;
	int have = GET(newest);

	for (;;) {
		int next = GET(newest) + 1, i;

		if (!meet(&gate, CALLERS + 1) || GET(over))
			return NULL;
		take_aim(aim, 1);
		for (i = 0; i < CALLS; i++) {
			int in_force = GET(newest), by = answered_by();

			must(by >= in_force && by >= have && by <= next,
			     "%d to %d are in force, the last call was under %d, this one under %d",
			     in_force, next, have, by);
			have = by;
			saw(by == next ? AFTER : BEFORE);
			if (i == 0)
				learn(aim, by == next);
		}
		meet(&gate, CALLERS + 1);
	}
}

static void synchronise(void)
{
	int number;

	for (number = 2; number <= FILTERS && going(); number++) {
		if (!meet(&gate, CALLERS + 1))
			return;
		take_aim(&score->aim[0], 0);
		must(!install_sum(number), "TSYNC fails");
		PUT(newest, number);
		meet(&gate, CALLERS + 1);
	}
	PUT(over, true);
	meet(&gate, CALLERS + 1);
}

static int body(void *unused)
{
	pthread_t caller[CALLERS];
	int i;

	if (!must(!install_sum(1), "a filter could not be installed"))
		return 1;
	newest = 1;
	for (i = 0; i < CALLERS; i++)
		if (!must(!pthread_create(&caller[i], NULL, call_on, &score->aim[i]), "no thread"))
			return 1;
	synchronise();
	for (i = 0; i < CALLERS; i++)
		pthread_join(caller[i], NULL);
	return 0;
}

static void session(void)
{
	struct target t;

	while (going() && begin(&t, 0, body, NULL))
		end(&t, 0);
}

const struct race calls_tsync = {
	.name = "calls_tsync",
	.session = session,
	.outcomes = {
		[BEFORE] = "under the filters before",
		[AFTER] = "under the new one as well",
	},
	.enough = 10000,
};
