// SPDX-License-Identifier: GPL-2.0
/*
 * The supervisor's end of a filter: requests in, replies and fds out.
 *
 * How the descriptor gets from the child, where it is created, to the
 * supervisor: from the moment the filter is in force, any call that it selects
 * blocks until the supervisor answers, and the supervisor cannot answer before
 * it has the descriptor. So the call that sends it must not be selected, but a
 * tracer has to be able to select every call, sendmsg() too. The filter
 * therefore lets one sendmsg() through by a random key in the three argument
 * registers that sendmsg() does not use. Only our own code knows the key, the
 * program run later makes its calls without it, and nothing else is needed: no
 * helper thread, no shared descriptor table, no right to ptrace the child.
 *
 * close() has the same exception. The child must drop its own copy before the
 * next selected call: if the supervisor died then, a child that holds the
 * last reference to the listener it waits for would wait for ever.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "listener.h"

int listener_install(const struct filter *f)
{
	unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	int fd;

	/*
	 * A handler that runs while the supervisor works would restart the
	 * call, and what the supervisor did for it would be done twice.
	 */
	fd = filter_install(f, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
	if (fd == -EINVAL)
		fd = filter_install(f, flags);
	return fd;
}

int listener_pass(int sock, int fd, const __u32 key[FILTER_KEY])
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));

	if (syscall(SYS_sendmsg, sock, &msg, MSG_NOSIGNAL,
		    key[0], key[1], key[2]) < 0)
		return -errno;
	if (syscall(SYS_close, fd, 0, 0, key[0], key[1], key[2]))
		return -errno;
	return 0;
}

int listener_take(int sock)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg;
	ssize_t got;
	int fd;

	do {
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;

	cmsg = CMSG_FIRSTHDR(&msg);
	if (!got || !cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -ENODATA;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/*
 * An ioctl that a signal may interrupt while it waits for the listener's lock
 * or for the target: nothing has been done then. Returns -errno on errors.
 */
static int command(const struct listener *l, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(l->fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

int listener_open(struct listener *l, int fd)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		return -errno;

	/* The kernel's structures may be longer than those of our headers. */
	l->req_size = sizeof(*l->req);
	if (sizes.seccomp_notif > l->req_size)
		l->req_size = sizes.seccomp_notif;
	l->resp_size = sizeof(*l->resp);
	if (sizes.seccomp_notif_resp > l->resp_size)
		l->resp_size = sizes.seccomp_notif_resp;

	l->fd = fd;
	l->req = calloc(1, l->req_size);
	l->resp = calloc(1, l->resp_size);
	if (!l->req || !l->resp) {
		listener_close(l);
		return -ENOMEM;
	}

	/*
	 * Only quicker: hand the CPU straight over with each message. A kernel
	 * before 6.6 does not know how, which does no harm.
	 */
	ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
	      SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	return 0;
}

void listener_close(struct listener *l)
{
	free(l->req);
	free(l->resp);
	close(l->fd);
}

int listener_next(struct listener *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	for (;;) {
		if (poll(&p, 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (p.revents & POLLNVAL)
			return -EBADF;
		if (!(p.revents & POLLIN)) {
			if (p.revents & POLLHUP)
				return 0;
			continue;
		}

		/* The kernel refuses a buffer that is not all zeroes. */
		memset(l->req, 0, l->req_size);
		if (!ioctl(l->fd, SECCOMP_IOCTL_NOTIF_RECV, l->req))
			return 1;

		/*
		 * ENOENT: the task was killed, or its wait broken off, after
		 * poll() saw the request. There may be others.
		 */
		if (errno != ENOENT && errno != EINTR)
			return -errno;
	}
}

int listener_valid(const struct listener *l)
{
	__u64 id = l->req->id;

	return command(l, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
}

static int reply(struct listener *l, long long val, int err, unsigned int flags)
{
	memset(l->resp, 0, l->resp_size);
	l->resp->id = l->req->id;
	l->resp->val = val;
	l->resp->error = err;
	l->resp->flags = flags;
	return command(l, SECCOMP_IOCTL_NOTIF_SEND, l->resp);
}

int listener_continue(struct listener *l)
{
	return reply(l, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

int listener_error(struct listener *l, int err)
{
	return reply(l, 0, -err, 0);
}

int listener_value(struct listener *l, long long val)
{
	return reply(l, val, 0, 0);
}

int listener_answer_fd(struct listener *l, int fd, unsigned int newfd_flags)
{
	struct seccomp_notif_addfd add = {
		.id = l->req->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = fd,
		.newfd_flags = newfd_flags,
	};

	return command(l, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
}

int listener_replace_fd(struct listener *l, int fd, int newfd)
{
	struct seccomp_notif_addfd add = {
		.id = l->req->id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = fd,
		.newfd = newfd,
	};
	int ret = command(l, SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	return ret < 0 ? ret : 0;
}
