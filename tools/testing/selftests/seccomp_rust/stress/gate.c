// SPDX-License-Identifier: GPL-2.0
#include <sched.h>

#include "dice.h"
#include "gate.h"
#include "score.h"
#include "task.h"

/*
 * What no side is held up longer than, in turns of spin(): some tenths of a second. An
 * execve() on a kernel with checks takes a tenth of that.
 */
#define LONGEST		200000000

/* How often in a row a side has to be first to be taken for one that is far ahead. */
#define FAR		6

void spin(long turns)
{
	while (turns-- > 0)
		asm volatile("" ::: "memory");
}

static bool wait_for(int *arrived, int n, bool asleep)
{
	int mine = ADD(*arrived, 1), i;
	/* When all of this round are there. */
	int all = (mine / n + 1) * n;

	for (i = 1; GET(*arrived) < all; i++) {
		if (i % 4096)
			continue;
		if (GET(score->failed))
			return false;
		if (asleep && i > 20000)
			nap(20);
		else
			sched_yield();
	}
	return true;
}

bool meet(struct gate *g, int n)
{
	/* Who has slept wakes up late, and all are awake at the second one. */
	return wait_for(&g->arrived, n, true) && wait_for(&g->awake, n, false);
}

void take_aim(const struct aim *a, int side)
{
	long delay = side ? -a->delay : a->delay;

	/* Mostly little, sometimes much. */
	spin((delay > 0 ? delay : 0) + dice(1 << dice(12)));
}

void learn(struct aim *a, bool first)
{
	long size = a->delay < 0 ? -a->delay : a->delay, step;

	a->in_a_row = first == a->first ? a->in_a_row + 1 : 1;
	a->first = first;
	step = 1 + size / (a->in_a_row < FAR ? 8 : 2) + dice(512);
	a->delay += first ? step : -step;
	if (a->delay > LONGEST)
		a->delay = LONGEST;
	if (a->delay < -LONGEST)
		a->delay = -LONGEST;
}
