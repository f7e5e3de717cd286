// SPDX-License-Identifier: GPL-2.0
/* Closing a listener on which calls wait. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../task.h"
#include "clock.h"
#include "crowd.h"

static void closing(struct sheet *sheet, long size)
{
	int rounds = size < 1000 ? 11 : 1, i;
	struct series *s = new_series(sheet, "close");
	struct crowd c = {};

	for (i = 0; i < rounds; i++) {
		__u64 start;
		double cost;
		int err;

		gather_crowd(sheet, &c, size);
		/*
		 * Ordinary tasks that the crowd has kept from running have a right to a
		 * part of each second, which this must not be in.
		 */
		nap(100000);
		/* Those that are woken do not run before the caller is done. */
		start = now();
		err = close(c.t.listener);
		cost = since(start);
		MUST(sheet, !err);
		add_value(s, cost);
		c.t.listener = -1;
		end_crowd(sheet, &c);
	}
}

const struct bench_case close_cases[] = {
	{ "close", closing, { 1, 10, 100, 1000, 10000, -1 } },
	{}
};
