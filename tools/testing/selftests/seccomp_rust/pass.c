// SPDX-License-Identifier: GPL-2.0
/* A listener in other hands than those that made it, and many tasks under one. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"

#define CALLS	20

/*
 * Serves what comes until nobody is left; the number of replies. A request may have gone
 * before it is received or replied to, and comes again: while one thread makes another,
 * with all signals blocked, a SIGCHLD is not ignored, and interrupts a third in its call.
 */
static int serve_all(int fd)
{
	int n = 0;

	do
		n += serve(fd, 7) != 0;
	while (!(events(fd) & POLLHUP));
	return n;
}

static int serve_from_socket(void *sock)
{
	int fd = receive_fd((long)sock);

	return fd < 0 ? 200 : serve_all(fd);
}

static int call_on(void *unused)
{
	int i;

	for (i = 0; i < CALLS; i++)
		if (notified_call() != 7)
			return 1;
	return 0;
}

/* The process that it is sent to serves it; he who sent it need not keep it. */
TEST(by_socket)
{
	struct target t = start_target(0, call_on, NULL);
	int sv[2];
	pid_t pid;

	ASSERT_LE(0, t.listener);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ASSERT_EQ(0, send_fd(sv[0], t.listener));
	close(t.listener);
	pid = spawn(serve_from_socket, (void *)(long)sv[1]);
	EXPECT_EQ(0, reap(t.pid));
	EXPECT_EQ(CALLS, reap(pid));
}

/* A listener in a message is alive; with the socket it goes, and callers hear of it. */
TEST(lost_in_socket)
{
	struct target t = start_target(0, calls_give_enosys, NULL);
	int sv[2];

	ASSERT_LE(0, t.listener);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ASSERT_EQ(0, send_fd(sv[0], t.listener));
	ASSERT_EQ(true, await_events(t.listener, POLLIN));
	close(t.listener);
	ASSERT_EQ(true, asleep_in(t.pid, __NR_getppid));
	close(sv[0]);
	close(sv[1]);
	EXPECT_EQ(0, reap(t.pid));
}

static int take_and_die(void *fd)
{
	struct seccomp_notif req;

	return take((long)fd, &req) ? 1 : 0;
}

/* The supervisor dies with a request in hand: it was the last, and the call ends. */
TEST(supervisor_dies)
{
	struct target t = start_target(0, calls_give_enosys, NULL);
	pid_t pid;

	ASSERT_LE(0, t.listener);
	pid = spawn(take_and_die, (void *)(long)t.listener);
	close(t.listener);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(0, reap(t.pid));
}

/* Not the last: another supervisor can answer what the dead one had received. */
TEST(supervisor_replaced)
{
	struct target t = start_target(0, call_gives_7, NULL);
	struct seccomp_notif *req = shared(sizeof(*req));
	pid_t pid;

	ASSERT_LE(0, t.listener);
	pid = fork();
	if (!pid)
		_exit(take(t.listener, req) ? 1 : 0);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(UNANSWERED, events(t.listener));
	EXPECT_EQ(0, id_valid(t.listener, req->id));
	EXPECT_EQ(0, answer(t.listener, req->id, 7, 0, 0));
	EXPECT_EQ(0, reap(t.pid));
}

/* It can be fetched from another process, with the right to trace it. */
TEST(by_pidfd)
{
	int fd = new_listener(), copy, pidfd;
	pid_t pid;

	ASSERT_LE(0, fd);
	pidfd = syscall(__NR_pidfd_open, getpid(), 0);
	copy = syscall(__NR_pidfd_getfd, pidfd, fd, 0);
	ASSERT_LE(0, copy);
	close(fd);
	pid = spawn(call_gives_7, NULL);
	EXPECT_NE(0, serve(copy, 7));
	EXPECT_EQ(0, reap(pid));
}

static void *call_in_thread(void *unused)
{
	return (void *)(long)call_on(NULL);
}

/* Children, their children and threads; each makes its own calls. */
static int family(void *unused)
{
	pthread_t th[2];
	int i, bad = 0;
	pid_t pids[3];
	void *ret;

	for (i = 0; i < 3; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(call_on(NULL) || run(call_on, NULL));
	}
	for (i = 0; i < 2; i++)
		pthread_create(&th[i], NULL, call_in_thread, NULL);
	bad += call_on(NULL);
	for (i = 0; i < 2; i++) {
		pthread_join(th[i], &ret);
		bad += (long)ret;
	}
	for (i = 0; i < 3; i++)
		bad += reap(pids[i]);
	return bad;
}

#define FAMILY	(3 * 2 + 2 + 1)

TEST(one_listener_many_tasks)
{
	struct target t = start_target(0, family, NULL);

	ASSERT_LE(0, t.listener);
	/* It ends by itself: no users are left. */
	EXPECT_EQ(FAMILY * CALLS, serve_all(t.listener));
	EXPECT_EQ(0, reap(t.pid));
}

static int serve_on(void *fd)
{
	return serve_all((long)fd);
}

/* Two supervisors share the work: every call has one answer. */
TEST(two_supervisors)
{
	struct target t = start_target(0, family, NULL);
	int mine, theirs;
	pid_t pid;

	ASSERT_LE(0, t.listener);
	pid = spawn(serve_on, (void *)(long)t.listener);
	mine = serve_all(t.listener);
	theirs = reap(pid);
	EXPECT_EQ(FAMILY * CALLS, mine + theirs);
	EXPECT_EQ(0, reap(t.pid));
}

static int exec_away(void *unused)
{
	execl("/proc/self/exe", "self", "--sleep", NULL);
	return 1;
}

__attribute__((constructor)) static void sleep_when_told(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--sleep"))
		_exit(pause());
}

/* A supervisor that becomes another program has closed it. */
TEST(closed_by_exec)
{
	int fd = new_listener();
	pid_t caller, pid;

	ASSERT_LE(0, fd);
	caller = spawn(close_and_call, (void *)(long)fd);
	ASSERT_EQ(true, await_events(fd, POLLIN));
	pid = spawn(exec_away, NULL);
	close(fd);
	EXPECT_EQ(0, reap(caller));
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, reap(pid));
}

TEST_HARNESS_MAIN
