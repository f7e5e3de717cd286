// SPDX-License-Identifier: GPL-2.0
/*
 * Every step that can fail is made to fail, one at a time: allocations, and
 * copies from and to user space. What was begun then has to be undone, and the
 * caller to be told which of the two it was.
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "inject.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"
#include "trace.h"

#define LISTENER	SECCOMP_FILTER_FLAG_NEW_LISTENER
#define TSYNC		SECCOMP_FILTER_FLAG_TSYNC
#define TSYNC_ESRCH	SECCOMP_FILTER_FLAG_TSYNC_ESRCH

/* What a child that has tried something with a failure finds afterwards. */
enum {
	IN_ORDER,	/* a step failed, and all is as it has to be then */
	SUCCEEDED,	/* no step was left to fail */
	WRONG_ERROR, WRONG_MODE, WRONG_COUNT, WRONG_FDS, WRONG_THREAD,
};

static int lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

struct attempt {
	unsigned long flags;
	int nth;
	/* What the call has given, for the parent. */
	long *ret;
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
		LOAD(nr), UNLESS(__NR_getpgid, 1), GIVE(RET_ERRNO(3)), GIVE(SECCOMP_RET_ALLOW),
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

	*a->ret = ret;
	if (ret < 0 && !failed)
		return WRONG_ERROR;
	filters = ret >= 0;
	if (raw_call(__NR_getpgid, 0, 0, 0) == -3 ? !filters : filters)
		return WRONG_MODE;
	if (mode_of(getpid()) != 2 * filters)
		return WRONG_MODE;
	if (filters_of(getpid()) != filters)
		return WRONG_COUNT;
	if (filters_of(a->thread) != filters || mode_of(a->thread) != 2 * filters)
		return WRONG_THREAD;
	if (lowest_fd() != lowest + (ret >= 0 && a->flags & LISTENER))
		return WRONG_FDS;
	if (a->flags & TSYNC && (write(a->stop[1], "", 1) != 1 || pthread_join(thread, NULL)))
		return 97;
	return failed ? IN_ORDER : SUCCEEDED;
}

/* Tries it with each step failing in turn, to the first time that none is left. */
static void install_all_ways(struct __test_metadata *_metadata, unsigned long flags,
			     struct outcomes *o)
{
	struct attempt a = { .flags = flags, .ret = shared(sizeof(*a.ret)), .nth = PLENTY };
	int status;

	/* What is allocated but once has been when it comes to counting. */
	ASSERT_EQ(SUCCEEDED, run(try_install, &a));
	for (a.nth = 1; a.nth < PLENTY; a.nth++) {
		status = run(try_install, &a);
		if (status == SUCCEEDED)
			break;
		note(o, *a.ret);
		ASSERT_EQ(IN_ORDER, status) {
			TH_LOG("with step %d failing", a.nth);
		}
	}
	ASSERT_GT(PLENTY, a.nth);
}

FIXTURE(install) { };

FIXTURE_VARIANT(install) {
	unsigned long flags;
	const char *name;
};

FIXTURE_VARIANT_ADD(install, alone) { .flags = 0, .name = "filter" };
FIXTURE_VARIANT_ADD(install, tsync) { .flags = TSYNC, .name = "TSYNC" };
FIXTURE_VARIANT_ADD(install, listener) { .flags = LISTENER, .name = "listener" };
FIXTURE_VARIANT_ADD(install, both) {
	.flags = TSYNC | TSYNC_ESRCH | LISTENER, .name = "TSYNC and listener",
};

FIXTURE_SETUP(install)
{
	if (!can_inject(OBJECTS))
		SKIP(return, "the kernel has no fault injection");
}

FIXTURE_TEARDOWN(install) { }

/* Only the copies fail: of struct sock_fprog, then of the instructions. */
TEST_F(install, copies)
{
	struct outcomes o = { .call = variant->name };

	ASSERT_EQ(true, can_inject(COPIES));
	install_all_ways(_metadata, variant->flags, &o);
	EXPECT_STREQ("FF", o.errors);
}

/*
 * How many allocations there are depends on what the allocator has at hand, so
 * that the errors cannot be told one by one.
 */
