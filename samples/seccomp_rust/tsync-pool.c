// SPDX-License-Identifier: GPL-2.0
/*
 * tsync-pool: put a pool of threads under a filter after it was started.
 *
 * A filter is a thread's own. SECCOMP_FILTER_FLAG_TSYNC gives the caller's
 * filters to every other thread of the process in the same step: either all
 * of them run under the new filter afterwards, or none does. It is refused
 * when one thread has a filter that is not among the caller's, since what that
 * thread gave up must not come back; the call then returns the id of such a
 * thread, or with TSYNC_ESRCH plain -ESRCH, which cannot be mistaken for the
 * descriptor of a listener.
 *
 * The filter here takes mkdir() and mkdirat() away. Calls through another
 * architecture's table fail as well: this one does restrict, and a number
 * which means something else there must be no way around it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errname.h"
#include "filter.h"
#include "pool.h"

struct scene {
	struct pool pool;
	struct filter deny, harmless;
	char **command;		/* each worker's job, or NULL for our own */
	const char *step;
	int wrong;		/* what was not as it should be */
};

static void help(FILE *to)
{
	fputs("usage: tsync-pool [-n THREADS] [COMMAND [ARG]...]\n"
	      "Synchronise a filter that denies mkdir to a running pool of threads: once as it should\n"
	      "be, once with a thread that has a filter of its own.\n"
	      "  -n THREADS  how many (2 to 64, default 4)\n"
	      "Each thread runs COMMAND before and after, with POOL_JOB set to \"before-N\" or \"after-N\";\n"
	      "without one it makes a directory itself.\n"
	      "The exit status is 0 when the kernel did all that it should, 1 when not, 125 for errors.\n",
	      to);
}

/* Say it, and remember if it is not @want. */
static void check(struct scene *s, const char *what, int got, int want)
{
	if (got == want)
		return;
	printf("  WRONG: %s is %d, should be %d\n", what, got, want);
	s->wrong++;
}

