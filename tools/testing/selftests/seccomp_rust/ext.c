// SPDX-License-Identifier: GPL-2.0
/*
 * The prctl extension: the caller's present filter for all threads. Kernels that
 * do not have it, by choice or because seccomp is in C, answer EINVAL to it.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "ext.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"

#define THREADS		3

FIXTURE(ext) {
};

/* A caller without a filter is told EACCES by a kernel that has the extension. */
FIXTURE_SETUP(ext)
{
	if (lacks_ext())
		SKIP(return, "CONFIG_SECCOMP_RUST_EXT is not set");
	ASSERT_EQ(-EACCES, sync_all());
}

FIXTURE_TEARDOWN(ext)
{
}

/* Another type or action, or anything behind them, filter or none. */
TEST_F(ext, arguments)
{
	int filtered;

	for (filtered = 0; filtered < 2; filtered++) {
		EXPECT_EQ(-EINVAL, ext(0, SECCOMP_EXT_ACT_TSYNC, 0, 0));
		EXPECT_EQ(-EINVAL, ext(2, SECCOMP_EXT_ACT_TSYNC, 0, 0));
		EXPECT_EQ(-EINVAL, ext(SECCOMP_EXT_ACT, 0, 0, 0));
		EXPECT_EQ(-EINVAL, ext(SECCOMP_EXT_ACT, 2, 0, 0));
		EXPECT_EQ(-EINVAL, ext(SECCOMP_EXT_ACT | 1UL << 32, SECCOMP_EXT_ACT_TSYNC, 0, 0));
		EXPECT_EQ(-EINVAL, ext(SECCOMP_EXT_ACT, SECCOMP_EXT_ACT_TSYNC | 1UL << 32, 0, 0));
		EXPECT_EQ(-EINVAL, ext(SECCOMP_EXT_ACT, SECCOMP_EXT_ACT_TSYNC, 1, 0));
		EXPECT_EQ(-EINVAL, ext(SECCOMP_EXT_ACT, SECCOMP_EXT_ACT_TSYNC, 0, 1));
		EXPECT_EQ(-EINVAL, ext(SECCOMP_EXT_ACT, SECCOMP_EXT_ACT_TSYNC, 0, 1UL << 63));
		EXPECT_EQ(filtered ? 0 : -EACCES, sync_all());
		ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	}
}

/* Every thread gets the caller's filters; the caller gets no other. */
TEST_F(ext, synchronises)
{
	struct sibling s[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(true, start_sibling(&s[i], NULL));
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	ASSERT_EQ(0, install_on(0, __NR_getpgid, RET_ERRNO(17)));
	EXPECT_EQ(0, filters_of(s[0].tid));
	EXPECT_EQ(0, sync_all());
	EXPECT_EQ(2, filters_of(getpid()));
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(2, filters_of(s[i].tid));
		EXPECT_EQ(2, mode_of(s[i].tid));
		EXPECT_EQ(0, status_of(s[i].tid, "NoNewPrivs"));
	}
	/* Again changes nothing. */
	EXPECT_EQ(0, sync_all());
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(2, filters_of(s[i].tid));
		EXPECT_EQ(-17, finish_sibling(&s[i]));
	}
}

/* The one that cannot be synchronised is named and gets nothing; all others are. */
TEST_F(ext, one_in_the_way)
{
	struct sibling s[THREADS];
	pid_t group = getpgrp();
	int i;

	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(true, start_sibling(&s[i], i == 1 ? own_filter : NULL));
	ASSERT_EQ(0, set_no_new_privs());
	ASSERT_EQ(0, install_on(0, __NR_getpgid, RET_ERRNO(18)));
	EXPECT_EQ(s[1].tid, sync_all());
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(1, filters_of(s[i].tid));
		EXPECT_EQ(i != 1, status_of(s[i].tid, "NoNewPrivs"));
		EXPECT_EQ(i == 1 ? group : -18, finish_sibling(&s[i]));
	}
}

/* no_new_privs goes along. */
TEST_F(ext, no_new_privs)
{
	struct sibling s;

	ASSERT_EQ(true, start_sibling(&s, NULL));
	ASSERT_EQ(0, set_no_new_privs());
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	EXPECT_EQ(0, sync_all());
	EXPECT_EQ(1, status_of(s.tid, "NoNewPrivs"));
	finish_sibling(&s);
}

static int in_namespace(void *unused)
{
	struct sibling s;

	if (!start_sibling(&s, own_filter) || install_all(0, SECCOMP_RET_LOG))
		return 1;
	return sync_all() == s.tid && s.tid == 2 ? 0 : 2;
}

/* The id is one of the caller's pid namespace. */
TEST_F(ext, pid_namespace)
{
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	EXPECT_EQ(0, run(in_namespace, NULL));
}

/* A listener is shared with the threads, and stays the only one. */
TEST_F(ext, listener)
{
	struct sibling s;
	struct seccomp_notif req;
	int fd;

	ASSERT_EQ(true, start_sibling(&s, NULL));
	fd = listener_on(0, __NR_getpgid);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, sync_all());
	ASSERT_EQ(1, write(s.go[1], "", 1));
	ASSERT_EQ(0, take(fd, &req));
	EXPECT_EQ(s.tid, req.pid);
	EXPECT_EQ(0, answer(fd, req.id, 7, 0, 0));
	pthread_join(s.th, NULL);
	EXPECT_EQ(7, s.call);
}

static int strict(void *unused)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return 1;
	sync_all();
	return 2;
}

/* In strict mode there is no prctl at all. */
TEST_F(ext, strict_mode)
{
	EXPECT_EQ(-SIGKILL, run(strict, NULL));
}

TEST_HARNESS_MAIN
