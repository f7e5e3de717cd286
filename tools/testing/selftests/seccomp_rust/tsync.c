// SPDX-License-Identifier: GPL-2.0
/* One filter for all threads: who is named when it fails, and what is carried over. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"

#define TSYNC		SECCOMP_FILTER_FLAG_TSYNC
#define ESRCH_TOO	SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define LISTENER	SECCOMP_FILTER_FLAG_NEW_LISTENER
#define THREADS		4

/* All get the caller's filters, count and mode, asleep or not, and obey them. */
TEST(carried_to_all)
{
	struct sibling s[THREADS];
	int i;

	/* Two were there when the threads were made, one comes before the sync. */
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(true, start_sibling(&s[i], NULL));
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	for (i = 0; i < THREADS; i++)
		EXPECT_EQ(2, filters_of(s[i].tid));
	ASSERT_EQ(0, install_on(TSYNC, __NR_getpgid, RET_ERRNO(17)));
	EXPECT_EQ(4, filters_of(getpid()));
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(4, filters_of(s[i].tid));
		EXPECT_EQ(2, mode_of(s[i].tid));
	}
	/* The count is copied, not increased. */
	ASSERT_EQ(0, install_all(TSYNC, SECCOMP_RET_ALLOW));
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(5, filters_of(s[i].tid));
		EXPECT_EQ(-17, finish_sibling(&s[i]));
	}
}

/* Threads without any filter are put in filter mode. */
TEST(from_no_filter)
{
	struct sibling s[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(true, start_sibling(&s[i], NULL));
		EXPECT_EQ(0, mode_of(s[i].tid));
	}
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	EXPECT_EQ(0, filters_of(s[0].tid));
	ASSERT_EQ(0, install_on(TSYNC, __NR_getpgid, RET_ERRNO(18)));
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(2, mode_of(s[i].tid));
		EXPECT_EQ(2, filters_of(s[i].tid));
		EXPECT_EQ(-18, finish_sibling(&s[i]));
	}
}

/* A thread with a filter of its own is named, and nothing has changed anywhere. */
TEST(failure_names_thread_and_changes_nothing)
{
	struct sibling s[THREADS];
	int i, fds;

	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(true, start_sibling(&s[i], i == 2 ? own_filter : NULL));
	EXPECT_EQ(s[2].tid, install_on(TSYNC, __NR_getpgid, RET_ERRNO(19)));
	EXPECT_EQ(-ESRCH, install_on(TSYNC | ESRCH_TOO, __NR_getpgid, RET_ERRNO(19)));
	fds = open_fds();
	EXPECT_EQ(-ESRCH, install_on(TSYNC | ESRCH_TOO | LISTENER, __NR_getpgid, RET_ERRNO(19)));
	EXPECT_EQ(fds, open_fds());
	EXPECT_EQ(0, mode_of(getpid()));
	EXPECT_EQ(0, filters_of(getpid()));
	EXPECT_EQ(getpgrp(), raw_call(__NR_getpgid, 0, 0, 0));
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(i == 2 ? 2 : 0, mode_of(s[i].tid));
		EXPECT_EQ(i == 2, filters_of(s[i].tid));
		EXPECT_EQ(getpgrp(), finish_sibling(&s[i]));
	}
}

/* That all others have the caller's filter is no excuse for one that has another on top. */
TEST(failure_among_alike)
{
	struct sibling s[THREADS];
	int i, last = THREADS - 1;

	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(true, start_sibling(&s[i], i == last ? own_filter : NULL));
	EXPECT_EQ(s[last].tid, install_on(TSYNC, __NR_getpgid, RET_ERRNO(20)));
	EXPECT_EQ(1, filters_of(getpid()));
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(i == last ? 2 : 1, filters_of(s[i].tid));
		EXPECT_EQ(getpgrp(), finish_sibling(&s[i]));
	}
	EXPECT_EQ(0, install_all(TSYNC, SECCOMP_RET_ALLOW));
}

