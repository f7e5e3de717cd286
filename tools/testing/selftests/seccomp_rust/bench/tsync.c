// SPDX-License-Identifier: GPL-2.0
/* Installing a filter for all threads of a process. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "parked.h"
#include "programs.h"

static void install_for_all(void *result)
{
	*(long *)result |= install_allowing(SECCOMP_FILTER_FLAG_TSYNC);
}

/* @size threads beside the one that installs. */
static void tsync(struct sheet *sheet, long size)
{
	struct series *s = new_series(sheet, "tsync");
	long result = 0;

	s->floor = "tsync";
	park_many(sheet, (struct one_call) { __NR_pause }, size);
	install_for_all(&result);
	measure(s, install_for_all, &result, 51, 1);
	MUST(sheet, !result);
}

const struct bench_case tsync_cases[] = {
	{ "tsync", tsync, { 0, 1, 10, 100, 1000, -1 } },
	{}
};
