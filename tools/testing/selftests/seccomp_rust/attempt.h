/* SPDX-License-Identifier: GPL-2.0 */
/* Installing a filter while a step fails, and what there is to find then. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <pthread.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "outcomes.h"
#include "program.h"
#include "task.h"
#include "thread.h"

#define LISTENER	SECCOMP_FILTER_FLAG_NEW_LISTENER
#define TSYNC		SECCOMP_FILTER_FLAG_TSYNC
#define TSYNC_ESRCH	SECCOMP_FILTER_FLAG_TSYNC_ESRCH

/* What a child that has tried something with a failure finds afterwards. */
enum {
	IN_ORDER,	/* a step failed, and all is as it has to be then */
	SUCCEEDED,	/* no step was left to fail */
	WRONG_ERROR, WRONG_MODE, WRONG_COUNT, WRONG_FDS, WRONG_THREAD,
};

/* The filter that is tried. */
static struct sock_filter refuses_getpgid[] = {
	LOAD(nr), UNLESS(__NR_getpgid, 1), GIVE(RET_ERRNO(3)), GIVE(SECCOMP_RET_ALLOW),
};

/* A way to install it. */
struct way {
	const char *name;
	/* What comes before any step can fail; 0, or a negative errno. */
	int (*prepare)(void);
	long (*install)(unsigned long flags);
	unsigned long flags;
	/* With no descriptor free, as many as a new table has. */
	bool full;
};

struct attempt {
	const struct way *way;
	int nth;
	/* What the call has given, for the parent. */
	long *ret;
	pid_t thread;
	int stop[2];
};

static void *other_thread(void *data)
{
	struct attempt *a = data;
	char byte;

	say_tid(&a->thread);
	return read(a->stop[0], &byte, 1) == 1 ? a : NULL;
}

static int lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* Installs the filter while a step fails, and looks at what there is then. */
static int try_install(void *data)
{
	struct attempt *a = data;
	unsigned long flags = a->way->flags;
	pthread_t thread;
	int lowest, filters;
	bool failed;
	long ret;

	if (a->way->prepare && a->way->prepare())
		return 96;
	a->thread = getpid();
	if (flags & TSYNC) {
		a->thread = 0;
		if (pipe(a->stop) || pthread_create(&thread, NULL, other_thread, a))
			return 98;
		tid_from(&a->thread);
	}
	open_switch();
	/* To ask for one more would be to have the table grow. */
	lowest = a->way->full ? fill_table() : lowest_fd();

	arm(a->nth);
	ret = a->way->install(flags);
	failed = disarm();

	*a->ret = ret;
	if (ret < 0 && !failed)
		return WRONG_ERROR;
	filters = ret >= 0;
	if (raw_call(__NR_getpgid, 0, 0, 0) == -3 ? !filters : filters)
		return WRONG_MODE;
	if (mode_of(getpid()) != 2 * filters)
		return WRONG_MODE;
	if (filters_of(getpid()) != filters)
		return WRONG_COUNT;
	if (filters_of(a->thread) != filters || mode_of(a->thread) != 2 * filters)
		return WRONG_THREAD;
	if (lowest_fd() != lowest + (ret >= 0 && flags & LISTENER))
		return WRONG_FDS;
	if (flags & TSYNC && (write(a->stop[1], "", 1) != 1 || pthread_join(thread, NULL)))
		return 97;
	return failed ? IN_ORDER : SUCCEEDED;
}

/* So often none is left to fail before the end of a way is taken for reached. */
#define ENDS	4

/* So often all objects fail in turn, for one attempt may pass over what another has met. */
#define PASSES	4

/*
 * Tries it with each step failing in turn, until none is left. How many there are
 * depends on what was there before: one attempt may come to its end before another.
 */
static void install_all_ways(struct __test_metadata *_metadata, const struct way *way,
			     enum steps steps, struct outcomes *o)
{
	struct attempt a = { .way = way, .ret = shared(sizeof(*a.ret)), .nth = PLENTY };
	int passes = steps == OBJECTS ? PASSES : 1, status, ends;

	ASSERT_EQ(true, can_inject(steps));
	o->call = way->name;
	/* What is allocated but once has been when it comes to counting. */
	ASSERT_EQ(SUCCEEDED, run(try_install, &a));
	while (passes-- > 0) {
		ends = 0;
		for (a.nth = 1; ends < ENDS && a.nth < PLENTY; a.nth++) {
			status = run(try_install, &a);
			if (status == SUCCEEDED) {
				ends++;
				continue;
			}
			ends = 0;
			note(o, *a.ret);
			ASSERT_EQ(IN_ORDER, status) {
				TH_LOG("with step %d failing", a.nth);
			}
		}
		ASSERT_EQ(ENDS, ends);
	}
}

/* Only the copies fail: of struct sock_fprog, then of the instructions. */
static inline void fails_in_copies(struct __test_metadata *_metadata, const struct way *way)
{
	struct outcomes o = {};

	install_all_ways(_metadata, way, COPIES, &o);
	EXPECT_STREQ("FF", o.errors);
}

/* After the copies, the name and the file of a listener are allocated. */
static inline void fails_in_files(struct __test_metadata *_metadata, const struct way *way)
{
	struct outcomes o = {};

	install_all_ways(_metadata, way, FILES, &o);
	EXPECT_STREQ(way->flags & LISTENER ? "FFMM" : "FF", o.errors);
}

/*
 * How many allocations there are depends on what the allocator has at hand, so
 * that the errors cannot be told one by one.
 */
static inline void is_all_or_nothing(struct __test_metadata *_metadata, const struct way *way,
				     enum steps steps)
{
	struct outcomes o = {};

	install_all_ways(_metadata, way, steps, &o);
	EXPECT_EQ('F', o.errors[0]);
	EXPECT_NE(NULL, strchr(o.errors, 'M'));
	EXPECT_EQ(NULL, strchr(o.errors, '?'));
}

#endif
