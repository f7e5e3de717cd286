// SPDX-License-Identifier: GPL-2.0
/*
 * What comes while a listener's lock is held, or between two times that it is: a
 * reply that meets a signal, a poll that does, a reply that meets a failed copy. On C
 * each of these loses something. So do other ioctls meet a signal, and a signal and a poll
 * a failed copy. All tasks are on CPU 0 and have priorities, so that who comes first does
 * not depend on luck.
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"

#define ROUNDS	20

/* A priority above that of threads from start_at_once(), which is above ours. */
#define FIRST	30
#define OURS	10

/*
 * Below all of them, and yet no ordinary task's: to these the kernel gives a share of the
 * processor when they have had none for long, as on a busy host, whatever else is to run.
 */
#define LAST	1

/* Below the usual limit of descriptors, and beyond the table that a process starts with. */
#define BEYOND	1000

/* What an ioctl has not returned. */
#define PENDING	12345

static int listener;

/*
 * Its threads share the table of descriptors, which grows for one at BEYOND. That takes
 * a grace period of RCU, and the listener's lock is held meanwhile.
 */
static int installs_slowly(void *unused)
{
	pthread_t th;

	return pthread_create(&th, NULL, sleep_for_ever, NULL) || notified_call() != 7;
}

/* A target that holds the lock, and the thread of the supervisor that has it do so. */
struct holder {
	pid_t pid;
	__u64 id;
	pthread_t th;
	int ret;
	/* Another request, to be replied to as soon as the descriptor is there; or 0. */
	__u64 next;
	int sent;
};

static void *add_and_answer(void *arg)
{
	struct holder *h = arg;

	h->ret = add_fd(listener, h->id, SECCOMP_ADDFD_FLAG_SETFD, 0, BEYOND, 0);
	if (h->next)
		h->sent = answer(listener, h->next, 7, 0, 0);
	return NULL;
}

/* The lock is held when this returns, unless that took so long that it is not any more. */
static void hold(struct __test_metadata *_metadata, struct holder *h, __u64 next)
{
	struct seccomp_notif req;

	*h = (struct holder) { .next = next, .ret = PENDING, .sent = PENDING };
	h->pid = spawn(installs_slowly, NULL);
	ASSERT_EQ(0, take(listener, &req));
	ASSERT_EQ(h->pid, req.pid);
	ASSERT_EQ(true, asleep_in(h->pid, __NR_getppid));
	h->id = req.id;
	give_cpu0(h->pid, FIRST);
	take_cpu0(OURS);
	ASSERT_EQ(true, start_at_once(&h->th, add_and_answer, h));
}

static bool is_held(const struct holder *h)
{
	return __atomic_load_n(&h->ret, __ATOMIC_RELAXED) == PENDING;
}

static void wait_released(struct __test_metadata *_metadata, struct holder *h)
{
	leave_cpu0();
	pthread_join(h->th, NULL);
	EXPECT_EQ(BEYOND, h->ret);
}

static void end_holder(struct __test_metadata *_metadata, struct holder *h)
{
	EXPECT_EQ(0, answer(listener, h->id, 7, 0, 0));
	EXPECT_EQ(0, reap(h->pid));
}

static long *result;

static int calls_once(void *unused)
{
	*result = notified_call();
	return 0;
}

/*
 * A signal has ended the target's wait, and the target waits for the lock; who has
 * waited for the lock's holder replies first. SEND returns 0. On C the reply is lost
 * each time that this happens: the call fails with EINTR. On Rust it never is.
 */
TEST(reply_meets_signal)
{
	bool keeps_replies = is_rust();
	int i, met = 0, lost = 0;

	result = shared(sizeof(*result));
	interrupt_on(SIGUSR1, 0);
	go_to_cpu0();
	listener = new_listener();
	ASSERT_LE(0, listener);
	for (i = 0; i < ROUNDS; i++) {
		pid_t pid = spawn(calls_once, NULL);
		struct seccomp_notif req;
		struct holder h;
		bool waits;

		ASSERT_EQ(0, take(listener, &req));
		ASSERT_EQ(true, asleep_in(pid, __NR_getppid));
		hold(_metadata, &h, req.id);
		/* It gets as far as the lock at once, and no further until we sleep. */
		give_cpu0(pid, FIRST);
		kill(pid, SIGUSR1);
		give_cpu0(pid, LAST);
		waits = in_state(pid, "DZ") && is_held(&h);
		wait_released(_metadata, &h);
		EXPECT_EQ(0, reap(pid));
		end_holder(_metadata, &h);
		if (!waits)
			continue;
		met++;
		EXPECT_EQ(0, h.sent);
		if (*result != 7) {
			EXPECT_EQ(-EINTR, *result);
			lost++;
		}
	}
	TH_LOG("%d of %d replies that met a signal were lost", lost, met);
	EXPECT_LT(0, met);
	EXPECT_EQ(keeps_replies ? 0 : met, lost);
}

