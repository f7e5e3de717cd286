// SPDX-License-Identifier: GPL-2.0
/* Speculation that is mitigated for who is filtered, if the machine was told so. */
#include <pthread.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "ext.h"
#include "program.h"
#include "task.h"

#define TSYNC		SECCOMP_FILTER_FLAG_TSYNC
#define SPEC_ALLOW	SECCOMP_FILTER_FLAG_SPEC_ALLOW

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

/* How a thread comes by another one's filter. */
struct giving {
	unsigned int flags;
	bool by_ext;
};

static long give(const struct giving *how)
{
	long ret = install_all(how->flags, SECCOMP_RET_ALLOW);

	return ret || !how->by_ext ? ret : sync_all();
}

/* What the thread has then. */
static int bypass_when_given(void *how)
{
	pthread_t thread;
	void *told;
	int done[2];

	if (pipe(done) || pthread_create(&thread, NULL, bypass_when_closed, done) ||
	    give(how) || close(done[1]) || pthread_join(thread, &told))
		return -1;
	return (long)told;
}

/* So it is for the threads that the filter is given to, unless SPEC_ALLOW is there. */
TEST(spec_mitigated_by_tsync)
{
	struct giving allow = { .flags = TSYNC | SPEC_ALLOW }, none = { .flags = TSYNC };

	if (!mitigated_by_seccomp())
		SKIP(return, "not booted with spec_store_bypass_disable=seccomp");
	EXPECT_EQ(PR_SPEC_PRCTL | PR_SPEC_ENABLE, run(bypass_when_given, &allow));
	EXPECT_EQ(PR_SPEC_PRCTL | PR_SPEC_FORCE_DISABLE, run(bypass_when_given, &none));
}

/* The extension has no SPEC_ALLOW, whatever the caller's filter was installed with. */
TEST(spec_mitigated_by_ext)
{
	struct giving allow = { .flags = SPEC_ALLOW, .by_ext = true };

	if (!mitigated_by_seccomp())
		SKIP(return, "not booted with spec_store_bypass_disable=seccomp");
	if (lacks_ext())
		SKIP(return, "CONFIG_SECCOMP_RUST_EXT is not set");
	EXPECT_EQ(PR_SPEC_PRCTL | PR_SPEC_FORCE_DISABLE, run(bypass_when_given, &allow));
}

/* A filter with SPEC_ALLOW does not do so; the next one may. */
TEST(spec_allow)
{
	int before = store_bypass();

	ASSERT_EQ(0, install_all(SPEC_ALLOW, SECCOMP_RET_ALLOW));
	EXPECT_EQ(before, store_bypass());
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	EXPECT_EQ(mitigated_by_seccomp() ? PR_SPEC_PRCTL | PR_SPEC_FORCE_DISABLE : before,
		  store_bypass());
}

TEST_HARNESS_MAIN
