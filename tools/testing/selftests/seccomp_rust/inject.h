/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Having one step of a task fail: an allocation, or a copy from or to user space.
 * Needs a kernel with fault injection (FAILSLAB, FAIL_PAGE_ALLOC,
 * FAULT_INJECTION_USERCOPY), and root.
 */
#ifndef INJECT_H
#define INJECT_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than any of the calls that are tried has of steps that can fail. */
#define PLENTY		1000

static int switch_fd = -1;

static inline void write_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		perror(path);
	close(fd);
}

/* What is a step: what one may be is one in each of the following, too. */
enum steps {
	COPIES,
	/* Names and files, which are allocated with a listener, and else not. */
	FILES,
	OBJECTS,
	/* Whether an allocation takes new pages depends on what was freed before. */
	PAGES,
};

static const char * const step_names[] = { "copies", "files", "objects", "pages" };
static enum steps fallible;

/*
 * Whether an object of that cache is one that can fail. Those of checkers cannot, and
 * those that vmalloc has a stock of: how many are taken differs from one time to the next.
 */
static inline bool can_fail(enum steps steps, const char *cache)
{
	if (steps == FILES)
		return !strcmp(cache, "dentry") || !strcmp(cache, "filp");
	return steps >= OBJECTS && strncmp(cache, "kmemleak_", 9) &&
	       strcmp(cache, "debug_objects_cache") && strcmp(cache, "vmap_area");
}

/* False if there are none, or one of them cannot be told. */
static inline bool choose_caches(enum steps steps)
{
	DIR *dir = opendir("/sys/kernel/slab");
	struct dirent *cache;
	char path[300];
	int n = 0, fd;

	while (dir && (cache = readdir(dir))) {
		/* Other names of caches that have been merged, which debugging does not do. */
		if (strchr(".:", cache->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/failslab", cache->d_name);
		fd = open(path, O_WRONLY);
		if (fd < 0 || write(fd, can_fail(steps, cache->d_name) ? "1" : "0", 1) != 1) {
			printf("# %s: %m\n", path);
			n = -PLENTY;
		}
		close(fd);
		n++;
	}
	if (dir)
		closedir(dir);
	return n > 0;
}

/*
 * Has sleeping allocations fail too, and in silence. False if the kernel cannot.
 */
static inline bool can_inject(enum steps steps)
{
	static const char * const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[64];
	int i;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", kinds[i]);
		if (access(path, W_OK))
			return false;
		write_word(path, "0");
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-wait", kinds[i]);
		if (!access(path, W_OK))
			write_word(path, "N");
	}
	if (!choose_caches(steps))
		return false;
	/* There are none of the greater order. */
	write_word("/sys/kernel/debug/fail_page_alloc/min-order", steps == PAGES ? "0" : "99");
	write_word("/sys/kernel/debug/failslab/cache-filter", "Y");
	fallible = steps;
	return !access("/proc/thread-self/fail-nth", W_OK);
}

/* The switch of this thread; a child has to open its own. */
static inline void open_switch(void)
{
	if (switch_fd >= 0)
		close(switch_fd);
	switch_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
}

static inline int set_switch(int nth)
{
	char word[16];

	return pwrite(switch_fd, word, snprintf(word, sizeof(word), "%d", nth), 0);
}

/* The @nth step from here on fails. */
static inline void arm(int nth)
{
	if (set_switch(nth) < 0)
		_exit(99);
}

/*
 * Whether the step has failed. Asking takes two steps of its own, of which one
 * may be what fails then.
 */
static inline bool disarm(void)
{
	char word[16] = "";

	if (pread(switch_fd, word, sizeof(word) - 1, 0) < 0)
		return false;
	if (atoi(word))
		set_switch(0);
	return atoi(word) == 0;
}

/* What a table of descriptors has room for before it has to grow. */
#define SMALL_TABLE	64

/* Has all descriptors of a small table taken; the lowest that is not. */
static inline int fill_table(void)
{
	int fd;

	do
		fd = dup(0);
	while (fd >= 0 && fd < SMALL_TABLE - 1);
	return fd + 1;
}

/* How far @tid is from the step that is to fail in it; 0 when that has failed. */
static inline int steps_left(pid_t tid)
{
	char path[64], word[16] = "";
	int fd, len;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", tid);
	fd = open(path, O_RDONLY);
	len = read(fd, word, sizeof(word) - 1);
	close(fd);
	return len > 0 ? atoi(word) : -1;
}

#endif
