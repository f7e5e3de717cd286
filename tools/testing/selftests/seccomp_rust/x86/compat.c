// SPDX-License-Identifier: GPL-2.0
/*
 * Calls of another convention than the task's own: the 32-bit entry from a
 * 64-bit program, and x32 numbers. Neither may be taken for a native call.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "compat.h"
#include "entry.h"
#include "int80.h"
#include "program.h"
#include "notify.h"
#include "task.h"

/* The architecture in the data tells the two entries apart. */
TEST(arch_in_data)
{
	ASSERT_EQ(0, install(0, PROG(LOAD(nr), UNLESS(NR32_GETPPID, 5), LOAD(arch),
				     UNLESS(AUDIT_ARCH_I386, 1), GIVE(RET_ERRNO(32)),
				     UNLESS(AUDIT_ARCH_X86_64, 1), GIVE(RET_ERRNO(64)),
				     GIVE(SECCOMP_RET_ALLOW))));
	EXPECT_EQ(-32, int80(NR32_GETPPID, 0, 0, 0));
	EXPECT_EQ(-64, raw_call(NR32_GETPPID, 0, 0, 0));
}

/* Includes numbers that only one of the two tables has. */
static int int80_is_refused(void *last)
{
	int *nr = last;

	for (*nr = -1; *nr < 480; ++*nr)
		if (int80(*nr, 0, 0, 0) != -7)
			return 1;
	return ALL_REFUSED;
}

/* What is always allowed natively, and cached so, is not allowed by int80. */
TEST(native_cache_is_native)
{
	int *last = shared(sizeof(*last));

	ASSERT_EQ(0, install(0, PROG(LOAD(arch), UNLESS(AUDIT_ARCH_X86_64, 1),
				     GIVE(SECCOMP_RET_ALLOW), GIVE(RET_ERRNO(7)))));
	EXPECT_EQ(ALL_REFUSED, run(int80_is_refused, last)) TH_LOG("call %d", *last);
	EXPECT_EQ(getpid(), raw_call(__NR_getpid, 0, 0, 0));
}

/* And the other way about, with no call that could do harm. */
TEST(compat_cache_is_compat)
{
	pid_t parent = getppid();

	ASSERT_EQ(0, install(0, PROG(LOAD(arch), UNLESS(AUDIT_ARCH_I386, 1),
				     GIVE(SECCOMP_RET_ALLOW),
				     LOAD(nr), UNLESS(NR32_GETPPID, 1), GIVE(RET_ERRNO(8)),
				     UNLESS(__NR_getppid, 1), GIVE(RET_ERRNO(9)),
				     GIVE(SECCOMP_RET_ALLOW))));
	EXPECT_EQ(parent, int80(NR32_GETPPID, 0, 0, 0));
	EXPECT_EQ(-8, raw_call(NR32_GETPPID, 0, 0, 0));
	EXPECT_EQ(-9, raw_call(__NR_getppid, 0, 0, 0));
	EXPECT_EQ(parent, int80(NR32_GETPPID, 0, 0, 0));
}

/* The same without looking at the architecture: the number alone decides. */
TEST(number_without_arch)
{
	pid_t parent = getppid();

	ASSERT_EQ(0, install_on(0, __NR_getppid, RET_ERRNO(5)));
	EXPECT_EQ(-5, raw_call(__NR_getppid, 0, 0, 0));
	EXPECT_EQ(-5, int80(__NR_getppid, 0, 0, 0));
	EXPECT_EQ(parent, int80(NR32_GETPPID, 0, 0, 0));
}

static int x32_is_refused(void *last)
{
	int *nr = last;

	for (*nr = 0; *nr < 560; ++*nr)
		if (raw_call(X32_BIT | *nr, 0, 0, 0) != -6)
			return 1;
	return ALL_REFUSED;
}

