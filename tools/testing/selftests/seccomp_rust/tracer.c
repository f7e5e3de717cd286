// SPDX-License-Identifier: GPL-2.0
/* The TRACE verdict, what a tracer may change, and what it cannot prevent. */
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "trace.h"

#define STOPS	PTRACE_O_TRACESECCOMP
/* The argument of a call that takes none. */
#define MARK	0x5a5a

static long *result;

FIXTURE(tracer) {
	/* What the call gave; the tracer and the child see it. */
	long *result;
};

FIXTURE_SETUP(tracer)
{
	result = shared(sizeof(*result));
	*result = 12345;
	self->result = result;
}

FIXTURE_TEARDOWN(tracer)
{
}

static int one_call(void *unused)
{
	/* TRACE on two calls, ERRNO and KILL on others; the rest allowed. */
	if (install(0, PROG(LOAD(nr),
			    UNLESS(__NR_getppid, 1), GIVE(SECCOMP_RET_TRACE | 0x1234),
			    UNLESS(__NR_getuid, 1), GIVE(SECCOMP_RET_TRACE | 0x5678),
			    UNLESS(__NR_getpgid, 1), GIVE(RET_ERRNO(13)),
			    UNLESS(__NR_getgid, 1), GIVE(SECCOMP_RET_KILL_PROCESS),
			    GIVE(SECCOMP_RET_ALLOW))))
		return 1;
	*result = raw_call(__NR_getppid, MARK, 0, 0);
	return 0;
}

/* A child that runs @body, stopped by the TRACE verdict on its first call. */
static pid_t traced_to_stop(struct __test_metadata *_metadata, int (*body)(void *arg), void *arg)
{
	pid_t pid = traced(body, arg, STOPS);

	ASSERT_LT(0, pid);
	ASSERT_EQ(SECCOMP_STOP, stop_of(go_on(pid, PTRACE_CONT)));
	return pid;
}

/* A tracer that did not ask for the event is no tracer for this purpose. */
TEST_F(tracer, without_option)
{
	pid_t pid = traced(one_call, NULL, 0);

	ASSERT_LT(0, pid);
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(-ENOSYS, *result);
}

/* The data comes as the event's message; the call then runs. */
TEST_F(tracer, message_and_call)
{
	pid_t pid = traced_to_stop(_metadata, one_call, NULL);
	unsigned long msg = 0;

	EXPECT_EQ(0, ptrace(PTRACE_GETEVENTMSG, pid, NULL, &msg));
	EXPECT_EQ(0x1234, msg);
	EXPECT_EQ(__NR_getppid, peek_nr(pid));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(getpid(), *result);
}

/* The number that the tracer leaves is judged again. */
TEST_F(tracer, changed_to_denied)
{
	pid_t pid = traced_to_stop(_metadata, one_call, NULL);

	EXPECT_EQ(0, poke_nr(pid, __NR_getpgid));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(-13, *result);
}

TEST_F(tracer, changed_to_killed)
{
	pid_t pid = traced_to_stop(_metadata, one_call, NULL);
	int status;

	EXPECT_EQ(0, poke_nr(pid, __NR_getgid));
	status = go_on(pid, PTRACE_CONT);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSYS, WTERMSIG(status));
	EXPECT_EQ(12345, *result);
}

/* Judged again once: a second TRACE does not stop, the call runs. */
TEST_F(tracer, changed_to_traced)
{
	pid_t pid = traced_to_stop(_metadata, one_call, NULL);

	EXPECT_EQ(0, poke_nr(pid, __NR_getuid));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(0, *result);
}

/* The arguments are read again as well. */
static int call_with_argument(void *unused)
{
	if (install(0, PROG(LOAD(nr), UNLESS(__NR_dup, 4), LOAD(args[0]),
			    UNLESS(5, 1), GIVE(RET_ERRNO(14)), GIVE(SECCOMP_RET_TRACE),
			    GIVE(SECCOMP_RET_ALLOW))))
		return 1;
	*result = raw_call(__NR_dup, 4444, 0, 0);
	return 0;
}

TEST_F(tracer, changed_argument)
{
	pid_t pid = traced_to_stop(_metadata, call_with_argument, NULL);

	EXPECT_EQ(0, poke_argument(pid, 5));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(-14, *result);
}

/* A negative number skips the call; the tracer's result stands. */
TEST_F(tracer, skipped)
{
	pid_t pid = traced_to_stop(_metadata, one_call, NULL);

	EXPECT_EQ(0, poke_nr(pid, -1));
	EXPECT_EQ(0, poke_result(pid, 4711));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(4711, *result);
}

TEST_F(tracer, skipped_without_result)
{
	pid_t pid = traced_to_stop(_metadata, one_call, NULL);

	EXPECT_EQ(0, poke_nr(pid, -77));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(skipped(MARK), *result);
}

