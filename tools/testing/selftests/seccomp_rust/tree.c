// SPDX-License-Identifier: GPL-2.0
/* The tree of filters: how long a path may be, who shares it, and that it goes away. */
#include <limits.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "caches.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"

/*
 * The longest path: 32768 instructions, where a filter that returns a constant
 * has five, and each ancestor counts for four more.
 */
#define LONGEST		((32768 - 5) / 9 + 1)
#define LISTENER	SECCOMP_FILTER_FLAG_NEW_LISTENER

static int fill(void *unused)
{
	int n = filters_of(getpid());

	while (install_all(0, SECCOMP_RET_ALLOW) == 0)
		n++;
	return n == filters_of(getpid()) && n == LONGEST ? 0 : 1;
}

static int fill_by_chance(void *unused)
{
	/* The listener's filter at the root is longer by three instructions. */
	while (install_all(0, SECCOMP_RET_ALLOW) == 0)
		;
	return filters_of(getpid()) >= LONGEST - 1 ? 0 : 1;
}

/* The longest legal path, from end to end. */
TEST(longest_path)
{
	EXPECT_EQ(0, run(fill, NULL));
}

/*
 * Its release is a loop, and reaches the root: the listener there hangs up. A
 * kernel that recursed would have overrun its stack.
 */
TEST(longest_path_is_released)
{
	struct target t = start_target(0, fill_by_chance, NULL);

	ASSERT_LE(0, t.listener);
	EXPECT_EQ(0, reap(t.pid));
	EXPECT_EQ(true, await_events(t.listener, POLLHUP));
}

#define BRANCHES	8

/* Paths that fork off a common one: what is shared stays until the last goes. */
static int fork_off(void *go)
{
	int i;

	for (i = 0; i < BRANCHES; i++) {
		if (fork() == 0) {
			char c;
			int n;

			for (n = 0; n < 50 + i; n++)
				if (install_all(0, SECCOMP_RET_ALLOW))
					_exit(1);
			if (read(*(int *)go, &c, 1) != 1)
				_exit(2);
			_exit(0);
		}
	}
	return 0;
}

TEST(branches)
{
	int go[2], i;
	struct target t;

	ASSERT_EQ(0, pipe(go));
	/* So that the target's children, which it leaves alone, can be reaped here. */
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	t = start_target(0, fork_off, &go[0]);
	ASSERT_LE(0, t.listener);
	EXPECT_EQ(0, reap(t.pid));
	for (i = 0; i < BRANCHES; i++) {
		EXPECT_EQ(0, events(t.listener));
		ASSERT_EQ(1, write(go[1], "", 1));
	}
	EXPECT_EQ(true, await_events(t.listener, POLLHUP));
	for (i = 0; i < BRANCHES; i++)
		EXPECT_EQ(0, reap(-1));
}

#define THREADS		6

/* Threads that have different filters of one path get the last of it. */
static int synchronise(void *unused)
{
	struct sibling s[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		if (!start_sibling(&s[i], NULL))
			return 1;
		/* Two threads are alike, the next two have one filter more. */
		if (i % 2 && install_all(0, SECCOMP_RET_ALLOW))
			return 2;
	}
	for (i = 0; i < THREADS; i++) {
		if (install_all(SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_RET_ALLOW))
			return 3;
		/* Each time there is one fewer, the last of them but for one. */
		if (i < THREADS - 1 && finish_sibling(&s[i]) != getpgrp())
			return 4;
	}
	return filters_of(s[THREADS - 1].proc_tid) == 1 + THREADS / 2 + THREADS ? 0 : 5;
}

/* Each of them counts once for what it has, and none for what it had. */
TEST(synchronised_threads_go)
{
	struct target t = start_target(0, synchronise, NULL);

	ASSERT_LE(0, t.listener);
	EXPECT_EQ(0, reap(t.pid));
	EXPECT_EQ(true, await_events(t.listener, POLLHUP));
}

static int inherits(void *expected)
{
	if (filters_of(getpid()) != (long)expected || mode_of(getpid()) != 2)
		return 1;
	if (raw_call(__NR_getpgid, 0, 0, 0) != -3)
		return 2;
	/* A filter of its own is its own. */
	if (install_on(0, __NR_getpgid, RET_ERRNO(4)) ||
	    raw_call(__NR_getpgid, 0, 0, 0) != -4)
		return 3;
	return filters_of(getpid()) == (long)expected + 1 ? 0 : 4;
}

TEST(fork_shares)
{
	int i;

	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	ASSERT_EQ(0, install_on(0, __NR_getpgid, RET_ERRNO(3)));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, run(inherits, (void *)2));
	EXPECT_EQ(2, filters_of(getpid()));
	EXPECT_EQ(-3, raw_call(__NR_getpgid, 0, 0, 0));
}

/* Filters survive exec, with their count. */
static int exec_status(void *unused)
{
	if (install_on(0, __NR_getpgid, RET_ERRNO(3)) ||
	    install_all(0, SECCOMP_RET_ALLOW))
		return 1;
	execl("/proc/self/exe", "self", "--report", NULL);
	return 2;
}

__attribute__((constructor)) static void report(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--report"))
		_exit(filters_of(getpid()) == 2 && raw_call(__NR_getpgid, 0, 0, 0) == -3 ? 42 : 43);
}

TEST(exec_keeps)
{
	EXPECT_EQ(42, run(exec_status, NULL));
}

/*
 * Kernel memory that filters live in: slabs, and pages of the vmalloc area. Much
 * is freed by workers and after grace periods: the lowest value is the true one,
 * reached when it has not fallen for a while.
 */
static long kernel_kb(void)
{
	long low = LONG_MAX;
	int still;

	shrink_caches();
	for (still = 0; still < 20; still++) {
		long now = slabs_kb() + vmalloc_kb();

		if (now < low) {
			low = now;
			still = 0;
		}
		nap(10000);
	}
	return low;
}

