// SPDX-License-Identifier: GPL-2.0
/* What poll and edge-triggered epoll say of a listener, and when. */
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"

#define CALLERS	5

FIXTURE(events) {
	int listener;
	int epoll;
};

FIXTURE_SETUP(events)
{
	interrupt_on(SIGUSR1, SA_RESTART);
	self->listener = new_listener();
	ASSERT_LE(0, self->listener);
	self->epoll = epoll_create1(EPOLL_CLOEXEC);
	ASSERT_LE(0, self->epoll);
}

FIXTURE_TEARDOWN(events)
{
}

static bool watch(int epoll, int fd, unsigned int what)
{
	struct epoll_event ev = { .events = what | EPOLLET };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) == 0;
}

/* The events of the next edge, or 0 when none came. */
static int edge(int epoll)
{
	struct epoll_event ev;

	return epoll_wait(epoll, &ev, 1, PATIENCE_MS) == 1 ? ev.events : 0;
}

/* Uses up what edges there are, so that the next one is a new one. */
static void settle(int epoll)
{
	struct epoll_event ev;

	while (epoll_wait(epoll, &ev, 1, 0) == 1)
		;
}

/* A client that reads one request for each edge must have one for each request. */
TEST_F(events, every_arrival_is_an_edge)
{
	int i;

	ASSERT_EQ(true, watch(self->epoll, self->listener, EPOLLIN));
	settle(self->epoll);
	for (i = 0; i < CALLERS; i++) {
		spawn(call_gives_7, NULL);
		ASSERT_EQ(EPOLLIN, edge(self->epoll));
		settle(self->epoll);
	}
	/* Reading is no arrival: the calls that are left raise nothing by themselves. */
	for (i = 0; i < CALLERS; i++)
		EXPECT_NE(0, serve(self->listener, 7));
	for (i = 0; i < CALLERS; i++)
		EXPECT_EQ(0, reap(-1));
}

/* Every request that is received is one to answer. */
TEST_F(events, every_receipt_is_an_edge)
{
	struct seccomp_notif req[CALLERS];
	int i;

	for (i = 0; i < CALLERS; i++)
		spawn(call_gives_7, NULL);
	ASSERT_EQ(true, watch(self->epoll, self->listener, EPOLLOUT));
	settle(self->epoll);
	for (i = 0; i < CALLERS; i++) {
		ASSERT_EQ(0, take(self->listener, &req[i]));
		ASSERT_EQ(EPOLLOUT, edge(self->epoll));
		settle(self->epoll);
	}
	for (i = 0; i < CALLERS; i++) {
		EXPECT_EQ(0, answer(self->listener, req[i].id, 7, 0, 0));
		EXPECT_EQ(0, reap(req[i].pid));
	}
}

/* A request that could not be copied out arrives again. */
TEST_F(events, fault_is_an_edge)
{
	void *read_only = read_only_page();
	pid_t pid = spawn(call_gives_7, NULL);

	ASSERT_EQ(true, await_events(self->listener, POLLIN));
	ASSERT_EQ(true, watch(self->epoll, self->listener, EPOLLIN));
	settle(self->epoll);
	EXPECT_EQ(-EFAULT, neg_errno(ioctl(self->listener, SECCOMP_IOCTL_NOTIF_RECV, read_only)));
	EXPECT_EQ(EPOLLIN, edge(self->epoll));
	EXPECT_NE(0, serve(self->listener, 7));
	EXPECT_EQ(0, reap(pid));
}

/* So does a call that a signal sent round again. */
TEST_F(events, restart_is_an_edge)
{
	pid_t pid = spawn(call_gives_7, NULL);
	struct seccomp_notif req;

	ASSERT_EQ(0, take(self->listener, &req));
	ASSERT_EQ(true, watch(self->epoll, self->listener, EPOLLIN));
	settle(self->epoll);
	ASSERT_EQ(true, asleep_in(pid, __NR_getppid));
	kill(pid, SIGUSR1);
	EXPECT_EQ(EPOLLIN, edge(self->epoll));
	EXPECT_NE(0, serve(self->listener, 7));
	EXPECT_EQ(0, reap(pid));
}

static int read_byte(void *fd)
{
	char c;

	return read((long)fd, &c, 1) < 0;
}

