/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looking into the task that waits for an answer. The rules:
 *
 * 1. A thread id names the waiting task only as long as its request is valid.
 *    Read first, ask listener_valid() after, and only then believe what was
 *    read: if the request is still there, the task has been alive all along
 *    and its id cannot have passed to another.
 * 2. Valid does not mean unchanged. Other threads of the target, or whoever
 *    shares its memory, may write the bytes at any time. Read once, decide on
 *    that copy, and act on that copy.
 * 3. So an answer of CONTINUE is no permission: the kernel reads the arguments
 *    again, and they may be others by then. It is right where the kernel's own
 *    checks are enough (the target may do no harm with it), and for watching.
 *    To enforce a policy, do the thing for the target, or refuse.
 *
 * All functions return -errno on failure.
 */
#ifndef SAMPLE_TARGET_H
#define SAMPLE_TARGET_H

#include <stddef.h>
#include <linux/types.h>
#include <sys/types.h>

/* Returns the number of bytes read: @len, or fewer where mappings end. */
ssize_t target_read(pid_t tid, __u64 addr, void *buf, size_t len);

/* Returns the length. -ENAMETOOLONG: @buf holds the part that fits. */
ssize_t target_string(pid_t tid, __u64 addr, char *buf, size_t size);

/* What a link below /proc/TID says, such as "cwd", "fd/3" or "ns/mnt". */
ssize_t target_link(pid_t tid, const char *link, char *buf, size_t size);

/* Where a relative path begins: the directory of @dirfd, or AT_FDCWD. */
ssize_t target_dir(pid_t tid, int dirfd, char *buf, size_t size);

/*
 * The path argument at @addr in absolute form. A text only: ".." and links are
 * in it as given.
 */
ssize_t target_path(pid_t tid, int dirfd, __u64 addr, char *buf,
		    size_t size);

struct target_ids {
	uid_t fsuid;
	gid_t fsgid;
	mode_t umask;
};

int target_ids(pid_t tid, struct target_ids *ids);

#endif /* SAMPLE_TARGET_H */
