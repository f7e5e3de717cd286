// SPDX-License-Identifier: GPL-2.0
/*
 * The records that reach audit, read as they are multicast. That a record does
 * not come is certain when a later one of the same task has: they keep their order.
 */
#include <fcntl.h>
#include <pthread.h>
#include <linux/netlink.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"

#define LOG	SECCOMP_FILTER_FLAG_LOG

static int records;

struct record {
	int type;
	char text[2048];
};

static bool next_record(struct record *r)
{
	union {
		struct nlmsghdr nlh;
		char raw[8192];
	} buf;
	int len = recv(records, &buf, sizeof(buf), 0);

	if (len < (int)sizeof(buf.nlh))
		return false;
	len -= NLMSG_HDRLEN;
	if (len > (int)sizeof(r->text) - 1)
		len = sizeof(r->text) - 1;
	r->type = buf.nlh.nlmsg_type;
	memcpy(r->text, NLMSG_DATA(&buf.nlh), len);
	r->text[len] = '\0';
	return true;
}

static long field(const struct record *r, const char *name, int base)
{
	char key[32];
	char *p;

	snprintf(key, sizeof(key), " %s=", name);
	p = strstr(r->text, key);
	return p ? strtol(p + strlen(key), NULL, base) : -1000;
}

static bool write_actions(const char *names)
{
	int fd = open(ACTIONS_LOGGED, O_WRONLY);
	bool done = fd >= 0 && write(fd, names, strlen(names)) == (ssize_t)strlen(names);

	close(fd);
	return done;
}

static int netlink(unsigned int groups)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = groups };
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* Turns auditing on or off for the records that depend on it. */
static int set_enabled(int enabled)
{
	struct {
		struct nlmsghdr nlh;
		struct audit_status status;
	} req = {
		.nlh = {
			.nlmsg_len = sizeof(req), .nlmsg_type = AUDIT_SET,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.status = { .mask = AUDIT_STATUS_ENABLED, .enabled = enabled },
	};
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		char rest[512];
	} ack;
	int fd = netlink(0), ret = -EIO;

	if (send(fd, &req, sizeof(req), 0) == sizeof(req) && recv(fd, &ack, sizeof(ack), 0) > 0)
		ret = ack.err.error;
	close(fd);
	return ret;
}

FIXTURE(audit) {
};

FIXTURE_SETUP(audit)
{
	records = netlink(1 << (AUDIT_NLGRP_READLOG - 1));
	ASSERT_LE(0, records);
	ASSERT_EQ(true, write_actions(ALL_LOGGED));
}

FIXTURE_TEARDOWN(audit)
{
	write_actions(ALL_LOGGED);
	set_enabled(0);
}

struct scene {
	unsigned long flags;
	__u32 verdict;
	/* Actions that are logged, or NULL for all. */
	const char *logged;
	/* The record: -1 for none. */
	long sig;
};

/* One filtered call, then one on another number that is always logged. */
static int play(void *arg)
{
	const struct scene *s = arg;

	interrupt_on(SIGSYS, 0);
	if (install_on(s->flags, __NR_getpgid, s->verdict) < 0)
		return 1;
	raw_call(__NR_getpgid, 0, 0, 0);
	if (install_on(0, __NR_getuid, SECCOMP_RET_LOG))
		return 2;
	raw_call(__NR_getuid, 0, 0, 0);
	return 0;
}

/* Collects the task's record, if there is one before the marker or its end. */
static long record_of(pid_t pid, bool dies, const struct scene *s,
		      struct __test_metadata *_metadata)
{
	struct record r;

	for (;;) {
		if (!next_record(&r))
			return dies ? -1 : -2;
		if (r.type != AUDIT_SECCOMP || field(&r, "pid", 10) != pid)
			continue;
		if (field(&r, "syscall", 10) == __NR_getuid)
			return -1;
		EXPECT_EQ(__NR_getpgid, field(&r, "syscall", 10));
		EXPECT_EQ(s->verdict & SECCOMP_RET_ACTION_FULL, field(&r, "code", 16));
		EXPECT_EQ(NATIVE_ARCH, field(&r, "arch", 16));
		EXPECT_EQ(0, field(&r, "compat", 10));
		EXPECT_NE(NULL, strstr(r.text, " comm=\"audit\""));
		return field(&r, "sig", 10);
	}
}

