// SPDX-License-Identifier: GPL-2.0
/* The supervisor that gives descriptors away, from several threads. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "notify.h"
#include "task.h"
#include "addfd.h"
#include "race.h"
#include "storm.h"

#define SETFD	SECCOMP_ADDFD_FLAG_SETFD
#define SEND	SECCOMP_ADDFD_FLAG_SEND

static int listener, source;
/* The request that all are at, and which call of the target it is. */
static __u64 id;
static int call;
/* How many have been given at a number of their own for that call. */
static int numbered;
static struct gate gate;
static bool quit;

static bool is_gone(int ret)
{
	return ret == -ENOENT || ret == -ESRCH;
}

static void saw_error(int ret)
{
	switch (ret) {
	case -EINTR:
		saw(EINTR_SEEN);
		break;
	case -ESRCH:
		saw(ESRCH_SEEN);
		break;
	case -ENOENT:
		saw(ENOENT_SEEN);
		break;
	case -EBUSY:
		saw(EBUSY_SEEN);
		break;
	case -EINPROGRESS:
		saw(EINPROGRESS_SEEN);
		break;
	default:
		must(false, "ADDFD gave %d", ret);
	}
}

/* Gives one descriptor, as a reply or without, at a number or anywhere. */
static int give(__u32 flags)
{
	bool cloexec = dice(2);
	int number = 0, ret, i;

	if (dice(2)) {
		number = ADD(numbered, 1);
		if (number < MOST_GIVEN / 2)
			flags |= SETFD;
	}
	number = flags & SETFD ? AT_NUMBER + number : 0;
	ret = add_fd(listener, id, flags, source, number, cloexec ? O_CLOEXEC : 0);
	if (ret < 0) {
		saw_error(ret);
		return ret;
	}
	must(!(flags & SETFD) || ret == number, "asked for %d, got %d", number, ret);
	i = ADD(deal->n, 1);
	if (must(i < MOST_GIVEN, "more descriptors than there is room for")) {
		deal->given[i].cloexec = cloexec;
		PUT(deal->given[i].fd, ret);
	}
	saw(flags & SEND ? SENT : flags & SETFD ? ADDED_AT : ADDED);
	return ret;
}

/* Each error has a reason, and the first thread knows what the other one does. */
static bool is_fair(int ret, bool helped, bool sends)
{
	return ret >= 0 || (ret == -EINTR && deal->stormy) || (is_gone(ret) && deal->leaves) ||
		(ret == -EBUSY && helped && sends);
}

static void accept(long reply)
{
	deal->reply = reply;
	deal->replies++;
}

/* Replies with a descriptor or with a number, however often it is interrupted. */
static void reply(bool helped)
{
	int ret;

	do {
		if (dice(3)) {
			ret = give(SEND);
			if (!must(is_fair(ret, helped, true), "ADDFD with SEND gave %d", ret))
				return;
			if (ret >= 0)
				accept(ret);
		} else {
			ret = answer(listener, id, PLAIN_REPLY(call), 0, 0);
			if (!must(is_fair(ret, false, false), "SEND gave %d", ret))
				return;
			if (!ret) {
				accept(PLAIN_REPLY(call));
				saw(ANSWERED);
			}
		}
	} while ((ret == -EBUSY || ret == -EINTR) && !GET(score->failed));
}

static void serve_one(void)
{
	bool helped = GET(deal->n) < MOST_GIVEN / 2 && dice(2);
	int i, ret;

	if (helped && !meet(&gate, HELPERS + 1))
		return;
	for (i = GET(deal->n) < MOST_GIVEN / 2 ? dice(3) : 0; i > 0; i--) {
		ret = give(0);
		if (!must(is_fair(ret, helped, false), "ADDFD gave %d", ret))
			return;
		if (is_gone(ret))
			break;
	}
	reply(helped);
	if (helped)
		meet(&gate, HELPERS + 1);
}

/* The others: they may come too late, or while the first one replies. */
static void *help(void *arg)
{
	pid_t *tid = arg;
	int ret;

	PUT(*tid, syscall(__NR_gettid));
	while (meet(&gate, HELPERS + 1) && !quit) {
		spin(dice(1 << dice(14)));
		ret = give(0);
		must(is_fair(ret, false, false) || is_gone(ret) || ret == -EINPROGRESS,
		     "ADDFD beside another one gave %d", ret);
		if (!meet(&gate, HELPERS + 1))
			break;
	}
	return NULL;
}

static void supervise(void)
{
	struct seccomp_notif req;
	int ret;

	for (;;) {
		ret = take(listener, &req);
		if (ret == -EINTR && deal->stormy)
			continue;
		if (ret == -ENOENT && deal->fickle && !(events(listener) & POLLHUP))
			continue;
		if (ret) {
			must(ret == -ENOENT, "RECV gave %d", ret);
			return;
		}
		PUT(deal->state, BUSY);
		if ((int)req.data.args[0] != call)
			numbered = 0;
		call = req.data.args[0];
		id = req.id;
		serve_one();
		if (GET(score->failed))
			return;
		PUT(deal->state, TAKING);
	}
}

int addfd_supervisor(void *arg)
{
	struct stat st;
	pthread_t th[HELPERS];
	int fds[2], i;

	listener = (long)arg;
	interrupt_on(STORM_SIGNAL, deal->supervisor_restarts ? SA_RESTART : 0);
	if (!must(!pipe(fds) && !fstat(fds[1], &st), "no pipe"))
		return 1;
	source = fds[1];
	deal->ino = st.st_ino;
	for (i = 0; i < HELPERS; i++)
		if (!must(!pthread_create(&th[i], NULL, help, &deal->tid[1 + i]), "no thread"))
			return 1;
	PUT(deal->tid[0], syscall(__NR_gettid));
	supervise();
	quit = true;
	meet(&gate, HELPERS + 1);
	for (i = 0; i < HELPERS; i++)
		pthread_join(th[i], NULL);
	return 0;
}
