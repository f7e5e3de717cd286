// SPDX-License-Identifier: GPL-2.0
/* More parts of repro.c: what can be seen of roles from outside. */
/* part: files */
/* Opens a file of /proc, which may be a role's. */
static long opened(int me, int at, const char *name, int other, int how)
{
	bool known = s->role[other].state != ABSENT && !s->role[me].nested;
	char path[64];
	long fd;

	*format(path, name, A(known ? s->role[other].tid : 0)) = '\0';
	fd = sys(__NR_openat, AT_FDCWD, (long)path, how, 0, 0);
	say(me, "%d %r file %d", A(at, me, fd < 0 ? fd : 0));
	return fd;
}

/* part: status */
/* The lines about seccomp. */
static void seen_status(int me, int at, int other)
{
	static const char *const wanted[] = { "Seccomp", "NoNewPrivs", "Speculation_Store" };
	long fd = opened(me, at, "/proc/%d/status", other, O_RDONLY), n, i, k;
	char text[4096], *p, *end;

	if (fd < 0)
		return;
	while ((n = sys(__NR_read, fd, (long)text, sizeof(text), 0, 0)) > 0) {
		for (p = text; p < text + n; p = end + 1) {
			for (end = p; end < text + n - 1 && *end != '\n'; end++)
				if (*end == '\t')
					*end = ' ';
			*end = '\0';
			for (i = 0; i < 3; i++) {
				for (k = 0; wanted[i][k] && wanted[i][k] == p[k]; k++)
					;
				if (!wanted[i][k]) {
					say(me, " ", NULL);
					say(me, p, NULL);
				}
			}
		}
	}
	say(me, " %d", A(n));
	sys(__NR_close, fd, 0, 0, 0, 0);
}

/* part: cache */
/* The calls that are not allowed whatever their arguments, as ranges of lines. */
static void seen_cache(int me, int at, int other)
{
	long fd = opened(me, at, "/proc/%d/seccomp_cache", other, O_RDONLY);
	long n, i, all = 0, line = 0, from = -1;
	u64 sum = 0xcbf29ce484222325ULL;
	char text[4096], last = 0;

	if (fd < 0)
		return;
	while ((n = sys(__NR_read, fd, (long)text, sizeof(text), 0, 0)) > 0) {
		all += n;
		sum = hash(sum, (void *)text, n);
		for (i = 0; i < n; last = text[i++]) {
			if (text[i] != '\n')
				continue;
			if (last == 'R' && from < 0)
				from = line;
			if (last == 'W' && from >= 0) {
				say(me, " %d-%d", A(from, line - 1));
				from = -1;
			}
			line++;
		}
	}
	say(me, " %d", A(n < 0 ? n : all));
	if (from >= 0)
		say(me, " %d-%d", A(from, line - 1));
	if (all)
		say(me, " hash %x", A(sum));
	sys(__NR_close, fd, 0, 0, 0, 0);
}

/* part: list */
/* All of a sysctl. */
static void seen_list(int me, int at, const char *name)
{
	long fd = opened(me, at, name, MAIN, O_RDONLY), n, all = 0;
	char text[512];

	if (fd < 0)
		return;
	while ((n = sys(__NR_read, fd, (long)text, sizeof(text), 0, 0)) > 0) {
		say_bytes(me, (void *)text, n);
		all += n;
	}
	say(me, " %d", A(n < 0 ? n : all));
	sys(__NR_close, fd, 0, 0, 0, 0);
}

/* part: write */
static void written(int me, int at, const char *name, int other, const char *data, int n)
{
	long fd = opened(me, at, name, other, O_WRONLY);

	if (fd < 0)
		return;
	say(me, " %d", A(sys(__NR_write, fd, (long)data, n, 0, 0)));
	sys(__NR_close, fd, 0, 0, 0, 0);
}

/* part: registers */
/* Of a call that a tracer has stopped. */
static void registers(int me, int at, int role)
{
	struct user_regs_struct regs;
	long tid = s->role[role].state == ABSENT ? NOBODY : s->role[role].tid;
	long ret = sys(__NR_ptrace, PTRACE_GETREGS, tid, 0, (long)&regs, 0);

	say(me, "%d %r regs %d", A(at, me, ret));
	if (ret || (regs.rip != SITE + 2 && regs.rip != SITE + 18))
		return;
	if (regs.rip == SITE + 2)
		regs.rbx = 0;
	say(me, " nr %d ax %d di %x bx %x", A(regs.orig_rax, regs.rax, regs.rdi, regs.rbx));
}

/* part: exec */
/* Goes on as the same role in a new program, at "start". */
static void exec_again(int me, int at)
{
	char role[] = { '0' + me, '\0' };
	const char *const argv[] = { "repro", "--role", role, NULL };
	long ret = sys(__NR_execve, (long)"/proc/self/exe", (long)argv, (long)&argv[3], 0, 0);

	say(me, "%d %r exec %d", A(at, me, ret));
}

/* part: always */
static void move_fd(int from, int to)
{
	dup2(from, to);
	close(from);
}

static void priority(int tid, int n)
{
	sched_setscheduler(tid, SCHED_FIFO, &(struct sched_param){ .sched_priority = n });
}

/* part: audit */
/* Records are multicast by a thread of the kernel's, which has to go before all roles. */
static void open_audit(void)
{
	struct sockaddr_nl addr = { AF_NETLINK, .nl_groups = 1 << (AUDIT_NLGRP_READLOG - 1) };
	cpu_set_t cpu0 = { { 1 } };
	int pid, room = 1 << 24;

	for (pid = 2; pid < 400; pid++) {
		char path[32], comm[16] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fgets(comm, sizeof(comm), file) && !strcmp(comm, "kauditd\n")) {
			priority(pid, 50);
			sched_setaffinity(pid, sizeof(cpu0), &cpu0);
		}
		fclose(file);
	}
	move_fd(socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT), AUDIT);
	if (bind(AUDIT, (void *)&addr, sizeof(addr)))
		printf("no audit\n");
	setsockopt(AUDIT, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	fcntl(AUDIT, F_SETFD, FD_CLOEXEC);
}

static const char *field(const char *record, const char *name)
{
	const char *p = strstr(record, name);

	return p ? p + strlen(name) : "";
}

static void print_audit(void)
{
	static const char *const shown[] = {
		" comm=", " sig=", " arch=", " syscall=", " compat=", " code=",
	};
	struct { struct nlmsghdr header; char record[2048]; } m;
	long n, i;

	while ((n = recv(AUDIT, &m, sizeof(m) - 1, MSG_DONTWAIT)) > 0 || errno == ENOBUFS) {
		if (n < 0)
			printf("audit lost records\n");
		errno = 0;
		if (n < 0 || m.header.nlmsg_type != AUDIT_SECCOMP)
			continue;
		((char *)&m)[n] = '\0';
		printf("audit");
		for (i = 0; i < 6; i++) {
			const char *p = field(m.record, shown[i]);

			printf(" %.*s", (int)strcspn(p, " "), p);
		}
		n = strtol(field(m.record, " ip="), NULL, 16);
		printf(n == SITE + 2 || n == SITE + 18 ? " site\n" : " elsewhere\n");
	}
}

/* part: write */
/* As it was found, for whoever comes next. */
static void restore_logged(void)
{
	static const char all[] = "kill_process kill_thread trap errno user_notif trace log";
	int fd = open("/proc/sys/kernel/seccomp/actions_logged", O_WRONLY);

	if (write(fd, all, strlen(all)) < 0)
		printf("actions_logged: %m\n");
	close(fd);
}
