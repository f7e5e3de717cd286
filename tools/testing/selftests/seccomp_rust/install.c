// SPDX-License-Identifier: GPL-2.0
/* Installing: what is refused, in which order, and what a refusal leaves behind. */
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"

#define TSYNC		SECCOMP_FILTER_FLAG_TSYNC
#define LISTENER	SECCOMP_FILTER_FLAG_NEW_LISTENER
#define ESRCH_TOO	SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define KILLABLE	SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define ALL_FLAGS	(TSYNC | LISTENER | ESRCH_TOO | KILLABLE | \
			 SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW)

/* The longest chain in instructions, with four extra for each ancestor. */
#define PATH_LIMIT	32768

static bool flags_agree(unsigned int flags)
{
	if ((flags & KILLABLE) && !(flags & LISTENER))
		return false;
	return !((flags & TSYNC) && (flags & LISTENER) && !(flags & ESRCH_TOO));
}

/* Libraries probe with a NULL program: a known, consistent set of flags gives EFAULT. */
TEST(probe_every_flag_set)
{
	unsigned int flags;

	for (flags = 0; flags <= ALL_FLAGS; flags++)
		EXPECT_EQ(flags_agree(flags) ? -EFAULT : -EINVAL, install(flags, NULL))
			TH_LOG("flags %#x", flags);
}

/* An unknown flag is refused before the program is read; only 32 bits count. */
TEST(probe_unknown_flag)
{
	int bit;

	for (bit = 6; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, install(1UL << bit, NULL));
	EXPECT_EQ(-EFAULT, install(1UL << 32, NULL));
}

/* Operations that are not there, and flags that the last two do not take. */
TEST(probe_operations)
{
	static const __u32 known[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
		SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE,
		SECCOMP_RET_LOG, SECCOMP_RET_ALLOW,
	};
	__u32 action = SECCOMP_RET_ALLOW;
	unsigned int i;
	__u16 sizes[3];

	EXPECT_EQ(-EINVAL, seccomp_op(4, 0, NULL));
	EXPECT_EQ(-EINVAL, seccomp_op(~0U, 0, NULL));
	EXPECT_EQ(-EINVAL, seccomp_op(SECCOMP_GET_ACTION_AVAIL, 1, &action));
	EXPECT_EQ(-EFAULT, seccomp_op(SECCOMP_GET_ACTION_AVAIL, 0, NULL));
	for (i = 0; i < ARRAY_SIZE(known); i++)
		EXPECT_EQ(0, seccomp_op(SECCOMP_GET_ACTION_AVAIL, 0, &known[i]));
	action = 0x7fc10000;
	EXPECT_EQ(-EOPNOTSUPP, seccomp_op(SECCOMP_GET_ACTION_AVAIL, 0, &action));
	action = SECCOMP_RET_ERRNO | 1;
	EXPECT_EQ(-EOPNOTSUPP, seccomp_op(SECCOMP_GET_ACTION_AVAIL, 0, &action));
	EXPECT_EQ(-EINVAL, seccomp_op(SECCOMP_GET_NOTIF_SIZES, 1, sizes));
	EXPECT_EQ(-EFAULT, seccomp_op(SECCOMP_GET_NOTIF_SIZES, 0, NULL));
	EXPECT_EQ(0, seccomp_op(SECCOMP_GET_NOTIF_SIZES, 0, sizes));
	EXPECT_EQ(80, sizes[0]);
	EXPECT_EQ(24, sizes[1]);
	EXPECT_EQ(64, sizes[2]);
}

/* Length 0 and lengths above BPF_MAXINSNS; the check comes before permission. */
TEST(length)
{
	struct sock_fprog *prog = long_program(BPF_MAXINSNS, SECCOMP_RET_ALLOW);

	EXPECT_EQ(0, install(0, prog));
	prog->len = BPF_MAXINSNS + 1;
	EXPECT_EQ(-EINVAL, install(0, prog));
	prog->len = 0;
	EXPECT_EQ(-EINVAL, install(0, prog));
	ASSERT_EQ(0, drop_root());
	EXPECT_EQ(-EINVAL, install(0, prog));
	/* Permission in turn comes before the instructions are read. */
	prog->len = 1;
	prog->filter = NULL;
	EXPECT_EQ(-EACCES, install(0, prog));
}

/* The header and the instructions must be readable. */
TEST(bad_pointers)
{
	struct sock_fprog prog = { .len = 1, .filter = NULL };

	/* No pointer at all is a program that is no program. */
	EXPECT_EQ(-EINVAL, install(0, &prog));
	prog.filter = (void *)-4096UL;
	EXPECT_EQ(-EFAULT, install(0, &prog));
	EXPECT_EQ(-EFAULT, install(0, (void *)-4096UL));
	EXPECT_EQ(0, prctl(PR_GET_SECCOMP));
}

