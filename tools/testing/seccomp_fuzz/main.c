// SPDX-License-Identifier: GPL-2.0
/*
 * Runs cases, each in a process of its own, and prints what a comparison needs:
 *
 *   fuzz [-v] [--start INDEX] SEED COUNT	COUNT cases, from INDEX (0) on
 *   fuzz [-v] --case SEED INDEX [--keep LIST]	one case, or those of its operations alone
 *   fuzz --race SEED COUNT			the roles side by side, on all processors
 *   fuzz --list SEED INDEX			the operations of a case, in words
 *   fuzz --print-c SEED INDEX [--keep LIST]	the case as a program in C
 *
 * A LIST is of numbers and ranges, "0,3,7-12". A case depends on SEED and INDEX alone.
 */
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/time_types.h>
#include <linux/wait.h>

#include "act.h"
#include "build.h"
#include "direct.h"
#include "print.h"

/*
 * Guest time that a case may take; one that is well takes some milliseconds. Side by side
 * it is real time, of which a checker takes its share.
 */
#define PATIENCE_S	20
#define PATIENCE_RACING_S	60

static char out_buf[4096];
static struct text out = { .buf = out_buf, .max = sizeof(out_buf) };

static void flush(void)
{
	own(__NR_write, FD_OUTPUT, out.buf, out.len);
	out.len = 0;
}

static noreturn void quit(int status)
{
	own(__NR_exit_group, status);
	__builtin_unreachable();
}

