// SPDX-License-Identifier: GPL-2.0
/* Kernel memory that a filter, a listener and a waiting call take, in bytes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "../notify.h"
#include "../task.h"
#include "clock.h"
#include "parked.h"
#include "programs.h"

/*
 * Free memory, what processors keep for themselves included: unlike slabs and the
 * vmalloc area, nothing can hide from it.
 */
static long free_pages(struct sheet *sheet)
{
	char line[256];
	long sum = 0, n;
	FILE *f;

	f = fopen("/proc/zoneinfo", "r");
	if (!f)
		skip(sheet, "/proc/zoneinfo: %s", strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " pages free %ld", &n) == 1 ||
		    sscanf(line, " count: %ld", &n) == 1)
			sum += n;
	fclose(f);
	return sum;
}

/* Much is freed after a grace period, or by a worker: until no more is. */
static long settled_pages(struct sheet *sheet)
{
	long most = 0;
	int still;

	for (still = 0; still < 20; still++) {
		long pages;

		nap(20000);
		pages = free_pages(sheet);
		if (pages > most) {
			most = pages;
			still = 0;
		}
	}
	return most;
}

/* A process that takes memory, says so, and is killed. */
struct taker {
	struct sheet *sheet;
	void (*take)(struct sheet *sheet, long count);
	long count;
	int said[2];
};

static int take_and_wait(void *arg)
{
	struct taker *t = arg;

	t->take(t->sheet, t->count);
	if (write(t->said[1], "", 1) != 1)
		return 1;
	for (;;)
		pause();
}

/* The bytes that are free while @take has not been done, less while it has. */
static double taken(struct sheet *sheet, void (*take)(struct sheet *sheet, long count), long count)
{
	struct taker t = { sheet, take, count };
	long before;
	pid_t pid;
	char c;

	MUST(sheet, !pipe(t.said));
	before = settled_pages(sheet);
	pid = spawn(take_and_wait, &t);
	close(t.said[1]);
	if (read(t.said[0], &c, 1) != 1)
		_exit(1);
	before -= settled_pages(sheet);
	close(t.said[0]);
	kill(pid, SIGKILL);
	reap(pid);
	return (double)before * sysconf(_SC_PAGESIZE);
}

/*
 * Processors keep some hundreds of free objects of each kind. After the first
 * population they do, and what the second half of a greater one takes is new.
 */
#define POPULATION	2000

static double one_more(struct sheet *sheet, void (*take)(struct sheet *sheet, long count))
{
	double half;

	taken(sheet, take, POPULATION / 2);
	half = taken(sheet, take, POPULATION / 2);
	return (taken(sheet, take, POPULATION) - half) / (POPULATION - POPULATION / 2);
}

/* How much more one takes than the other, of which other memory of the kernel is a part. */
static void compare(struct sheet *sheet, const char *name,
		    void (*take)(struct sheet *sheet, long count),
		    void (*less)(struct sheet *sheet, long count))
{
	struct series *s = new_series(sheet, name);
	int i;

	s->unit = "bytes";
	for (i = 0; i < 3; i++)
		add_value(s, one_more(sheet, take) - one_more(sheet, less));
}

static void room_for(struct sheet *sheet, long fds)
{
	struct rlimit limit = { fds, fds };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		skip(sheet, "RLIMIT_NOFILE: %s", strerror(errno));
}

/* Threads with a filter each, which has a listener or not. */
static void filtered_threads(struct sheet *sheet, long count, unsigned long flags)
{
	static struct sock_filter insns[] = {
		LOAD(nr), UNLESS(__NR_getppid, 1), GIVE(SECCOMP_RET_USER_NOTIF),
		GIVE(SECCOMP_RET_ALLOW),
	};
	static const struct sock_fprog prog = { 4, insns };
	const struct one_call install_prog = {
		__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags | SPEC_ALLOW, (long)&prog,
	};

	room_for(sheet, 2 * count + 100);
	park_many(sheet, install_prog, count);
	/* The last number that they are given. */
	while (flags && fcntl(count + 2, F_GETFD) < 0)
		nap(1000);
	nap(100000);
}

static void without_listener(struct sheet *sheet, long count)
{
	filtered_threads(sheet, count, 0);
}

static void with_listener(struct sheet *sheet, long count)
{
	filtered_threads(sheet, count, SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

static void unfiltered(struct sheet *sheet, long count)
{
	park_many(sheet, (struct one_call) { __NR_pause }, count);
	nap(100000);
}

static void take_filters(struct sheet *sheet, long size)
{
	compare(sheet, "memory.filter", without_listener, unfiltered);
}

static void take_listeners(struct sheet *sheet, long size)
{
	compare(sheet, "memory.listener", with_listener, without_listener);
}

/* Threads that a filter with a listener keeps waiting, or that wait elsewhere. */
static void waiting_threads(struct sheet *sheet, long count, long nr)
{
	struct seccomp_notif req;
	int fd = listener_on(SPEC_ALLOW, __NR_getppid);

	MUST(sheet, fd >= 0);
	park_many(sheet, (struct one_call) { nr }, count);
	if (nr == __NR_getppid)
		for (; count; count--)
			MUST(sheet, !take(fd, &req));
	nap(100000);
}

static void in_notified_call(struct sheet *sheet, long count)
{
	waiting_threads(sheet, count, __NR_getppid);
}

static void in_pause(struct sheet *sheet, long count)
{
	waiting_threads(sheet, count, __NR_pause);
}

static void take_requests(struct sheet *sheet, long size)
{
	compare(sheet, "memory.request", in_notified_call, in_pause);
}

const struct bench_case memory_cases[] = {
	{ "memory.filter", take_filters, { 1, -1 } },
	{ "memory.listener", take_listeners, { 1, -1 } },
	{ "memory.request", take_requests, { 1, -1 } },
	{}
};
