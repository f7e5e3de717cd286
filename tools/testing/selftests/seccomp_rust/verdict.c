// SPDX-License-Identifier: GPL-2.0
/* What the verdicts of a chain of filters make of a call. */
#include <dirent.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "registers.h"
#include "notify.h"
#include "task.h"

static long call(void)
{
	return raw_call(__NR_getppid, 0, 0, 0);
}

struct pair {
	__u32 older, newer;
	/* What the call returns, or DIES. */
	long result;
};

#define DIES		(-10000 - SIGSYS)
#define RUNS		1L	/* getppid() of a child of the test */

static long *result;

static int try_pair(void *arg)
{
	const struct pair *p = arg;
	pid_t parent = getppid();

	if (install_on(0, __NR_getppid, p->older) || install_on(0, __NR_getppid, p->newer))
		return 1;
	*result = call();
	if (*result == parent)
		*result = RUNS;
	return 0;
}

static long outcome(const struct pair *p)
{
	struct pair copy = *p;
	int status;

	*result = 0;
	status = run(try_pair, &copy);
	if (status > 0)
		return -20000;
	return status < 0 ? status - 10000 : *result;
}

/*
 * The strictest action wins, compared as a signed number; an action that the
 * kernel does not know keeps its place in the order, and kills.
 */
TEST(strictest_action_wins)
{
	static const struct pair pairs[] = {
		{ SECCOMP_RET_ALLOW, RET_ERRNO(5), -5 },
		{ SECCOMP_RET_LOG, SECCOMP_RET_ALLOW, RUNS },
		{ SECCOMP_RET_LOG, RET_ERRNO(5), -5 },
		{ SECCOMP_RET_TRACE, SECCOMP_RET_LOG, -ENOSYS },
		{ SECCOMP_RET_TRACE, RET_ERRNO(5), -5 },
		{ SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE, -ENOSYS },
		{ SECCOMP_RET_USER_NOTIF, RET_ERRNO(5), -5 },
		{ SECCOMP_RET_TRAP, RET_ERRNO(5), DIES },
		{ SECCOMP_RET_KILL_THREAD, RET_ERRNO(5), DIES },
		{ SECCOMP_RET_KILL_PROCESS, RET_ERRNO(5), DIES },
		/* Unknown: between LOG and ALLOW, and below ERRNO in strictness. */
		{ 0x7ffe0000, SECCOMP_RET_ALLOW, DIES },
		{ 0x7ffe0000, SECCOMP_RET_LOG, RUNS },
		{ 0x7ffe0000, RET_ERRNO(5), -5 },
		{ 0x00060000, RET_ERRNO(5), -5 },
		{ 0x00060000, SECCOMP_RET_TRACE, DIES },
		/* Unknown and stricter than ERRNO. */
		{ 0x00040000, RET_ERRNO(5), DIES },
		{ 0x00010000, RET_ERRNO(5), DIES },
		/* Negative: stricter than all but KILL_PROCESS. */
		{ 0x80010000, RET_ERRNO(5), DIES },
		{ 0xffff0000, RET_ERRNO(5), DIES },
		{ 0xffffffff, SECCOMP_RET_ALLOW, DIES },
	};
	unsigned int i;

	result = shared(sizeof(*result));
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct pair swapped = { pairs[i].newer, pairs[i].older, pairs[i].result };

		EXPECT_EQ(pairs[i].result, outcome(&pairs[i]))
			TH_LOG("pair %u", i);
		EXPECT_EQ(swapped.result, outcome(&swapped))
			TH_LOG("pair %u, other order", i);
	}
}

/* Between equal actions the data of the most recent filter counts. */
TEST(tie_goes_to_newest)
{
	ASSERT_EQ(0, install_on(0, __NR_getppid, RET_ERRNO(9)));
	ASSERT_EQ(0, install_on(0, __NR_getppid, RET_ERRNO(3)));
	EXPECT_EQ(-3, call());
	ASSERT_EQ(0, install_on(0, __NR_getppid, RET_ERRNO(30)));
	EXPECT_EQ(-30, call());
	ASSERT_EQ(0, install_on(0, __NR_getppid, SECCOMP_RET_LOG));
	EXPECT_EQ(-30, call());
}