static void fail(const char *what)
{
	struct text t = { .buf = out_buf, .max = sizeof(out_buf) };

	put(&t, "fuzz: ");
	put(&t, what);
	put_char(&t, '\n');
	if (own(__NR_write, 2, t.buf, t.len) < 0)
		own(__NR_write, FD_OUTPUT, t.buf, t.len);
	quit(2);
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static const char *parse(const char *p, __u64 *n)
{
	if (*p < '0' || *p > '9')
		fail("a number is missing");
	for (*n = 0; *p >= '0' && *p <= '9'; p++)
		*n = *n * 10 + *p - '0';
	return p;
}

static __u64 to_number(const char *p)
{
	__u64 n;

	if (*parse(p, &n))
		fail("not a number");
	return n;
}

static void keep_only(const char *list)
{
	__u64 from, to;

	memset(WORLD->keep, 0, sizeof(WORLD->keep));
	while (*list) {
		list = parse(list, &from);
		to = from;
		if (*list == '-')
			list = parse(list + 1, &to);
		for (; from <= to && from < WORLD->nops; from++)
			WORLD->keep[from] = 1;
		if (*list && *list++ != ',')
			fail("not a list");
	}
}

static void move_fd(long from, long to, int flags)
{
	own(__NR_dup3, from, to, flags);
	own(__NR_close, from);
}

/* What all cases find open, besides the world: files that their size tells apart. */
static void open_files(void)
{
	int i, pipe[2];

	own(__NR_dup3, 1, FD_OUTPUT, O_CLOEXEC);
	/* New descriptors start at 0, which is as good as any. */
	for (i = 0; i < FD_SOURCE; i++)
		own(__NR_close, i);
	for (i = 0; i < NSOURCES; i++) {
		move_fd(own(__NR_memfd_create, "source", 0), FD_SOURCE + i, 0);
		own(__NR_ftruncate, FD_SOURCE + i, 1000 + i);
	}
	own(__NR_pipe2, pipe, 0);
	move_fd(pipe[1], FD_PIPE + 1, 0);
	move_fd(pipe[0], FD_PIPE, 0);
}

/* All processes of the pid namespace but its first, which this one is. */
static void kill_all(void)
{
	int status;

	own(__NR_kill, -1, SIGKILL);
	while (own(__NR_wait4, -1, &status, __WALL) > 0)
		;
}

/* As each case finds it. Writing it costs more than looking whether one has changed it. */
static void restore_logged(void)
{
	static const char all[] = "kill_process kill_thread trap errno user_notif trace log";
	__u32 i;
	long fd;

	for (i = 0; i < WORLD->nops; i++)
		if (WORLD->op[i].kind == OP_FILE && WORLD->op[i].in_len)
			break;
	if (i == WORLD->nops)
		return;
	fd = own(__NR_openat, AT_FDCWD, "/proc/sys/kernel/seccomp/actions_logged", O_WRONLY);
	own(__NR_write, fd, all, sizeof(all) - 1);
	own(__NR_close, fd);
}

/* How the director ended: its wait status, or -1 if it had to be ended. */
static int run_case(bool verbose)
{
	static struct __kernel_timespec patience;
	unsigned long chld = 1UL << (SIGCHLD - 1);
	long pid, sig;
	int status;

	patience.tv_sec = WORLD->racing ? PATIENCE_RACING_S : PATIENCE_S;
	pid = fork_director();
	if (pid == 0) {
		set_priority(0, PRIORITY_DIRECTOR);
		WORLD->role[DIRECTOR].state = BUSY;
		WORLD->role[DIRECTOR].tid = own(__NR_gettid);
		move_fd(own(__NR_epoll_create1, 0), FD_EPOLL, 0);
		direct(verbose);
		quit(0);
	}
	if (pid < 0)
		fail("no more processes");
	do {
		sig = own(__NR_rt_sigtimedwait, &chld, 0, &patience, 8);
		if (sig == -11 && own(__NR_wait4, pid, &status, WNOHANG) == 0) {
			kill_all();
			return -1;
		}
	} while (own(__NR_wait4, pid, &status, WNOHANG) != pid);
	if (status)
		kill_all();
	return status;
}

static __u64 total_ops, total_busy, total_gone, total_held, total_hash = HASH_START;

/*
 * One line a case: its number, the hash of its log, lines of it, operations that were
 * done and those that were left out.
 */
static void report(__u64 index, int status)
{
	put(&out, "case ");
	put_num(&out, index);
	if (status == 0 && WORLD->cut) {
		put(&out, " cut");
	} else if (status == 0) {
		put_char(&out, ' ');
		put_hex(&out, WORLD->hash);
		total_hash = hash_more(total_hash, &WORLD->hash, sizeof(WORLD->hash));
		total_ops += WORLD->done;
		total_busy += WORLD->busy;
		total_gone += WORLD->gone;
		total_held += WORLD->held;
	} else if (status == -1) {
		put(&out, " time-out");
	} else {
		put(&out, " broken ");
		put_hex(&out, status);
	}
	put_char(&out, ' ');
	put_num(&out, WORLD->lines);
	put_char(&out, ' ');
	put_num(&out, WORLD->done);
	put_char(&out, ' ');
	put_num(&out, WORLD->busy + WORLD->gone + WORLD->held);
	put_char(&out, '\n');
	flush();
}

static void one_case(__u64 seed, __u64 index, bool verbose, const char *keep)
{
	generate(seed, index);
	if (keep)
		keep_only(keep);
	report(index, run_case(verbose));
	restore_logged();
}

/*
 * Goes on as the first process of a pid namespace, with a /proc for it. The outer
 * one waits for its end; if that one is killed, so is all of the namespace.
 */
static void go_inside(void)
{
	int status = 0;
	long pid;

	if (own(__NR_unshare, CLONE_NEWNS | CLONE_NEWPID))
		fail("needs to be root, for a pid namespace");
	pid = own(__NR_clone, SIGCHLD);
	if (pid < 0)
		fail("no more processes");
	if (pid) {
		own(__NR_wait4, pid, &status, 0);
		quit(status & 0x7f ? 2 : status >> 8);
	}
	own(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
	own(__NR_mount, 0, "/", 0, MS_REC | MS_PRIVATE);
	if (own(__NR_mount, "proc", "/proc", "proc", 0))
		fail("no /proc");
	move_fd(own(__NR_openat, AT_FDCWD, "/proc/loadavg", O_RDONLY), FD_LOAD, O_CLOEXEC);
}

/* What all processes share, and what is the same in each of them. */
static void prepare(bool racing)
{
	static const struct rlimit files = { 256, 256 }, core = { 0, 0 };
	static const unsigned long cpu0 = 1, chld = 1UL << (SIGCHLD - 1);
	long fd = own(__NR_memfd_create, "world", 0);

	own(__NR_setrlimit, RLIMIT_NOFILE, &files);
	own(__NR_setrlimit, RLIMIT_CORE, &core);
	move_fd(fd, FD_WORLD, 0);
	if (own(__NR_ftruncate, FD_WORLD, KEY + MAPPED_SIZE))
		fail("no memory");
	world_map(FD_WORLD);
	open_files();
	own(__NR_umask, 022);
	own(__NR_rt_sigprocmask, 0, &chld, 0, 8);
	signals_catch();
	WORLD->racing = racing;
	if (!racing && (own(__NR_sched_setaffinity, 0, sizeof(cpu0), &cpu0) ||
			set_priority(0, PRIORITY_RUNNER)))
		fail("needs to be root, for real-time priorities");
}

static int run(int argc, char **argv)
{
	bool verbose = false, single = false, list = false, print = false, racing = false;
	__u64 number_of[2], start = 0, i, n = 0;
	const char *keep = NULL;
	int a;

	for (a = 1; a < argc; a++) {
		if (same(argv[a], "-v"))
			verbose = true;
		else if (same(argv[a], "--case"))
			single = true;
		else if (same(argv[a], "--race"))
			racing = true;
		else if (same(argv[a], "--list"))
			list = true;
		else if (same(argv[a], "--print-c"))
			print = true;
		else if (same(argv[a], "--start") && a + 1 < argc)
			start = to_number(argv[++a]);
		else if (same(argv[a], "--keep") && a + 1 < argc)
			keep = argv[++a];
		else if (n < 2)
			number_of[n++] = to_number(argv[a]);
		else
			fail("too many arguments");
	}
	if (n != 2)
		fail("a seed, and how many cases or which one, are needed");
	if (print && !HAS_REPRO)
		fail("cases are printed as programs for x86-64 alone");
	prepare(racing);
	if (list || print) {
		generate(number_of[0], number_of[1]);
		if (keep)
			keep_only(keep);
		if (print)
			print_program(number_of[0], number_of[1]);
		else
			print_list();
		return 0;
	}
	if (!audit_open())
		put(&out, "no audit\n");
	flush();
	go_inside();
	if (single) {
		one_case(number_of[0], number_of[1], verbose, keep);
		return 0;
	}
	for (i = start; i < start + number_of[1]; i++)
		one_case(number_of[0], i, verbose, NULL);
	put(&out, "total ");
	put_num(&out, number_of[1]);
	put(&out, " cases ");
	put_num(&out, total_ops);
	put(&out, " operations ");
	put_hex(&out, total_hash);
	put_char(&out, ' ');
	put_num(&out, total_busy);
	put(&out, " busy ");
	put_num(&out, total_gone);
	put(&out, " gone ");
	put_num(&out, total_held);
	put(&out, " held\n");
	flush();
	return 0;
}

/* A role in its new program. */
static void resume(int me)
{
	struct role *r = &WORLD->role[me];
	struct text t;

	world_map(FD_WORLD);
	signals_catch();
	r->tid = r->pid;
	r->thread = 0;
	r->alive = 1;
	own(__NR_set_tid_address, &r->alive);
	take_name(me);
	t = line_start(me, r->next - 1);
	put(&t, " exec");
	line_end(me, &t);
	WORLD->done++;
	serve_at(me);
}

/*
 * The stack that the kernel gives is somewhere else each time, and filters could see
 * that; this one is not.
 */
alignas(16) char boot_stack[16 * PAGE];

noreturn void start_c(long *sp)
{
	char **argv = (char **)(sp + 1);

	if (*sp == 3 && same(argv[1], "--role"))
		resume(argv[2][0] - '0');
	quit(run(*sp, argv));
	__builtin_unreachable();
}