static void all_or_nothing(struct __test_metadata *_metadata, unsigned long flags,
			   const char *name, enum steps steps)
{
	struct outcomes o = { .call = name };

	ASSERT_EQ(true, can_inject(steps));
	install_all_ways(_metadata, flags, &o);
	EXPECT_EQ('F', o.errors[0]);
	EXPECT_NE(NULL, strchr(o.errors, 'M'));
	EXPECT_EQ(NULL, strchr(o.errors, '?'));
}

TEST_F(install, is_all_or_nothing)
{
	all_or_nothing(_metadata, variant->flags, variant->name, OBJECTS);
}

TEST_F(install, pages)
{
	all_or_nothing(_metadata, variant->flags, variant->name, PAGES);
}

/* The supervisor's side of a request that waits, and what it hands over. */
static struct {
	struct target t;
	struct seccomp_notif req;
	__u32 flags;
	int newfd;
} waiting;

FIXTURE(request) { };

/* The target fails in its own steps as told; then it ends well if it got 7. */
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
	if (!can_inject(OBJECTS))
		SKIP(return, "the kernel has no fault injection");
	target_nth = shared(sizeof(*target_nth));
	*target_nth = 0;
	open_switch();
}

FIXTURE_TEARDOWN(request) { }

/* Starts a target that makes its call; how many descriptors it has. */
static int begin(void)
{
	waiting.t = start_target(0, fallible_call, NULL);
	if (waiting.t.listener < 0 || !await_events(waiting.t.listener, POLLIN))
		return -1;
	return open_fds_of(waiting.t.pid);
}

/* The same with the request received. */
static int begin_received(void)
{
	int fds = begin();

	return fds < 0 || take(waiting.t.listener, &waiting.req) ? -1 : fds;
}

/* The request is still to be answered, and the target gets the answer. */
static bool end(void)
{
	bool good = events(waiting.t.listener) == UNANSWERED &&
		    !answer(waiting.t.listener, waiting.req.id, 7, 0, 0) && !reap(waiting.t.pid);

	close(waiting.t.listener);
	return good;
}

/*
 * Has each step of @call fail in turn; what it gives when none is left. Meanwhile
 * the listener has the events @left and the target no new descriptor.
 */
static long each_step(struct __test_metadata *_metadata, const char *name, long (*call)(void),
		      int left, const char *errors)
{
	int nth, fds = open_fds_of(waiting.t.pid);
	struct outcomes o = { .call = name };
	long ret = 0;

	for (nth = 1; nth < PLENTY; nth++) {
		arm(nth);
		ret = call();
		if (!disarm())
			break;
		note(&o, ret);
		EXPECT_EQ(left, events(waiting.t.listener));
		EXPECT_EQ(fds, open_fds_of(waiting.t.pid));
	}
	EXPECT_STREQ(errors, o.errors);
	return ret;
}

static long receive(void)
{
	return take(waiting.t.listener, &waiting.req);
}

/* A request that could not be copied is received the next time. */
TEST_F(request, receive)
{
	ASSERT_LE(0, begin());
	EXPECT_EQ(0, each_step(_metadata, "RECV", receive, UNREAD, "F"));
	EXPECT_TRUE(end());
}

static long check_id(void)
{
	return id_valid(waiting.t.listener, waiting.req.id);
}

static long set_flags(void)
{
	return neg_errno(ioctl(waiting.t.listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 0));
}

static long reply(void)
{
	return answer(waiting.t.listener, waiting.req.id, 7, 0, 0);
}

/* An ioctl that could not read its argument has done nothing. */
TEST_F(request, check_and_reply)
{
	ASSERT_LE(0, begin_received());
	EXPECT_EQ(0, each_step(_metadata, "ID_VALID", check_id, UNANSWERED, "F"));
	EXPECT_EQ(0, each_step(_metadata, "SET_FLAGS", set_flags, UNANSWERED, ""));
	EXPECT_EQ(0, each_step(_metadata, "SEND", reply, UNANSWERED, "F"));
	EXPECT_EQ(0, reap(waiting.t.pid));
}

static long hand_over(void)
{
	return add_fd(waiting.t.listener, waiting.req.id, waiting.flags, 0, waiting.newfd, 0);
}

