// SPDX-License-Identifier: GPL-2.0
/*
 * The two calls that the kernel itself makes a task do for uprobes pass strict
 * mode and every filter, or a probed program would die of being probed.
 */
#include <linux/perf_event.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "task.h"

#define HITS		4

/* Starts with the five-byte no-op that the kernel replaces by a call. */
__attribute__((naked)) static int probed(void)
{
	asm volatile(".byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n\t"
		     "mov $42, %eax\n\t"
		     "ret");
}

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

/* Filters that look at the data give no constant, which must make no difference. */
static int under_many_filters(void *unused)
{
	int i;

	for (i = 0; i < 5; i++)
		if (install(0, PROG(LOAD(args[0]), LOAD(nr), UNLESS(NR_URETPROBE, 1),
				    GIVE(SECCOMP_RET_KILL_PROCESS), UNLESS(NR_UPROBE, 1),
				    GIVE(SECCOMP_RET_KILL_PROCESS), GIVE(SECCOMP_RET_ALLOW))))
			return 1;
	call_probed();
	return 2;
}

TEST_F(uprobe, many_filters)
{
	EXPECT_EQ(5, run(under_many_filters, NULL));
	EXPECT_EQ(HITS, hits(self->fd));
}

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
