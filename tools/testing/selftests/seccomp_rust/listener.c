// SPDX-License-Identifier: GPL-2.0
/* The listener as a file, and each of its ioctls but ADDFD. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"

#define CONTINUE	SECCOMP_USER_NOTIF_FLAG_CONTINUE

/* An anonymous inode of its name, for both directions, closed on exec. */
TEST(file)
{
	char link[64] = "", path[64];
	int fd = new_listener();

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_LT(0, readlink(path, link, sizeof(link) - 1));
	EXPECT_STREQ("anon_inode:seccomp notify", link);
	EXPECT_EQ(-1, read(fd, link, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(fd, link, 1));
	EXPECT_EQ(EINVAL, errno);
}

/* 0 is a descriptor like any other, and no sign of failure. */
TEST(descriptor_zero)
{
	pid_t pid;

	close(0);
	ASSERT_EQ(0, new_listener());
	pid = spawn(call_gives_7, NULL);
	EXPECT_NE(0, serve(0, 7));
	EXPECT_EQ(0, reap(pid));
}

/* What is no ioctl of ours is EINVAL, where other files say ENOTTY. */
TEST(unknown_ioctl)
{
	static const unsigned int unknown[] = {
		0x5401, SECCOMP_IO(0), SECCOMP_IO(2), SECCOMP_IOW(0, struct seccomp_notif),
		SECCOMP_IOR(0, struct seccomp_notif), SECCOMP_IOWR(0, __u64),
		SECCOMP_IOWR(2, __u64), SECCOMP_IOW(2, __u32), SECCOMP_IOR(4, __u64),
		SECCOMP_IOWR(5, struct seccomp_notif), SECCOMP_IOW(255, __u64),
		_IOW('"', 2, __u64), _IOW('"', 3, struct seccomp_notif_addfd),
	};
	unsigned int i;
	int fd = new_listener();

	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		EXPECT_EQ(-EINVAL, neg_errno(ioctl(fd, unknown[i], 0)))
			TH_LOG("row %u", i);
}

/* Garbage in any byte is refused at once, with no request to wait for. */
TEST(recv_buffer_must_be_zero)
{
	struct seccomp_notif req = {};
	unsigned int i;
	int fd = new_listener();

	ASSERT_LE(0, fd);
	for (i = 0; i < sizeof(req); i++) {
		((char *)&req)[i] = 1;
		EXPECT_EQ(-EINVAL, neg_errno(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &req)));
		((char *)&req)[i] = 0;
	}
	EXPECT_EQ(-EFAULT, neg_errno(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, NULL)));
}

static int call_with_arguments(void *unused)
{
	return raw_call(__NR_getppid, 0x1122334455667788L, -1, 3) == 7 ? 0 : 1;
}