struct poller {
	pthread_t th;
	int ret;
	short got;
};

static void *poll_once(void *arg)
{
	struct pollfd pfd = { .fd = listener, .events = UNREAD | UNANSWERED };
	const struct timespec none = {};
	struct poller *p = arg;
	int ret = ppoll(&pfd, 1, &none, NULL);

	p->got = pfd.revents;
	__atomic_store_n(&p->ret, ret, __ATOMIC_RELEASE);
	return NULL;
}

/*
 * A poll that may not sleep does so on C as long as somebody holds the lock. A signal
 * ends that, and poll says ERR alone, though the listener is all right and there is a
 * request to answer. On Rust it says so, and waits for nobody.
 */
TEST(poll_meets_signal)
{
	bool takes_no_lock = is_rust();
	int i, met = 0, errs = 0;

	interrupt_on(SIGUSR1, SA_RESTART);
	go_to_cpu0();
	listener = new_listener();
	ASSERT_LE(0, listener);
	for (i = 0; i < ROUNDS; i++) {
		struct poller p = { .ret = PENDING };
		struct holder h;
		bool waits;

		hold(_metadata, &h, 0);
		ASSERT_EQ(true, start_at_once(&p.th, poll_once, &p));
		waits = __atomic_load_n(&p.ret, __ATOMIC_ACQUIRE) == PENDING;
		pthread_kill(p.th, SIGUSR1);
		if (is_held(&h)) {
			met++;
			EXPECT_EQ(!takes_no_lock, waits);
			EXPECT_EQ(1, p.ret);
			if (p.got == POLLERR)
				errs++;
			else
				EXPECT_EQ(UNANSWERED, p.got);
		}
		wait_released(_metadata, &h);
		pthread_join(p.th, NULL);
		/* It was for the moment. */
		EXPECT_EQ(UNANSWERED, events(listener));
		end_holder(_metadata, &h);
	}
	TH_LOG("%d of %d polls that met a signal said ERR", errs, met);
	EXPECT_LT(0, met);
	EXPECT_EQ(takes_no_lock ? 0 : met, errs);
}

struct caller {
	pthread_t th;
	int (*call)(__u64 id);
	__u64 id;
	int ret;
};

static int send_value(__u64 id)
{
	return answer(listener, id, 7, 0, 0);
}

static int ask_validity(__u64 id)
{
	return id_valid(listener, id);
}

static int set_flags(__u64 unused)
{
	return neg_errno(ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
			       SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP));
}

static int send_stdin(__u64 id)
{
	return add_fd(listener, id, SECCOMP_ADDFD_FLAG_SEND, 0, 0, 0);
}

static void *call_ioctl(void *arg)
{
	struct caller *c = arg;

	__atomic_store_n(&c->ret, c->call(c->id), __ATOMIC_RELEASE);
	return NULL;
}

/*
 * A signal ends the wait for the lock, and the ioctl fails with EINTR, also where the
 * handler would have it made again. Nothing has been done: the request waits for its reply.
 */
TEST(ioctls_meet_signal)
{
	int (*const calls[])(__u64 id) = { send_value, ask_validity, set_flags, send_stdin };
	unsigned int row;

	interrupt_on(SIGUSR1, SA_RESTART);
	go_to_cpu0();
	listener = new_listener();
	ASSERT_LE(0, listener);
	for (row = 0; row < ARRAY_SIZE(calls); row++) {
		bool met = false;
		int i;

		for (i = 0; i < ROUNDS && !met; i++) {
			struct caller c = { .call = calls[row], .ret = PENDING };
			struct holder h;
			int ret;

			hold(_metadata, &h, 0);
			c.id = h.id;
			ASSERT_EQ(true, start_at_once(&c.th, call_ioctl, &c));
			pthread_kill(c.th, SIGUSR1);
			ret = __atomic_load_n(&c.ret, __ATOMIC_ACQUIRE);
			met = is_held(&h);
			wait_released(_metadata, &h);
			pthread_join(c.th, NULL);
			if (met) {
				EXPECT_EQ(-EINTR, ret) TH_LOG("row %u", row);
				EXPECT_EQ(0, id_valid(listener, h.id)) TH_LOG("row %u", row);
			}
			/* It has a reply if the lock was free before the signal came. */
			kill(h.pid, SIGKILL);
			ret = reap(h.pid);
			if (met)
				EXPECT_EQ(-SIGKILL, ret) TH_LOG("row %u", row);
		}
		EXPECT_EQ(true, met) TH_LOG("row %u", row);
	}
}

