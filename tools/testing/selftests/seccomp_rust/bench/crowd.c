// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "../task.h"
#include "crowd.h"
#include "parked.h"
#include "programs.h"

struct members {
	struct sheet *sheet;
	struct crowd *c;
};

static int call_on_and_on(void *arg)
{
	struct members *m = arg;

	park_many(m->sheet, (struct one_call) { __NR_getppid }, m->c->count);
	while (!__atomic_load_n(m->c->go, __ATOMIC_ACQUIRE))
		syscall(__NR_futex, m->c->go, FUTEX_WAIT, 0, NULL);
	/* Until killed. */
	while (true)
		close(filtered_call());
	return 0;
}

void gather_crowd(struct sheet *sheet, struct crowd *c, long count)
{
	struct members m = { sheet, c };
	struct seccomp_notif req;
	long i;

	if (!c->go)
		c->go = shared(sizeof(*c->go));
	*c->go = 0;
	c->count = count;
	c->t = start_target(SPEC_ALLOW, call_on_and_on, &m);
	MUST(sheet, c->t.listener >= 0);
	for (i = 0; i < count; i++)
		/* It ends early where it cannot start them, and says why. */
		if (take(c->t.listener, &req))
			_exit(0);
}

void let_call(struct crowd *c)
{
	__atomic_store_n(c->go, 1, __ATOMIC_RELEASE);
	syscall(__NR_futex, c->go, FUTEX_WAKE, 1);
}

void end_crowd(struct sheet *sheet, struct crowd *c)
{
	kill(c->t.pid, SIGKILL);
	MUST(sheet, reap(c->t.pid) == -SIGKILL);
	close(c->t.listener);
}
