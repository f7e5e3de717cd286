/* SPDX-License-Identifier: GPL-2.0 */
/* The supervisor's end of a filter: requests in, replies and fds out. */
#ifndef SAMPLE_LISTENER_H
#define SAMPLE_LISTENER_H

#include <stddef.h>
#include <linux/types.h>

#include "filter.h"

struct listener {
	int fd;
	struct seccomp_notif *req;
	struct seccomp_notif_resp *resp;
	size_t req_size;
	size_t resp_size;
};

/* Child: install @f with a listener. Returns its descriptor, or -errno. */
int listener_install(const struct filter *f);

/*
 * Child: send @fd over @sock and close it, by calls that carry @key and so
 * pass a filter in which filter_keyed() named SYS_sendmsg and SYS_close.
 */
int listener_pass(int sock, int fd, const __u32 key[FILTER_KEY]);

/* Supervisor: take the descriptor. -ENODATA: the child went without sending. */
int listener_take(int sock);

/* All from here on return 0 or -errno unless they say more. */
int listener_open(struct listener *l, int fd);
void listener_close(struct listener *l);

/*
 * Wait for the next request and leave it in l->req. Returns 1 with a request,
 * 0 when no task is left under the filter.
 */
int listener_next(struct listener *l);

/* -ENOENT: whoever asked is gone, and so is what was read from it. */
int listener_valid(const struct listener *l);

/* The three answers. -ENOENT: nobody waits for it any more. */
int listener_continue(struct listener *l);
int listener_error(struct listener *l, int err);
int listener_value(struct listener *l, long long val);

/*
 * Put our @fd into the caller's table as its lowest free number and make that
 * number the result of its call. Returns the number.
 */
int listener_answer_fd(struct listener *l, int fd, unsigned int newfd_flags);

/* Put our @fd in the place of the caller's @newfd; the call still waits. */
int listener_replace_fd(struct listener *l, int fd, int newfd);

#endif /* SAMPLE_LISTENER_H */
