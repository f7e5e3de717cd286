// SPDX-License-Identifier: GPL-2.0
/*
 * A call that a supervisor answers, there and back, and what the same two
 * processes need to tell each other anything at all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "../notify.h"
#include "../task.h"
#include "clock.h"
#include "place.h"
#include "programs.h"

#define ANSWER	77

/* How the two are placed, and what they do. */
struct trip {
	struct sheet *sheet;
	struct series *s;
	int target_cpu;
	bool cont;
};

static void call(void *unused)
{
	(void)unused;
	filtered_call();
}

static int target(void *arg)
{
	struct trip *t = arg;

	stay_on(t->sheet, t->target_cpu);
	measure(t->s, call, NULL, 301, 1);
	MUST(t->sheet, t->cont == (filtered_call() != ANSWER));
	return 0;
}

static void answer_all(int listener, bool cont)
{
	struct seccomp_notif req;

	while (!take(listener, &req))
		if (cont)
			let_go(listener, req.id);
		else
			answer(listener, req.id, ANSWER, 0, 0);
}

static void supervise(struct sheet *sheet, const char *name, bool cont, bool sync, bool far)
{
	struct trip t = { .sheet = sheet, .target_cpu = far, .cont = cont };
	struct target child;

	if (far)
		need_two(sheet);
	t.s = new_series(sheet, name);
	child = start_target(SPEC_ALLOW, target, &t);
	MUST(sheet, child.listener >= 0);
	if (sync)
		MUST(sheet, !ioctl(child.listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
				   SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP));
	answer_all(child.listener, cont);
	MUST(sheet, !reap(child.pid));
}

static void with_send_fair(struct sheet *sheet, long size)
{
	run_fairly(sheet);
	supervise(sheet, "trip.send_fair", false, false, size - 1);
}

static void with_send_sync_fair(struct sheet *sheet, long size)
{
	run_fairly(sheet);
	supervise(sheet, "trip.send_sync_fair", false, true, size - 1);
}

static void with_send(struct sheet *sheet, long size)
{
	supervise(sheet, "trip.send", false, false, size - 1);
}

static void with_send_sync(struct sheet *sheet, long size)
{
	supervise(sheet, "trip.send_sync", false, true, size - 1);
}

static void with_continue(struct sheet *sheet, long size)
{
	supervise(sheet, "trip.continue", true, false, size - 1);
}

static void with_continue_sync(struct sheet *sheet, long size)
{
	supervise(sheet, "trip.continue_sync", true, true, size - 1);
}

struct pipes {
	int there[2], back[2];
};

static void through_pipes(void *arg)
{
	struct pipes *p = arg;
	char c = 0;

	if (write(p->there[1], &c, 1) != 1 || read(p->back[0], &c, 1) != 1)
		_exit(1);
}

static int echo_pipes(void *arg)
{
	struct pipes *p = arg;
	char c;

	close(p->there[1]);
	while (read(p->there[0], &c, 1) == 1)
		if (write(p->back[1], &c, 1) != 1)
			return 1;
	return 0;
}

static void pipe_ping_pong(struct sheet *sheet, long size)
{
	struct series *s;
	struct pipes p;
	pid_t pid;

	if (size > 1)
		need_two(sheet);
	s = new_series(sheet, "limit.pipe");
	MUST(sheet, !pipe(p.there) && !pipe(p.back));
	pid = spawn(echo_pipes, &p);
	stay_on(sheet, size - 1);
	measure(s, through_pipes, &p, 301, 1);
	close(p.there[1]);
	MUST(sheet, !reap(pid));
}

/* Whose turn it is. */
enum { OURS, THEIRS, OVER };

static void hand_over(int *turn, int to)
{
	__atomic_store_n(turn, to, __ATOMIC_RELEASE);
	syscall(__NR_futex, turn, FUTEX_WAKE, 1);
}

static void wait_while(int *turn, int what)
{
	while (__atomic_load_n(turn, __ATOMIC_ACQUIRE) == what)
		syscall(__NR_futex, turn, FUTEX_WAIT, what, NULL);
}

static void through_futex(void *turn)
{
	hand_over(turn, THEIRS);
	wait_while(turn, THEIRS);
}

static int echo_futex(void *arg)
{
	int *turn = arg;

	for (;;) {
		wait_while(turn, OURS);
		if (__atomic_load_n(turn, __ATOMIC_ACQUIRE) == OVER)
			return 0;
		hand_over(turn, OURS);
	}
}

static void futex_ping_pong(struct sheet *sheet, long size)
{
	int *turn = shared(sizeof(*turn));
	struct series *s;
	pid_t pid;

	if (size > 1)
		need_two(sheet);
	s = new_series(sheet, "limit.futex");
	pid = spawn(echo_futex, turn);
	stay_on(sheet, size - 1);
	measure(s, through_futex, turn, 301, 1);
	hand_over(turn, OVER);
	MUST(sheet, !reap(pid));
}

/* The size is the number of processors. */
const struct bench_case trip_cases[] = {
	{ "limit.pipe", pipe_ping_pong, { 1, 2, -1 } },
	{ "limit.futex", futex_ping_pong, { 1, 2, -1 } },
	{ "trip.send", with_send, { 1, 2, -1 } },
	{ "trip.send_sync", with_send_sync, { 1, 2, -1 } },
	{ "trip.continue", with_continue, { 1, 2, -1 } },
	{ "trip.continue_sync", with_continue_sync, { 1, 2, -1 } },
	{ "trip.send_fair", with_send_fair, { 1, 2, -1 } },
	{ "trip.send_sync_fair", with_send_sync_fair, { 1, 2, -1 } },
	{}
};
