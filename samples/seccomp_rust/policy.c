// SPDX-License-Identifier: GPL-2.0
/* The directories that a supervisor will act in for its child. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policy.h"

int policy_allow(struct policy *p, const char *path, bool write)
{
	struct policy_dir *d = &p->dir[p->n];

	if (p->n == POLICY_MAX) {
		fprintf(stderr, "%s: more than %d directories\n", path,
			POLICY_MAX);
		return -1;
	}
	d->path = realpath(path, NULL);
	if (!d->path) {
		perror(path);
		return -1;
	}
	d->fd = open(d->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0) {
		perror(path);
		free(d->path);
		return -1;
	}
	d->given = path;
	d->write = write;
	p->n++;
	return 0;
}

/* What is left of @path after directory @dir, or NULL. Both are absolute. */
static const char *below(const char *path, const char *dir)
{
	for (;;) {
		/* Any number of slashes is one. */
		while (*path == '/')
			path++;
		while (*dir == '/')
			dir++;
		if (!*dir)
			return path;
		while (*dir && *dir != '/') {
			if (*dir++ != *path++)
				return NULL;
		}
		if (*path && *path != '/')
			return NULL;
	}
}

const struct policy_dir *policy_match(const struct policy *p, const char *path,
				      bool write, const char **rest)
{
	const struct policy_dir *found = NULL;
	const struct policy_dir *d;
	const char *tail;

	for (d = p->dir; d < p->dir + p->n; d++) {
		tail = below(path, d->path);
		if (!tail && d->given[0] == '/')
			tail = below(path, d->given);
		if (!tail || (write && !d->write))
			continue;
		/* The innermost directory is the one that leaves least. */
		if (!found || strlen(tail) < strlen(*rest)) {
			found = d;
			*rest = tail;
		}
	}
	if (found && !**rest)
		*rest = ".";
	return found;
}

int policy_open(const struct policy_dir *dir, const char *rest, int flags,
		mode_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	/* EAGAIN: a rename somewhere made it impossible to be sure. */
	do {
		fd = syscall(SYS_openat2, dir->fd, rest, &how, sizeof(how));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd < 0 ? -errno : fd;
}

void policy_free(struct policy *p)
{
	while (p->n--) {
		free(p->dir[p->n].path);
		close(p->dir[p->n].fd);
	}
}
