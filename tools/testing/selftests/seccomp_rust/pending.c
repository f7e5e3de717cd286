// SPDX-License-Identifier: GPL-2.0
/*
 * ADDFD between being queued and being handled: with others, with a reply, with
 * a signal to either side. The target is kept from running while the supervisor
 * arranges these, so that every order is a certain one.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"

#define SEND	SECCOMP_ADDFD_FLAG_SEND
#define ROUNDS	1000

FIXTURE(pending) {
	struct target t;
	struct seccomp_notif req;
	int src;
};

/* What every ADDFD of a test is for. */
static struct seccomp_notif_addfd common;
static int listener;

/* What a call gave last, and how many were made. */
static struct {
	long fd;
	long calls;
} *both;

FIXTURE_SETUP(pending)
{
	int fds[2];

	interrupt_on(SIGUSR1, 0);
	go_to_cpu0();
	ASSERT_EQ(0, pipe(fds));
	self->src = fds[1];
	self->t = start_target(0, call_gives_fd, NULL);
	ASSERT_LE(0, self->t.listener);
	ASSERT_EQ(0, take(self->t.listener, &self->req));
	ASSERT_EQ(true, asleep_in(self->t.pid, __NR_getppid));
	listener = self->t.listener;
	common.id = self->req.id;
	common.srcfd = self->src;
	take_cpu0(10);
}

FIXTURE_TEARDOWN(pending)
{
	end_target(&self->t);
}

struct adder {
	pthread_t th;
	pid_t tid;
	int flags, ret;
};

static void *add_from_thread(void *arg)
{
	struct adder *a = arg;

	a->tid = syscall(__NR_gettid);
	a->ret = add_fd(listener, common.id, a->flags, common.srcfd, 0, 0);
	return NULL;
}

/* Queues an ADDFD from a thread, which sleeps for the target to handle its request. */
static bool queue(struct adder *a, int flags)
{
	*a = (struct adder) { .flags = flags, .ret = 12345 };
	return start_at_once(&a->th, add_from_thread, a) &&
	       a->tid && asleep_in(a->tid, __NR_ioctl) && a->ret == 12345;
}