static int calls_twice(void *unused)
{
	notified_call();
	return notified_call();
}

struct replier {
	pthread_t th;
	__u64 id;
	short got;
	int sent;
};

static void *answer_when_received(void *arg)
{
	struct pollfd pfd = { .fd = listener, .events = POLLOUT };
	struct replier *r = arg;

	if (ppoll(&pfd, 1, NULL, NULL) == 1)
		r->got = pfd.revents;
	r->sent = answer(listener, r->id, 7, 0, 0);
	return NULL;
}

/*
 * A thread that knows the id (they are given out in order) replies when RECV has taken
 * the request and has not copied it out yet. SEND returns 0. Then the copy fails. C
 * makes the request unread, which was replied to, and wants another reply. On Rust the
 * first one stands.
 */
TEST(reply_meets_fault)
{
	void *read_only = read_only_page();
	bool stands = is_rust();
	struct replier r = { .sent = PENDING };
	pid_t pid;

	go_to_cpu0();
	listener = new_listener();
	ASSERT_LE(0, listener);
	pid = spawn(calls_twice, NULL);
	r.id = serve(listener, 1) + 1;
	ASSERT_NE(1, r.id);
	ASSERT_EQ(true, await_events(listener, POLLIN));
	ASSERT_EQ(true, asleep_in(pid, __NR_getppid));

	take_cpu0(OURS);
	ASSERT_EQ(true, start_at_once(&r.th, answer_when_received, &r));
	EXPECT_EQ(-EFAULT, neg_errno(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, read_only)));
	/* The target has not run yet. */
	EXPECT_EQ(POLLOUT, r.got);
	EXPECT_EQ(0, r.sent);
	EXPECT_EQ(stands ? 0 : UNREAD, events(listener));
	leave_cpu0();
	pthread_join(r.th, NULL);
	if (!stands)
		EXPECT_EQ(r.id, serve(listener, 8));
	EXPECT_EQ(stands ? 7 : 8, reap(pid));
}

/* A thread that waits until RECV has taken a request, and what it sees. */
struct watcher {
	pthread_t th;
	pid_t target;
	bool taken, back;
};

/* RECV takes a target's request, @watch does something, and the copy fails. */
static void take_in_vain(struct __test_metadata *_metadata, struct watcher *w,
			 unsigned long flags, void *(*watch)(void *))
{
	void *read_only = read_only_page();

	result = shared(sizeof(*result));
	interrupt_on(SIGUSR1, 0);
	go_to_cpu0();
	listener = listener_on(flags, __NR_getppid);
	ASSERT_LE(0, listener);
	*w = (struct watcher) { .target = spawn(calls_once, NULL) };
	ASSERT_EQ(true, await_events(listener, POLLIN));
	ASSERT_EQ(true, asleep_in(w->target, __NR_getppid));

	take_cpu0(OURS);
	ASSERT_EQ(true, start_at_once(&w->th, watch, w));
	EXPECT_EQ(-EFAULT, neg_errno(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, read_only)));
	leave_cpu0();
	pthread_join(w->th, NULL);
	EXPECT_EQ(true, w->taken);
}

static void *signal_when_taken(void *arg)
{
	struct watcher *w = arg;

	w->taken = await_events(listener, POLLOUT);
	kill(w->target, SIGUSR1);
	give_cpu0(w->target, FIRST);
	return NULL;
}

/*
 * With WAIT_KILLABLE_RECV a signal that comes when a request has been received has to
 * wait. When the request is put back, the signal interrupts it after all.
 */
TEST(signal_meets_fault)
{
	struct watcher w;

	take_in_vain(_metadata, &w, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, signal_when_taken);
	EXPECT_EQ(true, in_state(w.target, "Z"));
	kill(w.target, SIGKILL);
	EXPECT_EQ(0, reap(w.target));
	EXPECT_EQ(-EINTR, *result);
}

static void *wait_until_back(void *arg)
{
	struct watcher *w = arg;

	w->taken = await_events(listener, POLLOUT);
	w->back = await_events(listener, POLLIN);
	return NULL;
}

/* Who is woken for a request that is put back, and looks at once, finds it. */
TEST(poll_meets_fault)
{
	struct watcher w;

	take_in_vain(_metadata, &w, 0, wait_until_back);
	EXPECT_EQ(true, w.back);
	EXPECT_NE(0, serve(listener, 7));
	EXPECT_EQ(0, reap(w.target));
	EXPECT_EQ(7, *result);
}

TEST_HARNESS_MAIN
