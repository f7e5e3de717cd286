/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel keeps for the next one who asks, and is no leak. Needs root. */
#ifndef CACHES_H
#define CACHES_H

#include <dirent.h>
#include <stdio.h>

static inline void tell(const char *path, const char *what)
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

	tell("/proc/sys/vm/drop_caches", "2");
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", e->d_name);
		tell(path, "1");
	}
	if (d)
		closedir(d);
}

#endif
