// SPDX-License-Identifier: GPL-2.0
/*
 * Every step that can fail is made to fail, one at a time: allocations, and
 * copies from and to user space. What was begun then has to be undone, and the
 * caller to be told ENOMEM or EFAULT.
 *
 * Needs a kernel with fault injection (FAILSLAB, FAIL_PAGE_ALLOC,
 * FAULT_INJECTION_USERCOPY), and root.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"
#include "trace.h"

/* More than any of the calls here has of steps that can fail. */
#define PLENTY	1000
#define LISTENER	SECCOMP_FILTER_FLAG_NEW_LISTENER
#define TSYNC	SECCOMP_FILTER_FLAG_TSYNC
#define TSYNC_ESRCH	SECCOMP_FILTER_FLAG_TSYNC_ESRCH

/* How a child that has tried something with a failure ends. */
enum {
	IN_ORDER,	/* a step failed, and all is as it has to be then */
	SUCCEEDED,	/* no step was left to fail */
	WRONG_ERROR, WRONG_MODE, WRONG_COUNT, WRONG_FDS, WRONG_THREAD,
};

static int switch_fd = -1;

static void write_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0 && write(fd, word, strlen(word)) < 0)
		perror(path);
	close(fd);
}

/* Has sleeping allocations fail too, and in silence. */
static bool can_inject(void)
{
	static const char * const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[64];
	int i;

	for (i = 0; i < (int)ARRAY_SIZE(kinds); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", kinds[i]);
		if (access(path, W_OK))
			return false;
		write_word(path, "0");
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-wait", kinds[i]);
		if (!access(path, W_OK))
			write_word(path, "N");
	}
	write_word("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	return !access("/proc/thread-self/fail-nth", W_OK);
}

/* The switch of this thread; a child has to open its own. */
static void open_switch(void)
{
	if (switch_fd >= 0)
		close(switch_fd);
	switch_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
}

static int set_switch(int nth)
{
	char word[16];

	return pwrite(switch_fd, word, snprintf(word, sizeof(word), "%d", nth), 0);
}

/* The @nth step from here on fails. */
static void arm(int nth)
{
	if (set_switch(nth) < 0)
		_exit(99);
}

/*
 * Whether the step has failed. Asking takes two steps of its own, of which one
 * may be what fails then.
 */
static bool disarm(void)
{
	char word[16] = "";

	if (pread(switch_fd, word, sizeof(word) - 1, 0) < 0)
		return false;
	if (atoi(word))
		set_switch(0);
	return atoi(word) == 0;
}

static bool is_failure(long ret)
{
	return ret == -ENOMEM || ret == -EFAULT;
}

static int lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

struct attempt {
	unsigned long flags;
	int nth;
	pid_t thread;
	int stop[2];
};

static void *other_thread(void *data)
{
	struct attempt *a = data;
	char byte;

	say_tid(&a->thread);
	return read(a->stop[0], &byte, 1) == 1 ? a : NULL;
}

/* Installs a filter while a step fails, and looks at what there is then. */
static int try_install(void *data)
{
	static struct sock_filter insns[] = {
		LOAD(nr), UNLESS(__NR_getpgrp, 1), GIVE(RET_ERRNO(3)), GIVE(SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = { .len = ARRAY_SIZE(insns), .filter = insns };
	struct attempt *a = data;
	pthread_t thread;
	int lowest, filters;
	bool failed;
	long ret;

	a->thread = getpid();
	if (a->flags & TSYNC) {
		a->thread = 0;
		if (pipe(a->stop) || pthread_create(&thread, NULL, other_thread, a))
			return 98;
		tid_from(&a->thread);
	}
	open_switch();
	lowest = lowest_fd();

	arm(a->nth);
	ret = install(a->flags, &prog);
	failed = disarm();

	if (ret < 0 && (!failed || !is_failure(ret)))
		return WRONG_ERROR;
	filters = ret >= 0;
	if (raw_call(__NR_getpgrp, 0, 0, 0) == -3 ? !filters : filters)
		return WRONG_MODE;
	if (mode_of(getpid()) != 2 * filters)
		return WRONG_MODE;
	if (filters_of(getpid()) != filters)
		return WRONG_COUNT;
	if (filters_of(a->thread) != filters)
		return WRONG_THREAD;
	if (lowest_fd() != lowest + (ret >= 0 && a->flags & LISTENER))
		return WRONG_FDS;
	if (a->flags & TSYNC && (write(a->stop[1], "", 1) != 1 || pthread_join(thread, NULL)))
		return 97;
	return failed ? IN_ORDER : SUCCEEDED;
}

FIXTURE(install) { };

FIXTURE_VARIANT(install) {
	unsigned long flags;
	int steps;		/* at the least */
};

/* The header, the filter, the program and its instructions, what they become. */
FIXTURE_VARIANT_ADD(install, alone) { .flags = 0, .steps = 4 };
FIXTURE_VARIANT_ADD(install, listener) { .flags = LISTENER, .steps = 7 };
FIXTURE_VARIANT_ADD(install, tsync) { .flags = TSYNC, .steps = 4 };
FIXTURE_VARIANT_ADD(install, both) { .flags = TSYNC | TSYNC_ESRCH | LISTENER, .steps = 7 };

FIXTURE_SETUP(install)
{
	if (!can_inject())
		SKIP(return, "the kernel has no fault injection");
}

FIXTURE_TEARDOWN(install) { }

/* A filter is installed whole or not at all, its listener included. */
TEST_F(install, is_all_or_nothing)
{
	struct attempt a = { .flags = variant->flags };
	int status = IN_ORDER;

	for (a.nth = 1; a.nth < PLENTY && status == IN_ORDER; a.nth++)
		status = run(try_install, &a);
	EXPECT_EQ(SUCCEEDED, status) {
		TH_LOG("with step %d failing", a.nth - 1);
	}
	EXPECT_LT(variant->steps, a.nth - 1);
}

FIXTURE(request) {
	struct target t;
	struct seccomp_notif req;
};

/* Fails in its own steps as told, which only ADDFD has it do; then ends well if it got 7. */
static int *target_nth;

static int fallible_call(void *unused)
{
	open_switch();
	arm(*target_nth);
	if (notified_call() != 7)
		return 1;
	disarm();
	return 0;
}

FIXTURE_SETUP(request)
{
	if (!can_inject())
		SKIP(return, "the kernel has no fault injection");
	target_nth = shared(sizeof(*target_nth));
	*target_nth = 0;
	open_switch();
}

FIXTURE_TEARDOWN(request) { }

/* Starts a target that makes its call, and receives the request where one is wanted. */
static int begin(struct target *t, struct seccomp_notif *req)
{
	*t = start_target(0, fallible_call, NULL);
	if (t->listener < 0 || !await_events(t->listener, POLLIN))
		return -1;
	if (req && take(t->listener, req))
		return -1;
	return open_fds_of(t->pid);
}

/* The request is still to be answered, and the target gets the answer. */
static bool end(struct target *t, __u64 id)
{
	bool good = events(t->listener) == UNANSWERED &&
		    !answer(t->listener, id, 7, 0, 0) && !reap(t->pid);

	close(t->listener);
	return good;
}

/* A request that could not be copied is received the next time. */
TEST_F(request, receive)
{
	int nth;
	long ret;

	ASSERT_LE(0, begin(&self->t, NULL));
	for (nth = 1; nth < PLENTY; nth++) {
		bool failed;

		arm(nth);
		ret = take(self->t.listener, &self->req);
		failed = disarm();
		if (!failed)
			break;
		ASSERT_TRUE(is_failure(ret));
		ASSERT_EQ(UNREAD, events(self->t.listener));
	}
	EXPECT_EQ(0, ret);
	EXPECT_LT(1, nth);
	EXPECT_TRUE(end(&self->t, self->req.id));
}

/* An ioctl that could not read its argument has done nothing. */
TEST_F(request, check_and_reply)
{
	int nth;
	long ret;

	ASSERT_LE(0, begin(&self->t, &self->req));
	for (nth = 1; nth < PLENTY; nth++) {
		arm(nth);
		ret = id_valid(self->t.listener, self->req.id);
		if (!disarm())
			break;
		ASSERT_TRUE(is_failure(ret));
	}
	EXPECT_EQ(0, ret);
	EXPECT_LT(1, nth);

	for (nth = 1; nth < PLENTY; nth++) {
		arm(nth);
		ret = answer(self->t.listener, self->req.id, 7, 0, 0);
		if (!disarm())
			break;
		ASSERT_TRUE(is_failure(ret));
		ASSERT_EQ(UNANSWERED, events(self->t.listener));
	}
	EXPECT_EQ(0, ret);
	EXPECT_LT(1, nth);
	EXPECT_EQ(0, reap(self->t.pid));
}

/* A descriptor that the supervisor cannot hand over does not reach the target. */
TEST_F(request, add_fd)
{
	static const __u32 kinds[] = { 0, SECCOMP_ADDFD_FLAG_SETFD, SECCOMP_ADDFD_FLAG_SEND };
	int fds, kind, nth;
	long ret;

	for (kind = 0; kind < (int)ARRAY_SIZE(kinds); kind++) {
		fds = begin(&self->t, &self->req);
		ASSERT_LE(0, fds);
		for (nth = 1; nth < PLENTY; nth++) {
			arm(nth);
			ret = add_fd(self->t.listener, self->req.id, kinds[kind], 0,
				     kinds[kind] == SECCOMP_ADDFD_FLAG_SETFD ? 33 : 0, 0);
			if (!disarm())
				break;
			ASSERT_TRUE(is_failure(ret));
			ASSERT_EQ(fds, open_fds_of(self->t.pid));
			ASSERT_EQ(UNANSWERED, events(self->t.listener));
		}
		EXPECT_LE(0, ret);
		EXPECT_LT(1, nth);
		if (kinds[kind] == SECCOMP_ADDFD_FLAG_SEND) {
			/* The call has returned the descriptor's number, not 7. */
			EXPECT_EQ(1, reap(self->t.pid));
			close(self->t.listener);
			continue;
		}
		EXPECT_EQ(fds + 1, open_fds_of(self->t.pid));
		EXPECT_TRUE(end(&self->t, self->req.id));
	}
}

/*
 * What fails in the target, whose table of descriptors cannot grow, is for the
 * supervisor to know; the call goes on waiting, also where it was to return.
 */
TEST_F(request, add_fd_fails_in_target)
{
	const __u32 kinds[] = { SECCOMP_ADDFD_FLAG_SETFD, SECCOMP_ADDFD_FLAG_SETFD |
				SECCOMP_ADDFD_FLAG_SEND };
	int failures, fds, kind;
	long ret;

	for (kind = 0; kind < (int)ARRAY_SIZE(kinds); kind++) {
		failures = 0;
		for (*target_nth = 1; *target_nth < PLENTY; (*target_nth)++) {
			fds = begin(&self->t, &self->req);
			ASSERT_LE(0, fds);
			ret = add_fd(self->t.listener, self->req.id, kinds[kind], 0, 600, 0);
			if (ret >= 0)
				break;
			failures++;
			ASSERT_EQ(-ENOMEM, ret);
			ASSERT_EQ(fds, open_fds_of(self->t.pid));
			EXPECT_TRUE(end(&self->t, self->req.id));
		}
		/* None of its steps has failed at last. */
		EXPECT_EQ(600, ret);
		EXPECT_LT(0, failures);
		if (kinds[kind] & SECCOMP_ADDFD_FLAG_SEND) {
			EXPECT_EQ(1, reap(self->t.pid));
			close(self->t.listener);
			continue;
		}
		EXPECT_TRUE(end(&self->t, self->req.id));
	}
}

/* The call that waits has no step of its own that could fail. */
static int uses_no_memory(void *unused)
{
	char before[16] = "", after[16] = "";

	open_switch();
	arm(PLENTY);
	if (pread(switch_fd, before, sizeof(before) - 1, 0) <= 0)
		return 2;
	arm(PLENTY);
	if (notified_call() != 7)
		return 3;
	if (pread(switch_fd, after, sizeof(after) - 1, 0) <= 0)
		return 4;
	arm(0);
	return strcmp(before, after) ? 1 : 0;
}

TEST_F(request, waits_without_memory)
{
	self->t = start_target(0, uses_no_memory, NULL);
	ASSERT_LE(0, self->t.listener);
	ASSERT_NE(0, serve(self->t.listener, 7));
	EXPECT_EQ(0, reap(self->t.pid));
}

static int stops_under_filter(void *unused)
{
	if (install_all(0, SECCOMP_RET_ALLOW))
		return 1;
	raise(SIGSTOP);
	return 0;
}

/* A tracer whose memory cannot be written learns that. */
TEST_F(request, get_filter)
{
	static struct sock_filter insns[8];
	pid_t pid = stopped(stops_under_filter);
	int nth;
	long ret;

	ASSERT_LT(0, pid);
	for (nth = 1; nth < PLENTY; nth++) {
		arm(nth);
		ret = get_filter(pid, 0, insns);
		if (!disarm())
			break;
		ASSERT_TRUE(is_failure(ret));
	}
	EXPECT_EQ(1, ret);
	EXPECT_LT(1, nth);
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, reap(pid));
}

TEST_HARNESS_MAIN