/* What a request holds, all 64 bits of the arguments included. */
TEST(recv_contents)
{
	struct seccomp_notif req;
	int fd = new_listener();
	pid_t pid;

	ASSERT_LE(0, fd);
	pid = spawn(call_with_arguments, NULL);
	ASSERT_EQ(0, take(fd, &req));
	EXPECT_EQ(pid, req.pid);
	EXPECT_EQ(0, req.flags);
	EXPECT_EQ(__NR_getppid, req.data.nr);
	EXPECT_EQ(NATIVE_ARCH, req.data.arch);
	EXPECT_NE(0, req.data.instruction_pointer);
	EXPECT_EQ(0x1122334455667788UL, req.data.args[0]);
	EXPECT_EQ(~0ULL, req.data.args[1]);
	EXPECT_EQ(3, req.data.args[2]);
	EXPECT_EQ(0, answer(fd, req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(pid));
}

static pid_t *thread_id;

static void *call_in_thread(void *unused)
{
	*thread_id = syscall(__NR_gettid);
	return (void *)notified_call();
}

static int call_from_thread(void *unused)
{
	void *val;
	pthread_t th;

	pthread_create(&th, NULL, call_in_thread, NULL);
	pthread_join(th, &val);
	return (long)val == 7 ? 0 : 1;
}

/* The id is the thread's. */
TEST(recv_names_thread)
{
	struct seccomp_notif req;
	int fd = new_listener();
	pid_t pid;

	ASSERT_LE(0, fd);
	thread_id = shared(sizeof(*thread_id));
	pid = spawn(call_from_thread, NULL);
	ASSERT_EQ(0, take(fd, &req));
	EXPECT_NE(pid, req.pid);
	EXPECT_EQ(*thread_id, req.pid);
	EXPECT_EQ(0, answer(fd, req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(pid));
}

static int read_from_new_namespace(void *fd)
{
	struct seccomp_notif req;

	if (take((long)fd, &req))
		return 1;
	if (req.pid)
		return 2;
	return answer((long)fd, req.id, 7, 0, 0) ? 3 : 0;
}

/* A reader that cannot see the caller reads 0. */
TEST(recv_from_other_namespace)
{
	struct target t = start_target(0, call_gives_7, NULL);

	ASSERT_LE(0, t.listener);
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	EXPECT_EQ(0, run(read_from_new_namespace, (void *)(long)t.listener));
	EXPECT_EQ(0, reap(t.pid));
}

static int call_in_new_namespace(void *unused)
{
	/* The child that calls is 1 where it is. */
	return unshare(CLONE_NEWPID) ? 3 : run(call_gives_7, NULL);
}

/* One that sees the caller under another number than the caller itself reads that number. */
TEST(recv_from_inner_namespace)
{
	struct target t = start_target(0, call_in_new_namespace, NULL);
	struct seccomp_notif req;

	ASSERT_LE(0, t.listener);
	ASSERT_EQ(0, take(t.listener, &req));
	EXPECT_LT(1, req.pid);
	/* The target's child. */
	EXPECT_EQ(t.pid, status_of(req.pid, "PPid"));
	EXPECT_EQ(0, answer(t.listener, req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(t.pid));
}

/* A buffer whose last word cannot be written, while all of it can be read. */
static struct seccomp_notif *half_writable(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + page, page, PROT_READ))
		return NULL;
	return (void *)(p + page - sizeof(struct seccomp_notif) + sizeof(__u64));
}

/*
 * A request that could not be copied out is unread again, and has the same id.
 * The id is in the part that could be written, which shows the states between.
 */
TEST(recv_fault)
{
	struct target t = start_target(0, call_gives_7, NULL);
	struct seccomp_notif *half = half_writable(), req;

	ASSERT_LE(0, t.listener);
	ASSERT_NE(NULL, half);
	EXPECT_EQ(-EFAULT, neg_errno(ioctl(t.listener, SECCOMP_IOCTL_NOTIF_RECV, half)));
	EXPECT_EQ(UNREAD, events(t.listener));
	ASSERT_NE(0, half->id);
	/* Not received: neither valid nor to be answered. */
	EXPECT_EQ(-ENOENT, id_valid(t.listener, half->id));
	EXPECT_EQ(-EINPROGRESS, answer(t.listener, half->id, 1, 0, 0));
	EXPECT_EQ(-EINPROGRESS, add_fd(t.listener, half->id, 0, 0, 0, 0));
	EXPECT_EQ(-EINPROGRESS,
		  add_fd(t.listener, half->id, SECCOMP_ADDFD_FLAG_SEND, 0, 0, 0));
	ASSERT_EQ(0, take(t.listener, &req));
	EXPECT_EQ(half->id, req.id);
	EXPECT_EQ(0, answer(t.listener, req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(t.pid));
}

static int gone_at_once(void *unused)
{
	return 0;
}

/* A listener without users has nothing to read, and never will. */
TEST(recv_without_users)
{
	struct target t = start_target(0, gone_at_once, NULL);
	struct seccomp_notif req;

	ASSERT_LE(0, t.listener);
	ASSERT_EQ(true, await_events(t.listener, POLLHUP));
	EXPECT_EQ(-ENOENT, take(t.listener, &req));
	EXPECT_EQ(-ENOENT, answer(t.listener, 1, 0, 0, 0));
	EXPECT_EQ(-ENOENT, id_valid(t.listener, 1));
	EXPECT_EQ(0, reap(t.pid));
}

/* Arguments are judged before the id is looked for. */
TEST(send_arguments)
{
	int fd = new_listener(), bit;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EFAULT, neg_errno(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, NULL)));
	for (bit = 1; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, answer(fd, 1, 0, 0, 1U << bit));
	EXPECT_EQ(-EINVAL, answer(fd, 1, 1, 0, CONTINUE));
	EXPECT_EQ(-EINVAL, answer(fd, 1, 0, -1, CONTINUE));
	EXPECT_EQ(-ENOENT, answer(fd, 1, 0, 0, CONTINUE));
	EXPECT_EQ(-ENOENT, answer(fd, 1, 1, -1, 0));
}

/*
 * One reply to a request. The target is kept from running, so that the request
 * is still there, answered, when the second reply comes.
 */
TEST(send_twice)
{
	struct seccomp_notif req;
	struct target t;

	go_to_cpu0();
	t = start_target(0, call_gives_7, NULL);
	ASSERT_LE(0, t.listener);
	ASSERT_EQ(0, take(t.listener, &req));
	ASSERT_EQ(true, asleep_in(t.pid, __NR_getppid));
	EXPECT_EQ(-EINVAL, answer(t.listener, req.id, 1, 0, CONTINUE));
	EXPECT_EQ(-ENOENT, answer(t.listener, req.id + 1, 1, 0, 0));
	EXPECT_EQ(0, id_valid(t.listener, req.id));
	take_cpu0(10);
	EXPECT_EQ(0, answer(t.listener, req.id, 7, 0, 0));
	EXPECT_EQ(-EINPROGRESS, answer(t.listener, req.id, 8, 0, 0));
	EXPECT_EQ(-EINPROGRESS, answer(t.listener, req.id, 0, 0, CONTINUE));
	EXPECT_EQ(-EINPROGRESS, add_fd(t.listener, req.id, 0, 0, 0, 0));
	EXPECT_EQ(-ENOENT, id_valid(t.listener, req.id));
	/* Answered: neither readable nor writable. */
	EXPECT_EQ(0, events(t.listener));
	leave_cpu0();
	EXPECT_EQ(0, reap(t.pid));
	EXPECT_EQ(-ENOENT, answer(t.listener, req.id, 7, 0, 0));
	EXPECT_EQ(-ENOENT, add_fd(t.listener, req.id, 0, 0, 0, 0));
	EXPECT_EQ(-ENOENT, id_valid(t.listener, req.id));
}

