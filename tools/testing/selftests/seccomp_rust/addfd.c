// SPDX-License-Identifier: GPL-2.0
/* ADDFD: its argument, what it installs, and what it refuses. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"

#define SETFD	SECCOMP_ADDFD_FLAG_SETFD
#define SEND	SECCOMP_ADDFD_FLAG_SEND

FIXTURE(addfd) {
	struct target t;
	struct seccomp_notif req;
	/* The source: both ends of a pipe. */
	int pipe[2];
};

FIXTURE_SETUP(addfd)
{
	self->t = start_target(0, call_gives_fd, NULL);
	ASSERT_LE(0, self->t.listener);
	ASSERT_EQ(0, pipe(self->pipe));
	ASSERT_EQ(0, take(self->t.listener, &self->req));
	ASSERT_EQ(true, asleep_in(self->t.pid, __NR_getppid));
}

FIXTURE_TEARDOWN(addfd)
{
	end_target(&self->t);
}

/* Adds @what with an ioctl number of @dir and @size, whose last byte is @tail. */
static long sized(int listener, const struct seccomp_notif_addfd *what,
		  unsigned int dir, unsigned int size, char tail)
{
	struct seccomp_notif_addfd *add = calloc(1, 1 << 14);
	unsigned int cmd = _IOC(dir, SECCOMP_IOC_MAGIC, 3, size);

	*add = *what;
	if (size > sizeof(*add))
		((char *)add)[size - 1] = tail;
	return neg_errno(ioctl(listener, cmd, add));
}

/* Any direction; from 24 bytes to less than a page; what is beyond must be zero. */
TEST_F(addfd, sizes)
{
	const struct seccomp_notif_addfd add = { .id = self->req.id, .srcfd = self->pipe[1] };
	int l = self->t.listener, fd = -1;
	unsigned int dir;

	for (dir = 0; dir < 4; dir++) {
		EXPECT_EQ(-EINVAL, sized(l, &add, dir, 0, 0));
		EXPECT_EQ(-EINVAL, sized(l, &add, dir, 23, 0));
		EXPECT_LT(fd, sized(l, &add, dir, 24, 0));
		EXPECT_LT(fd, sized(l, &add, dir, 25, 0));
		EXPECT_EQ(-E2BIG, sized(l, &add, dir, 25, 1));
		EXPECT_LT(fd, sized(l, &add, dir, 32, 0));
		EXPECT_EQ(-E2BIG, sized(l, &add, dir, 32, 1));
		EXPECT_LT(fd, sized(l, &add, dir, 4095, 0));
		EXPECT_EQ(-E2BIG, sized(l, &add, dir, 4095, 1));
		EXPECT_EQ(-EINVAL, sized(l, &add, dir, 4096, 0));
		EXPECT_EQ(-EINVAL, sized(l, &add, dir, (1 << 14) - 1, 0));
	}
	/* Another number of any size is no ADDFD. */
	EXPECT_EQ(-EINVAL, neg_errno(ioctl(self->t.listener,
					   _IOC(1, SECCOMP_IOC_MAGIC, 5, 24), &self->req)));
	EXPECT_EQ(-EFAULT, neg_errno(ioctl(self->t.listener, SECCOMP_IOCTL_NOTIF_ADDFD, NULL)));
}

/* What is beyond is read before the rest, and has to be there. */
TEST_F(addfd, tail_fault)
{
	const struct seccomp_notif_addfd add = { .id = self->req.id, .srcfd = self->pipe[1] };
	long page = sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int cmd = _IOC(_IOC_WRITE, SECCOMP_IOC_MAGIC, 3, 40);
	unsigned int there;
	int fds = open_fds_of(self->t.pid);

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, munmap(pages + page, page));
	for (there = 0; there < 40; there += 8) {
		void *at = pages + page - there;

		memcpy(at, &add, there < sizeof(add) ? there : sizeof(add));
		EXPECT_EQ(-EFAULT, neg_errno(ioctl(self->t.listener, cmd, at)));
		memset(at, 0, there);
	}
	EXPECT_EQ(fds, open_fds_of(self->t.pid));
	EXPECT_EQ(UNANSWERED, events(self->t.listener));
}

