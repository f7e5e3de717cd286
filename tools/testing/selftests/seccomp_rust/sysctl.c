// SPDX-License-Identifier: GPL-2.0
/* kernel.seccomp.actions_avail and actions_logged: reading, parsing and printing. */
#include <fcntl.h>
#include <linux/capability.h>

#include "kselftest_harness.h"
#include "program.h"
#include "task.h"

static int logged;

/* The value as it reads, without its newline. */
static const char *value(int fd)
{
	static char buf[256];
	int len = pread(fd, buf, sizeof(buf) - 1, 0);

	if (len < 1 || buf[len - 1] != '\n')
		return "?";
	buf[len - 1] = '\0';
	return buf;
}

static long set(const char *names)
{
	long len = strlen(names), ret = neg_errno(pwrite(logged, names, len, 0));

	return ret == len ? 0 : ret;
}

FIXTURE(logged) {
	char before[256];
};

FIXTURE_SETUP(logged)
{
	logged = open(ACTIONS_LOGGED, O_RDWR);
	ASSERT_LE(0, logged);
	snprintf(self->before, sizeof(self->before), "%s", value(logged));
	ASSERT_EQ(0, set(ALL_LOGGED));
}

FIXTURE_TEARDOWN(logged)
{
	set(self->before);
}

/* The strictest first; nobody writes it. */
TEST(actions_avail)
{
	int fd = open(ACTIONS_AVAIL, O_RDONLY);

	ASSERT_LE(0, fd);
	EXPECT_STREQ(ALL_LOGGED " allow", value(fd));
	EXPECT_EQ(-1, open(ACTIONS_AVAIL, O_WRONLY));
	EXPECT_EQ(EACCES, errno);
}

/* Whatever order they are written in, and however often, they are printed in one. */
TEST_F(logged, canonical_order)
{
	static const char *const rows[][2] = {
		{ "log trace user_notif errno trap kill_thread kill_process", ALL_LOGGED },
		{ "errno", "errno" },
		{ "log errno", "errno log" },
		{ "errno log errno log", "errno log" },
		{ "kill_thread kill_process\n", "kill_process kill_thread" },
		/* No names: nothing is logged. */
		{ "\n", "" },
		{ ALL_LOGGED, ALL_LOGGED },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(0, set(rows[i][0]));
		EXPECT_STREQ(rows[i][1], value(logged));
	}
}

/* An empty name ends the list. */
TEST_F(logged, separators)
{
	EXPECT_EQ(0, set("trap  errno"));
	EXPECT_STREQ("trap", value(logged));
	EXPECT_EQ(0, set("log "));
	EXPECT_STREQ("log", value(logged));
	EXPECT_EQ(0, set(" log"));
	EXPECT_STREQ("", value(logged));
	EXPECT_EQ(0, set("log\nerrno"));
	EXPECT_STREQ("log", value(logged));
}

/* What is refused leaves the old value; ALLOW cannot be logged. */
TEST_F(logged, refused)
{
	static const char *const rows[] = {
		"allow", "allow log", "log allow", "kill", "Log", "logs", "lo", "log,errno",
		"log\terrno", "errno,", "1", "0x7fff0000",
		/* Longer than all names together: cut, and the last name is none. */
		ALL_LOGGED " " ALL_LOGGED,
	};
	unsigned int i;

	ASSERT_EQ(0, set("trace log"));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(-EINVAL, set(rows[i])) TH_LOG("row %u", i);
		EXPECT_STREQ("trace log", value(logged));
	}
	EXPECT_EQ(-EFAULT, neg_errno(pwrite(logged, (void *)-4096UL, 3, 0)));
	EXPECT_STREQ("trace log", value(logged));
}

/* Read in pieces, it is the same text. */
TEST_F(logged, pieces)
{
	char buf[128] = "";
	int fd = open(ACTIONS_LOGGED, O_RDONLY), len = 0, n;

	ASSERT_LE(0, fd);
	while ((n = read(fd, buf + len, 5)) > 0)
		len += n;
	EXPECT_EQ(0, n);
	EXPECT_STREQ(ALL_LOGGED "\n", buf);
}

/* Root opened it, but he who writes must be root as well. */
static int write_without_root(void *unused)
{
	if (drop_root())
		return 1;
	if (set("log") != -EPERM || set("allow") != -EPERM)
		return 2;
	/* Anybody may read. */
	if (strcmp(value(logged), ALL_LOGGED))
		return 3;
	if (open(ACTIONS_LOGGED, O_RDWR) >= 0 || errno != EACCES)
		return 4;
	return open(ACTIONS_AVAIL, O_RDONLY) < 0 ? 5 : 0;
}

TEST_F(logged, unprivileged)
{
	EXPECT_EQ(0, run(write_without_root, NULL));
	EXPECT_STREQ(ALL_LOGGED, value(logged));
}

/* What root of a namespace of its own sees and may do, @user being its user outside. */
static int write_as_inner_root(int user)
{
	int fd;

	if (enter_user_namespace(user))
		return 10;
	/* The file is that of the first namespace's root, whoever that is in here. */
	fd = open(ACTIONS_LOGGED, O_RDWR);
	if (user ? fd >= 0 || errno != EACCES : fd < 0)
		return 11;
	if (user)
		fd = open(ACTIONS_LOGGED, O_RDONLY);
	if (strcmp(value(fd), ALL_LOGGED))
		return 12;
	if (!user && (neg_errno(pwrite(fd, "log", 3, 0)) != -EPERM ||
		      neg_errno(pwrite(fd, "allow", 5, 0)) != -EPERM))
		return 13;
	/* Nor through the descriptor of one who might. */
	if (set("log") != -EPERM || set("allow") != -EPERM || strcmp(value(logged), ALL_LOGGED))
		return 14;
	fd = open(ACTIONS_AVAIL, O_RDONLY);
	return strcmp(value(fd), ALL_LOGGED " allow") ? 15 : 0;
}

static int root_inside(void *unused)
{
	return write_as_inner_root(0);
}

static int user_inside(void *unused)
{
	return drop_root() ?: write_as_inner_root(1000);
}

TEST_F(logged, in_user_namespace)
{
	EXPECT_EQ(0, run(root_inside, NULL));
	EXPECT_EQ(0, run(user_inside, NULL));
	EXPECT_STREQ(ALL_LOGGED, value(logged));
}

/* Root is not enough: it takes the capability. */
static int write_without_capability(void *unused)
{
	int fd;

	if (drop_capability(CAP_SYS_ADMIN))
		return 1;
	fd = open(ACTIONS_LOGGED, O_RDWR);
	return fd < 0 || neg_errno(pwrite(fd, "log", 3, 0)) != -EPERM ? 2 : 0;
}

TEST_F(logged, needs_capability)
{
	EXPECT_EQ(0, run(write_without_capability, NULL));
	EXPECT_STREQ(ALL_LOGGED, value(logged));
}

TEST_HARNESS_MAIN
