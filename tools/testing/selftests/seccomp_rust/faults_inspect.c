// SPDX-License-Identifier: GPL-2.0
/*
 * Every step of the calls and files that tell something, or change a setting, is
 * made to fail, one at a time: allocations, and copies from and to user space.
 */
#include "kselftest_harness.h"
#include "outcomes.h"
#include "program.h"
#include "task.h"
#include "trace.h"

FIXTURE(inspect) { };

FIXTURE_VARIANT(inspect) { enum steps steps; };

FIXTURE_VARIANT_ADD(inspect, copies) { .steps = COPIES };
FIXTURE_VARIANT_ADD(inspect, objects) { .steps = OBJECTS };
FIXTURE_VARIANT_ADD(inspect, pages) { .steps = PAGES };

FIXTURE_SETUP(inspect)
{
	if (!can_inject(variant->steps))
		SKIP(return, "the kernel has no fault injection");
	begin_failing();
	open_switch();
}

FIXTURE_TEARDOWN(inspect)
{
	end_failing();
}

/* Something that is looked at, or set. */
struct look {
	const char *name;
	/* What is done before each try, with no failure; false if it could not be. */
	bool (*prepare)(void);
	long (*call)(void);
	/* Whether all is as it was before a try that failed. */
	bool (*unchanged)(void);
	const char *errors;
};

/*
 * How many steps an allocation has is up to what the allocator, and what looks after it,
 * have at hand; so a try can pass over a copy behind one, or meet it again. That is left
 * to where copies alone are steps.
 */
static void expect_errors(struct __test_metadata *_metadata, const char *all, const char *errors)
{
	if (fallible == COPIES) {
		EXPECT_STREQ(all + strspn(all, "M"), errors);
	} else if (*all == 'M') {
		EXPECT_EQ('M', *errors);
		EXPECT_EQ(NULL, strchr(errors, '?'));
	} else {
		EXPECT_STREQ(all, errors);
	}
}

/* Has each step of a call fail in turn; what it gives when none is left. */
static long each_step(struct __test_metadata *_metadata, const struct look *look)
{
	struct outcomes o = { .call = look->name };
	long ret = 0;
	int nth;

	for (nth = 1; nth < PLENTY; nth++) {
		if (look->prepare && !look->prepare())
			return -EBADF;
		arm(nth);
		ret = look->call();
		if (!disarm())
			break;
		note(&o, ret);
		EXPECT_TRUE(ret >= 0 || !look->unchanged || look->unchanged());
	}
	expect_errors(_metadata, look->errors, errors_of(&o));
	return ret;
}

static pid_t looked_at;

static int stops_under_filter(void *unused)
{
	if (install_all(0, SECCOMP_RET_ALLOW))
		return 1;
	raise(SIGSTOP);
	return 0;
}

static long filter(void)
{
	static struct sock_filter insns[8];

	return get_filter(looked_at, 0, insns);
}

static long metadata(void)
{
	static __u64 buf[2];

	return neg_errno(ptrace(PTRACE_SECCOMP_GET_METADATA, looked_at, sizeof(buf), buf));
}

static int file = -1;
static char text[1 << 16];

/* Opens a file anew, and sees to it that there is memory for what is read. */
static bool opens(const char *path, int flags)
{
	if (file >= 0)
		close(file);
	file = open(path, flags);
	memset(text, 0xff, sizeof(text));
	return file >= 0;
}

static long reads_all(void)
{
	return neg_errno(pread(file, text, sizeof(text) - 1, 0));
}

/* The kernel takes memory for as much as is asked for. */
static long reads_line(void)
{
	return neg_errno(pread(file, text, 256, 0));
}

static bool nothing_read(void)
{
	return text[0] == (char)0xff;
}

static bool opens_cache(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/seccomp_cache", looked_at);
	return opens(path, O_RDONLY);
}

/* Who cannot be told of a task's filters learns that. */
TEST_F(inspect, task)
{
	const struct look get_filter = { "GET_FILTER", NULL, filter, NULL, "F" };
	const struct look get_metadata = { "GET_METADATA", NULL, metadata, NULL, "FF" };
	/* The buffer, which grows; then the text is copied. */
	const struct look cache = { "seccomp_cache", opens_cache, reads_all, nothing_read, "MF" };
	long len;

	looked_at = stopped(stops_under_filter);
	ASSERT_LT(0, looked_at);
	EXPECT_EQ(1, each_step(_metadata, &get_filter));
	EXPECT_EQ(16, each_step(_metadata, &get_metadata));
	len = each_step(_metadata, &cache);
	EXPECT_LT(10000, len);
	EXPECT_EQ(len, strcspn(text, "\xff"));
	EXPECT_EQ('\n', text[len - 1]);
	kill(looked_at, SIGKILL);
	EXPECT_EQ(-SIGKILL, reap(looked_at));
}

static long action(void)
{
	static const __u32 allow = SECCOMP_RET_ALLOW;

	return seccomp_op(SECCOMP_GET_ACTION_AVAIL, 0, &allow);
}

static long sizes(void)
{
	static struct seccomp_notif_sizes s;

	return seccomp_op(SECCOMP_GET_NOTIF_SIZES, 0, &s);
}

static bool opens_avail(void)
{
	return opens(ACTIONS_AVAIL, O_RDONLY);
}

static bool opens_logged(void)
{
	return opens(ACTIONS_LOGGED, O_RDONLY);
}

/* What there is, whoever asks. */
TEST_F(inspect, kernel)
{
	const struct look action_avail = { "GET_ACTION_AVAIL", NULL, action, NULL, "F" };
	const struct look notif_sizes = { "GET_NOTIF_SIZES", NULL, sizes, NULL, "F" };
	/* The text is made in memory of the kernel's, and copied. */
	const struct look avail = { "actions_avail", opens_avail, reads_line, nothing_read, "MF" };
	const struct look logged = {
		"actions_logged", opens_logged, reads_line, nothing_read, "MF",
	};

	EXPECT_EQ(0, each_step(_metadata, &action_avail));
	EXPECT_EQ(0, each_step(_metadata, &notif_sizes));
	EXPECT_EQ(strlen(ALL_LOGGED " allow\n"), each_step(_metadata, &avail));
	EXPECT_EQ(0, strncmp(ALL_LOGGED " allow\n", text, strlen(ALL_LOGGED " allow\n")));
	EXPECT_EQ(strlen(ALL_LOGGED "\n"), each_step(_metadata, &logged));
	EXPECT_EQ(0, strncmp(ALL_LOGGED "\n", text, strlen(ALL_LOGGED "\n")));
}

static bool logs(const char *names)
{
	size_t len = strlen(names);

	return opens_logged() && reads_line() == len + 1 && !strncmp(text, names, len);
}

static bool logs_all_again(void)
{
	size_t len = strlen(ALL_LOGGED);

	return opens(ACTIONS_LOGGED, O_WRONLY) && pwrite(file, ALL_LOGGED, len, 0) == len;
}

static long writes(void)
{
	return neg_errno(pwrite(file, "log trap", 8, 0));
}

static bool all_logged(void)
{
	return logs(ALL_LOGGED);
}

/* A setting that could not be read stays what it was. */
TEST_F(inspect, setting)
{
	const struct look set = {
		"actions_logged, set", logs_all_again, writes, all_logged, "MF",
	};

	EXPECT_EQ(8, each_step(_metadata, &set));
	EXPECT_TRUE(logs("trap log"));
	EXPECT_TRUE(logs_all_again());
}

TEST_HARNESS_MAIN
