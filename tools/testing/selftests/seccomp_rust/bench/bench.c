// SPDX-License-Identifier: GPL-2.0
/*
 * What seccomp costs, case by case, as JSON with a line for each result.
 *
 *	bench [-l] [-p] [PATTERN...]
 *
 * -l lists the cases; -p stays at the first that is picked, for a tracer to look at.
 * A PATTERN, as the shell has them, picks cases by NAME or NAME/SIZE. Each case runs
 * in a process of its own, on the first processor, and before all ordinary tasks if
 * the caller may ask for that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include "../task.h"
#include "clock.h"
#include "place.h"

/* What no case takes, however slow the machine is. */
#define PATIENCE_S	600

/* Memory first, as all others leave some behind that is free for some use alone. */
static const struct bench_case *const groups[] = {
	memory_cases, call_cases, install_cases, life_cases, tsync_cases, trip_cases,
	outstanding_cases, readers_cases, addfd_cases, close_cases,
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static int patterns;
static char **pattern;
static int broken;
static bool fifo;

static bool is_wanted(const struct bench_case *c, long size)
{
	char name[64];
	int i;

	snprintf(name, sizeof(name), "%s/%ld", c->name, size);
	for (i = 0; i < patterns; i++)
		if (!fnmatch(pattern[i], c->name, 0) || !fnmatch(pattern[i], name, 0))
			return true;
	return !patterns;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Instructions are whole; what was divided is not. */
static void print_number(const char *name, double value)
{
	if (value == (long)value)
		printf(", \"%s\": %ld", name, (long)value);
	else
		printf(", \"%s\": %.3f", name, value);
}

static void print_series(struct series *s, long size)
{
	if (!s->count)
		return;
	qsort(s->values, s->count, sizeof(s->values[0]), compare);
	printf(",\n{\"case\": \"%s\", \"size\": %ld, \"unit\": \"%s\"", s->name, size,
	       s->unit ?: clock_unit());
	print_number("value", s->values[s->count / 2]);
	print_number("low", s->values[0]);
	print_number("high", s->values[s->count - 1]);
	printf(", \"samples\": %d", s->count);
	if (s->floor)
		printf(", \"floor\": \"%s\"", s->floor);
	printf("}");
}

/* Words of ours and of strerror(): no quote, no control character. */
static void print_lack(const char *name, long size, const char *what, const char *why)
{
	printf(",\n{\"case\": \"%s\", \"size\": %ld, \"%s\": \"%s\"}", name, size, what, why);
}

struct job {
	const struct bench_case *c;
	struct sheet *sheet;
	long size;
};

static int do_case(void *arg)
{
	struct job *job = arg;

	alarm(PATIENCE_S);
	stay_on(job->sheet, 0);
	if (fifo)
		run_until_asleep();
	job->c->run(job->sheet, job->size);
	return 0;
}

static void run_case(const struct bench_case *c, long size, struct sheet *sheet)
{
	struct job job = { c, sheet, size };
	int status, i;

	memset(sheet, 0, sizeof(*sheet));
	status = run(do_case, &job);
	if (!*sheet->failed && status && !*sheet->skipped)
		snprintf(sheet->failed, sizeof(sheet->failed), "ended with %d", status);
	if (*sheet->failed) {
		print_lack(c->name, size, "failed", sheet->failed);
		broken++;
	} else if (*sheet->skipped) {
		print_lack(c->name, size, "skipped", sheet->skipped);
	} else {
		for (i = 0; i < sheet->count; i++)
			print_series(&sheet->series[i], size);
	}
	fflush(stdout);
}

/* What the figures depend on, besides the kernel: whether programs are compiled. */
static int bpf_jit(void)
{
	FILE *f = fopen("/proc/sys/net/core/bpf_jit_enable", "r");
	int jit = -1;

	if (f && fscanf(f, "%d", &jit) != 1)
		jit = -1;
	if (f)
		fclose(f);
	return jit;
}

/* Where things lie decides what forking costs. Starts the program once more. */
static void always_alike(char **argv)
{
	int persona = personality(0xffffffff);

	if (persona < 0 || persona & ADDR_NO_RANDOMIZE)
		return;
	if (personality(persona | ADDR_NO_RANDOMIZE) >= 0)
		execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
	struct sheet *sheet = shared(sizeof(*sheet));
	const struct bench_case *c;
	struct utsname name;
	bool list = false;
	const long *size;
	int opt;
	size_t i;

	while ((opt = getopt(argc, argv, "lp")) != -1) {
		if (opt == '?') {
			fprintf(stderr, "usage: %s [-l] [-p] [PATTERN...]\n", argv[0]);
			return 2;
		}
		list |= opt == 'l';
		clock_never_stops |= opt == 'p';
	}
	pattern = argv + optind;
	patterns = argc - optind;

	uname(&name);
	stay_on(sheet, 0);
	always_alike(argv);
	fifo = run_until_asleep();
	if (fifo)
		run_fairly(sheet);
	if (!list && !await_fine_timers())
		fprintf(stderr, "timers are no finer than a tick\n");
	clock_start();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0) {
		perror("no_new_privs");
		return 1;
	}
	if (!list) {
		printf("[{\"clock\": \"%s\", \"release\": \"%s\"", clock_unit(), name.release);
		printf(", \"cpus\": %ld, \"jit\": %d, \"fifo\": %s}",
		       sysconf(_SC_NPROCESSORS_ONLN), bpf_jit(), fifo ? "true" : "false");
	}
	fflush(stdout);
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		for (c = groups[i]; c->name; c++)
			for (size = c->sizes; *size >= 0; size++) {
				if (!is_wanted(c, *size))
					continue;
				if (list)
					printf("%s/%ld\n", c->name, *size);
				else
					run_case(c, *size, sheet);
			}
	if (!list)
		printf("\n]\n");
	return broken != 0;
}
