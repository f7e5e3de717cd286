// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a listener against one other thing at that moment: the target is killed,
 * exits, executes itself or installs a filter for all of its threads; somebody waits in
 * epoll_wait or sleeps in RECV as a call comes, or asks whether an id is valid, or sets
 * the listener's flags.
 *
 * Nothing is ever answered. So whoever lives on has been refused with ENOSYS, is so for
 * ever, and can have another listener; whoever used the listener has got what there was
 * to get, or was told that there is no such descriptor.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "notify.h"
#include "program.h"
#include "task.h"
#include "thread.h"
#include "mark.h"
#include "race.h"

#define TSYNC	SECCOMP_FILTER_FLAG_TSYNC
#define FOR_ALL	(TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH | SECCOMP_FILTER_FLAG_NEW_LISTENER)

/* What happens beside it. Of each there are two outcomes: it was first, or was not. */
enum { KILL, EXIT, EXECUTE, SYNC, POLL, RECEIVE, VALIDATE, SET_FLAGS, KINDS };

#define FIRST(kind)	(2 * (kind))
#define SECOND(kind)	(2 * (kind) + 1)

/* Exit statuses of the target. */
enum { REFUSED, EXITED = 7, EXEC_SECOND = 20, EXEC_FIRST, EXEC_ANSWERED, EXEC_NO_LISTENER };

static struct {
	int kind;
	bool in_leader;
	/* The closer and who acts beside. */
	struct gate gate;
	/* It has been done. */
	bool done;
} *both;

/* Who acts beside in the closer's process. */
static struct {
	pthread_t th;
	pid_t tid;
	/* An epoll on the listener, and a pipe that ends its wait. */
	int epoll, wake[2];
	/* A call has ended its wait. */
	bool called;
} rival;

static int listener;
static pid_t victim;
/* What was received and is not answered. */
static __u64 id;

/* Close to each other for the most part, and sometimes not: then either is first. */
static void take_place(int side)
{
	take_aim(&score->aim[both->kind], side);
	if (dice(4) == 0)
		nap(dice(1 << dice(14)));
}

static bool is_in_target(int kind)
{
	return kind == EXIT || kind == EXECUTE || kind == SYNC;
}

/* Where it is the call that comes at that moment. */
static bool is_for_call(int kind)
{
	return kind == POLL || kind == RECEIVE;
}

static void *call_out(void *unused)
{
	long ret;

	if (is_for_call(both->kind)) {
		if (!meet(&both->gate, 2))
			return NULL;
		take_place(1);
	}
	ret = notified_call();
	must(ret == -ENOSYS, "nobody has answered, but a call gave %ld", ret);
	return NULL;
}

static void synchronise(void)
{
	long ret;

	if (dice(2)) {
		ret = mark(TSYNC, 0, 1);
		must(!ret && marked(0) == 1, "TSYNC gave %ld, and mark %d", ret, marked(0));
		PUT(both->done, true);
		return;
	}
	ret = install_on(FOR_ALL, __NR_getpgid, SECCOMP_RET_USER_NOTIF);
	if (!must(ret >= 0 || ret == -EBUSY, "a listener for all gave %ld", ret))
		return;
	if (ret >= 0)
		close(ret);
	else
		PUT(both->done, true);
}

static void *act(void *unused)
{
	if (!is_in_target(both->kind) || !meet(&both->gate, 2))
		return NULL;
	take_place(1);
	switch (both->kind) {
	case EXIT:
		_exit(EXITED);
	case EXECUTE:
		execl("/proc/self/exe", "stress", "--after-close", NULL);
		must(false, "exec failed: %d", errno);
		break;
	default:
		synchronise();
	}
	return NULL;
}

static int body(void *unused)
{
	pthread_t th;

	if (pthread_create(&th, NULL, both->in_leader ? call_out : act, NULL))
		return 99;
	if (both->in_leader)
		act(NULL);
	else
		call_out(NULL);
	pthread_join(th, NULL);
	if (GET(score->failed))
		return 98;
	alone_for_ever();
	return REFUSED;
}

/* How often the caller has gone to sleep. */
static long sleeps(void)
{
	struct rusage used;

	getrusage(RUSAGE_THREAD, &used);
	return used.ru_nvcsw;
}

int closing_after_exec(void)
{
	long before = sleeps();

	if (notified_call() != -ENOSYS)
		return EXEC_ANSWERED;
	before = sleeps() - before;
	if (new_listener() < 0)
		return EXEC_NO_LISTENER;
	return before ? EXEC_FIRST : EXEC_SECOND;
}

static void poll_beside(void)
{
	struct epoll_event event = {};
	int n = epoll_pwait(rival.epoll, &event, 1, PATIENCE_MS, NULL);

	if (!must(n == 1, "epoll_pwait gave %d", n))
		return;
	must(!event.data.fd || (event.events && !(event.events & ~(EPOLLIN | EPOLLOUT))),
	     "epoll_pwait says %#x", event.events);
	rival.called = event.data.fd;
}

static void receive_beside(void)
{
	struct seccomp_notif req;
	int ret = take(listener, &req);

	/* Who sleeps in it keeps the listener open. */
	must(!ret, "RECV gave %d", ret);
}