/* What a filter does about getppid(). */
enum { PASSES, REFUSES_OTHER, REFUSES, REFUSES_7 };

#define CHAIN		4

static int install_kind(int kind, int error)
{
	switch (kind) {
	case PASSES:
		return install(0, PROG(GIVE(SECCOMP_RET_ALLOW)));
	case REFUSES_OTHER:
		return install_on(0, __NR_getpgid, RET_ERRNO(error));
	case REFUSES:
		return install_on(0, __NR_getppid, RET_ERRNO(error));
	default:
		return install(0, PROG(LOAD(nr), UNLESS(__NR_getppid, 3),
				       LOAD(args[0]), UNLESS(7, 1),
				       GIVE(RET_ERRNO(error)), GIVE(SECCOMP_RET_ALLOW)));
	}
}

/* @arg: the kinds of a chain, two bits for each. */
static int try_chain(void *arg)
{
	int kinds = *(int *)arg, with_7 = 0, with_8 = 0, i;
	pid_t parent = getppid();
	long ret;

	for (i = 0; i < CHAIN; i++) {
		int kind = kinds >> 2 * i & 3;

		if (install_kind(kind, i + 1))
			return 2;
		if (kind == REFUSES || kind == REFUSES_7)
			with_7 = i + 1;
		if (kind == REFUSES)
			with_8 = i + 1;
	}
	ret = raw_call(__NR_getppid, 7, 0, 0);
	if (ret != (with_7 ? -with_7 : parent))
		return 3;
	ret = raw_call(__NR_getppid, 8, 0, 0);
	return ret != (with_8 ? -with_8 : parent);
}

/*
 * It makes no difference whether what a filter says can be known before it is
 * asked: all chains of four of those that pass the call, refuse it, or want to
 * see an argument.
 */
TEST(known_in_advance_or_not)
{
	int kinds;

	for (kinds = 0; kinds < 1 << 2 * CHAIN; kinds++)
		EXPECT_EQ(0, run(try_chain, &kinds))
			TH_LOG("chain %#x", kinds);
}

/* The match of a tie is the newest filter too: here it has no listener to ask. */
TEST(tie_of_notifications)
{
	int fd = new_listener();

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, install_on(0, __NR_getppid, SECCOMP_RET_USER_NOTIF));
	EXPECT_EQ(-ENOSYS, call());
	EXPECT_EQ(0, events(fd));
}

TEST(errno_cap)
{
	static const struct { int data, value; } rows[] = {
		{ 0, 0 }, { 1, -1 }, { 4094, -4094 }, { 4095, -4095 },
		{ 4096, -4095 }, { 0xffff, -4095 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ASSERT_EQ(0, install_on(0, __NR_getppid, RET_ERRNO(rows[i].data)));
		EXPECT_EQ(rows[i].value, call());
	}
}

/* LOG lets the call through. */
TEST(log_allows)
{
	pid_t parent = getppid();

	ASSERT_EQ(0, install_on(0, __NR_getppid, SECCOMP_RET_LOG));
	EXPECT_EQ(parent, call());
}

/* Division by a zero register gives 0 at run time: KILL_THREAD. */
static int divide(void *unused)
{
	if (install(0, PROG(LOAD(nr), UNLESS(__NR_getppid, 4),
			    BPF_STMT(BPF_LDX | BPF_IMM, 0),
			    BPF_STMT(BPF_LD | BPF_IMM, SECCOMP_RET_ALLOW),
			    BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0),
			    BPF_STMT(BPF_RET | BPF_A, 0),
			    GIVE(SECCOMP_RET_ALLOW))))
		return 1;
	call();
	return 0;
}

TEST(division_by_zero)
{
	EXPECT_EQ(-SIGSYS, run(divide, NULL));
}

static siginfo_t trap_info;
static long trap_result;

