// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "../task.h"
#include "clock.h"

bool clock_is_exact;
double clock_cost;
bool clock_never_stops;

/* Two instructions a round. */
static void count_down(unsigned long rounds)
{
	asm volatile("1: dec %0\n\tjnz 1b" : "+r" (rounds));
}

/* The least of several, which no interrupt has got into. */
static __u64 ticks_for(unsigned long rounds)
{
	__u64 least = ~0ull, start, took;
	int i;

	for (i = 0; i < 20; i++) {
		start = __builtin_ia32_rdtsc();
		count_down(rounds);
		took = __builtin_ia32_rdtsc() - start;
		if (took < least)
			least = took;
	}
	return least;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

void clock_start(void)
{
	double costs[101];
	__u64 start;
	int i;

	clock_is_exact = ticks_for(3000) - ticks_for(1000) == 4000 &&
			 ticks_for(9000) - ticks_for(3000) == 12000;
	clock_cost = 0;
	for (i = 0; i < 101; i++) {
		start = now();
		costs[i] = since(start);
	}
	clock_cost = median(costs, 101);
}

bool await_fine_timers(void)
{
	struct timespec t = {};
	int i;

	for (i = 0; i < PATIENCE_MS / 10; i++) {
		if (!clock_getres(CLOCK_MONOTONIC, &t) && !t.tv_sec && t.tv_nsec == 1)
			return true;
		nap(10000);
	}
	return false;
}

const char *clock_unit(void)
{
	return clock_is_exact ? "instructions" : "ns";
}

static void do_nothing(void *arg)
{
	(void)arg;
}

void measure_many(struct series *s, void (*op)(void *), void *arg, int count, int batch)
{
	double costs[31], call;
	int i;

	for (i = 0; i < 31; i++)
		costs[i] = cost_of(do_nothing, arg, batch);
	call = median(costs, 31);
	/* What is set up on the way is then set up. */
	for (i = 0; i < 2 + count / 5; i++)
		op(arg);
	for (i = 0; i < count; i++)
		add_value(s, cost_of(op, arg, batch) - call);
	if (clock_never_stops) {
		puts("# bench: again and again");
		fflush(stdout);
		while (true)
			cost_of(op, arg, 1);
	}
}

void measure(struct series *s, void (*op)(void *), void *arg, int count, int batch)
{
	measure_many(s, op, arg, count, clock_is_exact ? 1 : batch);
}