/* Another task's marker, for scenes whose own task does not live to make it. */
static bool marker_comes_first(pid_t pid)
{
	struct scene none = { 0, SECCOMP_RET_ALLOW, NULL, -1 };
	pid_t other = spawn(play, &none);
	struct record r;

	while (next_record(&r)) {
		if (r.type != AUDIT_SECCOMP)
			continue;
		if (field(&r, "pid", 10) == pid)
			return false;
		if (field(&r, "pid", 10) == other)
			return reap(other) == 0;
	}
	return false;
}

/* What is logged: which actions by themselves, which with the flag, which when. */
TEST_F(audit, verdicts)
{
	static const struct scene scenes[] = {
		{ 0, SECCOMP_RET_LOG | 9, NULL, 0 },
		{ 0, SECCOMP_RET_LOG, "kill_process kill_thread trap errno user_notif trace", -1 },
		{ LOG, SECCOMP_RET_LOG, "errno", -1 },
		{ 0, SECCOMP_RET_ALLOW, NULL, -1 },
		{ LOG, SECCOMP_RET_ALLOW, NULL, -1 },
		{ 0, RET_ERRNO(5), NULL, -1 },
		{ LOG, RET_ERRNO(5), NULL, 0 },
		{ LOG, RET_ERRNO(5), "kill_process kill_thread trap user_notif trace log", -1 },
		{ 0, SECCOMP_RET_TRAP, NULL, -1 },
		{ LOG, SECCOMP_RET_TRAP | 3, NULL, 0 },
		{ LOG, SECCOMP_RET_TRAP, "log errno", -1 },
		{ 0, SECCOMP_RET_TRACE, NULL, -1 },
		{ LOG, SECCOMP_RET_TRACE, NULL, 0 },
		{ LOG, SECCOMP_RET_TRACE, "log errno", -1 },
		{ 0, SECCOMP_RET_USER_NOTIF, NULL, -1 },
		{ LOG, SECCOMP_RET_USER_NOTIF, NULL, 0 },
		{ LOG, SECCOMP_RET_USER_NOTIF, "log errno", -1 },
		{ 0, SECCOMP_RET_KILL_PROCESS, NULL, SIGSYS },
		{ 0, SECCOMP_RET_KILL_THREAD, NULL, SIGSYS },
		/* Unknown actions go with KILL_PROCESS, under their own number. */
		{ 0, 0x00010000, NULL, SIGSYS },
		{ 0, SECCOMP_RET_KILL_PROCESS, "kill_thread log", -1 },
		{ 0, SECCOMP_RET_KILL_THREAD, "kill_process log", -1 },
		{ 0, 0x00010000, "kill_thread log", -1 },
		{ 0, 0x00010000, "kill_process log", SIGSYS },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scenes); i++) {
		const struct scene *s = &scenes[i];
		bool logs = !s->logged || strstr(s->logged, "log"), dies;
		struct scene copy = *s;
		int status;
		pid_t pid;

		/* The marker itself must be logged, where the task makes one. */
		ASSERT_EQ(true, write_actions(s->logged ?: ALL_LOGGED));
		pid = spawn(play, &copy);
		status = reap(pid);
		dies = status == -SIGSYS;
		EXPECT_TRUE(status == 0 || dies) TH_LOG("scene %u: %d", i, status);
		if (s->sig >= 0) {
			EXPECT_EQ(s->sig, record_of(pid, dies, s, _metadata))
				TH_LOG("scene %u", i);
		} else if (dies || !logs) {
			ASSERT_EQ(true, write_actions(ALL_LOGGED));
			EXPECT_EQ(true, marker_comes_first(pid)) TH_LOG("scene %u", i);
		} else {
			EXPECT_EQ(-1, record_of(pid, dies, s, _metadata))
				TH_LOG("scene %u", i);
		}
	}
}

static int die_strict(void *unused)
{
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	raw_call(__NR_getpgid, 0, 0, 0);
	return 1;
}

/* Strict mode is logged as a killed thread, with the signal that it is. */
TEST_F(audit, strict)
{
	struct scene s = { .verdict = SECCOMP_RET_KILL_THREAD };
	pid_t pid = spawn(die_strict, NULL);

	EXPECT_EQ(-SIGKILL, reap(pid));
	EXPECT_EQ(SIGKILL, record_of(pid, true, &s, _metadata));
}