/* CAP_SYS_ADMIN in the caller's own user namespace, or no_new_privs. */
TEST(permission)
{
	ASSERT_EQ(0, drop_root());
	EXPECT_EQ(-EACCES, install_all(0, SECCOMP_RET_ALLOW));
	EXPECT_EQ(-1, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
			    PROG(GIVE(SECCOMP_RET_ALLOW))));
	EXPECT_EQ(EACCES, errno);
	ASSERT_EQ(0, set_no_new_privs());
	EXPECT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
}

TEST(permission_in_user_namespace)
{
	ASSERT_EQ(0, drop_root());
	ASSERT_EQ(0, unshare(CLONE_NEWUSER));
	EXPECT_EQ(0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	EXPECT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
}

/* Programs that the packet filter would take, or that nobody takes. */
TEST(bad_programs)
{
	static const struct sock_filter bad[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_CPU),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_RANDOM),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0),
		BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32),
		BPF_STMT(BPF_LD | BPF_MEM, BPF_MEMWORDS),
		/* A cell that was never written. */
		BPF_STMT(BPF_LD | BPF_MEM, 3),
		/* Unaligned, and past the last word of the data. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof(struct seccomp_data)),
		BPF_STMT(BPF_LDX | BPF_W | BPF_ABS, 0),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(0xffff, 0),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, install(0, PROG(bad[i], GIVE(SECCOMP_RET_ALLOW))))
			TH_LOG("program %u", i);
	/* The last instruction must return. */
	EXPECT_EQ(-EINVAL, install(0, PROG(GIVE(SECCOMP_RET_ALLOW), LOAD(nr))));
	EXPECT_EQ(0, prctl(PR_GET_SECCOMP));
}

/* The length load, in both registers, is the size of the data: 64. */
TEST(length_load)
{
	ASSERT_EQ(0, install(0, PROG(LOAD(nr), UNLESS(__NR_getppid, 6),
				     BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0),
				     BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
				     BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
				     BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
				     BPF_STMT(BPF_RET | BPF_A, 0),
				     GIVE(SECCOMP_RET_KILL_PROCESS),
				     GIVE(SECCOMP_RET_ALLOW))));
	EXPECT_EQ(-128, raw_call(__NR_getppid, 0, 0, 0));
}

/*
 * The length that counts is that of the program as the kernel runs it: three
 * instructions before, and two for each return of a constant.
 */
TEST(path_limit)
{
	struct sock_fprog *prog = long_program(BPF_MAXINSNS, SECCOMP_RET_ALLOW);
	int full = 2 * BPF_MAXINSNS + 3, left, fd;

	ASSERT_EQ(0, install(0, prog));
	ASSERT_EQ(0, install(0, prog));
	ASSERT_EQ(0, install(0, prog));
	left = PATH_LIMIT - 3 * (full + 4);
	prog->len = (left - 3) / 2 + 1;
	EXPECT_EQ(-ENOMEM, install(0, prog));
	/* A refusal at this point leaves neither descriptor nor filter. */
	fd = open_fds();
	EXPECT_EQ(-ENOMEM, install(LISTENER, prog));
	EXPECT_EQ(fd, open_fds());
	EXPECT_EQ(3, filters_of(getpid()));
	prog->len--;
	EXPECT_EQ(0, install(0, prog));
	prog->len = 1;
	EXPECT_EQ(-ENOMEM, install(0, prog));
	EXPECT_EQ(4, filters_of(getpid()));
}

/* A second listener is refused, whoever holds the first, until it is closed. */
TEST(second_listener)
{
	int fd = install_all(LISTENER, SECCOMP_RET_ALLOW), fds;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	fds = open_fds();
	EXPECT_EQ(-EBUSY, install_all(LISTENER, SECCOMP_RET_ALLOW));
	EXPECT_EQ(-EBUSY, install_all(LISTENER | KILLABLE, SECCOMP_RET_ALLOW));
	EXPECT_EQ(fds, open_fds());
	EXPECT_EQ(2, filters_of(getpid()));
	close(fd);
	EXPECT_EQ(fd, install_all(LISTENER, SECCOMP_RET_ALLOW));
}

/* No descriptor left: EMFILE, and no filter. A bad program takes no descriptor. */
TEST(failed_listener)
{
	struct rlimit none = { .rlim_cur = 0, .rlim_max = 64 };
	int fds = open_fds();

	EXPECT_EQ(-EINVAL, install(LISTENER, PROG(LOAD(nr))));
	EXPECT_EQ(fds, open_fds());
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, install_all(LISTENER, SECCOMP_RET_ERRNO));
	EXPECT_EQ(0, prctl(PR_GET_SECCOMP));
	none.rlim_cur = 64;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(fds, open_fds());
	EXPECT_EQ(0, filters_of(getpid()));
}

