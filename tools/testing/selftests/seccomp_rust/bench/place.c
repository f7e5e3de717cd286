// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "place.h"

void stay_on(struct sheet *sheet, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	MUST(sheet, !sched_setaffinity(0, sizeof(set), &set));
}

static bool set_policy(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return !sched_setscheduler(0, policy, &param);
}

bool run_until_asleep(void)
{
	return set_policy(SCHED_FIFO, 1);
}

void run_fairly(struct sheet *sheet)
{
	MUST(sheet, set_policy(SCHED_OTHER, 0));
}

void need_two(struct sheet *sheet)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip(sheet, "there is one processor alone");
}
