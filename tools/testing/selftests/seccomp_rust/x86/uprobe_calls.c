// SPDX-License-Identifier: GPL-2.0
/*
 * The two calls that the kernel itself makes a task do for uprobes, made by the
 * program: every filter and strict mode let them pass, and nothing like them.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "int80.h"
#include "program.h"
#include "task.h"

struct direct {
	bool strict;
	long nr;
};

static int call_directly(void *arg)
{
	const struct direct *d = arg;

	if (d->strict ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) :
	    install(0, PROG(LOAD(nr), UNLESS(__NR_exit, 1), GIVE(SECCOMP_RET_ALLOW),
			    GIVE(SECCOMP_RET_KILL_PROCESS))))
		return 1;
	raw_call(__NR_exit, raw_call(d->nr, 0, 0, 0) < 0 ? 5 : 6, 0, 0);
	return 2;
}

/* A call made by the program itself reaches the kernel, which refuses or kills. */
TEST(made_by_hand)
{
	struct direct d;

	for (d.strict = false;; d.strict = true) {
		d.nr = NR_UPROBE;
		EXPECT_EQ(5, run(call_directly, &d));
		d.nr = NR_URETPROBE;
		EXPECT_EQ(-SIGILL, run(call_directly, &d));
		/* x32 numbers are no such call. */
		d.nr = NR_UPROBE | X32_BIT;
		EXPECT_EQ(d.strict ? -SIGKILL : -SIGSYS, run(call_directly, &d));
		d.nr = NR_URETPROBE | X32_BIT;
		EXPECT_EQ(d.strict ? -SIGKILL : -SIGSYS, run(call_directly, &d));
		if (d.strict)
			break;
	}
}

/* Nor are the same numbers of the 32-bit table. */
TEST(compat_numbers)
{
	ASSERT_EQ(0, install(0, PROG(LOAD(nr), UNLESS(NR_URETPROBE, 1), GIVE(RET_ERRNO(5)),
				     UNLESS(NR_UPROBE, 1), GIVE(RET_ERRNO(6)),
				     GIVE(SECCOMP_RET_ALLOW))));
	EXPECT_EQ(-5, int80(NR_URETPROBE, 0, 0, 0));
	EXPECT_EQ(-6, int80(NR_UPROBE, 0, 0, 0));
	EXPECT_NE(-6, raw_call(NR_UPROBE, 0, 0, 0));
}

TEST_HARNESS_MAIN
