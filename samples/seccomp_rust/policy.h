/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directories that a supervisor will act in for its child, and the only
 * way in which it does: with its own copy of the path, resolved below the
 * directory by the kernel. Neither ".." nor any link leads out, whatever the
 * child renames in the meantime.
 */
#ifndef SAMPLE_POLICY_H
#define SAMPLE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define POLICY_MAX	16

struct policy_dir {
	const char *given;	/* by the user, who knows it by this name */
	char *path;		/* absolute, links resolved */
	int fd;
	bool write;
};

struct policy {
	struct policy_dir dir[POLICY_MAX];
	size_t n;
};

/* 0, or prints what is wrong with @path and returns -1. Keeps @path. */
int policy_allow(struct policy *p, const char *path, bool write);

/*
 * The directory that @path lies in by its text, for writing if @write, with
 * *@rest what follows ("." when nothing does). NULL: none, so not allowed.
 */
const struct policy_dir *policy_match(const struct policy *p, const char *path,
				      bool write, const char **rest);

/*
 * Open @rest below @dir. Returns a descriptor (O_CLOEXEC set), or -errno;
 * -EXDEV: the path leads out of @dir.
 */
int policy_open(const struct policy_dir *dir, const char *rest, int flags,
		mode_t mode);

void policy_free(struct policy *p);

#endif /* SAMPLE_POLICY_H */
