// SPDX-License-Identifier: GPL-2.0
/*
 * Thread synchronisation while the process changes under it: threads that exec,
 * fork, end the process or are killed for what they call. Whatever comes first,
 * nobody gets away from a filter that was in force, and nothing hangs: when all
 * are dead no filter has a user left, as the listener at their root tells.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"

#define TSYNC	SECCOMP_FILTER_FLAG_TSYNC
#define ROUNDS	40
#define THREADS	3
/* More filters than a thread installs before something else happens. */
#define ENOUGH	150

/* Gives 3 to a call that nobody would block otherwise. */
static long install_mark(unsigned long flags)
{
	return install_on(flags, __NR_getpgid, RET_ERRNO(3));
}

static bool is_marked(void)
{
	return raw_call(__NR_getpgid, 0, 0, 0) == -3;
}

/* What an exec in the midst of it ends in: the filters of the thread that made it. */
static int after_exec(void)
{
	if (!is_marked() || mode_of(getpid()) != 2)
		return 43;
	/* The listener's filter and the mark are there in any case. */
	return filters_of(getpid()) >= 2 && filters_of(getpid()) <= THREADS * ENOUGH + 2 ? 42 : 44;
}

__attribute__((constructor)) static void when_executed(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--after-exec"))
		_exit(after_exec());
}

/* A thread that is being killed for its call cannot be synchronised any more. */
static bool dying;

static void *synchronise(void *unused)
{
	int i;

	for (i = 0; i < ENOUGH; i++)
		if (install_all(TSYNC, SECCOMP_RET_ALLOW) &&
		    !__atomic_load_n(&dying, __ATOMIC_ACQUIRE))
			_exit(90);
	return NULL;
}

/* One that runs among threads that synchronise: what it does, and when. */
struct event {
	int (*what)(void);
	long delay;
	bool in_leader;
};

static void *happen(void *arg)
{
	struct event *e = arg;

	nap(e->delay);
	_exit(e->what());
}

static int among_threads(void *arg)
{
	struct event *e = arg;
	pthread_t th;
	int i;

	if (install_mark(0))
		return 91;
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&th, NULL, synchronise, NULL))
			return 92;
	if (e->in_leader)
		happen(e);
	if (pthread_create(&th, NULL, happen, e))
		return 93;
	for (;;)
		pause();
}

/* One process that it happens to: how that ends, once its listener has hung up. */
static int ends_with(struct event *e)
{
	struct target t = start_target(0, among_threads, e);
	int status;

	if (t.listener < 0)
		return 200;
	status = reap(t.pid);
	if (!await_events(t.listener, POLLHUP))
		status = 201;
	close(t.listener);
	return status;
}

static int rounds(int n, int (*what)(void))
{
	struct event e = { .what = what };
	int i, status, first = 0;

	for (i = 0; i < n; i++) {
		e.delay = 10 + i * 40;
		e.in_leader = i & 1;
		status = ends_with(&e);
		if (!i)
			first = status;
		if (status != first)
			return status;
	}
	return first;
}

static int execute(void)
{
	execl("/proc/self/exe", "self", "--after-exec", NULL);
	return 94;
}

/* Also by a thread that is not the leader, and takes its place. */
TEST(exec_keeps)
{
	EXPECT_EQ(42, rounds(ROUNDS, execute));
}

static bool over;

static void *call_on(void *unused)
{
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
		raw_call(__NR_getpgid, 0, 0, 0);
	return NULL;
}

/* One thread is given its first filter by another one while it makes calls. */
static int filter_in_passing(void *unused)
{
	pthread_t th;

	if (pthread_create(&th, NULL, call_on, NULL))
		return 1;
	nap(100);
	if (install_mark(TSYNC))
		return 2;
	nap(100);
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	return pthread_join(th, NULL) || !is_marked() ? 3 : 0;
}

/* A call finds neither of mode and filter, or both: with one alone it would be the last. */
TEST(filters_come_whole)
{
	int i;

	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, run(filter_in_passing, NULL));
}

static int end(void)
{
	return 7;
}

TEST(exit_ends)
{
	EXPECT_EQ(7, rounds(ROUNDS, end));
}

static int die(void)
{
	/* In force for all at once, or for this thread alone: it makes no difference here. */
	while (install_on(TSYNC, __NR_getpgid, SECCOMP_RET_KILL_PROCESS))
		;
	__atomic_store_n(&dying, true, __ATOMIC_RELEASE);
	raw_call(__NR_getpgid, 0, 0, 0);
	return 95;
}

TEST(filter_kills)
{
	EXPECT_EQ(-SIGSYS, rounds(ROUNDS, die));
}

static int die_by_signal(void)
{
	kill(getpid(), SIGKILL);
	return 96;
}

TEST(signal_kills)
{
	EXPECT_EQ(-SIGKILL, rounds(ROUNDS, die_by_signal));
}

static int child(void *filters)
{
	int n = filters_of(getpid());

	if (!is_marked() || n < *(int *)filters)
		return 1;
	/* A filter of its own, on top of whatever it got. */
	if (install_all(TSYNC, SECCOMP_RET_ALLOW) || filters_of(getpid()) != n + 1)
		return 2;
	return is_marked() ? 0 : 3;
}

static int fork_often(void)
{
	int i, n, status;

	for (i = 0; i < 4; i++) {
		n = filters_of(syscall(__NR_gettid));
		status = run(child, &n);
		if (status)
			return status;
	}
	return 8;
}

/* A child has the filters of its parent at the moment of the fork: none is lost. */
TEST(fork_keeps)
{
	/* Nothing ends these early: each round installs all there are to install. */
	EXPECT_EQ(8, rounds(ROUNDS / 4, fork_often));
}

TEST_HARNESS_MAIN