static int call_by_32_bits(void *unused)
{
	if (install(0, PROG(LOAD(arch), UNLESS(COMPAT_ARCH, 3), LOAD(nr),
			    UNLESS(NR32_GETPPID, 1), GIVE(SECCOMP_RET_LOG),
			    GIVE(SECCOMP_RET_ALLOW))))
		return 1;
	call32_and_exit();
	return 2;
}

/* The record tells how the call came in, and whose it was. */
TEST_F(audit, compat_and_task)
{
	const char *why = no_call32();
	struct record r = {};
	pid_t pid;

	if (why)
		SKIP(return, "%s", why);
	pid = spawn(call_by_32_bits, NULL);
	EXPECT_EQ(0, reap(pid));
	do {
		ASSERT_EQ(true, next_record(&r));
	} while (r.type != AUDIT_SECCOMP || field(&r, "pid", 10) != pid);
	EXPECT_EQ(COMPAT_ARCH, field(&r, "arch", 16));
	EXPECT_EQ(1, field(&r, "compat", 10));
	EXPECT_EQ(NR32_GETPPID, field(&r, "syscall", 10));
	EXPECT_EQ(0, field(&r, "uid", 10));
	EXPECT_LT(0, field(&r, "ip", 16));
}

/* The flag is that of the filter whose verdict it is. */
static int flag_on_other(void *unused)
{
	if (install_on(LOG, __NR_getpgid, SECCOMP_RET_TRACE) ||
	    install_on(0, __NR_getpgid, RET_ERRNO(5)) ||
	    install_on(0, __NR_getuid, SECCOMP_RET_LOG))
		return 1;
	raw_call(__NR_getpgid, 0, 0, 0);
	raw_call(__NR_getuid, 0, 0, 0);
	return 0;
}

TEST_F(audit, flag_of_the_matching_filter)
{
	struct scene s = { .verdict = SECCOMP_RET_ERRNO };
	pid_t pid = spawn(flag_on_other, NULL);

	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(-1, record_of(pid, false, &s, _metadata));
}

static bool change(const char *expected)
{
	struct record r;

	do {
		if (!next_record(&r))
			return false;
	} while (r.type != AUDIT_CONFIG_CHANGE || !strstr(r.text, "op=seccomp-logging"));
	return strstr(r.text, expected);
}

static int change_from_namespace(void *unused)
{
	return enter_user_namespace(0) || write_actions("log");
}

/* Every attempt to change what is logged is recorded while auditing is on. */
TEST_F(audit, changes_of_actions_logged)
{
	ASSERT_EQ(0, set_enabled(1));
	ASSERT_EQ(true, write_actions("trap errno"));
	EXPECT_EQ(true, change("actions=trap,errno old-actions=kill_process,kill_thread,"));
	ASSERT_EQ(true, write_actions("log errno"));
	EXPECT_EQ(true, change("actions=errno,log old-actions=trap,errno res=1"));
	ASSERT_EQ(true, write_actions("\n"));
	EXPECT_EQ(true, change("actions=(none) old-actions=errno,log res=1"));
	ASSERT_EQ(true, write_actions("trap"));
	EXPECT_EQ(true, change("actions=trap old-actions=(none) res=1"));
	ASSERT_EQ(false, write_actions("allow"));
	EXPECT_EQ(true, change("actions=? old-actions=trap res=0"));
	ASSERT_EQ(false, write_actions("nothing"));
	EXPECT_EQ(true, change("actions=? old-actions=trap res=0"));
	EXPECT_EQ(0, run(change_from_namespace, NULL));
	EXPECT_EQ(true, change("actions=? old-actions=trap res=0"));
	/* Off, there is no record: the next one is that of the next time on. */
	ASSERT_EQ(0, set_enabled(0));
	ASSERT_EQ(true, write_actions("log"));
	ASSERT_EQ(0, set_enabled(1));
	ASSERT_EQ(true, write_actions("errno"));
	EXPECT_EQ(true, change("actions=errno old-actions=log res=1"));
}

TEST_HARNESS_MAIN