static int strict_by_prctl(void *arg)
{
	/* The pointer is not looked at, whatever it is. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, -1L))
		return 1;
	raw_call(__NR_exit, 5, 0, 0);
	return 2;
}

TEST(strict_arguments)
{
	EXPECT_EQ(-EINVAL, seccomp_op(SECCOMP_SET_MODE_STRICT, 1, NULL));
	EXPECT_EQ(-EINVAL, seccomp_op(SECCOMP_SET_MODE_STRICT, 0, &errno));
	EXPECT_EQ(0, prctl(PR_GET_SECCOMP));
	EXPECT_EQ(5, run(strict_by_prctl, NULL));
}

static int strict_then(void *nr)
{
	if (seccomp_op(SECCOMP_SET_MODE_STRICT, 0, NULL))
		return 1;
	raw_call((long)nr, -1, 0, 0);
	raw_call(__NR_exit, 5, 0, 0);
	return 2;
}

/* read, write, exit and sigreturn; the uprobe calls are in another program. */
TEST(strict_calls)
{
	EXPECT_EQ(5, run(strict_then, (void *)__NR_read));
	EXPECT_EQ(5, run(strict_then, (void *)__NR_write));
	EXPECT_EQ(255, run(strict_then, (void *)__NR_exit));
	EXPECT_EQ(-SIGKILL, run(strict_then, (void *)__NR_exit_group));
	EXPECT_EQ(-SIGKILL, run(strict_then, (void *)__NR_close));
	EXPECT_EQ(-SIGKILL, run(strict_then, (void *)__NR_seccomp));
	EXPECT_EQ(-SIGKILL, run(strict_then, (void *)-1L));
	EXPECT_EQ(-SIGKILL, run(strict_then, (void *)(long)(__NR_read | X32_BIT)));
}

static int read_clock(void *strict)
{
	if (strict ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) :
	    install_all(0, SECCOMP_RET_ALLOW))
		return 1;
	read_counter();
	raw_call(__NR_exit, 5, 0, 0);
	return 2;
}

static int refused_then_read_clock(void *unused)
{
	if (install_all(0, SECCOMP_RET_ALLOW) ||
	    seccomp_op(SECCOMP_SET_MODE_STRICT, 0, NULL) != -EINVAL)
		return 3;
	return read_clock(NULL);
}

/* The processor's clock cannot be read in strict mode, if it can be taken from a task. */
TEST(strict_clock)
{
	EXPECT_EQ(5, run(read_clock, NULL));
	EXPECT_EQ(STRICT_TAKES_COUNTER ? -SIGSEGV : 5, run(read_clock, "strict"));
	/* Nor has it been taken from others, nor from whom strict mode is refused. */
	EXPECT_EQ(5, run(read_clock, NULL));
	EXPECT_EQ(5, run(refused_then_read_clock, NULL));
}

static int strict_handler(void *unused)
{
	interrupt_on(SIGUSR1, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return 1;
	raw_call(__NR_write, (long)unused, (long)"x", 1);
	/* The parent sends the signal while this read sleeps. */
	raw_call(__NR_read, (long)unused, (long)&unused, 1);
	raw_call(__NR_exit, 6, 0, 0);
	return 2;
}

/* A handler in strict mode can return. */
TEST(strict_sigreturn)
{
	int sv[2];
	char c;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	pid = spawn(strict_handler, (void *)(long)sv[1]);
	ASSERT_EQ(1, read(sv[0], &c, 1));
	EXPECT_EQ(SECCOMP_MODE_STRICT, mode_of(pid));
	EXPECT_EQ(true, asleep_in(pid, __NR_read));
	kill(pid, SIGUSR1);
	EXPECT_EQ(6, reap(pid));
}

/* A mode, once set, stays; the prctl form has modes 1 and 2, and no flags. */
TEST(mode_is_kept)
{
	EXPECT_EQ(-1, prctl(PR_SET_SECCOMP, 0, 0, 0, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, prctl(PR_SET_SECCOMP, 3, 0, 0, 0));
	EXPECT_EQ(EINVAL, errno);
	/* What would be the flags asks for a listener, and gets none. */
	EXPECT_EQ(0, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
			   PROG(GIVE(SECCOMP_RET_ALLOW)), LISTENER, LISTENER));
	EXPECT_EQ(SECCOMP_MODE_FILTER, prctl(PR_GET_SECCOMP));
	EXPECT_EQ(-EINVAL, seccomp_op(SECCOMP_SET_MODE_STRICT, 0, NULL));
	EXPECT_EQ(-1, prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(SECCOMP_MODE_FILTER, prctl(PR_GET_SECCOMP));
}

TEST_HARNESS_MAIN