/* A call that was skipped is no call: no filter is asked about the number. */
static int only_what_is_listed(void *unused)
{
	if (install(0, PROG(LOAD(nr), UNLESS(-1, 1), GIVE(SECCOMP_RET_KILL_PROCESS),
			    UNLESS(-77, 1), GIVE(RET_ERRNO(15)),
			    UNLESS(__NR_getppid, 1), GIVE(SECCOMP_RET_TRACE),
			    GIVE(SECCOMP_RET_ALLOW))))
		return 1;
	*result = raw_call(__NR_getppid, 0, 0, 0);
	return 0;
}

TEST_F(tracer, skipped_whatever_filters_say)
{
	static const long numbers[] = { -1, -77 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		pid_t pid = traced_to_stop(_metadata, only_what_is_listed, NULL);

		EXPECT_EQ(0, poke_nr(pid, numbers[i]));
		EXPECT_EQ(0, poke_result(pid, 4711));
		EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
		EXPECT_EQ(4711, *result) TH_LOG("number %ld", numbers[i]);
	}
}

static int write_end;

static int traced_write(void *unused)
{
	if (install_on(0, __NR_write, SECCOMP_RET_TRACE))
		return 1;
	raw_call(__NR_write, write_end, (long)"x", 1);
	return 0;
}

/* Who is killed at the stop does not make the call, which its tracer has not let go. */
TEST_F(tracer, killed_at_stop)
{
	int fds[2], status;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(fds));
	write_end = fds[1];
	pid = traced_to_stop(_metadata, traced_write, NULL);
	close(fds[1]);
	kill(pid, SIGKILL);
	status = wait_stop(pid);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_EQ(0, read(fds[0], &byte, 1));
}

/* The stop at entry comes before the filters, which see what it left. */
TEST_F(tracer, entry_stop_first)
{
	pid_t pid = traced(one_call, NULL, STOPS | PTRACE_O_TRACESYSGOOD);

	ASSERT_LT(0, pid);
	ASSERT_EQ(true, stop_at(pid, __NR_getppid));
	EXPECT_EQ(12345, *result);
	EXPECT_EQ(0, poke_nr(pid, __NR_getpgid));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(-13, *result);
}

/* The other way about: what would have died is changed into what may run. */
static int killed_call(void *unused)
{
	if (install_on(0, __NR_getppid, SECCOMP_RET_KILL_PROCESS))
		return 1;
	*result = raw_call(__NR_getppid, 0, 0, 0);
	return 0;
}

TEST_F(tracer, entry_stop_saves)
{
	pid_t pid = traced(killed_call, NULL, STOPS | PTRACE_O_TRACESYSGOOD);

	ASSERT_LT(0, pid);
	ASSERT_EQ(true, stop_at(pid, __NR_getppid));
	EXPECT_EQ(0, poke_nr(pid, __NR_getuid));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(0, *result);
}

/* Both orders of a TRACE filter and a stricter one: no stop in either. */
struct order {
	__u32 older, newer;
};

static int two_filters(void *arg)
{
	const struct order *o = arg;

	if (install_on(0, __NR_getppid, o->older) || install_on(0, __NR_getppid, o->newer))
		return 1;
	*result = raw_call(__NR_getppid, 0, 0, 0);
	return 0;
}

TEST_F(tracer, stricter_filter_in_both_orders)
{
	struct order orders[] = {
		{ SECCOMP_RET_TRACE, RET_ERRNO(21) }, { RET_ERRNO(21), SECCOMP_RET_TRACE },
	};
	int i;

	for (i = 0; i < 2; i++) {
		pid_t pid = traced(two_filters, &orders[i], STOPS);

		ASSERT_LT(0, pid);
		EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
		EXPECT_EQ(-21, *result);
	}
}

/* A change after one filter's TRACE is judged by the whole chain, old and new. */
static int change_in_chain(void *arg)
{
	int denied_first = !!arg, i;

	for (i = 0; i < 2; i++) {
		long err = i == denied_first ? install_on(0, __NR_getpgid, RET_ERRNO(22)) :
					       install_on(0, __NR_getppid, SECCOMP_RET_TRACE);
		if (err)
			return 1;
	}
	*result = raw_call(__NR_getppid, 0, 0, 0);
	return 0;
}

TEST_F(tracer, whole_chain_again)
{
	long denied_first;

	for (denied_first = 0; denied_first < 2; denied_first++) {
		pid_t pid = traced_to_stop(_metadata, change_in_chain, (void *)denied_first);

		EXPECT_EQ(0, poke_nr(pid, __NR_getpgid));
		EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
		EXPECT_EQ(-22, *result);
	}
}

/* The second judgement may ask the listener. */
static int notified_later(void *listener)
{
	if (install_on(0, __NR_getppid, SECCOMP_RET_TRACE))
		return 1;
	*result = raw_call(__NR_getppid, 0, 0, 0);
	return 0;
}

