// SPDX-License-Identifier: GPL-2.0
/* Speculation that is mitigated for who is filtered, if the machine was told so. */
#include <pthread.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "task.h"

#define TSYNC	SECCOMP_FILTER_FLAG_TSYNC

static bool mitigated_by_seccomp(void)
{
	char buf[128] = "";
	FILE *f = fopen("/sys/devices/system/cpu/vulnerabilities/spec_store_bypass", "r");

	if (f && !fgets(buf, sizeof(buf), f))
		buf[0] = '\0';
	if (f)
		fclose(f);
	return strstr(buf, "seccomp");
}

static int store_bypass(void)
{
	return prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, 0, 0, 0);
}

/*
 * Where the machine was told to let seccomp decide, a filter turns speculative
 * store bypass off, once and for all.
 */
TEST(spec_mitigated)
{
	if (!mitigated_by_seccomp())
		SKIP(return, "not booted with spec_store_bypass_disable=seccomp");
	ASSERT_EQ(PR_SPEC_PRCTL | PR_SPEC_ENABLE, store_bypass());
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	EXPECT_EQ(PR_SPEC_PRCTL | PR_SPEC_FORCE_DISABLE, store_bypass());
}

static void *bypass_when_closed(void *pipe)
{
	char byte;

	return (void *)(long)(read(*(int *)pipe, &byte, 1) ? -1 : store_bypass());
}

/* What a thread has whose filter another one has installed with @flags. */
static int bypass_after_tsync(void *flags)
{
	pthread_t thread;
	void *told;
	int done[2];

	if (pipe(done) || pthread_create(&thread, NULL, bypass_when_closed, done) ||
	    install_all(TSYNC | *(unsigned int *)flags, SECCOMP_RET_ALLOW) ||
	    close(done[1]) || pthread_join(thread, &told))
		return -1;
	return (long)told;
}

/* So it is for the threads that the filter is given to, unless SPEC_ALLOW is there. */
TEST(spec_mitigated_by_tsync)
{
	unsigned int allow = SECCOMP_FILTER_FLAG_SPEC_ALLOW, none = 0;

	if (!mitigated_by_seccomp())
		SKIP(return, "not booted with spec_store_bypass_disable=seccomp");
	EXPECT_EQ(PR_SPEC_PRCTL | PR_SPEC_ENABLE, run(bypass_after_tsync, &allow));
	EXPECT_EQ(PR_SPEC_PRCTL | PR_SPEC_FORCE_DISABLE, run(bypass_after_tsync, &none));
}

/* A filter with SPEC_ALLOW does not do so; the next one may. */
TEST(spec_allow)
{
	int before = store_bypass();

	ASSERT_EQ(0, install_all(SECCOMP_FILTER_FLAG_SPEC_ALLOW, SECCOMP_RET_ALLOW));
	EXPECT_EQ(before, store_bypass());
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	EXPECT_EQ(mitigated_by_seccomp() ? PR_SPEC_PRCTL | PR_SPEC_FORCE_DISABLE : before,
		  store_bypass());
}

TEST_HARNESS_MAIN
