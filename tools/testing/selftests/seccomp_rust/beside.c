// SPDX-License-Identifier: GPL-2.0
/* A listener beside another one, and two kinds of waiters beside each other. */
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"

/* A listener that is open keeps others off the chain; one that is closed does not. */
TEST(after_close)
{
	long first, second;

	ASSERT_EQ(0, set_no_new_privs());
	first = new_listener();
	ASSERT_LE(0, first);
	EXPECT_EQ(-EBUSY, new_listener());
	close(first);
	second = new_listener();
	ASSERT_LE(0, second);
	EXPECT_EQ(-EBUSY, new_listener());
	close(second);
	EXPECT_LE(0, new_listener());
}

static int installs_one(void *unused)
{
	return new_listener() < 0;
}

/* Who inherits a filter may have a listener once nobody has that of the filter. */
TEST(after_inherited)
{
	long first;

	ASSERT_EQ(0, set_no_new_privs());
	first = new_listener();
	ASSERT_LE(0, first);
	EXPECT_EQ(1, run(installs_one, NULL));
	close(first);
	EXPECT_EQ(0, run(installs_one, NULL));
}

static int go[2];

/* Calls when it is told to. */
static int calls_later(void *unused)
{
	char c;

	if (read(go[0], &c, 1) != 1)
		return 1;
	return notified_call() != 7;
}

static int polls_exclusively(void *listener)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	int fd = epoll_create1(0);

	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, (long)listener, &event))
		return 1;
	return epoll_pwait(fd, &event, 1, -1, NULL) != 1;
}

static int reads_one(void *listener)
{
	return serve((long)listener, 7) == 0;
}

/* One who polls does not take the wake-up that one who reads was to get. */
TEST(exclusive_poller)
{
	struct target t;
	pid_t poller, reader;
	void *fd;

	ASSERT_EQ(0, pipe(go));
	t = start_target(0, calls_later, NULL);
	ASSERT_LE(0, t.listener);
	fd = (void *)(long)t.listener;
	poller = spawn(polls_exclusively, fd);
	ASSERT_EQ(true, asleep_in(poller, __NR_epoll_pwait));
	reader = spawn(reads_one, fd);
	ASSERT_EQ(true, asleep_in(reader, __NR_ioctl));

	ASSERT_EQ(1, write(go[1], "", 1));
	EXPECT_EQ(0, reap(reader));
	EXPECT_EQ(0, reap(poller));
	EXPECT_EQ(0, reap(t.pid));
}

static int ends_later(void *unused)
{
	char c;

	return read(go[0], &c, 1) != 1;
}

/*
 * That the last user has gone is news for each of those who poll. Of the exclusive
 * ones C tells one alone; Rust tells all.
 */
TEST(exclusive_pollers_hang_up)
{
	bool tells_all = is_rust();
	pid_t pollers[2];
	struct target t;
	int i;

	ASSERT_EQ(0, pipe(go));
	t = start_target(0, ends_later, NULL);
	ASSERT_LE(0, t.listener);
	for (i = 0; i < 2; i++) {
		pollers[i] = spawn(polls_exclusively, (void *)(long)t.listener);
		ASSERT_EQ(true, asleep_in(pollers[i], __NR_epoll_pwait));
	}

	ASSERT_EQ(1, write(go[1], "", 1));
	EXPECT_EQ(0, reap(t.pid));
	/* Who has been told has been so by now. C tells the one that polled first. */
	EXPECT_EQ(0, reap(pollers[0]));
	if (!tells_all) {
		EXPECT_EQ(true, asleep_in(pollers[1], __NR_epoll_pwait));
		kill(pollers[1], SIGKILL);
	}
	EXPECT_EQ(tells_all ? 0 : -SIGKILL, reap(pollers[1]));
}

TEST_HARNESS_MAIN
