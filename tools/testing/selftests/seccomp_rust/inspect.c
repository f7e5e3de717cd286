// SPDX-License-Identifier: GPL-2.0
/* Filters read back by a tracer. */
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "task.h"
#include "thread.h"
#include "trace.h"

#define LOG	SECCOMP_FILTER_FLAG_LOG

struct filter_metadata {
	__u64 filter_off;
	__u64 flags;
};

static long get_metadata(pid_t pid, unsigned long size, void *buf)
{
	return neg_errno(ptrace(PTRACE_SECCOMP_GET_METADATA, pid, size, buf));
}

/* Three filters that can be told apart, the second with the log flag. */
static int three_filters(void *unused)
{
	if (install(0, PROG(LOAD(nr), UNLESS(__NR_getppid, 1), GIVE(RET_ERRNO(1)),
			    GIVE(SECCOMP_RET_ALLOW))) ||
	    install(LOG, PROG(BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), GIVE(SECCOMP_RET_ALLOW))) ||
	    install(SECCOMP_FILTER_FLAG_SPEC_ALLOW, PROG(GIVE(SECCOMP_RET_LOG))))
		return 1;
	raise(SIGSTOP);
	return 0;
}

/* The instructions as they were given, not as the kernel rewrote them; 0 is the oldest. */
TEST(filters_oldest_first)
{
	const struct sock_filter first[] = {
		LOAD(nr), UNLESS(__NR_getppid, 1), GIVE(RET_ERRNO(1)), GIVE(SECCOMP_RET_ALLOW),
	};
	struct sock_filter insns[BPF_MAXINSNS] = {}, len = BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0);
	pid_t pid = stopped(three_filters);

	ASSERT_LT(0, pid);
	/* Without a buffer, the length alone. */
	EXPECT_EQ(4, get_filter(pid, 0, NULL));
	EXPECT_EQ(2, get_filter(pid, 1, NULL));
	EXPECT_EQ(1, get_filter(pid, 2, NULL));
	EXPECT_EQ(4, get_filter(pid, 0, insns));
	EXPECT_EQ(0, memcmp(first, insns, sizeof(first)));
	EXPECT_EQ(0, insns[4].code);
	EXPECT_EQ(2, get_filter(pid, 1, insns));
	EXPECT_EQ(0, memcmp(&len, insns, sizeof(len)));
	EXPECT_EQ(1, get_filter(pid, 2, insns));
	EXPECT_EQ(SECCOMP_RET_LOG, insns[0].k);
	EXPECT_EQ(-ENOENT, get_filter(pid, 3, insns));
	EXPECT_EQ(-ENOENT, get_filter(pid, 3, NULL));
	EXPECT_EQ(-ENOENT, get_filter(pid, 1UL << 32, NULL));
	EXPECT_EQ(-ENOENT, get_filter(pid, -1UL, NULL));
	EXPECT_EQ(-EFAULT, get_filter(pid, 0, (void *)-4096UL));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
}

/* The log flag and no other; the size is cut down to what there is. */
TEST(metadata)
{
	static const int flags[] = { 0, LOG, 0 };
	struct { struct filter_metadata md; char beyond[8]; } buf;
	pid_t pid = stopped(three_filters);
	int i;

	ASSERT_LT(0, pid);
	for (i = 0; i < 3; i++) {
		memset(&buf, 0x55, sizeof(buf));
		buf.md.filter_off = i;
		EXPECT_EQ(16, get_metadata(pid, sizeof(buf), &buf));
		EXPECT_EQ(i, buf.md.filter_off);
		EXPECT_EQ(flags[i], buf.md.flags);
		EXPECT_EQ(0x55, buf.beyond[0]);
		/* Less than all of it may be asked for, but not less than the index. */
		memset(&buf, 0x55, sizeof(buf));
		buf.md.filter_off = i;
		EXPECT_EQ(8, get_metadata(pid, 8, &buf));
		EXPECT_EQ(0x5555555555555555, buf.md.flags);
		EXPECT_EQ(12, get_metadata(pid, 12, &buf));
		EXPECT_EQ(0x5555555500000000 | flags[i], buf.md.flags);
	}
	EXPECT_EQ(-EINVAL, get_metadata(pid, 7, &buf));
	EXPECT_EQ(-EINVAL, get_metadata(pid, 0, &buf));
	buf.md.filter_off = 3;
	EXPECT_EQ(-ENOENT, get_metadata(pid, sizeof(buf.md), &buf));
	buf.md.filter_off = -1;
	EXPECT_EQ(-ENOENT, get_metadata(pid, sizeof(buf.md), &buf));
	EXPECT_EQ(-EFAULT, get_metadata(pid, sizeof(buf.md), NULL));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
}

static int no_filter(void *unused)
{
	raise(SIGSTOP);
	return 0;
}

/* A task without filters has none to show. */
TEST(not_filtered)
{
	struct filter_metadata md = {};
	pid_t pid = stopped(no_filter);

	ASSERT_LT(0, pid);
	EXPECT_EQ(-EINVAL, get_filter(pid, 0, NULL));
	EXPECT_EQ(-EINVAL, get_metadata(pid, sizeof(md), &md));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
}

