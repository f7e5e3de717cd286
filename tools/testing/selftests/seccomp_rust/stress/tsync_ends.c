// SPDX-License-Identifier: GPL-2.0
/*
 * TSYNC against the end of a process: two threads synchronise, a third one forks,
 * and the process executes itself, exits, is killed, or is killed for a call.
 *
 * What was in force is in force after exec, and counted right. However it ends,
 * nobody is left under the filter, whatever clone was in the midst of.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "entry.h"
#include "notify.h"
#include "program.h"
#include "task.h"
#include "mark.h"
#include "race.h"

#define TSYNC	SECCOMP_FILTER_FLAG_TSYNC

#define MARKS	100
#define KINDS	2

enum { EXECUTE, EXIT, KILL, DIE };

/* Also the exit statuses after exec. */
enum { EXEC_SAME, EXEC_MORE, EXITED, KILLED, DIED, IN_CALL, BETWEEN };

static struct {
	int end;
	bool in_leader, ready;
	/* How many of each kind there will be. */
	int marks;
	/* A thread is being killed for its call, and cannot be synchronised any more. */
	bool dying;
	struct {
		int begun, ended, newest;
	} by[KINDS];
} *both;

static void *synchronise(void *arg)
{
	int kind = (long)arg, number;

	for (number = 1; number <= both->marks && going(); number++) {
		long ret;

		PUT(both->by[kind].begun, number);
		ret = mark(TSYNC, kind, number);
		PUT(both->by[kind].ended, number);
		if (ret) {
			must(GET(both->dying), "TSYNC gave %ld", ret);
			break;
		}
		PUT(both->by[kind].newest, number);
		did_one();
	}
	return NULL;
}

static void *fork_on(void *unused)
{
	while (fork())
		;
	_exit(0);
}

static void execute(void)
{
	char newest[KINDS][12];
	int i;

	for (i = 0; i < KINDS; i++)
		snprintf(newest[i], sizeof(newest[i]), "%d", GET(both->by[i].newest));
	execl("/proc/self/exe", "stress", "--after-exec", newest[0], newest[1], NULL);
	must(false, "exec failed: %d", errno);
}

static void die(void)
{
	/* In force for all at once. */
	must(!install_on(TSYNC, __NR_getuid, SECCOMP_RET_KILL_PROCESS), "TSYNC failed");
	PUT(both->dying, true);
	raw_call(__NR_getuid, 0, 0, 0);
	must(false, "the call that kills came back");
}

static void *happen(void *unused)
{
	nap(dice(4000));
	switch (both->end) {
	case EXECUTE:
		execute();
		break;
	case EXIT:
		_exit(7);
	case DIE:
		die();
		break;
	}
	for (;;)
		pause();
}

static int body(void *unused)
{
	pthread_t th;
	long kind;

	signal(SIGCHLD, SIG_IGN);
	for (kind = 0; kind < KINDS; kind++)
		if (pthread_create(&th, NULL, synchronise, (void *)kind))
			return 1;
	if (pthread_create(&th, NULL, fork_on, NULL))
		return 1;
	PUT(both->ready, true);
	if (both->in_leader)
		happen(NULL);
	if (pthread_create(&th, NULL, happen, NULL))
		return 1;
	for (;;)
		pause();
}

int tsync_ends_after_exec(char **newest)
{
	int number[KINDS], more = 0, i;

	for (i = 0; i < KINDS; i++) {
		number[i] = marked(i);
		if (number[i] < atoi(newest[i]))
			return 10 + i;
		more += number[i] > atoi(newest[i]);
	}
	/* One more for the listener. */
	if (filters_of(getpid()) != number[0] + number[1] + 1)
		return 12;
	if (mark(TSYNC, 0, number[0] + 1) || marked(0) != number[0] + 1)
		return 13;
	return more ? EXEC_MORE : EXEC_SAME;
}

static const char *fault(int status)
{
	switch (status) {
	case 10:
	case 11:
		return "exec has lost filters";
	case 12:
		return "filters are counted wrong after exec";
	case 13:
		return "nothing can be installed after exec";
	default:
		return "the process ended otherwise than it was to";
	}
}

static int ended_as(int status)
{
	switch (both->end) {
	case EXECUTE:
		return status == EXEC_SAME || status == EXEC_MORE ? status : -1;
	case EXIT:
		return status == 7 ? EXITED : -1;
	case KILL:
		return status == -SIGKILL ? KILLED : -1;
	default:
		return status == -SIGSYS ? DIED : -1;
	}
}

static void take_round(struct target *t)
{
	int status, outcome, i;
	bool in_call = false;

	while (!GET(both->ready) && !GET(score->failed))
		nap(50);
	if (both->end == KILL) {
		nap(dice(4000));
		kill(t->pid, SIGKILL);
	}
	status = reap(t->pid);
	outcome = ended_as(status);
	if (!must(outcome >= 0, "%s: %d", fault(status), status)) {
		reap_all();
		return;
	}
	for (i = 0; i < KINDS; i++)
		in_call |= both->by[i].begun != both->by[i].ended;
	saw(outcome);
	saw(in_call ? IN_CALL : BETWEEN);
	reap_all();
	hang_up(t);
}

static void session(void)
{
	struct target t;

	both = shared(sizeof(*both));
	while (going()) {
		memset(both, 0, sizeof(*both));
		both->end = dice(4);
		both->in_leader = dice(2);
		/* With few they are done when it happens, with many they are not. */
		both->marks = 1 + dice(1 + dice(MARKS));
		if (!begin(&t, 0, body, NULL))
			return;
		take_round(&t);
	}
}

const struct race tsync_ends = {
	.name = "tsync_ends",
	.session = session,
	.outcomes = {
		[EXEC_SAME] = "executed with what was in force",
		[EXEC_MORE] = "executed with more",
		[EXITED] = "exited",
		[KILLED] = "killed",
		[DIED] = "killed for a call",
		[IN_CALL] = "within TSYNC",
		[BETWEEN] = "between two",
	},
	.enough = 10000,
};
