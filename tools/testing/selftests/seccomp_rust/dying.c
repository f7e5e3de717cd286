// SPDX-License-Identifier: GPL-2.0
/*
 * Thread synchronisation in a process that is being killed as a group. It goes
 * well, and touches no other thread: what those had may have been released.
 *
 * A call that a supervisor lets go on is made even if the process was killed just
 * after that, which places it where no signal could be sent in time. The other
 * thread is held where it is on its way out but not yet exiting, and is looked at.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "ext.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"
#include "trace.h"

#define EXIT_STOP	(SIGTRAP | (PTRACE_EVENT_EXIT << 8))

/* The other thread, for who traces it. */
static pid_t *sibling;

/* Makes call @nr, which synchronises, under a listener that is sent to @sock. */
static int synchronise(long nr, int sock)
{
	struct sibling s;
	int fd;

	if (!start_sibling(&s, NULL) || set_no_new_privs())
		return 1;
	*sibling = s.tid;
	fd = listener_on(0, nr);
	if (fd < 0 || send_fd(sock, fd))
		return 2;
	close(fd);
	if (nr == __NR_prctl)
		sync_all();
	else
		install_all(SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_RET_ALLOW);
	return 3;
}

FIXTURE(dying) {
	struct target t;
};

FIXTURE_VARIANT(dying) {
	/* The call, and how many filters its thread has after it. */
	long nr;
	int filters;
};

FIXTURE_VARIANT_ADD(dying, new_filter) { .nr = __NR_seccomp, .filters = 2 };
FIXTURE_VARIANT_ADD(dying, extension) { .nr = __NR_prctl, .filters = 1 };

FIXTURE_SETUP(dying)
{
	int sock[2];

	if (variant->nr == __NR_prctl && lacks_ext())
		SKIP(return, "CONFIG_SECCOMP_RUST_EXT is not set");
	sibling = shared(sizeof(*sibling));
	go_to_cpu0();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	self->t.pid = fork();
	if (!self->t.pid)
		_exit(synchronise(variant->nr, sock[1]));
	close(sock[1]);
	self->t.listener = receive_fd(sock[0]);
	ASSERT_LE(0, self->t.listener);
}

FIXTURE_TEARDOWN(dying)
{
	end_target(&self->t);
}

static bool stop_at_exit(pid_t tid)
{
	return !ptrace(PTRACE_SEIZE, tid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL);
}

TEST_F(dying, touches_no_other_thread)
{
	struct seccomp_notif req;
	pid_t pid = self->t.pid;

	ASSERT_EQ(0, take(self->t.listener, &req));
	ASSERT_EQ(true, asleep_in(pid, variant->nr));
	ASSERT_EQ(true, stop_at_exit(pid));
	ASSERT_EQ(true, stop_at_exit(*sibling));
	/* From the reply to the signal the caller does not run, nor its sibling. */
	take_cpu0(10);
	EXPECT_EQ(0, let_go(self->t.listener, req.id));
	EXPECT_EQ(0, kill(pid, SIGKILL));
	leave_cpu0();
	ASSERT_EQ(EXIT_STOP, stop_of(wait_stop(*sibling)));
	ASSERT_EQ(EXIT_STOP, stop_of(wait_stop(pid)));

	/* The call has been made, without an error. */
	EXPECT_EQ(variant->filters, filters_of(pid));
	EXPECT_EQ(0, peek_result(pid));
	/* And has left the other thread alone. */
	EXPECT_EQ(0, filters_of(*sibling));
	EXPECT_EQ(0, mode_of(*sibling));
	EXPECT_EQ(0, status_of(*sibling, "NoNewPrivs"));

	EXPECT_EQ(SIGKILL, go_on(*sibling, PTRACE_CONT));
	EXPECT_EQ(SIGKILL, go_on(pid, PTRACE_CONT));
	EXPECT_EQ(true, await_events(self->t.listener, POLLHUP));
}

TEST_HARNESS_MAIN
