// SPDX-License-Identifier: GPL-2.0
/*
 * The order in which an installation is refused: with everything wrong at once,
 * one thing after another is put right, and each time the next error comes.
 */
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"

#define TSYNC		SECCOMP_FILTER_FLAG_TSYNC
#define LISTENER	SECCOMP_FILTER_FLAG_NEW_LISTENER
#define ESRCH_TOO	SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define UNKNOWN		0x80000000UL

/* Where nothing can be read. */
#define NOWHERE		((void *)-4096UL)

FIXTURE(refusal) {
	/* As long as can be: too long for a path on which there are three such. */
	struct sock_fprog *prog;
	/* Its filter is not on the caller's path. */
	struct sibling misfit;
	int listener;
	int filters;
};

FIXTURE_SETUP(refusal)
{
	int i;

	self->prog = long_program(BPF_MAXINSNS, SECCOMP_RET_ALLOW);
	self->listener = install_all(LISTENER, SECCOMP_RET_ALLOW);
	ASSERT_LE(0, self->listener);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, install(0, self->prog));
	self->filters = 4;
	ASSERT_EQ(true, start_sibling(&self->misfit, own_filter));
}

FIXTURE_TEARDOWN(refusal)
{
	EXPECT_EQ(self->filters, filters_of(getpid()));
}

TEST_F(refusal, what_is_given)
{
	struct sock_filter *insns = self->prog->filter, *last = &insns[BPF_MAXINSNS - 1];
	const struct sock_filter ret = *last;
	struct sock_fprog prog = { .len = BPF_MAXINSNS + 1, .filter = NOWHERE };
	const struct rlimit no_fds = { .rlim_cur = 0, .rlim_max = 64 };
	const struct rlimit fds = { .rlim_cur = 64, .rlim_max = 64 };
	unsigned long flags = UNKNOWN | TSYNC | ESRCH_TOO | LISTENER;
	int fd;

	last->code = BPF_LD | BPF_W | BPF_ABS;
	ASSERT_EQ(0, drop_root());
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &no_fds));

	EXPECT_EQ(-EINVAL, install(flags, NOWHERE));
	flags &= ~UNKNOWN;
	EXPECT_EQ(-EFAULT, install(flags, NOWHERE));
	EXPECT_EQ(-EINVAL, install(flags, &prog));
	prog.len = BPF_MAXINSNS;
	EXPECT_EQ(-EACCES, install(flags, &prog));
	ASSERT_EQ(0, set_no_new_privs());
	EXPECT_EQ(-EFAULT, install(flags, &prog));
	prog.filter = insns;
	EXPECT_EQ(-EINVAL, install(flags, &prog));
	*last = ret;
	EXPECT_EQ(-EMFILE, install(flags, &prog));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &fds));
	EXPECT_EQ(-EBUSY, install(flags, &prog));
	close(self->listener);
	EXPECT_EQ(-ENOMEM, install(flags, &prog));
	prog.len = 1;
	EXPECT_EQ(-ESRCH, install(flags, &prog));
	EXPECT_EQ(self->filters, filters_of(getpid()));
	EXPECT_EQ(getpgrp(), finish_sibling(&self->misfit));
	fd = install(flags, &prog);
	/* None of the attempts has kept a descriptor. */
	EXPECT_EQ(self->listener, fd);
	self->filters++;
}

/* The three that are found under the lock, with each set of flags that can meet them. */
TEST_F(refusal, what_is_there)
{
	struct sock_fprog *prog = self->prog;

	EXPECT_EQ(-EBUSY, install(LISTENER, prog));
	EXPECT_EQ(-EBUSY, install(LISTENER | TSYNC | ESRCH_TOO, prog));
	EXPECT_EQ(-ENOMEM, install(0, prog));
	EXPECT_EQ(-ENOMEM, install(TSYNC, prog));
	EXPECT_EQ(-ENOMEM, install(TSYNC | ESRCH_TOO, prog));
	prog->len = 1;
	EXPECT_EQ(-EBUSY, install(LISTENER, prog));
	EXPECT_EQ(-EBUSY, install(LISTENER | TSYNC | ESRCH_TOO, prog));
	EXPECT_EQ(self->misfit.tid, install(TSYNC, prog));
	EXPECT_EQ(-ESRCH, install(TSYNC | ESRCH_TOO, prog));
	EXPECT_EQ(getpgrp(), finish_sibling(&self->misfit));
}

TEST_HARNESS_MAIN
