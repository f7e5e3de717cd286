// SPDX-License-Identifier: GPL-2.0
/* The life of a supervisor: from the start of its command to its status. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "supervisor.h"

static int serve(struct supervisor *s, int fd)
{
	int ret = listener_open(&s->listener, fd);

	if (ret)
		return ret;
	while ((ret = listener_next(&s->listener)) > 0) {
		ret = s->answer(s->data);
		if (ret && ret != -ENOENT && ret != -ESRCH)
			break;
	}
	listener_close(&s->listener);
	return ret;
}

int supervisor_run(struct supervisor *s, const struct child_plan *plan)
{
	int fd, ret, status;
	pid_t pid;

	fd = child_start(plan, &pid);
	if (fd < 0)
		return EXIT_SUPERVISOR;

	ret = serve(s, fd);
	/* The listener is closed: whatever is left gets ENOSYS and goes on. */
	status = child_wait(pid);
	if (ret) {
		fprintf(stderr, "%s: listener: %s\n", s->name, strerror(-ret));
		status = EXIT_SUPERVISOR;
	}
	return status;
}
