// SPDX-License-Identifier: GPL-2.0
/* Installing a filter, and for how long that keeps interrupts off. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../task.h"
#include "clock.h"
#include "probe.h"
#include "programs.h"

struct first {
	struct sheet *sheet;
	struct series *s;
};

/* In a child, so that each is the first of its chain. */
static int install_first(void *arg)
{
	struct first *f = arg;
	__u64 start = now();
	long result = install(SPEC_ALLOW, container_program());
	double cost = since(start);

	MUST(f->sheet, !result);
	add_value(f->s, cost);
	return 0;
}

static void install_list(struct sheet *sheet, long size)
{
	struct first f = { sheet, new_series(sheet, "install.container") };
	int rounds = times(21, 101), i;

	container_program();
	for (i = 0; i < rounds; i++)
		MUST(sheet, !run(install_first, &f));
}

static void brief_one(void *result)
{
	*(long *)result |= install_allowing(0);
}

static void install_small(struct sheet *sheet, long size)
{
	struct series *s = new_series(sheet, "install.simple");
	long result = 0;

	measure(s, brief_one, &result, times(51, 101), 1);
	MUST(sheet, !result);
}

/* Places within a period at which the work begins. */
#define PLACES		50

struct delays {
	struct sheet *sheet;
	double *longest;
	int place;
};

/* In a child of its own, so that each filter is the first of its chain. */
static int one_place(void *arg)
{
	struct delays *d = arg;
	struct probe p;
	long result;
	double delay;

	probe_open(d->sheet, &p);
	probe_start(d->sheet, &p, PROBE_PERIOD + d->place * (PROBE_PERIOD / PLACES));
	result = install(SPEC_ALLOW, container_program());
	delay = probe_stop(d->sheet, &p);
	MUST(d->sheet, !result);
	if (delay > *d->longest)
		*d->longest = delay;
	return 0;
}

/* The longest of all: there is no more than one value. */
static void delay_interrupts(struct sheet *sheet, long size)
{
	struct delays d = { .sheet = sheet, .longest = shared(sizeof(double)) };
	struct series *s = new_series(sheet, "install.interrupts_off");

	container_program();
	for (d.place = 0; d.place < PLACES; d.place++)
		if (run(one_place, &d) || *sheet->skipped)
			_exit(0);
	add_value(s, *d.longest);
}

const struct bench_case install_cases[] = {
	{ "install.simple", install_small, { 1, -1 } },
	{ "install.container", install_list, { 1, -1 } },
	{ "install.interrupts_off", delay_interrupts, { 1, -1 } },
	{}
};
