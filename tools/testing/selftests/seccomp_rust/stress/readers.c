// SPDX-License-Identifier: GPL-2.0
/*
 * Many readers against the last users. Two processes of several threads receive,
 * from calls of two targets that come to their end; signals interrupt the readers,
 * and some have no room for what they receive.
 *
 * Each call is delivered once, whatever happens to who was woken for it. When the
 * last user has gone nobody sleeps on, and poll says so.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "entry.h"
#include "notify.h"
#include "program.h"
#include "task.h"
#include "thread.h"
#include "race.h"
#include "storm.h"

#define TARGETS	2
#define CALLS	60
#define PROCESSES	2
#define THREADS	2

enum { DELIVERED, INTERRUPTED, PUT_BACK, GONE, HUNG_UP };

static struct {
	bool restart;
	pid_t pid[PROCESSES], tid[PROCESSES][THREADS];
	/* How often each call was delivered. */
	int delivered[TARGETS][CALLS];
} *both;

static int listener;
static void *no_room;

static int call_on(void *arg)
{
	long me = (long)arg, i, ret;

	for (i = 0; i < CALLS; i++) {
		ret = raw_call(__NR_getppid, me, i, 0);
		must(ret == 1000 + i, "call %ld gave %ld", i, ret);
		spin(dice(1 << dice(14)));
	}
	return 0;
}

static int body(void *unused)
{
	pid_t pid = spawn(call_on, (void *)1);

	call_on(NULL);
	/* Either may be the last. */
	return dice(2) ? reap(pid) : 0;
}

static int receive(struct seccomp_notif *req)
{
	if (dice(8))
		return take(listener, req);
	return neg_errno(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, no_room));
}

static void serve_one(const struct seccomp_notif *req)
{
	int who = req->data.args[0], which = req->data.args[1], ret;

	must(ADD(both->delivered[who][which], 1) == 0, "call %d of target %d came twice",
	     which, who);
	do {
		ret = answer(listener, req->id, 1000 + which, 0, 0);
	} while (ret == -EINTR);
	must(!ret, "SEND to call %d of target %d gave %d", which, who, ret);
	saw(DELIVERED);
}

static void *read_on(void *arg)
{
	pid_t *tid = arg;
	struct seccomp_notif req;
	int ret;

	say_tid(tid);
	while (!GET(score->failed)) {
		ret = receive(&req);
		switch (ret) {
		case 0:
			serve_one(&req);
			break;
		case -EINTR:
			must(!both->restart, "EINTR in spite of SA_RESTART");
			saw(INTERRUPTED);
			break;
		case -EFAULT:
			saw(PUT_BACK);
			break;
		default:
			must(ret == -ENOENT, "RECV gave %d", ret);
			if (events(listener) & POLLHUP) {
				saw(HUNG_UP);
				return NULL;
			}
			saw(GONE);
		}
	}
	return NULL;
}

static int read_in_process(void *arg)
{
	long me = (long)arg;
	pthread_t th[THREADS];
	int i;

	interrupt_on(STORM_SIGNAL, both->restart ? SA_RESTART : 0);
	both->pid[me] = getpid();
	for (i = 1; i < THREADS; i++)
		if (!must(!pthread_create(&th[i], NULL, read_on, &both->tid[me][i]),
			  "no thread"))
			return 1;
	read_on(&both->tid[me][0]);
	for (i = 1; i < THREADS; i++)
		pthread_join(th[i], NULL);
	return 0;
}

static void take_round(struct target *t)
{
	struct storm storm = { .n = PROCESSES * THREADS };
	pid_t pid[PROCESSES];
	int j;
	long i;

	listener = t->listener;
	for (i = 0; i < PROCESSES; i++)
		pid[i] = spawn(read_in_process, (void *)i);
	for (i = 0; i < PROCESSES; i++) {
		for (j = 0; j < THREADS; j++) {
			storm.at[i * THREADS + j].tid = tid_from(&both->tid[i][j]);
			storm.at[i * THREADS + j].pid = both->pid[i];
		}
	}
	if (!storm_start(&storm))
		return;
	for (i = 0; i < PROCESSES; i++)
		reap_as(pid[i], 0, "readers' process");
	storm_stop(&storm);
	end(t, 0);
	for (i = 0; i < TARGETS; i++)
		for (j = 0; j < CALLS; j++)
			must(both->delivered[i][j] == 1, "call %d was delivered %d times",
			     j, both->delivered[i][j]);
}

static void session(void)
{
	struct target t;

	both = shared(sizeof(*both));
	no_room = read_only_page();
	while (going()) {
		memset(both, 0, sizeof(*both));
		both->restart = dice(2);
		if (!begin(&t, dice(2) ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0, body, NULL))
			return;
		take_round(&t);
	}
}

const struct race readers_gone = {
	.name = "readers_gone",
	.session = session,
	.outcomes = {
		[DELIVERED] = "delivered",
		[INTERRUPTED] = "reader interrupted",
		[PUT_BACK] = "put back",
		[GONE] = "?woken for nothing",
		[HUNG_UP] = "reader left alone",
	},
	.enough = 5000,
};
