// SPDX-License-Identifier: GPL-2.0
/*
 * fork against the end of a pid namespace: a process makes children in one whose
 * first process is killed. From then on fork fails, at one of several steps, of
 * which the last is just before the filter is copied. Nobody may be left under it.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "entry.h"
#include "notify.h"
#include "task.h"
#include "race.h"

enum { MADE, FIRST, LATER };

static struct {
	struct gate gate;
	/* The first process of the namespace, as seen from outside. */
	pid_t init;
} *both;

static int wait_for_the_end(void *unused)
{
	while (pause())
		;
	return 0;
}

static int end_at_once(void *unused)
{
	return 0;
}

static int body(void *unused)
{
	int made = 0;
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	if (!must(!unshare(CLONE_NEWPID), "no pid namespace: %d", errno))
		return 1;
	PUT(both->init, spawn(wait_for_the_end, NULL));
	if (!meet(&both->gate, 2))
		return 1;
	take_aim(&score->aim[0], 0);
	while (!GET(score->failed)) {
		pid = spawn(end_at_once, NULL);
		if (pid < 0)
			break;
		made++;
		saw(MADE);
	}
	must(errno == ENOMEM, "fork gave %d", errno);
	saw(made ? LATER : FIRST);
	/* It stays so. */
	pid = spawn(end_at_once, NULL);
	must(pid < 0 && errno == ENOMEM, "the namespace is dead, and fork gave %d", pid);
	return made ? 1 : 0;
}

static void session(void)
{
	struct target t;
	int status;

	both = shared(sizeof(*both));
	while (going()) {
		PUT(both->init, 0);
		if (!begin(&t, 0, body, NULL) || !meet(&both->gate, 2))
			return;
		take_aim(&score->aim[0], 1);
		kill(both->init, SIGKILL);
		status = reap(t.pid);
		learn(&score->aim[0], status == 1);
		must(status == 0 || status == 1, "the process ended with %d", status);
		reap_all();
		hang_up(&t);
	}
}

const struct race fork_namespace = {
	.name = "fork_namespace",
	.session = session,
	.outcomes = {
		[MADE] = "made a process",
		[FIRST] = "the first one failed",
		[LATER] = "a later one failed",
	},
	.enough = 1000,
};
