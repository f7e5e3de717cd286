// SPDX-License-Identifier: GPL-2.0
/*
 * TSYNC against clone: a thread synchronises, another one makes threads and
 * processes, and signals hit both. Some of the new threads install a filter of their
 * own, which is in the way as long as they live.
 *
 * Whoever is born has at least what its maker had, and threads what was in force
 * for all. A child process has what its maker had at one moment of the fork. Where
 * TSYNC is refused, a thread that is in the way is there, and the caller has not
 * got the filter either.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "notify.h"
#include "program.h"
#include "task.h"
#include "mark.h"
#include "race.h"
#include "storm.h"

#define TSYNC	SECCOMP_FILTER_FLAG_TSYNC
#define ESRCH_PLEASE	SECCOMP_FILTER_FLAG_TSYNC_ESRCH

#define MARKS	60
#define BORN	160

enum { SYNCED, NAMED, REFUSED, THREAD_SAME, THREAD_MORE, CHILD_SAME, CHILD_MORE };

struct born {
	pthread_t th;
	pid_t tid;
	/* Is about to have its own filter; has been joined. */
	bool apart, joined;
	/* What it was under when it came. */
	int first;
};

/* Each round has a process of its own, in which this is zero at first. */
static struct born born[BORN];
static int births;
/* What is in force for all, and whether it will stay so. */
static int newest;
static bool over;
/* Its thread is one more that has to be given all filters. */
static struct storm storm = { .n = 2 };

static void let_signals_come(int number)
{
	PUT(storm.at[number].tid, syscall(__NR_gettid));
	PUT(storm.at[number].pid, getpid());
}

static bool any_apart(const bool *joined)
{
	int i;

	for (i = 0; i < BORN; i++)
		if (GET(born[i].apart) && !joined[i])
			return true;
	return false;
}

static bool is_apart(pid_t tid, const bool *joined)
{
	int i;

	for (i = 0; i < BORN; i++)
		if (GET(born[i].apart) && !joined[i] && born[i].tid == tid)
			return true;
	return false;
}

/* One attempt, which gives the number of the newest filter afterwards. */
static int attempt(int number)
{
	unsigned long flags = dice(2) ? TSYNC : TSYNC | ESRCH_PLEASE;
	bool joined[BORN];
	long ret;
	int i;

	for (i = 0; i < BORN; i++)
		joined[i] = GET(born[i].joined);
	ret = mark(flags, 0, number);
	if (!ret) {
		PUT(newest, number);
		saw(SYNCED);
		return number;
	}
	must(marked(0) == number - 1, "TSYNC gave %ld, but the caller is under %d, not %d",
	     ret, marked(0), number - 1);
	if (flags == TSYNC) {
		must(is_apart(ret, joined), "TSYNC gave %ld, which is not in the way", ret);
		saw(NAMED);
	} else {
		must(ret == -ESRCH && any_apart(joined), "TSYNC gave %ld, and %s in the way", ret,
		     any_apart(joined) ? "there is a thread" : "there is no thread");
		saw(REFUSED);
	}
	return number - 1;
}

static void *synchronise(void *unused)
{
	int number = 0;

	let_signals_come(0);
	while (number < MARKS && going())
		number = attempt(number + 1);
	PUT(over, true);
	return NULL;
}

static void *live(void *arg)
{
	struct born *b = arg;
	int in_force = GET(newest);

	b->first = marked(0);
	must(b->first >= in_force, "%d is in force, but a new thread is under %d",
	     in_force, b->first);
	if (dice(2)) {
		in_force = GET(newest);
		must(marked(0) >= in_force, "%d is in force, but a thread is under %d",
		     in_force, marked(0));
		return NULL;
	}
	b->tid = syscall(__NR_gettid);
	PUT(b->apart, true);
	must(!install_all(0, SECCOMP_RET_ALLOW), "a filter could not be installed");
	spin(dice(20000));
	return NULL;
}

static void make_thread(struct born *b, int before)
{
	if (!must(!pthread_create(&b->th, NULL, live, b), "no thread"))
		return;
	pthread_join(b->th, NULL);
	PUT(b->joined, true);
	must(b->first >= before, "the maker was under %d, the new thread under %d",
	     before, b->first);
	saw(b->first > before ? THREAD_MORE : THREAD_SAME);
}

static void make_process(int before)
{
	int after, child;
	pid_t pid = fork();

	if (pid == 0) {
		child = marked(0);
		/* One more for the listener. */
		if (dice(4) == 0 && filters_of(getpid()) != child + 1)
			_exit(255);
		_exit(child);
	}
	after = marked(0);
	child = reap(pid);
	must(before <= child && child <= after,
	     "the maker was under %d to %d, the child under %d", before, after, child);
	saw(child > before ? CHILD_MORE : CHILD_SAME);
}

static void *make(void *unused)
{
	let_signals_come(1);
	while (!GET(over) && births < BORN && going()) {
		int in_force = GET(newest), before = marked(0);

		must(before >= in_force, "%d is in force, but a thread is under %d",
		     in_force, before);
		if (dice(4))
			make_thread(&born[births++], before);
		else
			make_process(before);
	}
	return NULL;
}

static int body(void *unused)
{
	pthread_t maker, synchroniser;
	int have;

	interrupt_on(STORM_SIGNAL, SA_RESTART);
	if (!storm_start(&storm) ||
	    pthread_create(&maker, NULL, make, NULL) ||
	    pthread_create(&synchroniser, NULL, synchronise, NULL))
		return 1;
	pthread_join(maker, NULL);
	pthread_join(synchroniser, NULL);
	storm_stop(&storm);
	have = filters_of(syscall(__NR_gettid));
	must(marked(0) == newest && have == newest + 1,
	     "%d is in force, but the main thread is under %d, with %d filters",
	     newest, marked(0), have);
	return 0;
}

static void session(void)
{
	struct target t;

	while (going() && begin(&t, 0, body, NULL))
		end(&t, 0);
}

const struct race tsync_clone = {
	.name = "tsync_clone",
	.session = session,
	.outcomes = {
		[SYNCED] = "synchronised",
		[NAMED] = "refused with an id",
		[REFUSED] = "refused with ESRCH",
		[THREAD_SAME] = "thread with what its maker had",
		[THREAD_MORE] = "thread with more",
		[CHILD_SAME] = "child with what its maker had",
		[CHILD_MORE] = "child with more",
	},
	.enough = 2000,
};
