// SPDX-License-Identifier: GPL-2.0
/*
 * Every step of a listener's calls that can fail is made to fail, one at a time:
 * copies from and to user space, and what is allocated for a descriptor that is
 * handed over. The request is still there then, and the target has nothing new.
 */
#include "kselftest_harness.h"
#include "entry.h"
#include "notify.h"
#include "outcomes.h"
#include "program.h"
#include "task.h"

/* The supervisor's side of a request that waits, and what it hands over. */
static struct {
	struct target t;
	struct seccomp_notif req;
	__u32 flags;
	int newfd;
} waiting;

FIXTURE(request) { };

FIXTURE_VARIANT(request) { enum steps steps; };

FIXTURE_VARIANT_ADD(request, objects) { .steps = OBJECTS };
FIXTURE_VARIANT_ADD(request, pages) { .steps = PAGES };

/* The target fails in its own steps as told; then it ends well if it got 7. */
static int *target_nth;

static int fallible_call(void *full)
{
	open_switch();
	if (full)
		fill_table();
	arm(*target_nth);
	if (notified_call() != 7)
		return 1;
	disarm();
	return 0;
}

FIXTURE_SETUP(request)
{
	if (!can_inject(variant->steps))
		SKIP(return, "the kernel has no fault injection");
	begin_failing();
	target_nth = shared(sizeof(*target_nth));
	*target_nth = 0;
	open_switch();
}

FIXTURE_TEARDOWN(request)
{
	end_failing();
}

/* Starts a target that makes its call, with a full table or not; how many descriptors it has. */
static int begin(bool full)
{
	waiting.t = start_target(0, fallible_call, full ? &waiting : NULL);
	if (waiting.t.listener < 0 || !await_events(waiting.t.listener, POLLIN))
		return -1;
	return open_fds_of(waiting.t.pid);
}

/* The same with the request received. */
static int begin_received(bool full)
{
	int fds = begin(full);

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
	EXPECT_STREQ(errors, errors_of(&o));
	return ret;
}

static long receive(void)
{
	return take(waiting.t.listener, &waiting.req);
}

/* A request that could not be copied is received the next time. */
TEST_F(request, receive)
{
	ASSERT_LE(0, begin(false));
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
	ASSERT_LE(0, begin_received(false));
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
	int fds = begin_received(false);

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

/* What is handed over, and what becomes of it in the target. */
struct handing {
	const char *name;
	__u32 flags;
	int newfd, gives;
	/* Whether the table is full before. */
	bool full;
	/* Of the table's new parts, those that the kernel cannot do without. */
	const char *errors;
};

/*
 * What fails in the target, whose table of descriptors cannot grow, is for the
 * supervisor to know; the call goes on waiting, also where it was to return.
 */
static void fails_in_target(struct __test_metadata *_metadata, const struct handing *h)
{
	struct outcomes o = { .call = h->name };
	int fds, left;
	long ret;

	waiting.flags = h->flags;
	waiting.newfd = h->newfd;
	for (*target_nth = 1; *target_nth < PLENTY; (*target_nth)++) {
		fds = begin_received(h->full);
		ASSERT_LE(0, fds);
		ret = hand_over();
		left = steps_left(waiting.t.pid);
		if (ret < 0) {
			ASSERT_EQ(0, left);
			ASSERT_EQ(fds, open_fds_of(waiting.t.pid));
			EXPECT_TRUE(end());
		} else {
			ASSERT_EQ(h->gives, ret);
			if (h->flags & SECCOMP_ADDFD_FLAG_SEND) {
				EXPECT_EQ(1, reap(waiting.t.pid));
				close(waiting.t.listener);
			} else {
				EXPECT_EQ(fds + 1, open_fds_of(waiting.t.pid));
				EXPECT_TRUE(end());
			}
		}
		if (left)
			break;
		note(&o, ret);
	}
	ASSERT_GT(PLENTY, *target_nth);
	EXPECT_STREQ(fallible == PAGES ? "M" : h->errors, errors_of(&o));
}

TEST_F(request, add_fd_fails_in_target)
{
	static const struct handing rows[] = {
		/* An array of two pages need not be one object. */
		{ "ADDFD with SETFD, the target", SECCOMP_ADDFD_FLAG_SETFD, 600, 600, false, "MM" },
		{ "ADDFD with SETFD and SEND, the target",
		  SECCOMP_ADDFD_FLAG_SETFD | SECCOMP_ADDFD_FLAG_SEND, 600, 600, false, "MM" },
		{ "ADDFD, the target", 0, 0, SMALL_TABLE, true, "MMM" },
		{ "ADDFD with SEND, the target",
		  SECCOMP_ADDFD_FLAG_SEND, 0, SMALL_TABLE, true, "MMM" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		fails_in_target(_metadata, &rows[i]);
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

TEST_HARNESS_MAIN
