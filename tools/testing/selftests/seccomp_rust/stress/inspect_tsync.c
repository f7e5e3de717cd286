// SPDX-License-Identifier: GPL-2.0
/*
 * GET_FILTER and GET_METADATA against TSYNC: a tracer stops a thread and reads its
 * filters, while another thread of its process, hit by signals, puts more of them on
 * top. Each has its index for ever; what was in force before the reading is there, and
 * what is past the newest one is not. At last the process is killed, stopped or not.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "notify.h"
#include "program.h"
#include "task.h"
#include "mark.h"
#include "race.h"
#include "storm.h"

#define TSYNC	SECCOMP_FILTER_FLAG_TSYNC
#define LOG	SECCOMP_FILTER_FLAG_LOG

/* Where the number of a mark is in its program, and how long that is. */
#define NUMBER_AT	2
#define MARK_LEN	4

enum { SAME, GROWN, METADATA, PAST_END, DEAD };

static struct {
	pid_t traced;
	int begun, newest;
	bool killed;
} *both;

static void *be_traced(void *unused)
{
	PUT(both->traced, syscall(__NR_gettid));
	for (;;)
		spin(1000);
	return NULL;
}

static int body(void *unused)
{
	pthread_t th;
	int i;

	interrupt_on(STORM_SIGNAL, SA_RESTART);
	if (pthread_create(&th, NULL, be_traced, NULL))
		return 1;
	for (i = 1; i <= MOST_MARKS; i++) {
		PUT(both->begun, i);
		must(!mark(TSYNC | (i & 1 ? LOG : 0), 0, i), "TSYNC failed");
		PUT(both->newest, i);
		spin(dice(1 << dice(17)));
	}
	for (;;)
		pause();
}

/* Whether the thread is stopped; false when it has died. */
static bool stop(pid_t tid)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, tid, 0, 0))
		return false;
	return waitpid(tid, &status, __WALL) == tid && WIFSTOPPED(status);
}

static bool died(long ret)
{
	if (ret != -ESRCH)
		return false;
	saw(DEAD);
	return true;
}

/* The filter with the index, which is that of the mark: the listener's is 0. */
static bool read_filter(pid_t tid, int index)
{
	struct sock_filter insns[BPF_MAXINSNS] = {};
	long ret = neg_errno(ptrace(PTRACE_SECCOMP_GET_FILTER, tid, index, insns));
	__u32 verdict = index ? RET_ERRNO(index) : SECCOMP_RET_USER_NOTIF;

	if (died(ret))
		return false;
	must(ret == MARK_LEN && insns[NUMBER_AT].k == verdict,
	     "filter %d: %ld instructions, gives %#x", index, ret, insns[NUMBER_AT].k);
	return true;
}

static bool read_metadata(pid_t tid, int index)
{
	/* Has no name in the C library's header, which does not go with the kernel's. */
	struct {
		__u64 filter_off, flags;
	} data = { .filter_off = index };
	long ret = neg_errno(ptrace(PTRACE_SECCOMP_GET_METADATA, tid, sizeof(data), &data));

	if (died(ret))
		return false;
	must(ret == sizeof(data) && data.flags == (index & 1 ? LOG : 0),
	     "filter %d: metadata %ld, flags %#llx", index, ret, data.flags);
	saw(METADATA);
	return true;
}

static bool read_past(pid_t tid, int index)
{
	long ret = neg_errno(ptrace(PTRACE_SECCOMP_GET_FILTER, tid, index, NULL));
	int begun = GET(both->begun);

	if (died(ret))
		return false;
	/* One that has been begun since may be there. */
	must(ret == -ENOENT || (ret == MARK_LEN && index <= begun),
	     "filter %d of %d gave %ld", index, begun, ret);
	saw(PAST_END);
	return true;
}

static bool read_all(pid_t tid)
{
	int newest = GET(both->newest), i;

	for (i = 0; i < 4; i++)
		if (!read_filter(tid, dice(4) ? dice(newest + 1) : newest) ||
		    !read_metadata(tid, dice(newest + 1)))
			return false;
	if (!read_past(tid, GET(both->begun) + 1 + dice(2)))
		return false;
	saw(GET(both->newest) > newest ? GROWN : SAME);
	return true;
}

static void trace(pid_t tid)
{
	long ret = neg_errno(ptrace(PTRACE_SEIZE, tid, 0, 0));

	/* It may be dead already, of which the kernel says that it is not permitted. */
	if (GET(both->killed) && (ret == -ESRCH || ret == -EPERM)) {
		saw(DEAD);
		return;
	}
	if (!must(!ret, "SEIZE gave %ld", ret))
		return;
	while (!GET(score->failed) && stop(tid) && read_all(tid))
		if (ptrace(PTRACE_CONT, tid, 0, 0))
			break;
	/* Its end is the tracer's to hear of. */
	waitpid(tid, NULL, __WALL);
}

static pid_t victim;

static void *kill_later(void *unused)
{
	while (GET(both->newest) < MOST_MARKS && !GET(score->failed) && dice(1000))
		nap(100);
	PUT(both->killed, true);
	kill(victim, SIGKILL);
	return NULL;
}

static void session(void)
{
	static struct storm storm = { .n = 1 };
	struct target t;
	pthread_t th;

	both = shared(sizeof(*both));
	while (going()) {
		memset(both, 0, sizeof(*both));
		if (!begin(&t, 0, body, NULL))
			return;
		while (!GET(both->traced))
			nap(50);
		victim = t.pid;
		storm.at[0].pid = t.pid;
		storm.at[0].tid = t.pid;
		if (!storm_start(&storm) ||
		    !must(!pthread_create(&th, NULL, kill_later, NULL), "no thread"))
			return;
		trace(both->traced);
		pthread_join(th, NULL);
		storm_stop(&storm);
		end(&t, -SIGKILL);
	}
}

const struct race inspect_tsync = {
	.name = "inspect_tsync",
	.session = session,
	.outcomes = {
		[SAME] = "nothing new meanwhile",
		[GROWN] = "more filters meanwhile",
		[METADATA] = "metadata",
		[PAST_END] = "past the newest",
		[DEAD] = "killed",
	},
	.enough = 5000,
};
