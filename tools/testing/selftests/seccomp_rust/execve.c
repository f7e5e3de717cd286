// SPDX-License-Identifier: GPL-2.0
/*
 * Thread synchronisation beside an execve that has worked out already what the program
 * may do: one waits for the other, lest it may do more than no_new_privs allows.
 *
 * A thread is held in execve where it opens the interpreter of a script, on which the
 * parent has a lease: SIGIO tells that it is there.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "ext.h"
#include "program.h"
#include "task.h"
#include "thread.h"

/* A priority above ours, which is above that of all others. */
#define FIRST	30
#define OURS	10

static char *dir;

struct script {
	char *path, *interpreter;
	/* A descriptor of the interpreter, with the lease. */
	int lease;
};

/* One whose interpreter is this program, and one whose interpreter is no program. */
static struct script good, bad;

/* Threads of the child, and what lets each of them go. */
struct threads {
	pid_t synchroniser, successor;
};

static struct threads *threads;
static int synchronise_now[2], execute_now[2];

static void *synchronise(void *nr)
{
	bool by_ext = (long)nr == __NR_prctl;
	char c;

	if (set_no_new_privs() || (by_ext && install_all(0, SECCOMP_RET_ALLOW)))
		return NULL;
	say_tid(&threads->synchroniser);
	if (read(synchronise_now[0], &c, 1) != 1)
		return NULL;
	if (by_ext)
		sync_all();
	else
		install_all(SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_RET_ALLOW);
	return sleep_for_ever(NULL);
}

static void *execute_good(void *unused)
{
	char c;

	say_tid(&threads->successor);
	if (read(execute_now[0], &c, 1) == 1)
		execl(good.path, good.path, NULL);
	return NULL;
}

static int execute(const struct script *script, long nr)
{
	pthread_t th[2];

	if (pthread_create(&th[0], NULL, synchronise, (void *)nr) ||
	    pthread_create(&th[1], NULL, execute_good, NULL))
		return 90;
	execl(script->path, script->path, NULL);
	sleep_for_ever(NULL);
	return 91;
}

static bool has_nothing(pid_t tid)
{
	return !filters_of(tid) && !mode_of(tid) && !status_of(tid, "NoNewPrivs");
}

static bool has_been_given(pid_t tid)
{
	return filters_of(tid) == 1 && mode_of(tid) == 2 && status_of(tid, "NoNewPrivs") == 1;
}

__attribute__((constructor)) static void report(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--report"))
		_exit(has_nothing(getpid()) ? 42 : has_been_given(getpid()) ? 43 : 44);
}

static bool copy_self(int copy)
{
	int self = open("/proc/self/exe", O_RDONLY);
	ssize_t n;

	do {
		n = sendfile(copy, self, NULL, 1 << 20);
	} while (n > 0);
	close(self);
	return n == 0;
}

static bool put_text(int file, const char *text)
{
	return write(file, text, strlen(text)) == (ssize_t)strlen(text);
}

static int new_file(const char *path)
{
	return open(path, O_CREAT | O_EXCL | O_WRONLY, 0700);
}

static bool make_script(struct script *s, const char *name)
{
	bool whole;
	char *line;
	int file;

	if (asprintf(&s->interpreter, "%s/%s", dir, name) < 0 ||
	    asprintf(&s->path, "%s.script", s->interpreter) < 0 ||
	    asprintf(&line, "#!%s --report\n", s->interpreter) < 0)
		return false;
	file = new_file(s->path);
	whole = put_text(file, line) && !close(file);
	file = new_file(s->interpreter);
	whole = whole && (s == &good ? copy_self(file) : put_text(file, "none\n"));
	return !close(file) && whole;
}

static bool take_lease(struct script *s)
{
	s->lease = open(s->interpreter, O_RDONLY | O_CLOEXEC);
	return s->lease >= 0 && !fcntl(s->lease, F_SETLEASE, F_WRLCK);
}

