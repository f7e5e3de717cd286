/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's memory, and what of it is no leak. Needs root. */
#ifndef CACHES_H
#define CACHES_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void write_word(const char *path, const char *what)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return;
	fputs(what, f);
	fclose(f);
}

/*
 * Has the kernel let go of names and inodes that nobody uses, and its caches give
 * back what they keep for the next one who asks.
 */
static inline void shrink_caches(void)
{
	DIR *d = opendir("/sys/kernel/slab");
	struct dirent *e;
	char path[320];

	write_word("/proc/sys/vm/drop_caches", "2");
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", e->d_name);
		write_word(path, "1");
	}
	if (d)
		closedir(d);
}

/* A line of /proc/meminfo, in kB; -1 if there is none. */
static inline long memory_kb(const char *field)
{
	char line[128];
	long kb = -1;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && kb < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, field, strlen(field)))
			kb = atol(line + strlen(field) + 1);
	if (f)
		fclose(f);
	return kb;
}

/*
 * What is in slabs that the kernel cannot get back by itself, less what tasks take.
 * Workers that are started stay for minutes, and are no leak: for 16 kB of stack each
 * has some 8 kB of slabs.
 */
static inline long slabs_kb(void)
{
	return memory_kb("SUnreclaim") - memory_kb("KernelStack") / 2;
}

/* The pages of the vmalloc area, less the stacks of tasks. */
static inline long vmalloc_kb(void)
{
	return memory_kb("VmallocUsed") - memory_kb("KernelStack");
}

/*
 * With KASAN memory that was freed is held back for long, and what is in use says
 * nothing. Kernels with kmemleak look for leaks themselves.
 */
static inline bool is_said_by_kmemleak(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

#endif
