/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of 32-bit calls have in common, whatever the architecture. */
#ifndef COMPAT_H
#define COMPAT_H

#include "kselftest_harness.h"
#include "notify.h"

/* How a child exits that has found all calls refused: none of them was exit(0). */
#define ALL_REFUSED	42

/*
 * Takes the request of a 32-bit call of @nr with the arguments 0xfffffffe,
 * 0x80000001 and 3, none of which may be sign-extended, and answers it with -44.
 */
static inline void answer_call32(struct __test_metadata *_metadata, int listener, __u32 arch,
				 int nr, pid_t pid)
{
	struct seccomp_notif req;

	ASSERT_EQ(0, take(listener, &req));
	EXPECT_EQ(arch, req.data.arch);
	EXPECT_EQ(nr, req.data.nr);
	EXPECT_EQ(0xfffffffeUL, req.data.args[0]);
	EXPECT_EQ(0x80000001UL, req.data.args[1]);
	EXPECT_EQ(3, req.data.args[2]);
	EXPECT_EQ(pid, req.pid);
	EXPECT_EQ(0, answer(listener, req.id, 0, -44, 0));
}

#endif
