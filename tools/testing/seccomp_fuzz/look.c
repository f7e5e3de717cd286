// SPDX-License-Identifier: GPL-2.0
/* What can be seen of a role from outside: files in /proc, registers. */
#include <linux/fcntl.h>

#include "act.h"

/* How many bytes of /proc/PID/status come before those that are looked for. */
#define CHUNK	4096

static void file_name(int me, const struct op *op, struct text *path)
{
	static const char *const names[] = {
		[FILE_STATUS] = "/status",
		[FILE_CACHE] = "/seccomp_cache",
		[FILE_LOGGED] = "/proc/sys/kernel/seccomp/actions_logged",
		[FILE_AVAIL] = "/proc/sys/kernel/seccomp/actions_avail",
	};
	const struct role *r = &WORLD->role[op->other];

	if (op->what == FILE_STATUS || op->what == FILE_CACHE) {
		put(path, "/proc/");
		/* Nobody has the number 0. */
		put_num(path, r->state != ABSENT && !WORLD->role[me].nested ? r->tid : 0);
	}
	put(path, names[op->what]);
	put_char(path, '\0');
}

/* The lines of a status that are about seccomp. */
static void put_status(struct text *t, const char *buf, long n)
{
	static const char *const wanted[] = { "Seccomp", "NoNewPrivs", "Speculation_Store" };
	unsigned int i;
	long at, end;

	for (at = 0; at < n; at = end + 1) {
		for (end = at; end < n && buf[end] != '\n'; end++)
			;
		for (i = 0; i < ARRAY_SIZE(wanted); i++) {
			const char *w = wanted[i];
			long k = at;

			while (*w && k < end && *w == buf[k])
				w++, k++;
			if (*w)
				continue;
			put_char(t, ' ');
			for (k = at; k < end; k++)
				put_char(t, buf[k] == '\t' ? ' ' : buf[k]);
		}
	}
}

/* The calls of a table that are not allowed whatever their arguments, as ranges. */
struct ranges {
	long line, from;
	__u64 hash;
	char before;
};

static void put_range(struct text *t, const struct ranges *r)
{
	put_char(t, ' ');
	put_num(t, r->from);
	put_char(t, '-');
	put_num(t, r->line - 1);
}

static void put_cache(struct text *t, struct ranges *r, const char *buf, long n)
{
	long i;

	r->hash = hash_more(r->hash, buf, n);
	for (i = 0; i < n; i++) {
		/* A line ends in ALLOW or in FILTER. */
		if (buf[i] == '\n') {
			if (r->before == 'R' && r->from < 0)
				r->from = r->line;
			if (r->before == 'W' && r->from >= 0) {
				put_range(t, r);
				r->from = -1;
			}
			r->line++;
		}
		r->before = buf[i];
	}
}

void perform_file(int me, int i)
{
	const struct op *op = &WORLD->op[i];
	struct ranges ranges = { .from = -1, .hash = HASH_START };
	struct text t = line_start(me, i), path = { .max = 128 };
	char name[128], buf[CHUNK];
	bool writes = op->in_len;
	long fd, n, sum = 0;

	path.buf = name;
	file_name(me, op, &path);
	fd = own(__NR_openat, AT_FDCWD, name, writes ? O_WRONLY : O_RDONLY, 0);
	put(&t, " file ");
	put_num(&t, fd < 0 ? fd : 0);
	if (fd >= 0 && writes) {
		put_char(&t, ' ');
		put_num(&t, own(__NR_write, fd, WORLD->pool + op->in, op->in_len));
	}
	while (fd >= 0 && !writes) {
		n = own(__NR_read, fd, buf, sizeof(buf));
		if (n <= 0) {
			put_char(&t, ' ');
			put_num(&t, op->what == FILE_STATUS ? n : n < 0 ? n : sum);
			break;
		}
		sum += n;
		if (op->what == FILE_STATUS)
			put_status(&t, buf, n);
		else if (op->what == FILE_CACHE)
			put_cache(&t, &ranges, buf, n);
		else
			put_bytes(&t, buf, n);
	}
	if (op->what == FILE_CACHE && sum) {
		if (ranges.from >= 0)
			put_range(&t, &ranges);
		put(&t, " hash ");
		put_hex(&t, ranges.hash);
	}
	if (fd >= 0)
		own(__NR_close, fd);
	line_end(me, &t);
	WORLD->done++;
}

static long tid_of(int role)
{
	const struct role *r = &WORLD->role[role];

	return r->state == ABSENT ? 0x7ffffff0 : r->tid;
}

bool is_elsewhere(int role)
{
	return registers_elsewhere(tid_of(role));
}

void perform_regs(int me, int i)
{
	struct text t = line_start(me, i);

	put(&t, " regs ");
	put_registers(&t, tid_of(WORLD->op[i].other));
	line_end(me, &t);
	WORLD->done++;
}
