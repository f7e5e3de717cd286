// SPDX-License-Identifier: GPL-2.0
/* A request as the C source of the call would have it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "array.h"
#include "describe.h"
#include "target.h"

#define STRING_SHOWN	200
#define BUFFER_SHOWN	48
#define VECTOR_SHOWN	8

/*
 * One letter an argument:
 *   d number       u unsigned     x hexadecimal  m mode          o open flags
 *   s string       v string list  b buffer, its length follows
 *   a socket address, its length follows
 *   p path         f directory that the path after it is relative to
 */
struct shape {
	const char *name;
	const char *args;
};

static const struct shape shapes[] = {
	{ "access", "pm" },		{ "bind", "dau" },
	{ "chdir", "p" },		{ "chmod", "pm" },
	{ "chown", "pdd" },		{ "chroot", "p" },
	{ "close", "d" },		{ "connect", "dau" },
	{ "creat", "pm" },		{ "execve", "pvx" },
	{ "execveat", "fpvxx" },	{ "exit", "d" },
	{ "exit_group", "d" },		{ "faccessat", "fpm" },
	{ "faccessat2", "fpmx" },	{ "fchdir", "d" },
	{ "fchmodat", "fpm" },		{ "fchownat", "fpddx" },
	{ "getegid", "" },		{ "geteuid", "" },
	{ "getgid", "" },		{ "getpid", "" },
	{ "getppid", "" },		{ "gettid", "" },
	{ "getuid", "" },		{ "ioctl", "dxx" },
	{ "kill", "dd" },		{ "lchown", "pdd" },
	{ "link", "pp" },		{ "linkat", "fpfpx" },
	{ "lstat", "px" },		{ "memfd_create", "sx" },
	{ "mkdir", "pm" },		{ "mkdirat", "fpm" },
	{ "mknod", "pmx" },		{ "mknodat", "fpmx" },
	{ "mount", "spsxs" },		{ "newfstatat", "fpxx" },
	{ "open", "pom" },		{ "openat", "fpom" },
	{ "openat2", "fpxu" },		{ "pivot_root", "pp" },
	{ "read", "dxu" },		{ "readlink", "pxu" },
	{ "readlinkat", "fpxu" },	{ "rename", "pp" },
	{ "renameat", "fpfp" },		{ "renameat2", "fpfpx" },
	{ "rmdir", "p" },		{ "sendmsg", "dxx" },
	{ "setgid", "d" },		{ "setns", "dx" },
	{ "setuid", "d" },		{ "socket", "ddd" },
	{ "stat", "px" },		{ "statfs", "px" },
	{ "statx", "fpxxx" },		{ "symlink", "sp" },
	{ "symlinkat", "sfp" },		{ "truncate", "pu" },
	{ "umask", "m" },		{ "umount2", "px" },
	{ "uname", "x" },		{ "unlink", "p" },
	{ "unlinkat", "fpx" },		{ "unshare", "x" },
	{ "utimensat", "fpxx" },	{ "write", "dbu" },
};

static const char *shape_of(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		if (!strcmp(shapes[i].name, name))
			return shapes[i].args;
	}
	return "xxxxxx";
}

static void add_pointer(struct text *t, __u64 addr)
{
	if (addr)
		text_add(t, "0x%llx", (unsigned long long)addr);
	else
		text_add(t, "NULL");
}

static void add_string(struct text *t, pid_t tid, __u64 addr)
{
	char s[STRING_SHOWN + 1];
	ssize_t len = addr ? target_string(tid, addr, s, sizeof(s)) : -EFAULT;

	if (len == -ENAMETOOLONG) {
		text_quote(t, s, STRING_SHOWN);
		text_add(t, "...");
	} else if (len < 0) {
		add_pointer(t, addr);
	} else {
		text_quote(t, s, len);
	}
}

static void add_buffer(struct text *t, pid_t tid, __u64 addr, __u64 len)
{
	char s[BUFFER_SHOWN];
	size_t want = len < sizeof(s) ? len : sizeof(s);
	ssize_t got = target_read(tid, addr, s, want);

	if (got < 0) {
		add_pointer(t, addr);
		return;
	}
	text_quote(t, s, got);
	if ((__u64)got < len)
		text_add(t, "...");
}

static void add_vector(struct text *t, pid_t tid, __u64 addr)
{
	unsigned long item;
	int i;

	if (!addr) {
		add_pointer(t, addr);
		return;
	}
	text_add(t, "[");
	for (i = 0; i < VECTOR_SHOWN; i++) {
		if (target_read(tid, addr + i * sizeof(item), &item,
				sizeof(item)) != sizeof(item) || !item)
			break;
		text_add(t, i ? ", " : "");
		add_string(t, tid, item);
	}
	text_add(t, i == VECTOR_SHOWN ? ", ...]" : "]");
}