/* SEND while another is pending: EBUSY, and the pending one goes on. */
TEST_F(pending, busy)
{
	int l = self->t.listener;
	struct adder a;

	ASSERT_EQ(true, queue(&a, 0));
	EXPECT_EQ(-EBUSY, add_fd(l, self->req.id, SEND, self->src, 0, 0));
	leave_cpu0();
	pthread_join(a.th, NULL);
	EXPECT_LE(3, a.ret);
	EXPECT_EQ(0, id_valid(l, self->req.id));
	EXPECT_EQ(0, answer(l, self->req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(self->t.pid));
}

/* With a SEND pending the request is answered, for all others. */
TEST_F(pending, in_progress)
{
	int l = self->t.listener;
	struct adder a;

	ASSERT_EQ(true, queue(&a, SEND));
	EXPECT_EQ(-EINPROGRESS, add_fd(l, self->req.id, SEND, self->src, 0, 0));
	EXPECT_EQ(-EINPROGRESS, add_fd(l, self->req.id, 0, self->src, 0, 0));
	EXPECT_EQ(-EINPROGRESS, answer(l, self->req.id, 7, 0, 0));
	EXPECT_EQ(-ENOENT, id_valid(l, self->req.id));
	EXPECT_EQ(0, events(l));
	leave_cpu0();
	pthread_join(a.th, NULL);
	EXPECT_LE(3, a.ret);
	EXPECT_EQ(10, reap(self->t.pid));
}

/*
 * Several at a time are all installed, the newest first, as the numbers of the
 * descriptors tell.
 */
TEST_F(pending, several)
{
	struct adder a, b, c;
	int l = self->t.listener;

	ASSERT_EQ(true, queue(&a, 0));
	ASSERT_EQ(true, queue(&b, 0));
	ASSERT_EQ(true, queue(&c, 0));
	leave_cpu0();
	pthread_join(a.th, NULL);
	pthread_join(b.th, NULL);
	pthread_join(c.th, NULL);
	EXPECT_LE(3, c.ret);
	EXPECT_EQ(c.ret + 1, b.ret);
	EXPECT_EQ(c.ret + 2, a.ret);
	EXPECT_EQ(0, answer(l, self->req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(self->t.pid));
}

/*
 * A reply overtakes those that are queued, but for the newest, which the target
 * handles on its way out. The other ones are told that it is too late.
 */
TEST_F(pending, reply_overtakes)
{
	struct adder a, b;

	ASSERT_EQ(true, queue(&a, 0));
	ASSERT_EQ(true, queue(&b, 0));
	EXPECT_EQ(0, answer(self->t.listener, self->req.id, 7, 0, 0));
	leave_cpu0();
	pthread_join(a.th, NULL);
	pthread_join(b.th, NULL);
	EXPECT_EQ(-ESRCH, a.ret);
	EXPECT_LE(3, b.ret);
	EXPECT_EQ(0, reap(self->t.pid));
}

/* The target is killed with one pending: it is handled before the target goes. */
TEST_F(pending, target_killed)
{
	struct adder a;

	ASSERT_EQ(true, queue(&a, 0));
	kill(self->t.pid, SIGKILL);
	leave_cpu0();
	pthread_join(a.th, NULL);
	EXPECT_LE(3, a.ret);
	EXPECT_EQ(-SIGKILL, reap(self->t.pid));
	EXPECT_EQ(-ENOENT, add_fd(self->t.listener, self->req.id, 0, self->src, 0, 0));
}

/* An interrupted SEND has not replied: another reply is taken, here at once. */
TEST_F(pending, send_interrupted)
{
	int l = self->t.listener;
	struct adder a;

	ASSERT_EQ(true, queue(&a, SEND));
	pthread_kill(a.th, SIGUSR1);
	EXPECT_EQ(-EINTR, a.ret);
	EXPECT_EQ(0, id_valid(l, self->req.id));
	EXPECT_EQ(UNANSWERED, events(l));
	EXPECT_EQ(0, answer(l, self->req.id, 7, 0, 0));
	leave_cpu0();
	pthread_join(a.th, NULL);
	EXPECT_EQ(0, reap(self->t.pid));
}

/* And here after the target has run, found nothing and gone back to sleep. */
TEST_F(pending, send_interrupted_target_runs)
{
	int l = self->t.listener;
	struct adder a;

	ASSERT_EQ(true, queue(&a, SEND));
	pthread_kill(a.th, SIGUSR1);
	leave_cpu0();
	pthread_join(a.th, NULL);
	EXPECT_EQ(-EINTR, a.ret);
	ASSERT_EQ(true, asleep_in(self->t.pid, __NR_getppid));
	EXPECT_EQ(0, id_valid(l, self->req.id));
	EXPECT_LE(3, add_fd(l, self->req.id, SEND, self->src, 0, 0));
	EXPECT_EQ(10, reap(self->t.pid));
}

/* An interrupted ADDFD that was not handled installs nothing later on. */
TEST_F(pending, addfd_interrupted)
{
	int l = self->t.listener, next;
	struct adder a;

	ASSERT_EQ(true, queue(&a, 0));
	pthread_kill(a.th, SIGUSR1);
	EXPECT_EQ(-EINTR, a.ret);
	leave_cpu0();
	pthread_join(a.th, NULL);
	next = add_fd(l, self->req.id, 0, self->src, 0, 0);
	EXPECT_LE(3, next);
	EXPECT_EQ(next + 1, add_fd(l, self->req.id, 0, self->src, 0, 0));
	/* The lowest free number came first: nothing was there but what we put. */
	EXPECT_EQ(next + 2, add_fd(l, self->req.id, 0, self->src, 0, 0));
	EXPECT_EQ(0, answer(l, self->req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(self->t.pid));
}

/* Closing the listener cannot lose one that is queued: it holds the file open. */
TEST_F(pending, listener_closed_by_others)
{
	struct adder a;

	ASSERT_EQ(true, queue(&a, 0));
	close(self->t.listener);
	leave_cpu0();
	pthread_join(a.th, NULL);
	/* The ioctl's own reference is the last, and its end answers the call. */
	EXPECT_LE(3, a.ret);
	EXPECT_EQ(100, reap(self->t.pid));
}

static int check_fds(void *unused)
{
	while (both->calls < ROUNDS) {
		long fd = notified_call();

		if (fd < 3 || fcntl(fd, F_GETFD) < 0)
			return 1;
		both->fd = fd;
		if (close(fd))
			return 2;
		both->calls++;
	}
	return 0;
}

/* Under a storm of signals on the supervisor no call returns without a descriptor. */
TEST(signal_storm)
{
	struct itimerval tick = { { 0, 70 }, { 0, 70 } };
	struct seccomp_notif req;
	struct target t;
	int src = open("/dev/null", O_RDWR), fd, i, interrupted = 0, err;

	both = shared(sizeof(*both));
	t = start_target(0, check_fds, NULL);
	ASSERT_LE(0, t.listener);
	interrupt_on(SIGALRM, 0);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &tick, NULL));
	for (i = 0; i < ROUNDS; i++) {
		while ((err = take(t.listener, &req)))
			ASSERT_EQ(-EINTR, err);
		while ((fd = add_fd(t.listener, req.id, SEND, src, 0, 0)) == -EINTR)
			interrupted++;
		ASSERT_LE(3, fd);
		/* Any step of the target beyond this call needs our next reply. */
		while (both->calls < i + 1)
			nap(20);
		ASSERT_EQ(fd, both->fd);
	}
	TH_LOG("%d of %d were interrupted", interrupted, i);
	/* Without that it was no storm. */
	EXPECT_LT(0, interrupted);
	EXPECT_EQ(0, reap(t.pid));
}

TEST_HARNESS_MAIN
