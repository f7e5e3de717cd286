// SPDX-License-Identifier: GPL-2.0
/* Handing a descriptor to a call that waits. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"

#define ROUNDS	151

/* What is far above those that a process has. */
#define FAR_FD	200

static void hand(struct sheet *sheet, const char *name, __u32 flags)
{
	struct series *s = new_series(sheet, name);
	struct crowd c = {};
	int i;

	gather_crowd(sheet, &c, 0);
	let_call(&c);
	for (i = 0; i < ROUNDS; i++) {
		struct seccomp_notif_addfd add = { .flags = flags, .srcfd = 0 };
		struct seccomp_notif req;
		__u64 start;
		double cost;
		int fd;

		if (flags & SECCOMP_ADDFD_FLAG_SETFD)
			add.newfd = FAR_FD;
		MUST(sheet, !take(c.t.listener, &req));
		add.id = req.id;
		start = now();
		fd = ioctl(c.t.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
		cost = since(start);
		MUST(sheet, fd >= 0);
		if (i > ROUNDS / 5)
			add_value(s, cost);
		/* The target closes what its call gives. */
		if (!(flags & SECCOMP_ADDFD_FLAG_SEND))
			MUST(sheet, !answer(c.t.listener, req.id, fd, 0, 0));
	}
	end_crowd(sheet, &c);
}

static void hand_out(struct sheet *sheet, long size)
{
	hand(sheet, "addfd.plain", 0);
}

static void hand_in_place(struct sheet *sheet, long size)
{
	hand(sheet, "addfd.setfd", SECCOMP_ADDFD_FLAG_SETFD);
}

static void hand_as_answer(struct sheet *sheet, long size)
{
	hand(sheet, "addfd.send", SECCOMP_ADDFD_FLAG_SEND);
}

const struct bench_case addfd_cases[] = {
	{ "addfd.plain", hand_out, { 1, -1 } },
	{ "addfd.setfd", hand_in_place, { 1, -1 } },
	{ "addfd.send", hand_as_answer, { 1, -1 } },
	{}
};
