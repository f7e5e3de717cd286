// SPDX-License-Identifier: GPL-2.0
/*
 * What a supervisor's calls cost with many requests that are not answered. The
 * request that they are about is the newest.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"

#define ROUNDS	101

/* With @size requests outstanding, of which all but the newest are received. */
static void with_many(struct sheet *sheet, long size)
{
	struct series *recv = new_series(sheet, "outstanding.recv");
	struct series *valid = new_series(sheet, "outstanding.id_valid");
	struct series *poll_out = new_series(sheet, "outstanding.poll");
	struct series *send = new_series(sheet, "outstanding.send");
	struct crowd c = {};
	int i;

	gather_crowd(sheet, &c, size - 1);
	let_call(&c);
	for (i = 0; i < ROUNDS; i++) {
		struct pollfd p = { .fd = c.t.listener, .events = UNREAD | UNANSWERED };
		struct seccomp_notif_resp resp = { .val = -1 };
		struct seccomp_notif req = {};
		double costs[4];
		__u64 start;
		int err = 0;

		MUST(sheet, await_events(p.fd, UNREAD));
		start = now();
		err |= ioctl(p.fd, SECCOMP_IOCTL_NOTIF_RECV, &req);
		costs[0] = since(start);
		resp.id = req.id;

		start = now();
		err |= ioctl(p.fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &req.id);
		costs[1] = since(start);

		start = now();
		err |= poll(&p, 1, 0) != 1;
		costs[2] = since(start);

		start = now();
		err |= ioctl(p.fd, SECCOMP_IOCTL_NOTIF_SEND, &resp);
		costs[3] = since(start);

		MUST(sheet, !err && p.revents == UNANSWERED);
		/* The first ones are not like the others. */
		if (i < ROUNDS / 5)
			continue;
		add_value(recv, costs[0]);
		add_value(valid, costs[1]);
		add_value(poll_out, costs[2]);
		add_value(send, costs[3]);
	}
	end_crowd(sheet, &c);
}

const struct bench_case outstanding_cases[] = {
	{ "outstanding", with_many, { 1, 10, 100, 1000, 10000, -1 } },
	{}
};
