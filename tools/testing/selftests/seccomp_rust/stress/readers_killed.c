// SPDX-License-Identifier: GPL-2.0
/*
 * A call against the death of the reader that it wakes. Two processes sleep in
 * RECV, and the one that fell asleep first is killed as the call comes. Either has
 * received it, so that poll says that it waits for a reply; or it is still there
 * for the other one, which must not sleep on.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "notify.h"
#include "task.h"
#include "race.h"

enum { BY_THE_FIRST, BY_THE_SECOND, WITH_THE_FIRST };

static struct {
	struct gate gate;
	/* Who has received the call, 1 or 2. */
	int by;
} *both;

static int call_when_told(void *unused)
{
	if (meet(&both->gate, 2))
		take_aim(&score->aim[0], 0);
	return notified_call() == 7 ? 0 : 1;
}

static int read_as(int who, int listener)
{
	struct seccomp_notif req;
	int ret = take(listener, &req);

	if (ret == -ENOENT && (events(listener) & POLLHUP))
		return 0;
	if (!must(!ret, "RECV gave %d", ret))
		return 1;
	PUT(both->by, who);
	return answer(listener, req.id, 7, 0, 0) == 0 ? 0 : 1;
}

static int read_first(void *listener)
{
	return read_as(1, (long)listener);
}

static int read_second(void *listener)
{
	return read_as(2, (long)listener);
}

/*
 * Whether the call waits for a reply that will not come, as the first reader has
 * received it, and is no more. That takes a while to be sure of.
 */
static bool died_with_it(int listener)
{
	int seen, i;

	for (i = 0; i < PATIENCE_MS; i++) {
		seen = events(listener);
		if (GET(both->by) == 2 || (seen & POLLHUP))
			return false;
		if (i > 20 && (seen & POLLOUT))
			return true;
		nap(1000);
	}
	must(false, "a call came as a reader was killed, and the other one sleeps: poll says %#x",
	     seen);
	return true;
}

static void take_round(struct target *t)
{
	void *listener = (void *)(long)t->listener;
	pid_t first, second;
	bool stuck;
	int status;

	both->by = 0;
	first = spawn(read_first, listener);
	if (!must(asleep_in(first, __NR_ioctl), "the first reader does not sleep"))
		return;
	second = spawn(read_second, listener);
	if (!must(asleep_in(second, __NR_ioctl), "the second reader does not sleep"))
		return;
	if (!meet(&both->gate, 2))
		return;
	take_aim(&score->aim[0], 1);
	kill(first, SIGKILL);
	status = reap(first);
	must(!status || status == -SIGKILL, "the first reader ended with %d", status);
	stuck = died_with_it(t->listener);
	if (stuck)
		kill(t->pid, SIGKILL);
	learn(&score->aim[0], GET(both->by) != 2);
	saw(GET(both->by) == 2 ? BY_THE_SECOND : stuck ? WITH_THE_FIRST : BY_THE_FIRST);
	status = reap(t->pid);
	must(!status || (stuck && status == -SIGKILL), "the target ended with %d", status);
	status = reap(second);
	/* It may just have been slow, and too late then. */
	must(!status || stuck, "the second reader ended with %d", status);
	hang_up(t);
}

static void session(void)
{
	struct target t;

	both = shared(sizeof(*both));
	while (going() && begin(&t, 0, call_when_told, NULL))
		take_round(&t);
}

const struct race readers_killed = {
	.name = "readers_killed",
	.session = session,
	.outcomes = {
		[BY_THE_FIRST] = "answered by the first",
		[BY_THE_SECOND] = "received by the second",
		[WITH_THE_FIRST] = "?received by one that was killed",
	},
	.enough = 300,
};