static struct sibling deep;

static int fail_in_namespace(void *unused)
{
	pid_t seen;

	if (!start_sibling(&deep, own_filter))
		return 1;
	seen = install_all(TSYNC, SECCOMP_RET_ALLOW);
	/* The child is 1 here, and its only other thread 2. */
	return getpid() == 1 && seen == deep.tid && seen == 2 ? 0 : 2;
}

/* The id is that of the caller's own pid namespace. */
TEST(failure_in_pid_namespace)
{
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	EXPECT_EQ(0, run(fail_in_namespace, NULL));
}

static void *go_strict(void *arg)
{
	int *fds = arg;
	char c = 0;

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return NULL;
	raw_call(__NR_write, fds[0], (long)&c, 1);
	raw_call(__NR_read, fds[1], (long)&c, 1);
	raw_call(__NR_exit, 0, 0, 0);
	return NULL;
}

static int beside_strict(void *unused)
{
	int said[2], go[2], fds[2];
	pthread_t th;
	char c;

	if (pipe(said) || pipe(go))
		return 1;
	fds[0] = said[1];
	fds[1] = go[0];
	if (pthread_create(&th, NULL, go_strict, fds) || read(said[0], &c, 1) != 1)
		return 2;
	if (install_all(TSYNC | ESRCH_TOO, SECCOMP_RET_ALLOW) != -ESRCH)
		return 3;
	if (install_all(TSYNC, SECCOMP_RET_ALLOW) <= 0)
		return 4;
	return mode_of(getpid()) || filters_of(getpid()) ? 5 : 0;
}

/* A thread in strict mode cannot be moved to another. */
TEST(strict_thread)
{
	EXPECT_EQ(0, run(beside_strict, NULL));
}

/* no_new_privs goes with the filter, and only when the caller has it. */
TEST(no_new_privs)
{
	struct sibling s;

	ASSERT_EQ(true, start_sibling(&s, NULL));
	ASSERT_EQ(0, install_all(TSYNC, SECCOMP_RET_ALLOW));
	EXPECT_EQ(0, status_of(s.tid, "NoNewPrivs"));
	ASSERT_EQ(0, set_no_new_privs());
	EXPECT_EQ(0, status_of(s.tid, "NoNewPrivs"));
	ASSERT_EQ(0, install_all(TSYNC, SECCOMP_RET_ALLOW));
	EXPECT_EQ(1, status_of(s.tid, "NoNewPrivs"));
	EXPECT_EQ(getpgrp(), finish_sibling(&s));
}

/* A thread that has gone is no obstacle, whatever filter it had. */
TEST(exited_thread)
{
	struct sibling s;
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(true, start_sibling(&s, own_filter));
		EXPECT_EQ(s.tid, install_all(TSYNC, SECCOMP_RET_ALLOW));
		finish_sibling(&s);
		/* Join returns while the thread is still on its way out. */
		EXPECT_EQ(0, install_all(TSYNC, SECCOMP_RET_ALLOW));
	}
}

static void *sync_after_leader(void *arg)
{
	struct sibling s;

	if (!in_state(getpid(), "Z"))
		_exit(1);
	if (!start_sibling(&s, NULL))
		_exit(2);
	if (install_on(TSYNC, __NR_getpgid, RET_ERRNO(23)))
		_exit(3);
	if (finish_sibling(&s) != -23)
		_exit(4);
	/* A listener, too. */
	if (listener_on(TSYNC | ESRCH_TOO, __NR_getppid) < 0)
		_exit(5);
	_exit(0);
}

static int leader_dies(void *filtered)
{
	pthread_t th;

	if (pthread_create(&th, NULL, sync_after_leader, NULL))
		return 90;
	if (filtered && install_all(0, SECCOMP_RET_LOG))
		return 91;
	raw_call(__NR_exit, 0, 0, 0);
	return 92;
}

