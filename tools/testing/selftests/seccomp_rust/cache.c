// SPDX-License-Identifier: GPL-2.0
/* /proc/PID/seccomp_cache: which calls are known to be allowed without a look. */
#include <fcntl.h>
#include <sys/socket.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "notify.h"
#include "program.h"
#include "task.h"
#include "trace.h"

#define MAX_NR	1024

struct arch_cache {
	int count;
	bool allow[MAX_NR];
};

static struct arch_cache native, compat;

/* Reads the file; the number of lines, or a negative number. */
static int parse(FILE *f)
{
	char arch[16], what[16];
	int nr, lines = 0;

	native.count = 0;
	compat.count = 0;
	while (fscanf(f, "%15s %d %15s\n", arch, &nr, what) == 3) {
		struct arch_cache *c = strcmp(arch, COMPAT_NAME) ? &native : &compat;

		/* Native first, and each from 0 without a gap. */
		if ((c == &native && (strcmp(arch, NATIVE_NAME) || compat.count)) ||
		    nr != c->count || nr >= MAX_NR)
			return -1;
		c->allow[nr] = !strcmp(what, "ALLOW");
		if (!c->allow[nr] && strcmp(what, "FILTER"))
			return -2;
		c->count++;
		lines++;
	}
	return feof(f) ? lines : -3;
}

static int read_cache(pid_t pid)
{
	char path[64];
	FILE *f;
	int ret;

	snprintf(path, sizeof(path), "/proc/%d/seccomp_cache", pid);
	f = fopen(path, "r");
	if (!f)
		return -errno;
	ret = parse(f);
	fclose(f);
	return ret;
}

static bool nr_even(int nr)
{
	return !(nr & 1);
}

static bool nr_below_100(int nr)
{
	return nr < 100;
}

static bool nr_upto_100(int nr)
{
	return nr <= 100;
}

static bool nr_is_7(int nr)
{
	return nr == 7;
}

static bool always(int nr)
{
	return true;
}

static bool never(int nr)
{
	return false;
}

static bool not_39(int nr)
{
	return nr != 39;
}

#define JUMP_IF(op, k, yes, no)	BPF_JUMP(BPF_JMP | (op) | BPF_K, (k), (yes), (no))
#define ALLOW			GIVE(SECCOMP_RET_ALLOW)
#define DENY			GIVE(RET_ERRNO(1))

static const struct row {
	struct sock_filter insns[6];
	bool (*native)(int nr);
	bool (*compat)(int nr);
} rows[] = {
	{ { ALLOW }, always, always },
	{ { DENY }, never, never },
	{ { GIVE(SECCOMP_RET_KILL_PROCESS) }, never, never },
	{ { GIVE(SECCOMP_RET_LOG) }, never, never },
	/* Allowed with data is allowed, but not what is looked for. */
	{ { GIVE(SECCOMP_RET_ALLOW | 1) }, never, never },
	{ { LOAD(nr), JUMP_IF(BPF_JGE, 100, 0, 1), DENY, ALLOW }, nr_below_100, nr_below_100 },
	{ { LOAD(nr), JUMP_IF(BPF_JGT, 100, 0, 1), DENY, ALLOW }, nr_upto_100, nr_upto_100 },
	{ { LOAD(nr), JUMP_IF(BPF_JSET, 1, 0, 1), DENY, ALLOW }, nr_even, nr_even },
	{ { LOAD(nr), JUMP_IF(BPF_JEQ, 7, 1, 0), DENY, ALLOW }, nr_is_7, nr_is_7 },
	{ { LOAD(nr), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1), JUMP_IF(BPF_JEQ, 0, 1, 0),
	    DENY, ALLOW }, nr_even, nr_even },
	{ { LOAD(nr), BPF_STMT(BPF_JMP | BPF_JA, 1), DENY, ALLOW }, always, always },
	{ { LOAD(arch), JUMP_IF(BPF_JEQ, COMPAT_ARCH, 1, 0), ALLOW, DENY }, always, never },
	{ { LOAD(arch), JUMP_IF(BPF_JEQ, COMPAT_ARCH, 1, 0), DENY, ALLOW }, never, always },
	/* What is not a constant counts only where it is reached. */
	{ { LOAD(nr), UNLESS(39, 2), LOAD(args[0]), ALLOW, ALLOW }, not_39, not_39 },
	{ { LOAD(nr), UNLESS(39, 2), LOAD(instruction_pointer), ALLOW, ALLOW }, not_39, not_39 },
	{ { LOAD_AT(8), ALLOW }, never, never },
	/* Instructions that are not followed, though they give a constant. */
	{ { LOAD(nr), BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 0), ALLOW }, never, never },
	{ { BPF_STMT(BPF_LD | BPF_IMM, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_A, 0) },
	  never, never },
	{ { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), ALLOW }, never, never },
	{ { BPF_STMT(BPF_MISC | BPF_TAX, 0), ALLOW }, never, never },
};

struct installed {
	const struct row *first, *second;
};

