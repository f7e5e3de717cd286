// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"

int take(int listener, struct seccomp_notif *req)
{
	memset(req, 0, sizeof(*req));
	return neg_errno(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, req));
}

int answer(int listener, __u64 id, __s64 val, __s32 error, __u32 flags)
{
	struct seccomp_notif_resp resp = {
		.id = id, .val = val, .error = error, .flags = flags,
	};

	return neg_errno(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp));
}

int let_go(int listener, __u64 id)
{
	return answer(listener, id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

int id_valid(int listener, __u64 id)
{
	return neg_errno(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id));
}

int add_fd(int listener, __u64 id, __u32 flags, int src, int newfd, __u32 newfd_flags)
{
	struct seccomp_notif_addfd add = {
		.id = id, .flags = flags, .srcfd = src,
		.newfd = newfd, .newfd_flags = newfd_flags,
	};

	return neg_errno(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add));
}

int events(int listener)
{
	struct pollfd p = { .fd = listener, .events = UNREAD | UNANSWERED };
	int ret;

	/* A signal interrupts poll also where it does not wait. */
	do
		ret = poll(&p, 1, 0);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : p.revents;
}

bool await_events(int listener, short want)
{
	struct pollfd p = { .fd = listener, .events = want };
	long began = now_ms();

	/* When its time is up, poll looks once more, and finds what it was not told of. */
	return poll(&p, 1, PATIENCE_MS) == 1 && (p.revents & want) &&
	       now_ms() - began < PATIENCE_MS;
}

__u64 serve(int listener, __s64 val)
{
	struct seccomp_notif req;

	if (take(listener, &req) || answer(listener, req.id, val, 0, 0))
		return 0;
	return req.id;
}

union fd_message {
	char buf[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int send_fd(int sock, int fd)
{
	union fd_message ctl = {};
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = ctl.buf, .msg_controllen = sizeof(ctl.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

int receive_fd(int sock)
{
	union fd_message ctl = {};
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = ctl.buf, .msg_controllen = sizeof(ctl.buf),
	};
	struct cmsghdr *c;
	int fd;

	if (recvmsg(sock, &msg, 0) != 1)
		return -EPIPE;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return -EPROTO;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int listener_on(unsigned long flags, int nr)
{
	return install_on(SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, nr, SECCOMP_RET_USER_NOTIF);
}

int new_listener(void)
{
	return listener_on(0, __NR_getppid);
}

struct target start_target(unsigned long flags, int (*body)(void *), void *arg)
{
	struct target t = { .listener = -1 };
	int sock[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		return t;
	t.pid = fork();
	if (t.pid == 0) {
		int fd;

		close(sock[0]);
		fd = listener_on(flags, __NR_getppid);
		if (fd < 0 || send_fd(sock[1], fd))
			_exit(99);
		close(fd);
		close(sock[1]);
		_exit(body(arg));
	}
	close(sock[1]);
	t.listener = receive_fd(sock[0]);
	close(sock[0]);
	return t;
}

long notified_call(void)
{
	return raw_call(__NR_getppid, 0, 0, 0);
}

int call_gives_7(void *unused)
{
	(void)unused;
	return notified_call() == 7 ? 0 : 1;
}

int calls_give_enosys(void *unused)
{
	(void)unused;
	return notified_call() == -ENOSYS && notified_call() == -ENOSYS ? 0 : 1;
}

int close_and_call(void *listener)
{
	close((long)listener);
	return calls_give_enosys(NULL);
}

int call_gives_fd(void *unused)
{
	long fd = notified_call();

	(void)unused;
	if (fd == 7)
		return 0;
	if (fd < 0)
		return 100;
	return write(fd, "x", 1) == 1 ? 10 + !!(fcntl(fd, F_GETFD) & FD_CLOEXEC) : 101;
}

void end_target(const struct target *t)
{
	/* 0 and -1 would be the whole group, and everybody. */
	if (t->pid > 0)
		kill(t->pid, SIGKILL);
}
