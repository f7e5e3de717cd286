// SPDX-License-Identifier: GPL-2.0
/*
 * A probed program does not die of being probed, in strict mode or under whatever
 * filter, even where the kernel has it make calls of its own for that.
 */
#include <linux/perf_event.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "task.h"

#define HITS		4

static long file_offset(void *addr)
{
	unsigned long start, end, offset, at = (unsigned long)addr;
	FILE *f = fopen("/proc/self/maps", "r");
	long found = -1;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &offset) == 3 &&
		    at >= start && at < end)
			found = at - start + offset;
	if (f)
		fclose(f);
	return found;
}

/* A probe on all tasks, counted on CPU 0. */
static int probe(bool at_return)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .config = at_return };
	FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "r");
	unsigned int type;

	if (!f || fscanf(f, "%u", &type) != 1)
		return -ENOENT;
	fclose(f);
	attr.type = type;
	attr.uprobe_path = (unsigned long)"/proc/self/exe";
	attr.probe_offset = file_offset(probed);
	return neg_errno(syscall(__NR_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
}

FIXTURE(uprobe) {
	int fd;
};

FIXTURE_VARIANT(uprobe) {
	bool at_return;
};

FIXTURE_VARIANT_ADD(uprobe, entry) { .at_return = false };
FIXTURE_VARIANT_ADD(uprobe, at_return) { .at_return = true };

FIXTURE_SETUP(uprobe)
{
	go_to_cpu0();
	self->fd = probe(variant->at_return);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(uprobe)
{
	close(self->fd);
}

static long hits(int fd)
{
	long n = -1;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : -1;
}

static void call_probed(void)
{
	int i;

	for (i = 0; i < HITS; i++)
		if (probed() != 42)
			raw_call(__NR_exit, 1, 0, 0);
	raw_call(__NR_exit, 5, 0, 0);
}

static int in_strict_mode(void *unused)
{
	if (!prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		call_probed();
	return 2;
}

TEST_F(uprobe, strict_mode)
{
	EXPECT_EQ(5, run(in_strict_mode, NULL));
	EXPECT_EQ(HITS, hits(self->fd));
}

/* Lets nothing through but exit. */
static int in_filter_mode(void *verdict)
{
	if (!install(0, PROG(LOAD(nr), UNLESS(__NR_exit, 1), GIVE(SECCOMP_RET_ALLOW),
			     GIVE((unsigned long)verdict))))
		call_probed();
	return 2;
}

TEST_F(uprobe, filter_mode)
{
	static const __u32 verdicts[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, RET_ERRNO(1),
		SECCOMP_RET_TRACE, SECCOMP_RET_USER_NOTIF, 0x00010000,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		EXPECT_EQ(5, run(in_filter_mode, (void *)(long)verdicts[i]))
			TH_LOG("verdict %#x", verdicts[i]);
		EXPECT_EQ(HITS * (i + 1), hits(self->fd));
	}
}

/*
 * Filters that look at the data give no constant, which must make no difference.
 * These let nothing through but exit and, but for the last, what installs the next.
 */
static int under_many_filters(void *unused)
{
	int i;

	for (i = 0; i < 5; i++)
		if (install(0, PROG(LOAD(args[0]), LOAD(nr),
				    UNLESS(__NR_exit, 1), GIVE(SECCOMP_RET_ALLOW),
				    UNLESS(__NR_seccomp, 1), GIVE(SECCOMP_RET_ALLOW),
				    GIVE(SECCOMP_RET_KILL_PROCESS))))
			return 1;
	call_probed();
	return 2;
}

TEST_F(uprobe, many_filters)
{
	EXPECT_EQ(5, run(under_many_filters, NULL));
	EXPECT_EQ(HITS, hits(self->fd));
}

TEST_HARNESS_MAIN