/* The dead leader of a living process is skipped. */
TEST(dead_leader)
{
	EXPECT_EQ(0, run(leader_dies, NULL));
	EXPECT_EQ(0, run(leader_dies, "filtered"));
}

static int ready;

static void *race(void *arg)
{
	long *ret = arg;
	int spins;

	/* Spins at first, to be in time with the other. */
	__atomic_add_fetch(&ready, 1, __ATOMIC_ACQ_REL);
	for (spins = 0; __atomic_load_n(&ready, __ATOMIC_ACQUIRE) < 2; spins++)
		if (spins > 20000)
			nap(20);
	*ret = install_all(TSYNC | ESRCH_TOO | LISTENER, SECCOMP_RET_ALLOW);
	return NULL;
}

static int race_once(void *unused)
{
	long ret[2] = { -1, -1 };
	pthread_t th;
	int winner;

	if (pthread_create(&th, NULL, race, &ret[0]))
		return 1;
	race(&ret[1]);
	pthread_join(th, NULL);
	winner = ret[0] >= 0 ? 0 : 1;
	if (ret[winner] < 0 || ret[!winner] != -EBUSY)
		return 2;
	if (filters_of(getpid()) != 1)
		return 3;
	/* The loser's descriptor and file went away again. */
	return fcntl(ret[winner] + 1, F_GETFD) < 0 && fcntl(ret[winner], F_GETFD) >= 0 ? 0 : 4;
}

/* Two threads that want the one listener: one of them gets it. */
TEST(two_listeners_race)
{
	int i;

	for (i = 0; i < 60; i++)
		ASSERT_EQ(0, run(race_once, NULL));
}

static void *without_leader(void *unused)
{
	if (!in_state(getpid(), "Z"))
		_exit(1);
	_exit(install_all(TSYNC, SECCOMP_RET_ALLOW) ||
	      install_all(TSYNC | ESRCH_TOO, SECCOMP_RET_ALLOW) ? 2 : 0);
}

static int strict_leader(void *unused)
{
	pthread_t th;

	if (pthread_create(&th, NULL, without_leader, NULL) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return 3;
	raw_call(__NR_exit, 0, 0, 0);
	return 4;
}

/* Who is exiting is passed over, also if it could not have been synchronised. */
TEST(dead_strict_leader)
{
	EXPECT_EQ(0, run(strict_leader, NULL));
}

/* That there is a listener is said before what is wrong with the threads. */
TEST(busy_before_esrch)
{
	struct sibling s;
	int fd;

	ASSERT_EQ(true, start_sibling(&s, own_filter));
	fd = install_all(LISTENER, SECCOMP_RET_ALLOW);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBUSY, install_all(TSYNC | ESRCH_TOO | LISTENER, SECCOMP_RET_ALLOW));
	EXPECT_EQ(-ESRCH, install_all(TSYNC | ESRCH_TOO, SECCOMP_RET_ALLOW));
	close(fd);
	EXPECT_EQ(-ESRCH, install_all(TSYNC | ESRCH_TOO | LISTENER, SECCOMP_RET_ALLOW));
}

static void *come_and_go(void *unused)
{
	return NULL;
}

static void *churn(void *stop)
{
	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED)) {
		pthread_t th;

		if (pthread_create(&th, NULL, come_and_go, NULL))
			abort();
		pthread_join(th, NULL);
		nap(50);
	}
	return NULL;
}

/* Threads that are being made and are leaving all the while end up in step. */
TEST(threads_come_and_go)
{
	bool stop = false;
	pthread_t th[2];
	int i;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&th[i], NULL, churn, &stop));
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, install_all(TSYNC, SECCOMP_RET_ALLOW));
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		pthread_join(th[i], NULL);
	EXPECT_EQ(100, filters_of(getpid()));
}

TEST_HARNESS_MAIN
