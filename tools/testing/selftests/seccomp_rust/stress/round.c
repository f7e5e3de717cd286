// SPDX-License-Identifier: GPL-2.0
/* How a round of a race begins and ends. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/wait.h>

#include "notify.h"
#include "task.h"
#include "race.h"

bool begin(struct target *t, unsigned long flags, int (*body)(void *), void *arg)
{
	dice_shake();
	*t = start_target(flags, body, arg);
	return must(t->pid > 0 && t->listener >= 0, "no target: pid %d, listener %d",
		    t->pid, t->listener);
}

void reap_all(void)
{
	while (waitpid(-1, NULL, __WALL) >= 0 || errno == EINTR)
		;
}

void hang_up(struct target *t)
{
	int seen = events(t->listener);

	/* The filter is let go of in exit, not when the parent hears of it. */
	must(seen == POLLHUP, "nobody is left, but poll says %#x", seen);
	close(t->listener);
}

void alone_for_ever(void)
{
	long ret = notified_call();

	must(ret == -ENOSYS, "the listener was closed, but a call gave %ld", ret);
	ret = new_listener();
	must(ret >= 0, "the listener was closed, but a new one gives %ld", ret);
	close(ret);
}

bool reap_as(pid_t pid, int status, const char *who)
{
	int ended = reap(pid);

	return must(ended == status, "the %s ended with %d, not %d", who, ended, status);
}

void end(struct target *t, int status)
{
	reap_as(t->pid, status, "target");
	reap_all();
	hang_up(t);
}

int lowest_fd(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	close(fd);
	return fd;
}