/* x32 numbers have the native architecture and a bit of their own. */
TEST(x32_numbers)
{
	int *last = shared(sizeof(*last));

	ASSERT_EQ(0, install(0, PROG(LOAD(nr),
				     BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 3),
				     LOAD(arch),
				     UNLESS(AUDIT_ARCH_X86_64, 1), GIVE(RET_ERRNO(6)),
				     GIVE(SECCOMP_RET_ALLOW))));
	EXPECT_EQ(ALL_REFUSED, run(x32_is_refused, last)) TH_LOG("call %d", *last);
	EXPECT_EQ(-6, raw_call(0x7fffffff, 0, 0, 0));
	EXPECT_EQ(getpid(), raw_call(__NR_getpid, 0, 0, 0));
}

/* Number -1 is a number like any other, to either entry. */
TEST(number_minus_one)
{
	ASSERT_EQ(0, install_on(0, -1, RET_ERRNO(33)));
	EXPECT_EQ(-33, raw_call(-1, 0, 0, 0));
	EXPECT_EQ(-33, int80(-1, 0, 0, 0));
}

static int notified32(void *unused)
{
	int ret = int80(NR32_GETPPID, 0xfffffffe, 0x80000001, 3);

	return ret == -44 ? 0 : 1;
}

/* A 32-bit call's notification: its architecture, number, and arguments not sign-extended. */
TEST(notification)
{
	pid_t pid;
	int fd = install(SECCOMP_FILTER_FLAG_NEW_LISTENER,
			 PROG(LOAD(arch), UNLESS(AUDIT_ARCH_I386, 3),
			      LOAD(nr), UNLESS(NR32_GETPPID, 1), GIVE(SECCOMP_RET_USER_NOTIF),
			      GIVE(SECCOMP_RET_ALLOW)));

	ASSERT_LE(0, fd);
	pid = spawn(notified32, NULL);
	answer_call32(_metadata, fd, AUDIT_ARCH_I386, NR32_GETPPID, pid);
	EXPECT_EQ(0, reap(pid));
}

/* The listener's ioctls through the 32-bit entry are the same. */
TEST(listener_ioctls)
{
	struct target t = start_target(0, call_gives_7, NULL);
	struct seccomp_notif *req = low_memory(4096);
	struct seccomp_notif_resp *resp = (void *)(req + 1);
	struct seccomp_notif_addfd *add = (void *)(resp + 1);
	unsigned long id = (unsigned long)&req->id;

	ASSERT_LE(0, t.listener);
	ASSERT_NE(MAP_FAILED, req);
	EXPECT_EQ(-EINVAL, int80(NR32_IOCTL, t.listener, 0x5401, 0));
	EXPECT_EQ(0, int80(NR32_IOCTL, t.listener, SECCOMP_IOCTL_NOTIF_RECV,
			   (unsigned long)req));
	EXPECT_EQ(t.pid, req->pid);
	EXPECT_EQ(0, int80(NR32_IOCTL, t.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, id));
	EXPECT_EQ(0, int80(NR32_IOCTL, t.listener, ID_VALID_OLD, id));
	EXPECT_EQ(0, int80(NR32_IOCTL, t.listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1));
	EXPECT_EQ(-EINVAL, int80(NR32_IOCTL, t.listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 2));
	*add = (struct seccomp_notif_addfd) { .id = req->id, .newfd = 50 };
	EXPECT_EQ(-EINVAL, int80(NR32_IOCTL, t.listener, SECCOMP_IOCTL_NOTIF_ADDFD,
				 (unsigned long)add));
	add->flags = SECCOMP_ADDFD_FLAG_SETFD;
	EXPECT_EQ(50, int80(NR32_IOCTL, t.listener, SECCOMP_IOCTL_NOTIF_ADDFD,
			    (unsigned long)add));
	resp->id = req->id;
	resp->val = 7;
	EXPECT_EQ(0, int80(NR32_IOCTL, t.listener, SECCOMP_IOCTL_NOTIF_SEND,
			   (unsigned long)resp));
	EXPECT_EQ(0, reap(t.pid));
}