/* A descriptor that the supervisor cannot hand over does not reach the target. */
TEST_F(request, add_fd)
{
	int fds = begin_received();

	ASSERT_LE(0, fds);
	EXPECT_LE(0, each_step(_metadata, "ADDFD", hand_over, UNANSWERED, "F"));
	EXPECT_EQ(fds + 1, open_fds_of(waiting.t.pid));
	waiting.flags = SECCOMP_ADDFD_FLAG_SETFD;
	waiting.newfd = 33;
	EXPECT_EQ(33, each_step(_metadata, "ADDFD with SETFD", hand_over, UNANSWERED, "F"));
	EXPECT_EQ(fds + 2, open_fds_of(waiting.t.pid));
	waiting.flags |= SECCOMP_ADDFD_FLAG_SEND;
	EXPECT_EQ(33, each_step(_metadata, "ADDFD with SEND", hand_over, UNANSWERED, "F"));
	/* The call has returned the descriptor's number, not 7. */
	EXPECT_EQ(1, reap(waiting.t.pid));
}

/*
 * What fails in the target, whose table of descriptors cannot grow, is for the
 * supervisor to know; the call goes on waiting, also where it was to return.
 */
static void fails_in_target(struct __test_metadata *_metadata, const char *name, __u32 flags)
{
	struct outcomes o = { .call = name };
	int fds, left;
	long ret;

	waiting.flags = flags;
	waiting.newfd = 600;
	for (*target_nth = 1; *target_nth < PLENTY; (*target_nth)++) {
		fds = begin_received();
		ASSERT_LE(0, fds);
		ret = hand_over();
		left = steps_left(waiting.t.pid);
		if (ret < 0) {
			ASSERT_EQ(0, left);
			ASSERT_EQ(fds, open_fds_of(waiting.t.pid));
			EXPECT_TRUE(end());
		} else {
			ASSERT_EQ(600, ret);
			if (flags & SECCOMP_ADDFD_FLAG_SEND) {
				EXPECT_EQ(1, reap(waiting.t.pid));
				close(waiting.t.listener);
			} else {
				EXPECT_TRUE(end());
			}
		}
		if (left)
			break;
		note(&o, ret);
	}
	ASSERT_GT(PLENTY, *target_nth);
	EXPECT_EQ('M', o.errors[0]);
	EXPECT_EQ(strlen(o.errors), strspn(o.errors, "M"));
}

TEST_F(request, add_fd_fails_in_target)
{
	fails_in_target(_metadata, "ADDFD, the target", SECCOMP_ADDFD_FLAG_SETFD);
	fails_in_target(_metadata, "ADDFD with SEND, the target",
			SECCOMP_ADDFD_FLAG_SETFD | SECCOMP_ADDFD_FLAG_SEND);
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
	waiting.t = start_target(0, uses_no_memory, NULL);
	ASSERT_LE(0, waiting.t.listener);
	ASSERT_NE(0, serve(waiting.t.listener, 7));
	EXPECT_EQ(0, reap(waiting.t.pid));
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

/* Has each step of @call fail in turn, where there is nothing that could stay behind. */
static long each_read(struct __test_metadata *_metadata, const char *name, long (*call)(void),
		      const char *errors)
{
	struct outcomes o = { .call = name };
	long ret = 0;
	int nth;

	for (nth = 1; nth < PLENTY; nth++) {
		arm(nth);
		ret = call();
		if (!disarm())
			break;
		note(&o, ret);
	}
	EXPECT_STREQ(errors, o.errors);
	return ret;
}

/* A tracer whose memory cannot be read or written learns that. */
TEST_F(request, get_filter)
{
	looked_at = stopped(stops_under_filter);
	ASSERT_LT(0, looked_at);
	EXPECT_EQ(1, each_read(_metadata, "GET_FILTER", filter, "F"));
	EXPECT_EQ(16, each_read(_metadata, "GET_METADATA", metadata, "FF"));
	kill(looked_at, SIGKILL);
	EXPECT_EQ(-SIGKILL, reap(looked_at));
}

TEST_F(request, what_there_is)
{
	EXPECT_EQ(0, each_read(_metadata, "GET_ACTION_AVAIL", action, "F"));
	EXPECT_EQ(0, each_read(_metadata, "GET_NOTIF_SIZES", sizes, "F"));
}

TEST_HARNESS_MAIN
