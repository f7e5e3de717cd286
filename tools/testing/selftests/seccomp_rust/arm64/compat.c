// SPDX-License-Identifier: GPL-2.0
/*
 * Calls of the 32-bit table, made by a program that a 64-bit one has become. The
 * filters stay what they were; neither table's calls may be taken for the other's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "compat.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "prog32.h"
#include "task.h"

/* Numbers of the 32-bit table. */
#define NR32_EXIT	1
#define NR32_READ	3
#define NR32_WRITE	4
#define NR32_SIGRETURN	119
#define NR32_RT_SIGRETURN	173
/* One of those that no table has: set_tls. */
#define NR32_PRIVATE	0x0f0005

FIXTURE(compat) {
	/* The process of the test, in words. */
	char self[16];
};

FIXTURE_SETUP(compat)
{
	const char *why = no_call32();

	if (why)
		SKIP(return, "%s", why);
	snprintf(self->self, sizeof(self->self), "%d", getpid());
}

FIXTURE_TEARDOWN(compat)
{
}

/* What a child does on its way to becoming the program, and the program's words. */
struct become {
	const struct sock_fprog *prog;
	/* A native call to make before, and what it must give. */
	long nr, gives;
	char *const *words;
};

static int become(void *arg)
{
	const struct become *b = arg;

	if (b->prog && install(0, b->prog))
		return 90;
	if (b->nr && raw_call(b->nr, 0, 0, 0) != b->gives)
		return 91;
	exec32_words(b->words);
	return 92;
}

#define WORDS(...)	((char *const []){ "prog32", __VA_ARGS__, NULL })

/* The architecture in the data tells the two tables apart. */
TEST_F(compat, arch_in_data)
{
	struct become b = {
		.prog = PROG(LOAD(nr), UNLESS(NR32_GETPPID, 5), LOAD(arch),
			     UNLESS(AUDIT_ARCH_ARM, 1), GIVE(RET_ERRNO(32)),
			     UNLESS(AUDIT_ARCH_AARCH64, 1), GIVE(RET_ERRNO(64)),
			     GIVE(SECCOMP_RET_ALLOW)),
		.nr = NR32_GETPPID, .gives = -64,
		.words = WORDS("call", "64", "0", "0", "0", "-32"),
	};

	EXPECT_EQ(0, run(become, &b));
}

/* More calls that are not refused need not be named. */
#define ENOUGH	3

/* Has all calls of a range refused, but exit; names the first that are not. */
static void expect_refused(struct __test_metadata *_metadata, const struct sock_fprog *prog,
			   int first, int end)
{
	char from[16], to[16];
	struct become b = { .prog = prog, .words = WORDS("range", from, to, "-7") };
	int nr, status, named = 0;

	snprintf(from, sizeof(from), "%d", first);
	snprintf(to, sizeof(to), "%d", end);
	status = run(become, &b);
	EXPECT_EQ(ALL_REFUSED, status);
	if (status == ALL_REFUSED)
		return;
	for (nr = first; nr < end && named < ENOUGH; nr++) {
		snprintf(from, sizeof(from), "%d", nr);
		snprintf(to, sizeof(to), "%d", nr + 1);
		if (run(become, &b) != ALL_REFUSED) {
			TH_LOG("call %d is not refused", nr);
			named++;
		}
	}
}

/* What is always allowed natively, and cached so, is not allowed to 32-bit programs. */
TEST_F(compat, native_cache_is_native)
{
	const struct sock_fprog *prog =
		PROG(LOAD(arch), UNLESS(AUDIT_ARCH_AARCH64, 1), GIVE(SECCOMP_RET_ALLOW),
		     LOAD(nr), UNLESS(NR32_EXIT, 1), GIVE(SECCOMP_RET_ALLOW),
		     GIVE(RET_ERRNO(7)));

	/* Includes numbers that only one of the two tables has. */
	expect_refused(_metadata, prog, -1, 480);
	/* And the kernel's own, which are far from all others. */
	expect_refused(_metadata, prog, 0xf0000, 0xf0010);
}

/* And the other way about, with no call that could do harm. */
TEST_F(compat, compat_cache_is_compat)
{
	struct become b = {
		.prog = PROG(LOAD(arch), UNLESS(AUDIT_ARCH_ARM, 1), GIVE(SECCOMP_RET_ALLOW),
			     LOAD(nr), UNLESS(NR32_GETPPID, 1), GIVE(RET_ERRNO(8)),
			     UNLESS(__NR_getppid, 1), GIVE(RET_ERRNO(9)),
			     GIVE(SECCOMP_RET_ALLOW)),
		.nr = NR32_GETPPID, .gives = -8,
		.words = WORDS("call", "64", "0", "0", "0", self->self),
	};

	EXPECT_EQ(0, run(become, &b));
	b.nr = __NR_getppid;
	b.gives = -9;
	EXPECT_EQ(0, run(become, &b));
}

