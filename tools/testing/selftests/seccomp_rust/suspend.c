// SPDX-License-Identifier: GPL-2.0
/* PTRACE_O_SUSPEND_SECCOMP: who may, and what it lets through while it is set. */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "trace.h"

#define OPTIONS	(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP)

/* The argument of the second call, which takes none. */
#define MARK	0x5a5a

static long *result;

static long set_options(pid_t pid, long options)
{
	return neg_errno(ptrace(PTRACE_SETOPTIONS, pid, NULL, options));
}

static int strict_calls(void *unused)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return 1;
	raw_call(__NR_write, -1, 0, 0);
	*result = raw_call(__NR_getuid, 0, 0, 0);
	raw_call(__NR_write, -1, 0, 0);
	*result = raw_call(__NR_getuid, 0, 0, 0) + 1;
	raw_call(__NR_exit, 0, 0, 0);
	return 2;
}

static int filtered_calls(void *verdict)
{
	if (install_on(0, __NR_getuid, (unsigned long)verdict))
		return 1;
	raw_call(__NR_write, -1, 0, 0);
	*result = raw_call(__NR_getuid, 0, 0, 0);
	raw_call(__NR_write, -1, 0, 0);
	*result = raw_call(__NR_getuid, MARK, 0, 0) + 1;
	return 0;
}

/* A child whose first call has passed while the option was set, which it still is. */
static pid_t suspended(struct __test_metadata *_metadata, int (*body)(void *arg), long verdict)
{
	pid_t pid;

	result = shared(sizeof(*result));
	*result = -1;
	pid = traced(body, (void *)verdict, OPTIONS);
	ASSERT_LT(0, pid);
	ASSERT_EQ(true, stop_at(pid, __NR_write));
	ASSERT_EQ(0, set_options(pid, OPTIONS | PTRACE_O_SUSPEND_SECCOMP));
	/* To the end of this call, and to both ends of the next two. */
	ASSERT_EQ(true, stop_at(pid, __NR_getuid));
	ASSERT_EQ(true, stop_at(pid, __NR_getuid));
	ASSERT_EQ(true, stop_at(pid, __NR_write));
	EXPECT_EQ(0, *result);
	return pid;
}

/* Everything passes while it is set, and nothing more once it is not. */
static void suspends(struct __test_metadata *_metadata, int (*body)(void *arg), long verdict,
		     int signal)
{
	pid_t pid = suspended(_metadata, body, verdict);
	int status;

	ASSERT_EQ(0, set_options(pid, OPTIONS));
	status = go_on(pid, PTRACE_CONT);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(signal, WTERMSIG(status));
	EXPECT_EQ(0, *result);
}

TEST(strict_mode)
{
	suspends(_metadata, strict_calls, 0, SIGKILL);
}

TEST(filter_mode)
{
	suspends(_metadata, filtered_calls, SECCOMP_RET_KILL_PROCESS, SIGSYS);
}

TEST(filter_mode_unknown_action)
{
	suspends(_metadata, filtered_calls, 0x00010000, SIGSYS);
}

TEST(filter_mode_kill_thread)
{
	suspends(_metadata, filtered_calls, SECCOMP_RET_KILL_THREAD, SIGSYS);
}

/* Verdicts that leave the child alive: what its second call gives, and one more. */
static void second_call(struct __test_metadata *_metadata, int status, long expected)
{
	EXPECT_EQ(0, status);
	EXPECT_EQ(expected + 1, *result);
}

TEST(filter_mode_trap)
{
	pid_t pid = suspended(_metadata, filtered_calls, SECCOMP_RET_TRAP);

	ASSERT_EQ(0, set_options(pid, OPTIONS));
	/* The tracer sees the signal first, and lets it be. */
	ASSERT_EQ(SIGSYS, stop_of(go_on(pid, PTRACE_CONT)));
	second_call(_metadata, go_on(pid, PTRACE_CONT), rolled_back(__NR_getuid, MARK));
}