static siginfo_t trap_info;

static void on_trap(int sig, siginfo_t *info, void *uc)
{
	trap_info = *info;
}

TEST(trap)
{
	struct sigaction sa = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	sigaction(SIGSYS, &sa, NULL);
	ASSERT_EQ(0, install(0, PROG(LOAD(arch), UNLESS(AUDIT_ARCH_I386, 3), LOAD(nr),
				     UNLESS(NR32_GETPPID, 1), GIVE(SECCOMP_RET_TRAP | 3),
				     GIVE(SECCOMP_RET_ALLOW))));
	/* Rolled back: the register holds the number again. */
	EXPECT_EQ(NR32_GETPPID, int80(NR32_GETPPID, 0, 0, 0));
	EXPECT_EQ(AUDIT_ARCH_I386, trap_info.si_arch);
	EXPECT_EQ(NR32_GETPPID, trap_info.si_syscall);
	EXPECT_EQ(3, trap_info.si_errno);
}

struct strict_call {
	bool by_int80;
	int nr;
};

static int strict(void *arg)
{
	const struct strict_call *c = arg;

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return 1;
	if (c->by_int80)
		int80(c->nr, 5, 0, 0);
	else
		raw_call(c->nr, 5, 0, 0);
	int80(NR32_EXIT, 6, 0, 0);
	return 2;
}

/* Strict mode has a list for each of the two entries. */
TEST(strict_lists)
{
	static const struct {
		struct strict_call call;
		int status;
	} rows[] = {
		{ { true, NR32_READ }, 6 },
		{ { true, NR32_WRITE }, 6 },
		{ { true, NR32_EXIT }, 5 },
		/* Native numbers of read, write, sigreturn and exit. */
		{ { true, __NR_read }, -SIGKILL },
		{ { true, __NR_rt_sigreturn }, -SIGKILL },
		{ { true, __NR_exit }, -SIGKILL },
		{ { true, NR_URETPROBE }, -SIGKILL },
		{ { true, NR_UPROBE }, -SIGKILL },
		{ { true, -1 }, -SIGKILL },
		{ { false, NR32_READ }, -SIGKILL },
		{ { false, NR32_WRITE }, -SIGKILL },
		{ { false, __NR_write }, 6 },
		{ { false, __NR_exit }, 5 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strict_call call = rows[i].call;

		EXPECT_EQ(rows[i].status, run(strict, &call)) TH_LOG("row %u", i);
	}
}

struct compat_fprog {
	__u16 len;
	__u32 filter;
};

/* A 32-bit call passes a 32-bit header, whichever of the two entries it takes. */
TEST(compat_header)
{
	struct sock_filter *insn = low_memory(4096);
	struct compat_fprog *prog = (void *)(insn + 8);

	ASSERT_NE(MAP_FAILED, insn);
	memcpy(insn, PROG(LOAD(nr), UNLESS(__NR_getppid, 1), GIVE(RET_ERRNO(11)),
			  GIVE(SECCOMP_RET_ALLOW))->filter, 4 * sizeof(*insn));
	prog->len = 4;
	prog->filter = (unsigned long)insn;
	EXPECT_EQ(-EFAULT, int80(NR32_SECCOMP, SECCOMP_SET_MODE_FILTER, 0, 0));
	ASSERT_EQ(0, int80(NR32_SECCOMP, SECCOMP_SET_MODE_FILTER, 0, (unsigned long)prog));
	EXPECT_EQ(-11, raw_call(__NR_getppid, 0, 0, 0));
	insn[2].k = RET_ERRNO(12);
	ASSERT_EQ(0, int80(NR32_PRCTL, PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
			   (unsigned long)prog));
	EXPECT_EQ(-12, raw_call(__NR_getppid, 0, 0, 0));
	EXPECT_EQ(2, filters_of(getpid()));
}

TEST_HARNESS_MAIN
