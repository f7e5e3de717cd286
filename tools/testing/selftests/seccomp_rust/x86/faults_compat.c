// SPDX-License-Identifier: GPL-2.0
/*
 * The same as in faults_install for 32-bit calls, which pass another header, from a
 * 64-bit program.
 */
#include <sys/prctl.h>

#include "attempt.h"
#include "int80.h"

/* In memory that 32-bit pointers reach, with the instructions behind it. */
static struct {
	__u16 len;
	__u32 filter;
	struct sock_filter insns[ARRAY_SIZE(refuses_getpgid)];
} *prog32;

static long by_seccomp32(unsigned long flags)
{
	return int80(NR32_SECCOMP, SECCOMP_SET_MODE_FILTER, flags, (unsigned long)prog32);
}

static long by_prctl32(unsigned long flags)
{
	return int80(NR32_PRCTL, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (unsigned long)prog32);
}

FIXTURE(compat) { };

FIXTURE_VARIANT(compat) { struct way way; };

FIXTURE_VARIANT_ADD(compat, alone) {
	.way = { .name = "filter, 32 bits", .install = by_seccomp32 },
};

FIXTURE_VARIANT_ADD(compat, listener) {
	.way = { .name = "listener, 32 bits", .install = by_seccomp32, .flags = LISTENER },
};

FIXTURE_VARIANT_ADD(compat, by_prctl) {
	.way = { .name = "filter, by prctl, 32 bits", .install = by_prctl32 },
};

FIXTURE_SETUP(compat)
{
	const char *why = no_call32();

	if (why)
		SKIP(return, "%s", why);
	if (!can_inject(OBJECTS))
		SKIP(return, "the kernel has no fault injection");
	begin_failing();
	prog32 = low_memory(sizeof(*prog32));
	ASSERT_NE(MAP_FAILED, (void *)prog32);
	prog32->len = ARRAY_SIZE(refuses_getpgid);
	prog32->filter = (unsigned long)prog32->insns;
	memcpy(prog32->insns, refuses_getpgid, sizeof(refuses_getpgid));
}

FIXTURE_TEARDOWN(compat)
{
	end_failing();
}

TEST_F(compat, copies)
{
	fails_in_copies(_metadata, &variant->way);
}

TEST_F(compat, files)
{
	fails_in_files(_metadata, &variant->way);
}

TEST_F(compat, is_all_or_nothing)
{
	is_all_or_nothing(_metadata, &variant->way, OBJECTS);
}

TEST_F(compat, pages)
{
	is_all_or_nothing(_metadata, &variant->way, PAGES);
}

TEST_HARNESS_MAIN