TEST(filter_mode_errno)
{
	pid_t pid = suspended(_metadata, filtered_calls, RET_ERRNO(3));

	ASSERT_EQ(0, set_options(pid, OPTIONS));
	second_call(_metadata, go_on(pid, PTRACE_CONT), -3);
}

TEST(filter_mode_trace)
{
	pid_t pid = suspended(_metadata, filtered_calls, SECCOMP_RET_TRACE);

	ASSERT_EQ(0, set_options(pid, OPTIONS));
	ASSERT_EQ(SECCOMP_STOP, stop_of(go_on(pid, PTRACE_CONT)));
	second_call(_metadata, go_on(pid, PTRACE_CONT), 0);
}

static int go[2];

/* Calls when it is told to, and wants what the kernel itself says. */
static int parent_is_right(void *parent)
{
	char c;

	if (read(go[0], &c, 1) != 1)
		return 1;
	return notified_call() == (long)parent ? 0 : 2;
}

/* A listener is not asked either. */
TEST(listener)
{
	struct target t;

	ASSERT_EQ(0, pipe(go));
	t = start_target(0, parent_is_right, (void *)(long)getpid());
	ASSERT_LE(0, t.listener);
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, t.pid, NULL,
			    PTRACE_O_EXITKILL | PTRACE_O_SUSPEND_SECCOMP));
	ASSERT_EQ(1, write(go[1], "", 1));
	/* If it were, the target would wait for a reply and not come to its end. */
	ASSERT_EQ(true, await_events(t.listener, POLLHUP));
	EXPECT_EQ(0, reap(t.pid));
}

static int suspends_another(void *unused)
{
	pid_t pid = traced(call_gives_7, NULL, OPTIONS);
	long err;

	if (pid < 0)
		return 1;
	err = set_options(pid, OPTIONS | PTRACE_O_SUSPEND_SECCOMP);
	kill(pid, SIGKILL);
	return err == -EPERM ? 0 : 2;
}

/* A tracer that has a filter itself may not, whatever the filter says. */
TEST(filtered_tracer)
{
	int fd = new_listener();

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, run(suspends_another, NULL));
	EXPECT_EQ(0, events(fd));
}

/* When the tracer leaves, the filters are back. */
TEST(ends_with_detach)
{
	pid_t pid = suspended(_metadata, filtered_calls, SECCOMP_RET_KILL_PROCESS);

	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, NULL, NULL));
	EXPECT_EQ(-SIGSYS, reap(pid));
	EXPECT_EQ(0, *result);
}

/* An unprivileged tracer may not. */
TEST(needs_root)
{
	pid_t pid;

	ASSERT_EQ(0, drop_root());
	pid = traced(filtered_calls, NULL, 0);
	ASSERT_LT(0, pid);
	EXPECT_EQ(-EPERM, set_options(pid, PTRACE_O_SUSPEND_SECCOMP));
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, reap(pid));
}

/* The mode can be read and set while suspended: what is set is there afterwards. */
static int set_while_suspended(void *unused)
{
	raw_call(__NR_write, -1, 0, 0);
	if (install_on(0, __NR_getuid, RET_ERRNO(3)) || install_all(0, SECCOMP_RET_LOG))
		return 1;
	if (prctl(PR_GET_SECCOMP) != SECCOMP_MODE_FILTER || raw_call(__NR_getuid, 0, 0, 0))
		return 2;
	raw_call(__NR_write, -1, 0, 0);
	return raw_call(__NR_getuid, 0, 0, 0) == -3 ? 0 : 3;
}

TEST(installing_goes_on)
{
	pid_t pid = traced(set_while_suspended, NULL, OPTIONS);

	ASSERT_LT(0, pid);
	ASSERT_EQ(true, stop_at(pid, __NR_write));
	ASSERT_EQ(0, set_options(pid, OPTIONS | PTRACE_O_SUSPEND_SECCOMP));
	ASSERT_EQ(true, stop_at(pid, __NR_write));
	ASSERT_EQ(true, stop_at(pid, __NR_write));
	EXPECT_EQ(2, filters_of(pid));
	ASSERT_EQ(0, set_options(pid, OPTIONS));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
}

TEST_HARNESS_MAIN