static int end_lease(const struct script *s)
{
	return fcntl(s->lease, F_SETLEASE, F_UNLCK);
}

static void sigio_only(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGIO);
}

/* Waits until somebody wants to open what there is a lease on. */
static bool lease_is_in_the_way(void)
{
	const struct timespec patience = { .tv_sec = PATIENCE_MS / 1000 };
	sigset_t set;

	sigio_only(&set);
	return sigtimedwait(&set, NULL, &patience) == SIGIO;
}

FIXTURE(execve) {
};

FIXTURE_VARIANT(execve) {
	/* The call that synchronises. */
	long nr;
};

FIXTURE_VARIANT_ADD(execve, new_filter) { .nr = __NR_seccomp };
FIXTURE_VARIANT_ADD(execve, extension) { .nr = __NR_prctl };

FIXTURE_SETUP(execve)
{
	sigset_t set;

	if (variant->nr == __NR_prctl && lacks_ext())
		SKIP(return, "CONFIG_SECCOMP_RUST_EXT is not set");
	threads = shared(sizeof(*threads));
	ASSERT_EQ(0, pipe(synchronise_now));
	ASSERT_EQ(0, pipe(execute_now));
	go_to_cpu0();
	mkdir("/tmp", 0777);
	dir = mkdtemp(strdup("/tmp/seccomp-execve-XXXXXX"));
	ASSERT_NE(NULL, dir);
	ASSERT_EQ(true, make_script(&good, "good"));
	ASSERT_EQ(true, make_script(&bad, "bad"));
	sigio_only(&set);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	ASSERT_EQ(true, take_lease(&good));
	ASSERT_EQ(true, take_lease(&bad));
}

FIXTURE_TEARDOWN(execve)
{
	unlink(good.path);
	unlink(good.interpreter);
	unlink(bad.path);
	unlink(bad.interpreter);
	rmdir(dir);
}

/* A child that is in execve, and has a thread that waits for that to end, to synchronise. */
static pid_t start(struct __test_metadata *_metadata, const struct script *script, long nr)
{
	pid_t pid = fork(), tid;

	if (!pid)
		_exit(execute(script, nr));
	tid = tid_from(&threads->synchroniser);
	ASSERT_EQ(true, lease_is_in_the_way());
	ASSERT_EQ(true, asleep_in(pid, __NR_execve));
	ASSERT_EQ(1, write(synchronise_now[1], "", 1));
	EXPECT_EQ(true, asleep_in(tid, nr));
	EXPECT_EQ(true, has_nothing(pid));
	return pid;
}

/* A thread that is in execve is not given a filter, and neither is what it executes. */
TEST_F(execve, is_waited_for)
{
	pid_t pid = start(_metadata, &good, variant->nr);

	EXPECT_EQ(0, end_lease(&good));
	EXPECT_EQ(42, reap(pid));
}

/*
 * A thread is not in execve before it has been given the filter. It is the next to get the
 * mutex, comes to its interpreter as soon as it has it, and is looked at before any other
 * task runs.
 */
TEST_F(execve, waits_too)
{
	pid_t pid = start(_metadata, &bad, variant->nr);
	pid_t tid = tid_from(&threads->successor);

	ASSERT_EQ(1, write(execute_now[1], "", 1));
	ASSERT_EQ(true, asleep_in(tid, __NR_execve));
	EXPECT_EQ(F_WRLCK, fcntl(good.lease, F_GETLEASE));
	give_cpu0(tid, FIRST);
	take_cpu0(OURS);
	EXPECT_EQ(0, end_lease(&bad));
	EXPECT_EQ(true, lease_is_in_the_way());
	EXPECT_EQ(true, has_been_given(tid));
	leave_cpu0();
	EXPECT_EQ(0, end_lease(&good));
	EXPECT_EQ(43, reap(pid));
}

TEST_HARNESS_MAIN