static void add_address(struct text *t, pid_t tid, __u64 addr, __u64 len)
{
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} sa = { 0 };
	size_t want = len < sizeof(sa) ? len : sizeof(sa);
	const size_t path_at = offsetof(struct sockaddr_un, sun_path);
	char host[INET6_ADDRSTRLEN];
	ssize_t got = target_read(tid, addr, &sa, want);

	if (got < (ssize_t)sizeof(sa.any.sa_family)) {
		add_pointer(t, addr);
		return;
	}
	switch (sa.any.sa_family) {
	case AF_UNIX:
		text_add(t, "unix:");
		got -= path_at;
		/* A leading NUL means an abstract name, which may hold more. */
		if (got > 0 && sa.un.sun_path[0])
			got = strnlen(sa.un.sun_path, got);
		text_quote(t, sa.un.sun_path, got > 0 ? got : 0);
		break;
	case AF_INET:
		inet_ntop(AF_INET, &sa.in.sin_addr, host, sizeof(host));
		text_add(t, "%s:%u", host, ntohs(sa.in.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &sa.in6.sin6_addr, host, sizeof(host));
		text_add(t, "[%s]:%u", host, ntohs(sa.in6.sin6_port));
		break;
	default:
		text_add(t, "family %u", sa.any.sa_family);
	}
}

static void add_directory(struct text *t, pid_t tid, int dirfd, __u64 path,
			  bool look)
{
	char first[2];
	char dir[PATH_MAX];

	if (dirfd == AT_FDCWD)
		text_add(t, "AT_FDCWD");
	else
		text_add(t, "%d", dirfd);

	/* Where it leads matters only to a relative path. */
	if (!look || target_string(tid, path, first, sizeof(first)) == -EFAULT ||
	    first[0] == '/' || target_dir(tid, dirfd, dir, sizeof(dir)) < 0)
		return;
	text_add(t, "<%s>", dir);
}

static void add_open_flags(struct text *t, unsigned int flags)
{
	static const struct {
		unsigned int bits;
		const char *name;
	} known[] = {
		/* Those that contain another's bit come first. */
		{ O_TMPFILE, "O_TMPFILE" },	{ O_SYNC, "O_SYNC" },
		{ O_CREAT, "O_CREAT" },		{ O_EXCL, "O_EXCL" },
		{ O_TRUNC, "O_TRUNC" },		{ O_APPEND, "O_APPEND" },
		{ O_NOCTTY, "O_NOCTTY" },	{ O_NONBLOCK, "O_NONBLOCK" },
		{ O_DIRECTORY, "O_DIRECTORY" },	{ O_NOFOLLOW, "O_NOFOLLOW" },
		{ O_CLOEXEC, "O_CLOEXEC" },	{ O_PATH, "O_PATH" },
		{ O_DIRECT, "O_DIRECT" },	{ O_DSYNC, "O_DSYNC" },
	};
	static const char * const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR" };
	unsigned int mode = flags & O_ACCMODE;
	size_t i;

	text_add(t, "%s", mode < 3 ? modes[mode] : "O_ACCMODE");
	flags &= ~O_ACCMODE;
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if ((flags & known[i].bits) != known[i].bits)
			continue;
		text_add(t, "|%s", known[i].name);
		flags &= ~known[i].bits;
	}
	if (flags)
		text_add(t, "|0x%x", flags);
}

static void add_seen(struct text *t, pid_t tid, const __u64 *arg, char kind)
{
	switch (kind) {
	case 'v':
		add_vector(t, tid, arg[0]);
		break;
	case 'b':
		add_buffer(t, tid, arg[0], arg[1]);
		break;
	case 'a':
		add_address(t, tid, arg[0], arg[1]);
		break;
	default:
		add_string(t, tid, arg[0]);
	}
}

void describe(struct text *t, const char *name, const struct seccomp_notif *req,
	      bool look)
{
	const char *kind = shape_of(name);
	const __u64 *arg = req->data.args;
	bool mode_follows = true;
	int i;

	text_add(t, "%s(", name);
	for (i = 0; kind[i]; i++, arg++) {
		/* Not passed, so only what happened to be in the register. */
		if (kind[i] == 'm' && !mode_follows)
			break;
		text_add(t, i ? ", " : "");
		switch (kind[i]) {
		case 'd':
			text_add(t, "%d", (int)*arg);
			break;
		case 'u':
			text_add(t, "%llu", (unsigned long long)*arg);
			break;
		case 'm':
			text_add(t, "%#o", (unsigned int)*arg);
			break;
		case 'o':
			add_open_flags(t, *arg);
			mode_follows = *arg & O_CREAT ||
				       (*arg & O_TMPFILE) == O_TMPFILE;
			break;
		case 'x':
			text_add(t, "0x%llx", (unsigned long long)*arg);
			break;
		case 'f':
			add_directory(t, req->pid, *arg, arg[1], look);
			break;
		default:
			if (look)
				add_seen(t, req->pid, arg, kind[i]);
			else
				add_pointer(t, *arg);
		}
	}
	text_add(t, ")");
}
