// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/PID/seccomp_cache against exit: what a reader finds is either all
 * there is to a task with filters, or nothing, as it has none any more or is not
 * there any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "notify.h"
#include "task.h"
#include "race.h"

enum { WHOLE, EMPTY, GONE };

static struct gate *gate;
/* How the target has ended. */
static int status;

static int exit_when_told(void *unused)
{
	if (meet(gate, 2))
		take_aim(&score->aim[0], 0);
	return 0;
}

/* The call that waits for the listener is the only one that is not let through. */
static bool is_whole(const char *text, long len)
{
	const char *first = strstr(text, " FILTER\n");
	char line[32];

	snprintf(line, sizeof(line), " %d FILTER\n", __NR_getppid);
	return first && strstr(text, line) == first - (strlen(line) - strlen(" FILTER\n")) &&
		text[len - 1] == '\n';
}

static void *reap_at_once(void *arg)
{
	struct target *t = arg;

	status = reap(t->pid);
	return NULL;
}

static void take_round(struct target *t)
{
	static char text[1 << 16];
	bool at_once = dice(2);
	char path[64];
	pthread_t th;
	long ret;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/seccomp_cache", t->pid);
	fd = open(path, O_RDONLY);
	if (!must(fd >= 0, "%s: %d", path, errno) ||
	    (at_once && !must(!pthread_create(&th, NULL, reap_at_once, t), "no thread")) ||
	    !meet(gate, 2))
		return;
	take_aim(&score->aim[0], 1);
	ret = read(fd, text, sizeof(text) - 1);
	if (ret < 0)
		ret = -errno;
	close(fd);
	learn(&score->aim[0], ret <= 0);
	if (ret > 0) {
		text[ret] = '\0';
		must(is_whole(text, ret), "read %ld bytes: %.60s", ret, text);
	} else {
		must(!ret || ret == -ESRCH, "reading gave %ld", ret);
	}
	saw(ret > 0 ? WHOLE : ret ? GONE : EMPTY);
	if (at_once)
		pthread_join(th, NULL);
	else
		status = reap(t->pid);
	must(!status, "the target ended with %d", status);
	hang_up(t);
}

static void session(void)
{
	struct target t;

	gate = shared(sizeof(*gate));
	while (going() && begin(&t, 0, exit_when_told, NULL))
		take_round(&t);
}

const struct race inspect_exit = {
	.name = "inspect_exit",
	.session = session,
	.outcomes = {
		[WHOLE] = "read before exit",
		[EMPTY] = "read after exit",
		[GONE] = "reaped",
	},
	.enough = 500,
};