/* A program of the greatest length. */
static struct sock_fprog *big;

FIXTURE(leak) {
};

FIXTURE_SETUP(leak)
{
	if (is_said_by_kmemleak())
		SKIP(return, "kmemleak looks for leaks here");
	big = long_program(BPF_MAXINSNS, SECCOMP_RET_ALLOW);
}

FIXTURE_TEARDOWN(leak)
{
}

#define WARM_UP		8
#define ROUNDS		40

/* What the rest of the system takes during a test is far below this. */
#define LEAK_KB		500

/*
 * Runs @body a few times to fill caches, then often, and each time to a good end:
 * what was not done leaves nothing behind. Filters of the greatest length
 * take about a hundred kilobytes each: one that is left behind in every fourth
 * round makes twice the limit.
 */
static void leaks_nothing(struct __test_metadata *_metadata, int (*body)(void *))
{
	long before = 0, grown;
	int i;

	for (i = 0; i < WARM_UP + ROUNDS; i++) {
		if (i == WARM_UP)
			before = kernel_kb();
		ASSERT_EQ(0, run(body, NULL));
	}
	grown = kernel_kb() - before;
	TH_LOG("%ld kB more than before", grown);
	EXPECT_GT(LEAK_KB, grown);
}

static int install_and_fail(void *unused)
{
	struct rlimit none = {};

	/* Each of these fails at another step with a filter of the full size. */
	if (install(LISTENER, big) < 0 || install(LISTENER, big) != -EBUSY)
		return 1;
	setrlimit(RLIMIT_NOFILE, &none);
	if (install(LISTENER, big) != -EMFILE)
		return 2;
	big->filter[big->len - 1].code = BPF_LD | BPF_W | BPF_ABS;
	return install(LISTENER, big) == -EINVAL ? 0 : 3;
}

/* Neither what was installed nor what was refused stays. */
TEST_F(leak, at_install_and_exit)
{
	leaks_nothing(_metadata, install_and_fail);
}

static bool forks;

static void *fork_on(void *unused)
{
	for (;;) {
		pid_t pid = syscall(__NR_clone, SIGCHLD, 0, 0, 0, 0);

		if (pid == 0)
			raw_call(__NR_exit, 0, 0, 0);
		__atomic_store_n(&forks, true, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Starts a thread that forks; once it does, it is in clone for most of the time. */
static bool start_forking(void)
{
	pthread_t th;

	if (pthread_create(&th, NULL, fork_on, NULL))
		return false;
	while (!__atomic_load_n(&forks, __ATOMIC_RELAXED))
		nap(20);
	return true;
}

/* A process that is killed while one of its threads is in clone. */
static int die_in_clone(void *unused)
{
	signal(SIGCHLD, SIG_IGN);
	if (install(0, big) || !start_forking())
		return 1;
	/* Ends the process in the middle of what the thread does. */
	raw_call(__NR_exit_group, 0, 0, 0);
	return 0;
}

/* What clone had copied before it failed is given back. */
TEST_F(leak, at_failed_clone)
{
	leaks_nothing(_metadata, die_in_clone);
}

/* And counts for nothing as a user: the listener hangs up when all are gone. */
static int clone_under_listener(void *unused)
{
	int i;

	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < 120; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		if (pid == 0) {
			start_forking();
			raw_call(__NR_exit_group, 0, 0, 0);
		}
	}
	return 0;
}

TEST(hangup_after_failed_clones)
{
	struct target t = start_target(0, clone_under_listener, NULL);

	ASSERT_LE(0, t.listener);
	EXPECT_EQ(0, reap(t.pid));
	EXPECT_EQ(true, await_events(t.listener, POLLHUP));
}

static void *synchronise_on(void *unused)
{
	/* As often as the longest path lets it. */
	while (!install(SECCOMP_FILTER_FLAG_TSYNC, big))
		;
	return NULL;
}

/* A process that ends while one of its threads gives filters to others. */
static int die_in_tsync(void *unused)
{
	pthread_t th;
	int i;

	for (i = 0; i < 4; i++)
		if (pthread_create(&th, NULL, sleep_for_ever, NULL))
			return 1;
	if (pthread_create(&th, NULL, synchronise_on, NULL))
		return 2;
	/* Each time at another step. */
	nap(getpid() % 40 * 50);
	raw_call(__NR_exit_group, 0, 0, 0);
	return 3;
}

/* No thread is given a filter that it does not release any more. */
TEST_F(leak, at_group_exit)
{
	leaks_nothing(_metadata, die_in_tsync);
}

/* A listener kept open keeps the filter, and lets it go at the end. */
static int listener_outlives(void *unused)
{
	int sv[2];
	pid_t pid;
	int fd;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		return 1;
	pid = fork();
	if (pid == 0) {
		fd = install(LISTENER, big);
		_exit(fd < 0 || send_fd(sv[1], fd));
	}
	fd = receive_fd(sv[0]);
	if (reap(pid) || fd < 0)
		return 2;
	return events(fd) == POLLHUP ? 0 : 3;
}

TEST_F(leak, of_listeners)
{
	leaks_nothing(_metadata, listener_outlives);
}

/* Listeners that were closed, so that there could be another; each has some 200 bytes. */
static int many_listeners(void *unused)
{
	int i, fd;

	for (i = 0; i < 120; i++) {
		fd = install_all(LISTENER, SECCOMP_RET_ALLOW);
		if (fd < 0 || close(fd))
			return 1;
	}
	return 0;
}

TEST_F(leak, of_closed_listeners)
{
	leaks_nothing(_metadata, many_listeners);
}

TEST_HARNESS_MAIN
