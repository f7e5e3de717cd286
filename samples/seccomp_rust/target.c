// SPDX-License-Identifier: GPL-2.0
/* Looking into the task that waits for an answer; target.h has the rules. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "target.h"

static ssize_t read_through_proc(pid_t tid, __u64 addr, void *buf,
				 size_t len)
{
	char name[64];
	ssize_t got;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/mem", tid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = pread(fd, buf, len, addr);
	if (got < 0)
		got = errno == EIO ? -EFAULT : -errno;
	close(fd);
	return got;
}

ssize_t target_read(pid_t tid, __u64 addr, void *buf, size_t len)
{
	struct iovec here = { .iov_base = buf, .iov_len = len };
	struct iovec there = {
		.iov_base = (void *)(unsigned long)addr,
		.iov_len = len,
	};
	ssize_t got = process_vm_readv(tid, &here, 1, &there, 1, 0);

	if (got >= 0)
		return got;
	if (errno == EFAULT || errno == ESRCH)
		return -errno;
	/* The call is an option of the kernel, the file is always there. */
	return read_through_proc(tid, addr, buf, len);
}

ssize_t target_string(pid_t tid, __u64 addr, char *buf, size_t size)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	size_t len = 0;
	size_t chunk;
	ssize_t got;
	char *nul;

	/* Page by page: the string may be the last thing before a hole. */
	while (len < size - 1) {
		chunk = page - (addr + len) % page;
		if (chunk > size - 1 - len)
			chunk = size - 1 - len;
		got = target_read(tid, addr + len, buf + len, chunk);
		if (got <= 0)
			return got ? got : -EFAULT;
		nul = memchr(buf + len, 0, got);
		if (nul)
			return nul - buf;
		len += got;
	}
	buf[len] = 0;
	return -ENAMETOOLONG;
}

ssize_t target_link(pid_t tid, const char *link, char *buf, size_t size)
{
	char name[64];
	ssize_t len;

	snprintf(name, sizeof(name), "/proc/%d/%s", tid, link);
	len = readlink(name, buf, size);
	if (len < 0)
		return -errno;
	if ((size_t)len == size)
		return -ENAMETOOLONG;
	buf[len] = 0;
	return len;
}

ssize_t target_dir(pid_t tid, int dirfd, char *buf, size_t size)
{
	char link[32];

	if (dirfd == AT_FDCWD)
		return target_link(tid, "cwd", buf, size);
	if (dirfd < 0)
		return -EBADF;
	snprintf(link, sizeof(link), "fd/%d", dirfd);
	return target_link(tid, link, buf, size);
}

ssize_t target_path(pid_t tid, int dirfd, __u64 addr, char *buf, size_t size)
{
	char given[PATH_MAX];
	size_t used = 0;
	ssize_t len;

	len = target_string(tid, addr, given, sizeof(given));
	if (len < 0)
		return len;
	if (!len)
		return -ENOENT;

	if (given[0] != '/') {
		ssize_t dir = target_dir(tid, dirfd, buf, size);

		if (dir < 0)
			return dir;
		/* Not a place in the file system: a pipe, or out of reach. */
		if (buf[0] != '/')
			return -ENOTDIR;
		used = dir;
		if (used > 1 && used < size)
			buf[used++] = '/';
	}
	if (used + len >= size)
		return -ENAMETOOLONG;
	memcpy(buf + used, given, len + 1);
	return used + len;
}

int target_ids(pid_t tid, struct target_ids *ids)
{
	char line[256];
	char name[64];
	int found = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/status", tid);
	file = fopen(name, "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		/* Real, effective, saved, file system. */
		found += sscanf(line, "Umask: %o", &ids->umask) == 1;
		found += sscanf(line, "Uid: %*u %*u %*u %u", &ids->fsuid) == 1;
		found += sscanf(line, "Gid: %*u %*u %*u %u", &ids->fsgid) == 1;
	}
	fclose(file);
	return found == 3 ? 0 : -ESRCH;
}