/*
 * A target that exits when a byte is written to @go. The filter of the fixture is
 * the target's too: its listener is closed for the target to have one of its own.
 */
static struct target last_user(struct __test_metadata *_metadata, int fixture_listener, int *go)
{
	int fds[2];
	struct target t;

	ASSERT_EQ(0, pipe(fds));
	*go = fds[1];
	close(fixture_listener);
	t = start_target(0, read_byte, (void *)(long)fds[0]);
	ASSERT_LE(0, t.listener);
	return t;
}

/* The last user's exit is an edge, though nobody has reaped it. */
TEST_F(events, hangup_is_an_edge)
{
	int go;
	struct target t = last_user(_metadata, self->listener, &go);

	ASSERT_EQ(true, watch(self->epoll, t.listener, EPOLLIN));
	settle(self->epoll);
	EXPECT_EQ(0, events(t.listener));
	ASSERT_EQ(1, write(go, "", 1));
	EXPECT_EQ(EPOLLHUP, edge(self->epoll));
	EXPECT_EQ(true, in_state(t.pid, "Z"));
	EXPECT_EQ(POLLHUP, events(t.listener));
	EXPECT_EQ(0, reap(t.pid));
}

/* The bits for each state, and for two states at once. */
TEST_F(events, poll_bits)
{
	struct seccomp_notif req;
	pid_t a, b;

	EXPECT_EQ(0, events(self->listener));
	a = spawn(call_gives_7, NULL);
	ASSERT_EQ(true, asleep_in(a, __NR_getppid));
	EXPECT_EQ(UNREAD, events(self->listener));
	ASSERT_EQ(0, take(self->listener, &req));
	EXPECT_EQ(UNANSWERED, events(self->listener));
	b = spawn(call_gives_7, NULL);
	ASSERT_EQ(true, asleep_in(b, __NR_getppid));
	EXPECT_EQ(UNREAD | UNANSWERED, events(self->listener));
	EXPECT_EQ(0, answer(self->listener, req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(a));
	EXPECT_EQ(UNREAD, events(self->listener));
	EXPECT_NE(0, serve(self->listener, 7));
	EXPECT_EQ(0, reap(b));
	EXPECT_EQ(0, events(self->listener));
}

struct poller {
	int fd;
	short what;
	pid_t tid;
	short got;
};

static void *sleep_in_poll(void *arg)
{
	struct poller *p = arg;
	struct pollfd pfd = { .fd = p->fd, .events = p->what };
	const struct timespec patience = { .tv_sec = PATIENCE_MS / 1000 };
	long began = now_ms();

	say_tid(&p->tid);
	/* When its time is up, poll looks once more, and finds what it was not told of. */
	if (ppoll(&pfd, 1, &patience, NULL) == 1 && now_ms() - began < PATIENCE_MS)
		p->got = pfd.revents;
	return NULL;
}

static bool start_poller(pthread_t *th, struct poller *p)
{
	return !pthread_create(th, NULL, sleep_in_poll, p) &&
	       asleep_in(tid_from(&p->tid), __NR_ppoll);
}

/* A poller that sleeps is woken by what it asked for. */
TEST_F(events, sleeping_pollers)
{
	struct poller in = { .fd = self->listener, .what = POLLIN };
	struct poller out = { .fd = self->listener, .what = POLLOUT };
	struct poller rdnorm = { .fd = self->listener, .what = POLLRDNORM };
	struct poller wrnorm = { .fd = self->listener, .what = POLLWRNORM };
	struct seccomp_notif req;
	pthread_t th[4];
	pid_t pid;

	ASSERT_EQ(true, start_poller(&th[0], &in));
	ASSERT_EQ(true, start_poller(&th[1], &rdnorm));
	ASSERT_EQ(true, start_poller(&th[2], &out));
	ASSERT_EQ(true, start_poller(&th[3], &wrnorm));
	pid = spawn(call_gives_7, NULL);
	pthread_join(th[0], NULL);
	pthread_join(th[1], NULL);
	EXPECT_EQ(POLLIN, in.got);
	EXPECT_EQ(POLLRDNORM, rdnorm.got);
	EXPECT_EQ(true, asleep_in(out.tid, __NR_ppoll));
	ASSERT_EQ(0, take(self->listener, &req));
	pthread_join(th[2], NULL);
	pthread_join(th[3], NULL);
	EXPECT_EQ(POLLOUT, out.got);
	EXPECT_EQ(POLLWRNORM, wrnorm.got);
	EXPECT_EQ(0, answer(self->listener, req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(pid));
}

/* A poller that asked for nothing still learns that there are no users. */
TEST_F(events, sleeping_poller_hangup)
{
	struct poller hup = { .what = 0 };
	int go;
	struct target t = last_user(_metadata, self->listener, &go);
	pthread_t th;

	hup.fd = t.listener;
	ASSERT_EQ(true, start_poller(&th, &hup));
	ASSERT_EQ(1, write(go, "", 1));
	pthread_join(th, NULL);
	EXPECT_EQ(POLLHUP, hup.got);
	EXPECT_EQ(0, reap(t.pid));
}

struct sleeper {
	int fd;
	pid_t tid;
	int ret;
};

static void *sleep_in_recv(void *arg)
{
	struct sleeper *s = arg;
	struct seccomp_notif req;

	say_tid(&s->tid);
	s->ret = take(s->fd, &req);
	return NULL;
}

/* Readers asleep in RECV when the last user exits are let go, all of them. */
TEST_F(events, sleeping_readers_hangup)
{
	struct sleeper s[3] = {};
	int go, i;
	struct target t = last_user(_metadata, self->listener, &go);
	pthread_t th[3];

	for (i = 0; i < 3; i++) {
		s[i].fd = t.listener;
		ASSERT_EQ(0, pthread_create(&th[i], NULL, sleep_in_recv, &s[i]));
		ASSERT_EQ(true, asleep_in(tid_from(&s[i].tid), __NR_ioctl));
	}
	ASSERT_EQ(1, write(go, "", 1));
	for (i = 0; i < 3; i++) {
		pthread_join(th[i], NULL);
		EXPECT_EQ(-ENOENT, s[i].ret);
	}
	/* Not reaped until now. */
	EXPECT_EQ(0, reap(t.pid));
}

static int storm_fd;

static int call_on(void *unused)
{
	while (notified_call() >= 0)
		;
	return 0;
}

static void *serve_on(void *unused)
{
	for (;;)
		serve(storm_fd, 7);
	return NULL;
}

/*
 * A signal that hits poll while it waits for the listener's lock makes C answer
 * ERR, alone and for the moment; clients take that for the end. How often it does so
 * here is chance; "held" has it happen each time. Rust takes no lock, and says nothing
 * but the true events. From neither HUP is accepted, or any other bit.
 */
TEST(poll_under_signals)
{
	struct pollfd p = { .events = UNREAD | UNANSWERED };
	struct itimerval tick = { { 0, 200 }, { 0, 200 } };
	int i, n, errs = 0, busy = 0, idle = 0, hit = 0;
	bool takes_no_lock = is_rust();
	pthread_t th;
	pid_t pid;

	storm_fd = new_listener();
	ASSERT_LE(0, storm_fd);
	p.fd = storm_fd;
	pid = spawn(call_on, NULL);
	ASSERT_EQ(0, pthread_create(&th, NULL, serve_on, NULL));
	interrupt_on(SIGALRM, SA_RESTART);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &tick, NULL));
	/* Also until signals have hit it, and calls have come and gone meanwhile. */
	for (i = 0; i < 1000000; i++) {
		if (i >= 20000 && hit && busy && idle)
			break;
		n = poll(&p, 1, 0);
		if (n <= 0) {
			idle += n == 0;
			hit += n < 0;
			continue;
		}
		busy += p.revents != POLLERR;
		if (p.revents == POLLERR)
			errs++;
		else
			ASSERT_EQ(0, p.revents & ~(UNREAD | UNANSWERED));
	}
	TH_LOG("%d of %d polls said ERR, signals hit %d", errs, i, hit + errs);
	EXPECT_LT(0, hit);
	EXPECT_LT(0, busy);
	EXPECT_LT(0, idle);
	if (takes_no_lock)
		EXPECT_EQ(0, errs);
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, reap(pid));
	/* The reader sleeps, and ends with the test. */
}

TEST_HARNESS_MAIN