/* The order of the checks: argument, source, request. */
TEST_F(addfd, refusals)
{
	int l = self->t.listener, src = self->pipe[1], bit;
	int path = open("/", O_PATH);
	__u64 id = self->req.id, bad = id + 1;

	for (bit = 2; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, add_fd(l, id, 1U << bit, src, 0, 0));
	for (bit = 0; bit < 32; bit++)
		if (1U << bit != O_CLOEXEC)
			EXPECT_EQ(-EINVAL, add_fd(l, id, 0, src, 0, 1U << bit));
	EXPECT_EQ(-EINVAL, add_fd(l, id, 0, src, 5, 0));
	EXPECT_EQ(-EINVAL, add_fd(l, id, SEND, src, 5, 0));
	EXPECT_EQ(-EINVAL, add_fd(l, bad, 0, -1, 5, 0));
	EXPECT_EQ(-EBADF, add_fd(l, id, 0, -1, 0, 0));
	EXPECT_EQ(-EBADF, add_fd(l, id, SEND, 1 << 20, 0, 0));
	/* One that is only the name of a file cannot be handed over. */
	ASSERT_LE(0, path);
	EXPECT_EQ(-EBADF, add_fd(l, id, 0, path, 0, 0));
	EXPECT_EQ(-EBADF, add_fd(l, bad, 0, -1, 0, 0));
	EXPECT_EQ(-ENOENT, add_fd(l, bad, 0, src, 0, 0));
	EXPECT_EQ(-ENOENT, add_fd(l, bad, SEND, src, 0, 0));
	/* After all of it the request is what it was. */
	EXPECT_EQ(UNANSWERED, events(l));
	EXPECT_EQ(0, answer(l, id, 7, 0, 0));
	EXPECT_EQ(0, reap(self->t.pid));
}

/* The lowest free number, or the one asked for, which is replaced. */
TEST_F(addfd, numbers)
{
	int l = self->t.listener;
	__u64 id = self->req.id;
	int first = add_fd(l, id, 0, self->pipe[1], 0, 0);
	struct stat a, b;
	char path[64];

	EXPECT_LE(3, first);
	EXPECT_EQ(first + 1, add_fd(l, id, 0, self->pipe[1], 0, 0));
	EXPECT_EQ(100, add_fd(l, id, SETFD, self->pipe[1], 100, 0));
	EXPECT_EQ(0, add_fd(l, id, SETFD, self->pipe[1], 0, 0));
	snprintf(path, sizeof(path), "/proc/%d/fd/0", self->t.pid);
	EXPECT_EQ(0, stat(path, &a));
	EXPECT_EQ(0, fstat(self->pipe[1], &b));
	EXPECT_EQ(b.st_ino, a.st_ino);
	/* With SETFD, 0 is a number too, and any that a table could hold. */
	EXPECT_EQ(-EBADF, add_fd(l, id, SETFD, self->pipe[1], -1, 0));
	EXPECT_EQ(-EBADF, add_fd(l, id, SETFD, self->pipe[1], 1 << 30, 0));
	EXPECT_EQ(0, answer(l, id, 7, 0, 0));
	EXPECT_EQ(0, reap(self->t.pid));
}

/* SEND: the call returns the number, in the same step. */
TEST_F(addfd, send)
{
	int fd = add_fd(self->t.listener, self->req.id, SEND, self->pipe[1], 0, 0);

	EXPECT_LE(3, fd);
	EXPECT_EQ(10, reap(self->t.pid));
	EXPECT_EQ(-ENOENT, answer(self->t.listener, self->req.id, 7, 0, 0));
}

TEST_F(addfd, send_cloexec)
{
	EXPECT_LE(3, add_fd(self->t.listener, self->req.id, SEND, self->pipe[1], 0, O_CLOEXEC));
	EXPECT_EQ(11, reap(self->t.pid));
}

TEST_F(addfd, send_cloexec_at_number)
{
	EXPECT_EQ(50, add_fd(self->t.listener, self->req.id, SEND | SETFD, self->pipe[1], 50,
			     O_CLOEXEC));
	EXPECT_EQ(11, reap(self->t.pid));
}

/* At the target's limit; a failed SEND leaves the request to be answered. */
TEST_F(addfd, limit)
{
	struct rlimit old, none = { .rlim_cur = 3, .rlim_max = 1024 };
	int l = self->t.listener, src = self->pipe[1];
	__u64 id = self->req.id;

	ASSERT_EQ(0, prlimit(self->t.pid, RLIMIT_NOFILE, &none, &old));
	/* 3 is the lowest number that is free in the target. */
	while (add_fd(l, id, 0, src, 0, 0) >= 0)
		;
	EXPECT_EQ(-EMFILE, add_fd(l, id, 0, src, 0, 0));
	EXPECT_EQ(-EMFILE, add_fd(l, id, SEND, src, 0, 0));
	EXPECT_EQ(0, id_valid(l, id));
	EXPECT_EQ(-EBADF, add_fd(l, id, SETFD, src, 1000, 0));
	EXPECT_EQ(-EBADF, add_fd(l, id, SETFD | SEND, src, 1000, 0));
	EXPECT_EQ(0, id_valid(l, id));
	EXPECT_EQ(UNANSWERED, events(l));
	EXPECT_EQ(0, answer(l, id, 7, 0, 0));
	EXPECT_EQ(0, reap(self->t.pid));
}

TEST_HARNESS_MAIN