static int strict_mode(void *unused)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return 1;
	/* The tracer stops it on its way into this call. */
	raw_call(__NR_write, -1, 0, 0);
	raw_call(__NR_exit, 0, 0, 0);
	return 2;
}

TEST(strict)
{
	pid_t pid = traced(strict_mode, NULL, PTRACE_O_TRACESYSGOOD);

	ASSERT_LT(0, pid);
	ASSERT_EQ(true, stop_at(pid, __NR_write));
	EXPECT_EQ(-EINVAL, get_filter(pid, 0, NULL));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
}

/* Only root of the first namespace, and only while it has no filter itself. */
TEST(caller_filtered)
{
	struct filter_metadata md = {};
	pid_t pid = stopped(three_filters);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	EXPECT_EQ(-EACCES, get_filter(pid, 0, NULL));
	EXPECT_EQ(-EACCES, get_filter(pid, 99, NULL));
	EXPECT_EQ(-EACCES, get_metadata(pid, sizeof(md), &md));
	EXPECT_EQ(-EACCES, get_metadata(pid, 0, NULL));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
}

static int three_filters_without_root(void *unused)
{
	set_no_new_privs();
	return three_filters(NULL);
}

TEST(caller_without_root)
{
	struct filter_metadata md = {};
	pid_t pid;

	ASSERT_EQ(0, drop_root());
	pid = stopped(three_filters_without_root);
	ASSERT_LT(0, pid);
	EXPECT_EQ(-EACCES, get_filter(pid, 0, NULL));
	EXPECT_EQ(-EACCES, get_metadata(pid, sizeof(md), &md));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
}

/* To be root in a namespace of one's own is not enough. */
TEST(caller_root_in_own_namespace)
{
	struct filter_metadata md = {};
	pid_t pid;

	ASSERT_EQ(0, drop_root());
	ASSERT_EQ(0, unshare(CLONE_NEWUSER));
	pid = stopped(three_filters_without_root);
	ASSERT_LT(0, pid);
	EXPECT_EQ(-EACCES, get_filter(pid, 0, NULL));
	EXPECT_EQ(-EACCES, get_metadata(pid, sizeof(md), &md));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
}

TEST(not_traced)
{
	pid_t pid = spawn(no_filter, NULL);

	ASSERT_EQ(true, in_state(pid, "T"));
	EXPECT_EQ(-ESRCH, get_filter(pid, 0, NULL));
	kill(pid, SIGCONT);
	EXPECT_EQ(0, reap(pid));
}

#define SYNCS	150

static struct {
	pid_t sleeper;
	bool go, over;
} *both;

/* Puts one filter after the other on all threads while one of them is looked at. */
static int sync_on(void *unused)
{
	pthread_t th;
	int i;

	if (pthread_create(&th, NULL, sleep_for_ever, &both->sleeper) ||
	    install(SECCOMP_FILTER_FLAG_TSYNC, PROG(LOAD(nr), LOAD(arch),
						    GIVE(SECCOMP_RET_ALLOW))))
		return 1;
	while (!__atomic_load_n(&both->go, __ATOMIC_ACQUIRE))
		nap(100);
	for (i = 0; i < SYNCS; i++)
		if (install_all(SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_RET_ALLOW))
			return 2;
	__atomic_store_n(&both->over, true, __ATOMIC_RELEASE);
	for (;;)
		pause();
}

/*
 * The thread that is looked at is stopped and gets new filters all the while: the
 * oldest stays what it is, and the count only grows.
 */
TEST(while_synchronised)
{
	struct sock_filter insns[BPF_MAXINSNS];
	unsigned long top = 1;
	bool over;
	pid_t pid, tid;

	both = shared(sizeof(*both));
	pid = spawn(sync_on, NULL);
	tid = tid_from(&both->sleeper);
	while (filters_of(tid) < 1)
		nap(100);
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, tid, NULL, PTRACE_O_EXITKILL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, tid, NULL, NULL));
	ASSERT_NE(0, stop_of(wait_stop(tid)));
	__atomic_store_n(&both->go, true, __ATOMIC_RELEASE);
	do {
		over = __atomic_load_n(&both->over, __ATOMIC_ACQUIRE);
		ASSERT_EQ(3, get_filter(tid, 0, insns));
		ASSERT_EQ(BPF_LD | BPF_W | BPF_ABS, insns[1].code);
		while (get_filter(tid, top, insns) == 1)
			top++;
		ASSERT_EQ(-ENOENT, get_filter(tid, SYNCS + 1, NULL));
		nap(20);
	} while (!over);
	EXPECT_EQ(SYNCS + 1, top);
	kill(pid, SIGKILL);
	/* A traced thread is its tracer's to reap, before its process. */
	EXPECT_TRUE(WIFSIGNALED(wait_stop(tid)));
	EXPECT_EQ(-SIGKILL, reap(pid));
}

TEST_HARNESS_MAIN