TEST_F(tracer, changed_to_notified)
{
	struct seccomp_notif req;
	int fd = listener_on(0, __NR_getuid);
	pid_t pid;

	ASSERT_LE(0, fd);
	pid = traced_to_stop(_metadata, notified_later, NULL);
	EXPECT_EQ(0, poke_nr(pid, __NR_getuid));
	EXPECT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, NULL));
	ASSERT_EQ(0, take(fd, &req));
	EXPECT_EQ(__NR_getuid, req.data.nr);
	EXPECT_EQ(0, answer(fd, req.id, 99, 0, 0));
	EXPECT_EQ(0, wait_stop(pid));
	EXPECT_EQ(99, *result);
}

/* Told by the tracer, which does not trace it, and what it says then. */
static int go[2], done[2];

static void *synchronise_when_told(void *unused)
{
	char c;

	if (read(go[0], &c, 1) != 1 ||
	    install_on(SECCOMP_FILTER_FLAG_TSYNC, __NR_getppid, RET_ERRNO(24)) ||
	    write(done[1], "", 1) != 1)
		_exit(2);
	return NULL;
}

static int synchronised_in_call(void *unused)
{
	pthread_t th;

	if (install_on(0, __NR_getppid, SECCOMP_RET_TRACE) ||
	    pthread_create(&th, NULL, synchronise_when_told, NULL))
		return 1;
	*result = raw_call(__NR_getppid, 0, 0, 0);
	return 0;
}

/* Judged again by the filters that are in force then, one that came at the stop included. */
TEST_F(tracer, synchronised_at_stop)
{
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(done));
	pid = traced_to_stop(_metadata, synchronised_in_call, NULL);
	close(done[1]);
	ASSERT_EQ(1, write(go[1], "", 1));
	ASSERT_EQ(1, read(done[0], &c, 1));
	EXPECT_EQ(0, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(-24, *result);
}

/* The tracer leaves at the stop: the call runs, the next has no tracer. */
static int two_calls(void *unused)
{
	long first;

	if (install_on(0, __NR_getppid, SECCOMP_RET_TRACE))
		return 1;
	first = raw_call(__NR_getppid, 0, 0, 0);
	*result = raw_call(__NR_getppid, 0, 0, 0);
	return first > 0 ? 0 : 2;
}

TEST_F(tracer, detached_at_stop)
{
	pid_t pid = traced_to_stop(_metadata, two_calls, NULL);

	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, NULL, NULL));
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(-ENOSYS, *result);
}

static int be_killed(void *verdict)
{
	interrupt_on(SIGSYS, 0);
	if (install_on(0, __NR_getppid, (unsigned long)verdict))
		return 1;
	*result = raw_call(__NR_getppid, 0, 0, 0);
	*result = raw_call(__NR_getppid, 0, 0, 0);
	return 0;
}

/* No tracer that swallows every signal keeps its child from being killed. */
TEST_F(tracer, cannot_prevent_kill)
{
	static const __u32 verdicts[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, 0x00010000,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		pid_t pid = traced(be_killed, (void *)(long)verdicts[i],
				   STOPS | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD);
		int status = 0, stops;

		ASSERT_LT(0, pid);
		for (stops = 0; stops < 1000; stops++) {
			status = go_on(pid, PTRACE_SYSCALL);
			if (!WIFSTOPPED(status))
				break;
			/* What the call would have returned is hidden from the child too. */
			if (stop_of(status) == SIGSYS)
				poke_result(pid, 0);
		}
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_EQ(SIGSYS, WTERMSIG(status));
		EXPECT_EQ(12345, *result);
	}
}

/* Of no use as a verdict here: asks for strict mode. */
#define STRICT	SECCOMP_RET_ALLOW

static int calls_once(void *verdict)
{
	if ((long)verdict == STRICT)
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	else if (install_on(0, __NR_getppid, (unsigned long)verdict))
		return 1;
	raw_call(__NR_getppid, MARK, 0, 0);
	return 2;
}

/*
 * Who is killed is in a mode of its own from then on, and would not survive another call.
 * SIGSYS finds the registers as they were before the call; strict mode leaves them.
 */
TEST_F(tracer, dead_mode)
{
	static const __u32 verdicts[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, 0x00010000, STRICT,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		pid_t pid = traced(calls_once, (void *)(long)verdicts[i],
				   STOPS | PTRACE_O_TRACEEXIT);
		int status;

		ASSERT_LT(0, pid);
		do {
			status = go_on(pid, PTRACE_CONT);
			ASSERT_TRUE(WIFSTOPPED(status));
		} while (stop_of(status) != (SIGTRAP | (PTRACE_EVENT_EXIT << 8)));
		EXPECT_EQ(3, mode_of(pid)) TH_LOG("verdict %#x", verdicts[i]);
		EXPECT_EQ(verdicts[i] == STRICT ? skipped(MARK) : rolled_back(__NR_getppid, MARK),
			  peek_result(pid)) TH_LOG("verdict %#x", verdicts[i]);
		EXPECT_TRUE(WIFSIGNALED(go_on(pid, PTRACE_CONT)));
	}
}

TEST_HARNESS_MAIN
