// SPDX-License-Identifier: GPL-2.0
/*
 * Every step of an installation that can fail is made to fail, one at a time:
 * allocations, and copies from user space. What was begun then has to be undone,
 * and the caller to be told which of the two it was.
 */
#include <linux/capability.h>
#include <sys/prctl.h>

#include "attempt.h"

static const struct sock_fprog prog = {
	.len = ARRAY_SIZE(refuses_getpgid), .filter = refuses_getpgid,
};

static long by_seccomp(unsigned long flags)
{
	return install(flags, &prog);
}

static long by_prctl(unsigned long flags)
{
	return neg_errno(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
}

static int lose_privilege(void)
{
	return drop_capability(CAP_SYS_ADMIN) ?: set_no_new_privs();
}

FIXTURE(install) { };

FIXTURE_VARIANT(install) { struct way way; };

FIXTURE_VARIANT_ADD(install, alone) {
	.way = { .name = "filter", .install = by_seccomp },
};

FIXTURE_VARIANT_ADD(install, tsync) {
	.way = { .name = "TSYNC", .install = by_seccomp, .flags = TSYNC },
};

FIXTURE_VARIANT_ADD(install, listener) {
	.way = { .name = "listener", .install = by_seccomp, .flags = LISTENER },
};

/* The table of descriptors has to grow for it. */
FIXTURE_VARIANT_ADD(install, full) {
	.way = {
		.name = "listener, full table", .install = by_seccomp, .flags = LISTENER,
		.full = true,
	},
};

FIXTURE_VARIANT_ADD(install, both) {
	.way = {
		.name = "TSYNC and listener", .install = by_seccomp,
		.flags = TSYNC | TSYNC_ESRCH | LISTENER,
	},
};

FIXTURE_VARIANT_ADD(install, by_prctl) {
	.way = { .name = "filter, by prctl", .install = by_prctl },
};

FIXTURE_VARIANT_ADD(install, unprivileged) {
	.way = {
		.name = "filter, by prctl, with no_new_privs", .prepare = lose_privilege,
		.install = by_prctl,
	},
};

FIXTURE_SETUP(install)
{
	if (!can_inject(OBJECTS))
		SKIP(return, "the kernel has no fault injection");
	begin_failing();
}

FIXTURE_TEARDOWN(install)
{
	end_failing();
}

TEST_F(install, copies)
{
	fails_in_copies(_metadata, &variant->way);
}

TEST_F(install, files)
{
	fails_in_files(_metadata, &variant->way);
}

TEST_F(install, is_all_or_nothing)
{
	is_all_or_nothing(_metadata, &variant->way, OBJECTS);
}

TEST_F(install, pages)
{
	is_all_or_nothing(_metadata, &variant->way, PAGES);
}

TEST_HARNESS_MAIN