static long *got;

static int report(void *unused)
{
	*got = notified_call();
	return 0;
}

/* The result is what the reply says: nothing of it is checked. */
TEST(send_values)
{
	static const struct { __s64 val; __s32 error; long result; } rows[] = {
		{ 0, 0, 0 },
		{ 0x7edcba9876543210, 0, 0x7edcba9876543210 },
		{ -5, 0, -5 },
		/* A value beside an error is dropped. */
		{ 4, -EIO, -EIO },
		{ 0, -512, -512 },
		{ 0, -4095, -4095 },
		{ 0, -4096, -4096 },
		{ 0, 5, 5 },
		{ 3, -2147483647 - 1, -2147483648L },
	};
	struct seccomp_notif req;
	int fd = new_listener();
	unsigned int i;

	ASSERT_LE(0, fd);
	got = shared(sizeof(*got));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		pid_t pid = spawn(report, NULL);

		ASSERT_EQ(0, take(fd, &req));
		EXPECT_EQ(0, answer(fd, req.id, rows[i].val, rows[i].error, 0));
		EXPECT_EQ(0, reap(pid));
		EXPECT_EQ(rows[i].result, *got) TH_LOG("row %u", i);
	}
}

static int parent_is_right(void *pid)
{
	return notified_call() == (long)pid ? 0 : 1;
}

TEST(send_continue)
{
	struct seccomp_notif req;
	int fd = new_listener();
	pid_t pid;

	ASSERT_LE(0, fd);
	pid = spawn(parent_is_right, (void *)(long)getpid());
	ASSERT_EQ(0, take(fd, &req));
	EXPECT_EQ(0, let_go(fd, req.id));
	EXPECT_EQ(0, reap(pid));
}

/* Valid between RECV and the reply, and under both numbers. */
TEST(id_validity)
{
	struct seccomp_notif req;
	int fd = new_listener();
	__u64 id = 0;
	pid_t pid;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EFAULT, neg_errno(ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, NULL)));
	EXPECT_EQ(-EFAULT, neg_errno(ioctl(fd, ID_VALID_OLD, NULL)));
	pid = spawn(call_gives_7, NULL);
	ASSERT_EQ(0, take(fd, &req));
	id = req.id;
	EXPECT_EQ(0, ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id));
	EXPECT_EQ(0, ioctl(fd, ID_VALID_OLD, &id));
	id++;
	EXPECT_EQ(-ENOENT, neg_errno(ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id)));
	EXPECT_EQ(-ENOENT, neg_errno(ioctl(fd, ID_VALID_OLD, &id)));
	EXPECT_EQ(0, answer(fd, req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(-ENOENT, id_valid(fd, req.id));
}

/* The flags are the argument itself; whichever are set, calls are served. */
TEST(set_flags)
{
	unsigned long flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	int fd = new_listener(), i, bit;
	pid_t pid;

	ASSERT_LE(0, fd);
	for (bit = 1; bit < 64; bit++)
		EXPECT_EQ(-EINVAL, neg_errno(ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1UL << bit)));
	EXPECT_EQ(-EINVAL, neg_errno(ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, &flags)));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags));
		pid = spawn(call_gives_7, NULL);
		EXPECT_NE(0, serve(fd, 7));
		EXPECT_EQ(0, reap(pid));
		flags ^= SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	}
}

/* Closing answers who waits, read or unread, and all later calls, with ENOSYS. */
TEST(close_answers)
{
	struct seccomp_notif req;
	int fd = new_listener(), i;
	pid_t pids[4];

	ASSERT_LE(0, fd);
	for (i = 0; i < 4; i++) {
		pids[i] = spawn(close_and_call, (void *)(long)fd);
		ASSERT_EQ(true, asleep_in(pids[i], __NR_getppid));
	}
	ASSERT_EQ(0, take(fd, &req));
	ASSERT_EQ(0, take(fd, &req));
	close(fd);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, reap(pids[i]));
}

/* A copy of the descriptor is the same listener, which the last one closes. */
TEST(close_of_copy)
{
	int fd = new_listener(), copy = dup(fd);
	pid_t pid;

	ASSERT_LE(0, copy);
	close(fd);
	pid = spawn(call_gives_7, NULL);
	EXPECT_NE(0, serve(copy, 7));
	EXPECT_EQ(0, reap(pid));
	close(copy);
	EXPECT_EQ(-ENOSYS, notified_call());
}

TEST_HARNESS_MAIN