/* The same without looking at the architecture: the number alone decides. */
TEST_F(compat, number_without_arch)
{
	struct become b = {
		.prog = PROG(LOAD(nr), UNLESS(__NR_getppid, 1), GIVE(RET_ERRNO(5)),
			     GIVE(SECCOMP_RET_ALLOW)),
		.nr = __NR_getppid, .gives = -5,
		.words = WORDS("call", "173", "0", "0", "0", "-5"),
	};

	ASSERT_EQ(173, __NR_getppid);
	EXPECT_EQ(0, run(become, &b));
	b.words = WORDS("call", "64", "0", "0", "0", self->self);
	EXPECT_EQ(0, run(become, &b));
}

/* A 32-bit call's notification: its architecture, number, and arguments not sign-extended. */
TEST_F(compat, notification)
{
	struct become b = {
		.words = WORDS("call", "64", "0xfffffffe", "0x80000001", "3", "-44"),
	};
	pid_t pid;
	int fd = install(SECCOMP_FILTER_FLAG_NEW_LISTENER,
			 PROG(LOAD(arch), UNLESS(AUDIT_ARCH_ARM, 3),
			      LOAD(nr), UNLESS(NR32_GETPPID, 1), GIVE(SECCOMP_RET_USER_NOTIF),
			      GIVE(SECCOMP_RET_ALLOW)));

	ASSERT_LE(0, fd);
	pid = spawn(become, &b);
	answer_call32(_metadata, fd, AUDIT_ARCH_ARM, NR32_GETPPID, pid);
	EXPECT_EQ(0, reap(pid));
}

/* The listener's ioctls through the 32-bit table are the same. */
TEST_F(compat, listener_ioctls)
{
	struct target t = start_target(0, call_gives_7, NULL);
	char fd[16], pid[16];
	struct become b = { .words = WORDS("listen", fd, pid) };

	ASSERT_LE(0, t.listener);
	snprintf(fd, sizeof(fd), "%d", t.listener);
	snprintf(pid, sizeof(pid), "%d", t.pid);
	/* It stays open in the program. */
	ASSERT_EQ(0, fcntl(t.listener, F_SETFD, 0));
	EXPECT_EQ(0, run(become, &b));
	EXPECT_EQ(0, reap(t.pid));
}

/* What the handler of a 32-bit program is told. */
TEST_F(compat, trap)
{
	struct become b = {
		.prog = PROG(LOAD(arch), UNLESS(AUDIT_ARCH_ARM, 3), LOAD(nr),
			     UNLESS(NR32_GETPPID, 1), GIVE(SECCOMP_RET_TRAP | 3),
			     GIVE(SECCOMP_RET_ALLOW)),
		.words = WORDS("trap"),
	};

	EXPECT_EQ(0, run(become, &b));
}

/* Strict mode has a list for each of the two tables. */
TEST_F(compat, strict_lists)
{
	static const struct {
		int nr, status;
	} rows[] = {
		{ NR32_READ, 6 },
		{ NR32_WRITE, 6 },
		{ NR32_EXIT, 5 },
		/* It is made, and finds no frame to return to. */
		{ NR32_RT_SIGRETURN, -SIGSEGV },
		{ NR32_SIGRETURN, -SIGKILL },
		/* Native numbers of read, write, sigreturn and exit. */
		{ __NR_read, -SIGKILL },
		{ __NR_write, -SIGKILL },
		{ __NR_rt_sigreturn, -SIGKILL },
		{ __NR_exit, -SIGKILL },
		{ NR32_PRIVATE, -SIGKILL },
		{ -1, -SIGKILL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char nr[16];
		struct become b = { .words = WORDS("strict", nr) };

		snprintf(nr, sizeof(nr), "%d", rows[i].nr);
		EXPECT_EQ(rows[i].status, run(become, &b)) TH_LOG("row %u", i);
	}
}

static int native_strict(void *nr)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return 1;
	raw_call((long)nr, 5, 0, 0);
	raw_call(__NR_exit, 6, 0, 0);
	return 2;
}

TEST_F(compat, strict_lists_native)
{
	static const struct {
		int nr, status;
	} rows[] = {
		{ __NR_read, 6 },
		{ __NR_write, 6 },
		{ __NR_exit, 5 },
		{ NR32_READ, -SIGKILL },
		{ NR32_WRITE, -SIGKILL },
		{ NR32_EXIT, -SIGKILL },
		{ NR32_RT_SIGRETURN, -SIGKILL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		EXPECT_EQ(rows[i].status, run(native_strict, (void *)(long)rows[i].nr))
			TH_LOG("row %u", i);
}

/* A 32-bit program passes a 32-bit header, whichever of the two calls it makes. */
TEST_F(compat, header)
{
	struct become b = { .words = WORDS("install") };

	EXPECT_EQ(0, run(become, &b));
}

TEST_HARNESS_MAIN