static void *act_beside(void *unused)
{
	int ret;

	say_tid(&rival.tid);
	if (!is_for_call(both->kind)) {
		if (!meet(&both->gate, 2))
			return NULL;
		take_place(1);
	}
	switch (both->kind) {
	case KILL:
		kill(victim, SIGKILL);
		return NULL;
	case POLL:
		poll_beside();
		return NULL;
	case RECEIVE:
		receive_beside();
		return NULL;
	case VALIDATE:
		ret = id_valid(listener, id);
		break;
	default:
		ret = neg_errno(ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
				      dice(2) ? SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP : 0));
	}
	must(!ret || ret == -EBADF, "an ioctl beside close gave %d", ret);
	PUT(both->done, !ret);
	return NULL;
}

static bool watch(void)
{
	struct epoll_event on_listener = { .events = EPOLLIN | EPOLLOUT, .data.fd = listener };
	struct epoll_event on_pipe = { .events = EPOLLIN };

	if (both->kind != POLL)
		return true;
	rival.epoll = epoll_create1(EPOLL_CLOEXEC);
	return must(rival.epoll >= 0 && !pipe(rival.wake) &&
		    !epoll_ctl(rival.epoll, EPOLL_CTL_ADD, listener, &on_listener) &&
		    !epoll_ctl(rival.epoll, EPOLL_CTL_ADD, rival.wake[0], &on_pipe),
		    "no epoll: %d", errno);
}

/* A listener that is gone is not in the epoll any more. */
static void stop_watching(void)
{
	struct epoll_event event;
	char c;

	must(write(rival.wake[1], "", 1) == 1, "a pipe is full");
	pthread_join(rival.th, NULL);
	must(read(rival.wake[0], &c, 1) == 1, "a pipe is empty");
	must(!epoll_wait(rival.epoll, &event, 1, 0), "epoll has a listener that was closed");
	close(rival.epoll);
	close(rival.wake[0]);
	close(rival.wake[1]);
}

static bool start_beside(void)
{
	rival.tid = 0;
	rival.called = false;
	if (is_in_target(both->kind))
		return true;
	if (!watch() || !must(!pthread_create(&rival.th, NULL, act_beside, NULL), "no thread"))
		return false;
	if (!is_for_call(both->kind))
		return true;
	return must(asleep_in(tid_from(&rival.tid),
			      both->kind == POLL ? __NR_epoll_pwait : __NR_ioctl),
		    "who is to wait does not sleep");
}

/* There is a call, which has been received or not. */
static bool await_call(void)
{
	struct seccomp_notif req;

	if (is_for_call(both->kind))
		return true;
	if (!must(await_events(listener, POLLIN), "a call has not come"))
		return false;
	if (both->kind != VALIDATE && dice(2))
		return true;
	if (!must(!take(listener, &req), "there was a request, and RECV fails"))
		return false;
	id = req.id;
	return true;
}

/* Whether what happened beside it was first, as far as the listener could tell. */
static bool close_listener(void)
{
	int seen;
	bool done;

	take_place(0);
	seen = both->kind < SYNC || is_for_call(both->kind) ? events(listener) : 0;
	done = GET(both->done);
	must(!close(listener), "the listener cannot be closed");
	return done || (seen & (is_for_call(both->kind) ? POLLIN | POLLOUT : POLLHUP));
}

static void reap_target(pid_t pid, bool *first)
{
	int status = reap(pid);
	bool fair = status == REFUSED;

	switch (both->kind) {
	case KILL:
		fair |= status == -SIGKILL;
		break;
	case EXIT:
		fair = status == EXITED;
		break;
	case EXECUTE:
		fair = status == EXEC_FIRST || status == EXEC_SECOND;
		*first = status == EXEC_FIRST;
		break;
	}
	must(fair, "beside %d the target ended with %d", both->kind, status);
}

static void take_round(struct target *t)
{
	bool first;

	listener = t->listener;
	victim = t->pid;
	if (!await_call() || !start_beside() || !meet(&both->gate, 2))
		return;
	first = close_listener();
	if (both->kind == POLL)
		stop_watching();
	else if (!is_in_target(both->kind))
		pthread_join(rival.th, NULL);
	first |= rival.called;
	reap_target(t->pid, &first);
	learn(&score->aim[both->kind], !first);
	saw(first ? FIRST(both->kind) : SECOND(both->kind));
}

static void session(void)
{
	int lowest = lowest_fd();
	struct target t;

	both = shared(sizeof(*both));
	while (going()) {
		memset(both, 0, sizeof(*both));
		both->kind = dice(KINDS);
		both->in_leader = dice(2);
		if (!begin(&t, 0, body, NULL))
			return;
		take_round(&t);
		must(lowest_fd() == lowest, "beside %d a descriptor is left", both->kind);
	}
}

const struct race closing_beside = {
	.name = "closing_beside",
	.session = session,
	.outcomes = {
		[FIRST(KILL)] = "target killed before",
		[SECOND(KILL)] = "afterwards",
		[FIRST(EXIT)] = "exited before",
		[SECOND(EXIT)] = "afterwards",
		[FIRST(EXECUTE)] = "executed before",
		[SECOND(EXECUTE)] = "afterwards",
		[FIRST(SYNC)] = "synchronised before",
		[SECOND(SYNC)] = "afterwards",
		[FIRST(POLL)] = "call to a poller before",
		[SECOND(POLL)] = "afterwards",
		[FIRST(RECEIVE)] = "call to a reader before",
		[SECOND(RECEIVE)] = "afterwards",
		[FIRST(VALIDATE)] = "id asked for before",
		[SECOND(VALIDATE)] = "afterwards",
		[FIRST(SET_FLAGS)] = "flags set before",
		[SECOND(SET_FLAGS)] = "afterwards",
	},
	.enough = 2000,
};
