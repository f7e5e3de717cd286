// SPDX-License-Identifier: GPL-2.0
/*
 * Audit's records of what roles have called, as they are multicast. The kernel's
 * thread that sends them goes before all roles, so that they are there when asked for.
 */
#include <linux/audit.h>
#include <linux/fcntl.h>
#include <linux/netlink.h>

#include "act.h"
#include "direct.h"

#define SOCK_RAW	3
#define MSG_DONTWAIT	0x40
#define SOL_SOCKET	1
#define SO_RCVBUFFORCE	33

#define RECORD_MAX	2048
#define ROOM		(16 * 1024 * 1024)

/* Kernel threads are among the first processes. */
#define LAST_PID	400

static bool is_kauditd(int pid)
{
	char path[64], comm[16];
	struct text t = { .buf = path, .max = sizeof(path) };
	long fd, n;

	put(&t, "/proc/");
	put_num(&t, pid);
	put(&t, "/comm");
	put_char(&t, '\0');
	fd = own(__NR_openat, AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0)
		return false;
	n = own(__NR_read, fd, comm, sizeof(comm));
	own(__NR_close, fd);
	return n == 8 && !memcmp(comm, "kauditd\n", 8);
}

bool audit_open(void)
{
	struct sockaddr_nl addr = {
		.nl_family = 16 /* AF_NETLINK */,
		.nl_groups = 1 << (AUDIT_NLGRP_READLOG - 1),
	};
	static const unsigned long cpu0 = 1;
	int room = ROOM, pid;
	long fd;

	for (pid = 2; pid < LAST_PID && !is_kauditd(pid); pid++)
		;
	if (pid == LAST_PID)
		return false;
	/* On the processor of all others, or it would not have sent them yet. */
	if (!WORLD->racing &&
	    (set_priority(pid, PRIORITY_AUDIT) ||
	     own(__NR_sched_setaffinity, pid, sizeof(cpu0), &cpu0)))
		return false;
	fd = own(__NR_socket, addr.nl_family, SOCK_RAW, NETLINK_AUDIT);
	if (fd < 0 || own(__NR_bind, fd, &addr, sizeof(addr)))
		return false;
	own(__NR_setsockopt, fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	own(__NR_dup3, fd, FD_AUDIT, O_CLOEXEC);
	own(__NR_close, fd);
	return true;
}

/* What stands behind " name=", up to the next blank; NULL if that is nowhere. */
static const char *field(const char *record, const char *name)
{
	const char *p, *q, *n;

	for (p = record; *p; p++) {
		if (*p != ' ')
			continue;
		for (q = p + 1, n = name; *n && *q == *n; q++, n++)
			;
		if (!*n && *q == '=')
			return q + 1;
	}
	return NULL;
}

static void put_field(struct text *t, const char *record, const char *name)
{
	const char *p = field(record, name);

	put_char(t, ' ');
	while (p && *p && *p != ' ')
		put_char(t, *p++);
}

/* Whether a call under test was made there. */
static bool is_site(const char *ip)
{
	__u64 n = 0;

	if (!ip || *ip++ != '0' || *ip++ != 'x')
		return false;
	for (; (*ip >= '0' && *ip <= '9') || (*ip >= 'a' && *ip <= 'f'); ip++)
		n = n << 4 | (*ip <= '9' ? *ip - '0' : *ip - 'a' + 10);
	return n == SITE_IP || n == SITE_COMPAT_IP;
}

static void put_record(struct text *t, const char *record)
{
	/* Ids are those of the outermost namespace there, but roles have names. */
	put(t, "audit");
	put_field(t, record, "comm");
	put_field(t, record, "sig");
	put_field(t, record, "arch");
	put_field(t, record, "syscall");
	put_field(t, record, "compat");
	put_field(t, record, "code");
	put(t, is_site(field(record, "ip")) ? " site\n" : " elsewhere\n");
}

bool audit_next(struct text *t)
{
	static union {
		struct nlmsghdr header;
		char raw[RECORD_MAX];
	} m;
	long n = own(__NR_recvfrom, FD_AUDIT, &m, sizeof(m) - 1, MSG_DONTWAIT);

	/* ENOBUFS says that some are missing; EBADF is where there is no audit. */
	if (n == -105)
		put(t, "audit lost records\n");
	if (n < (long)sizeof(m.header))
		return n == -105;
	m.raw[n] = '\0';
	if (m.header.nlmsg_type == AUDIT_SECCOMP)
		put_record(t, NLMSG_DATA(&m));
	return true;
}
