// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "caches.h"
#include "census.h"
#include "task.h"

/* In /proc/PID/stat: a flag, and the fields between the flags and the threads. */
#define KERNEL_THREAD	0x00200000
#define SKIP_10		" %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"

static void count_process(const char *pid, struct census *c)
{
	char path[64], line[512] = "", *rest;
	unsigned long flags;
	long threads;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	/* The name may hold anything. */
	rest = strrchr(line, ')');
	if (!rest || sscanf(rest, ") %*s %*s %*s %*s %*s %*s %lu" SKIP_10 " %ld",
			    &flags, &threads) != 2)
		return;
	if (flags & KERNEL_THREAD)
		return;
	c->processes++;
	c->threads += threads;
}

static void count_tasks(struct census *c)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			count_process(e->d_name, c);
	if (d)
		closedir(d);
}

/* Lines of @path that hold @word; or, where that is null, its first number. */
static long from_file(const char *path, const char *word)
{
	char line[256];
	FILE *f = fopen(path, "r");
	long n = 0;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (!word) {
			n = atol(line);
			break;
		}
		n += !!strstr(line, word);
	}
	fclose(f);
	return n;
}

struct census take_census(void)
{
	struct census c = {
		.programs = from_file("/proc/vmallocinfo", "bpf_prog_alloc"),
		.files = from_file("/proc/sys/fs/file-nr", NULL),
	};

	count_tasks(&c);
	shrink_caches();
	c.slab_kb = slabs_kb();
	return c;
}

bool census_is_whole(const struct census *c)
{
	const struct {
		const char *what;
		bool known;
	} sources[] = {
		{ "processes in /proc", c->processes > 0 && c->threads > 0 },
		{ "filters in /proc/vmallocinfo", c->programs >= 0 },
		{ "files in /proc/sys/fs/file-nr", c->files > 0 },
		{ "caches in /proc/meminfo", c->slab_kb > 0 },
	};
	bool whole = true;
	int i;

	for (i = 0; i < ARRAY_SIZE(sources); i++) {
		if (!sources[i].known)
			printf("# cannot count %s\n", sources[i].what);
		whole &= sources[i].known;
	}
	return whole;
}

void say_census(const char *when, const struct census *c)
{
	printf("# %s: %ld processes, %ld threads, %ld filters, %ld files, %ld kB in caches\n",
	       when, c->processes, c->threads, c->programs, c->files, c->slab_kb);
}

static bool no_more(const struct census *before, const struct census *now)
{
	return now->processes <= before->processes && now->threads <= before->threads &&
		now->programs <= before->programs && now->files <= before->files;
}

bool settle(const struct census *before, struct census *after)
{
	long lowest = -1;
	int i, still = 0;

	for (i = 0; i < PATIENCE_MS / 50; i++) {
		*after = take_census();
		if (lowest < 0 || after->slab_kb < lowest) {
			lowest = after->slab_kb;
			still = 0;
		}
		/* The lowest value is the true one, when it has not fallen for a while. */
		if (no_more(before, after) && ++still > 20)
			break;
		nap(50000);
	}
	after->slab_kb = lowest;
	return no_more(before, after);
}