/* Installs, and then stops without a call: there may be none that it may make. */
static int install_and_trap(void *arg)
{
	const struct installed *in = arg;
	const struct row *both[] = { in->first, in->second };
	int i;

	for (i = 0; i < 2 && both[i]; i++) {
		struct sock_fprog prog = {
			.len = ARRAY_SIZE(rows[0].insns),
			.filter = (void *)both[i]->insns,
		};

		/* What is behind a program's end in its row is all zero. */
		while (prog.len && !prog.filter[prog.len - 1].code)
			prog.len--;
		if (install(0, &prog))
			return 1;
	}
	breakpoint();
	return 2;
}

static bool matches(struct __test_metadata *_metadata, const struct arch_cache *c,
		    const struct row *a, const struct row *b, bool is_native)
{
	int nr;

	for (nr = 0; nr < c->count; nr++) {
		bool allow = is_native ? a->native(nr) : a->compat(nr);

		if (b)
			allow = allow && (is_native ? b->native(nr) : b->compat(nr));
		if (is_native && is_probe_call(nr))
			allow = true;
		if (allow != c->allow[nr]) {
			TH_LOG("%s %d: %d", is_native ? "native" : "compat", nr, c->allow[nr]);
			return false;
		}
	}
	return true;
}

static void check(struct __test_metadata *_metadata, const struct row *a, const struct row *b)
{
	struct installed in = { a, b };
	pid_t pid = traced(install_and_trap, &in, 0);

	ASSERT_LT(0, pid);
	ASSERT_EQ(SIGTRAP, stop_of(go_on(pid, PTRACE_CONT)));
	ASSERT_LT(800, read_cache(pid));
	EXPECT_LT(400, native.count);
	EXPECT_LT(400, compat.count);
	EXPECT_EQ(true, matches(_metadata, &native, a, b, true));
	EXPECT_EQ(true, matches(_metadata, &compat, a, b, false));
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, reap(pid));
}

/* Each kind of program by itself, for both architectures and every number. */
TEST(one_filter)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		check(_metadata, &rows[i], NULL);
		if (_metadata->exit_code)
			TH_LOG("row %u", i);
	}
}

/* What one filter does not always allow, no later one makes so, nor an earlier. */
TEST(two_filters)
{
	/* Rows whose program lets the second one be installed. */
	static const int first[] = { 0, 3, 4, 13, 14, 16, 18, 19 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(first); i++)
		for (j = 5; j < 12; j++)
			check(_metadata, &rows[first[i]], &rows[j]);
}

/* No filter, no lines; and none when the task is dead and not yet reaped. */
static int filtered_exit(void *unused)
{
	return install_all(0, SECCOMP_RET_ALLOW);
}

TEST(without_filter)
{
	pid_t pid;

	EXPECT_EQ(0, read_cache(getpid()));
	pid = spawn(filtered_exit, NULL);
	ASSERT_EQ(true, in_state(pid, "Z"));
	EXPECT_EQ(0, read_cache(pid));
	EXPECT_EQ(0, reap(pid));
}

/* Root only, and it is he who opened the file that must be root. */
TEST(permission)
{
	FILE *f = fopen("/proc/self/seccomp_cache", "r");

	ASSERT_NE(NULL, f);
	ASSERT_EQ(0, install_all(0, SECCOMP_RET_ALLOW));
	ASSERT_EQ(0, drop_root());
	EXPECT_LT(800, parse(f));
	fclose(f);
	f = fopen("/proc/self/seccomp_cache", "r");
	ASSERT_NE(NULL, f);
	EXPECT_EQ(EOF, fgetc(f));
	EXPECT_EQ(EACCES, errno);
}

/* Who is root in a namespace of its own, and is filtered. */
static int enter_filtered(void *unused)
{
	return install_all(0, SECCOMP_RET_ALLOW) ?: enter_user_namespace(0);
}

static int read_as_inner_root(void *unused)
{
	FILE *before = fopen("/proc/self/seccomp_cache", "r"), *after;

	if (!before || enter_filtered(NULL))
		return 1;
	after = fopen("/proc/self/seccomp_cache", "r");
	if (!after || fgetc(after) != EOF || errno != EACCES)
		return 2;
	/* With a descriptor from outside it may. */
	return parse(before) > 800 ? 0 : 3;
}

static int open_as_inner_root(void *sock)
{
	char c;
	int fd;

	if (enter_filtered(NULL))
		return 1;
	fd = open("/proc/self/seccomp_cache", O_RDONLY);
	if (fd < 0 || send_fd((long)sock, fd))
		return 2;
	/* Lives until it has been read. */
	return read((long)sock, &c, 1) == 1 ? 0 : 3;
}

/* To be root in there is not enough, nor is it for a descriptor that was opened there. */
TEST(in_user_namespace)
{
	int sock[2], fd;
	pid_t pid;
	char c;

	EXPECT_EQ(0, run(read_as_inner_root, NULL));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	pid = spawn(open_as_inner_root, (void *)(long)sock[1]);
	fd = receive_fd(sock[0]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EACCES, neg_errno(read(fd, &c, 1)));
	EXPECT_EQ(1, write(sock[0], "", 1));
	EXPECT_EQ(0, reap(pid));
}

TEST_HARNESS_MAIN