static int run_command(char **command)
{
	int status;
	pid_t pid;
	int err = posix_spawnp(&pid, command[0], NULL, NULL, command, environ);

	if (err)
		return -err;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int make_directory(void)
{
	char dir[] = "/tmp/tsync-pool-XXXXXX";

	if (!mkdtemp(dir))
		return -errno;
	return rmdir(dir) ? -errno : 0;
}

static int do_job(struct worker *w, void *data)
{
	struct scene *s = data;
	char name[32];
	int ret;

	snprintf(name, sizeof(name), "%s-%d", s->step, w->number);
	/* One worker at a time, so the environment is its own meanwhile. */
	if (setenv("POOL_JOB", name, 1))
		return -errno;
	fflush(stdout);
	ret = s->command ? run_command(s->command) : make_directory();

	printf("  worker %d: filters %d, ", w->number, pool_filters(w->tid));
	if (ret < 0)
		printf("%s: %s\n", s->command ? s->command[0] : "mkdir",
		       errname(-ret));
	else if (s->command)
		printf("%s: exit status %d\n", s->command[0], ret);
	else
		printf("mkdir: done\n");
	return ret;
}

static void all_work(struct scene *s, const char *step, int filters, int result)
{
	struct worker *w;
	int ret;

	s->step = step;
	for (w = s->pool.worker; w < s->pool.worker + s->pool.n; w++) {
		ret = pool_run(&s->pool, w->number, do_job, s);
		check(s, "number of filters", pool_filters(w->tid), filters);
		/* What a command makes of it is for whoever named it to know. */
		if (!s->command)
			check(s, "result", ret, result);
	}
}

static int start(struct scene *s, int threads)
{
	int ret = pool_start(&s->pool, threads);

	if (ret)
		fprintf(stderr, "tsync-pool: threads: %s\n", strerror(-ret));
	return ret;
}

static void whole_pool(struct scene *s, int threads)
{
	int ret;

	printf("%d threads, no filter:\n", threads);
	if (start(s, threads))
		exit(125);
	all_work(s, "before", 0, 0);

	ret = filter_install(&s->deny, SECCOMP_FILTER_FLAG_TSYNC);
	printf("TSYNC of a filter that denies mkdir: %d\n", ret);
	check(s, "TSYNC", ret, 0);
	all_work(s, "after", 1, -EPERM);
}

static int install_own(struct worker *w, void *data)
{
	struct scene *s = data;
	int ret = filter_install(&s->harmless, 0);

	printf("  worker %d: has a filter of its own now\n", w->number);
	check(s, "its installation", ret, 0);
	return ret;
}

static void one_apart(struct scene *s, int threads)
{
	struct pool *p = &s->pool;
	const int apart = 2;
	struct worker *w;
	int before, ret;

	printf("%d threads, one apart:\n", threads);
	if (start(s, threads))
		exit(125);
	pool_run(p, apart, install_own, s);

	ret = filter_install(&s->deny, SECCOMP_FILTER_FLAG_TSYNC);
	for (w = p->worker; w < p->worker + p->n && w->tid != ret; w++)
		;
	if (w < p->worker + p->n)
		printf("TSYNC: fails because of thread %d, worker %d\n", ret,
		       w->number);
	else
		printf("TSYNC: %d\n", ret);
	check(s, "thread id", ret, p->worker[apart - 1].tid);

	ret = filter_install(&s->deny, SECCOMP_FILTER_FLAG_TSYNC |
				       SECCOMP_FILTER_FLAG_TSYNC_ESRCH);
	printf("TSYNC with TSYNC_ESRCH: %s\n", ret < 0 ? errname(-ret) : "no error");
	check(s, "TSYNC with TSYNC_ESRCH", ret, -ESRCH);

	before = s->wrong;
	check(s, "number of filters of the caller", pool_filters(getpid()), 0);
	for (w = p->worker; w < p->worker + p->n; w++)
		check(s, "number of filters", pool_filters(w->tid),
		      w->number == apart);
	if (s->wrong == before)
		printf("  no thread has got the filter from either\n");

	pool_retire(p, apart);
	ret = filter_install(&s->deny, SECCOMP_FILTER_FLAG_TSYNC);
	printf("TSYNC after worker %d has ended: %d\n", apart, ret);
	check(s, "TSYNC without it", ret, 0);
	for (w = p->worker; w < p->worker + p->n; w++) {
		if (w->number != apart)
			check(s, "number of filters", pool_filters(w->tid), 1);
	}
}

static void make_filters(struct scene *s)
{
	const unsigned int deny = SECCOMP_RET_ERRNO | EPERM;

	filter_start(&s->deny, deny);
#ifdef SYS_mkdir
	filter_call(&s->deny, SYS_mkdir, deny);
#endif
	filter_call(&s->deny, SYS_mkdirat, deny);
	filter_end(&s->deny, SECCOMP_RET_ALLOW);

	filter_start(&s->harmless, SECCOMP_RET_ALLOW);
	filter_end(&s->harmless, SECCOMP_RET_ALLOW);
}

/* Filters stay for good, so each scene has a process to itself. */
static int play(void (*scene)(struct scene *s, int threads), char **command,
		int threads)
{
	static struct scene s;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		s.command = command;
		make_filters(&s);
		scene(&s, threads);
		exit(s.wrong ? 1 : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("tsync-pool");
		return 125;
	}
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "tsync-pool: killed by signal %d\n",
			WTERMSIG(status));
		return 125;
	}
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int threads = 4;
	char **command;
	int status;
	int opt;

	while ((opt = getopt(argc, argv, "+hn:")) != -1) {
		switch (opt) {
		case 'n':
			threads = atoi(optarg);
			if (threads < 2 || threads > POOL_MAX) {
				fprintf(stderr, "%s: not 2 to %d threads\n",
					optarg, POOL_MAX);
				return 125;
			}
			break;
		case 'h':
			help(stdout);
			return 0;
		default:
			help(stderr);
			return 125;
		}
	}
	command = argv[optind] ? argv + optind : NULL;

	status = play(whole_pool, command, threads);
	if (!status)
		status = play(one_apart, command, threads);
	return status;
}