static void on_trap(int sig, siginfo_t *info, void *uc)
{
	trap_info = *info;
	trap_result = context_result(uc);
	/* The address in the data is that of the instruction after the call. */
	if ((long)info->si_call_addr != context_pc(uc))
		trap_result = -1;
	set_context_result(uc, 77);
}

static void catch_trap(void)
{
	struct sigaction sa = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	sigaction(SIGSYS, &sa, NULL);
}

/* TRAP puts the registers back, then tells the handler what happened. */
TEST(trap_registers_and_info)
{
	catch_trap();
	ASSERT_EQ(0, install_on(0, __NR_getppid, SECCOMP_RET_TRAP | 0xbeef));
	EXPECT_EQ(77, raw_call(__NR_getppid, 0x5a5a, 0, 0));
	EXPECT_EQ(rolled_back(__NR_getppid, 0x5a5a), trap_result);
	EXPECT_EQ(SIGSYS, trap_info.si_signo);
	EXPECT_EQ(1, trap_info.si_code);
	EXPECT_EQ(0xbeef, trap_info.si_errno);
	EXPECT_EQ(__NR_getppid, trap_info.si_syscall);
	EXPECT_EQ(NATIVE_ARCH, trap_info.si_arch);
}

static int be_trapped(void *unused)
{
	sigset_t set;

	catch_trap();
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (install_on(0, __NR_getppid, SECCOMP_RET_TRAP))
		return 1;
	call();
	return 0;
}

/* The signal is forced: who blocks it dies of it. */
TEST(trap_blocked)
{
	EXPECT_EQ(-SIGSYS, run(be_trapped, NULL));
}

/* The upper half of the register is no part of the number. */
TEST(number_is_32_bits)
{
	ASSERT_EQ(0, install_on(0, __NR_getppid, RET_ERRNO(4)));
	EXPECT_EQ(-4, raw_call((1L << 32) | __NR_getppid, 0, 0, 0));
	EXPECT_EQ(-4, raw_call(~0xffffffffL | __NR_getppid, 0, 0, 0));
}

/*
 * Number -1 is a number like any other: what a filter says about it must reach
 * the caller, and what the filter allows is an unknown call.
 */
TEST(number_minus_one)
{
	EXPECT_EQ(-ENOSYS, raw_call(-1, 0, 0, 0));
	ASSERT_EQ(0, install_on(0, __NR_getppid, RET_ERRNO(1)));
	EXPECT_EQ(-ENOSYS, raw_call(-1, 0, 0, 0));
	ASSERT_EQ(0, install_on(0, -1, SECCOMP_RET_LOG));
	EXPECT_EQ(-ENOSYS, raw_call(-1, 0, 0, 0));
	ASSERT_EQ(0, install_on(0, -1, SECCOMP_RET_TRACE));
	EXPECT_EQ(-ENOSYS, raw_call(-1, 0, 0, 0));
	ASSERT_EQ(0, install_on(0, -1, RET_ERRNO(33)));
	EXPECT_EQ(-33, raw_call(-1, 0, 0, 0));
	catch_trap();
	ASSERT_EQ(0, install_on(0, -1, SECCOMP_RET_TRAP | 4));
	EXPECT_EQ(77, raw_call(-1, 0, 0, 0));
	EXPECT_EQ(-1, trap_info.si_syscall);
}

static int minus_one_notified(void *unused)
{
	long val = raw_call(-1, 0, 0, 0);

	if (val != 0x123456789abcL)
		return 1;
	if (raw_call(-1, 0, 0, 0) != -EPERM)
		return 2;
	return raw_call(-1, 0, 0, 0) == -ENOSYS ? 0 : 3;
}

