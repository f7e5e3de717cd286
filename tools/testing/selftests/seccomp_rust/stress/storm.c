// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "storm.h"
#include "race.h"
#include "task.h"

static void strike(struct storm *s)
{
	int whom = dice(s->n), row = dice(8) ? 1 : 1 + dice(20);
	pid_t pid = GET(s->at[whom].pid), tid = GET(s->at[whom].tid);

	while (pid && tid && row-- > 0) {
		syscall(__NR_tgkill, pid, tid, STORM_SIGNAL);
		s->sent++;
		spin(dice(500));
	}
}

static void *blow(void *arg)
{
	struct storm *s = arg;

	while (!GET(s->over)) {
		strike(s);
		/* Varies: at a steady short pace no call would get through. */
		nap(10 + dice(1 << dice(11)));
	}
	return NULL;
}

bool storm_start(struct storm *s)
{
	s->over = false;
	return must(!pthread_create(&s->th, NULL, blow, s), "no thread for a storm");
}

void storm_stop(struct storm *s)
{
	PUT(s->over, true);
	pthread_join(s->th, NULL);
}
