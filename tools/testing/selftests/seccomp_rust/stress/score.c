// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>

#include "score.h"

struct score *score;
bool as_c;

bool going(void)
{
	return !GET(score->stop) && !GET(score->failed) && GET(score->operations) < score->limit;
}

void did_one(void)
{
	ADD(score->operations, 1);
}

void saw(int outcome)
{
	ADD(score->seen[outcome], 1);
	did_one();
}

bool must(bool holds, const char *fmt, ...)
{
	va_list args;

	if (holds || __atomic_exchange_n(&score->failed, true, __ATOMIC_ACQ_REL))
		return holds;
	va_start(args, fmt);
	vsnprintf(score->why, sizeof(score->why), fmt, args);
	va_end(args);
	return false;
}