TEST(number_minus_one_notified)
{
	int fd = listener_on(0, -1);
	struct seccomp_notif req;
	pid_t pid;

	ASSERT_LE(0, fd);
	pid = spawn(minus_one_notified, NULL);
	ASSERT_EQ(0, take(fd, &req));
	EXPECT_EQ(-1, req.data.nr);
	EXPECT_EQ(0, answer(fd, req.id, 0x123456789abcL, 0, 0));
	ASSERT_EQ(0, take(fd, &req));
	EXPECT_EQ(0, answer(fd, req.id, 0, -EPERM, 0));
	ASSERT_EQ(0, take(fd, &req));
	EXPECT_EQ(0, let_go(fd, req.id));
	EXPECT_EQ(0, reap(pid));
}

static char *core_dir;

static void dump_here(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (chdir(core_dir) || setrlimit(RLIMIT_CORE, &all))
		_exit(90);
}

static void remove_cores(void)
{
	DIR *d = opendir(core_dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(core_dir);
}

static void *die_in_thread(void *nr)
{
	raw_call((long)nr, 0, 0, 0);
	return NULL;
}

struct killing {
	__u32 verdict;
	/* 1: the only thread. 2: a second thread, with the leader waiting. 3: with it gone. */
	int threads;
};

static pid_t leader;

static void *die_after_leader(void *unused)
{
	if (in_state(leader, "Z"))
		call();
	_exit(91);
}

static int be_killed(void *arg)
{
	const struct killing *k = arg;
	pthread_t th;

	dump_here();
	if (install_on(0, __NR_getppid, k->verdict))
		return 92;
	leader = getpid();
	switch (k->threads) {
	case 1:
		call();
		return 93;
	case 2:
		pthread_create(&th, NULL, die_in_thread, (void *)__NR_getppid);
		/* The kernel clears the id that join waits for in any exit. */
		pthread_join(th, NULL);
		return 5;
	default:
		pthread_create(&th, NULL, die_after_leader, NULL);
		raw_call(__NR_exit, 0, 0, 0);
		return 94;
	}
}

static int killed(__u32 verdict, int threads)
{
	struct killing k = { verdict, threads };
	pid_t pid = spawn(be_killed, &k);
	siginfo_t info = {};

	waitid(P_PID, pid, &info, WEXITED);
	if (info.si_code == CLD_EXITED)
		return info.si_status;
	if (info.si_status != SIGSYS)
		return 1000 + info.si_status;
	return info.si_code == CLD_DUMPED ? -2 : -1;
}

/*
 * KILL_PROCESS and unknown actions dump core with SIGSYS from any thread;
 * KILL_THREAD ends its thread without, unless no other is left.
 */
TEST(kill_and_dump)
{
	mkdir("/tmp", 0777);
	core_dir = mkdtemp(strdup("/tmp/seccomp-core-XXXXXX"));
	ASSERT_NE(NULL, core_dir);
	EXPECT_EQ(-2, killed(SECCOMP_RET_KILL_PROCESS, 1));
	EXPECT_EQ(-2, killed(SECCOMP_RET_KILL_PROCESS, 2));
	EXPECT_EQ(-2, killed(SECCOMP_RET_KILL_PROCESS, 3));
	EXPECT_EQ(-2, killed(0x7ffe0000, 1));
	EXPECT_EQ(-2, killed(0x7ffe0000, 2));
	EXPECT_EQ(-2, killed(SECCOMP_RET_KILL_THREAD, 1));
	EXPECT_EQ(5, killed(SECCOMP_RET_KILL_THREAD, 2));
	EXPECT_EQ(-2, killed(SECCOMP_RET_KILL_THREAD, 3));
	remove_cores();
}

static int kill_with_handler(void *verdict)
{
	catch_trap();
	if (install_on(0, __NR_getppid, (unsigned long)verdict))
		return 1;
	call();
	return 0;
}

/* A handler for SIGSYS does not save from a kill. */
TEST(kill_ignores_handler)
{
	EXPECT_EQ(-SIGSYS, run(kill_with_handler, (void *)(long)SECCOMP_RET_KILL_PROCESS));
	EXPECT_EQ(-SIGSYS, run(kill_with_handler, (void *)(long)SECCOMP_RET_KILL_THREAD));
}

TEST_HARNESS_MAIN
