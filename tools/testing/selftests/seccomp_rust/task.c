// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "task.h"

pid_t spawn(int (*body)(void *), void *arg)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(body(arg));
	return pid;
}

int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1000;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int run(int (*body)(void *), void *arg)
{
	return reap(spawn(body, arg));
}

static bool read_proc(pid_t tid, const char *name, char *buf, size_t size)
{
	char path[64];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	f = fopen(path, "r");
	if (!f)
		return false;
	len = fread(buf, 1, size - 1, f);
	fclose(f);
	buf[len] = '\0';
	return len > 0;
}

void nap(long us)
{
	const struct timespec moment = { .tv_nsec = us * 1000 };

	nanosleep(&moment, NULL);
}

long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool reached(pid_t tid, bool (*there)(pid_t tid, const void *what), const void *what)
{
	int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (there(tid, what))
			return true;
		nap(1000);
	}
	return false;
}

static bool sleeps_in(pid_t tid, const void *what)
{
	char buf[256];

	/* A task that is not asleep shows "running" here. */
	return read_proc(tid, "syscall", buf, sizeof(buf)) &&
	       strncmp(buf, "running", 7) && atol(buf) == *(const long *)what;
}

bool asleep_in(pid_t tid, long nr)
{
	return reached(tid, sleeps_in, &nr);
}

static bool has_state(pid_t tid, const void *what)
{
	char buf[512], *p;

	if (!read_proc(tid, "stat", buf, sizeof(buf)))
		return false;
	p = strrchr(buf, ')');
	return p && p[1] && p[2] && strchr(what, p[2]);
}

bool in_state(pid_t tid, const char *states)
{
	return reached(tid, has_state, states);
}

long status_of(pid_t tid, const char *field)
{
	size_t len = strlen(field);
	char buf[4096], *p;

	if (!read_proc(tid, "status", buf, sizeof(buf)))
		return -1;
	for (p = buf; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, field, len) && p[len] == ':')
			return atol(p + len + 1);
	}
	return -1;
}

int filters_of(pid_t tid)
{
	return status_of(tid, "Seccomp_filters");
}

int mode_of(pid_t tid)
{
	return status_of(tid, "Seccomp");
}

bool configured(const char *symbol)
{
	FILE *f = popen("zcat /proc/config.gz 2>/dev/null || busybox zcat /proc/config.gz", "r");
	char line[256], wanted[128];
	bool found = false;

	snprintf(wanted, sizeof(wanted), "CONFIG_%s=y\n", symbol);
	while (f && fgets(line, sizeof(line), f))
		if (!strcmp(line, wanted))
			found = true;
	if (f)
		pclose(f);
	return found;
}

bool is_rust(void)
{
	return configured("SECCOMP_RUST");
}

static void *pages(size_t size, int prot, int flags)
{
	void *p = mmap(NULL, size, prot, flags | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

void *shared(size_t size)
{
	return pages(size, PROT_READ | PROT_WRITE, MAP_SHARED);
}

void *read_only_page(void)
{
	return pages(sysconf(_SC_PAGESIZE), PROT_READ, MAP_PRIVATE);
}

static int entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	/* Two counts that both failed would be equal. */
	if (!d) {
		perror(path);
		abort();
	}
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

int open_fds(void)
{
	return entries("/proc/self/fd");
}

int open_fds_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	return entries(path);
}

void go_to_cpu0(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("sched_setaffinity");
		abort();
	}
}

void give_cpu0(pid_t tid, int priority)
{
	struct sched_param param = { .sched_priority = priority };
	int policy = priority ? SCHED_FIFO : SCHED_OTHER;

	if (sched_setscheduler(tid, policy | SCHED_RESET_ON_FORK, &param)) {
		perror("sched_setscheduler");
		abort();
	}
}

void take_cpu0(int priority)
{
	give_cpu0(0, priority);
}

void leave_cpu0(void)
{
	give_cpu0(0, 0);
}

int drop_root(void)
{
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		return -errno;
	/* Keeps /proc/self readable, as it is for any ordinary program. */
	return prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;
}

int drop_capability(int cap)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(__NR_capget, &hdr, data))
		return -errno;
	data[CAP_TO_INDEX(cap)].effective &= ~CAP_TO_MASK(cap);
	return syscall(__NR_capset, &hdr, data) ? -errno : 0;
}

int enter_user_namespace(int user)
{
	char map[32];
	int fd, len = snprintf(map, sizeof(map), "0 %d 1", user), err = 0;

	if (unshare(CLONE_NEWUSER))
		return -errno;
	fd = open("/proc/self/uid_map", O_WRONLY);
	if (fd < 0 || write(fd, map, len) != len)
		err = -errno;
	close(fd);
	return err;
}

int set_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

static void do_nothing(int sig)
{
	(void)sig;
}

void interrupt_on(int sig, int flags)
{
	struct sigaction sa = { .sa_handler = do_nothing, .sa_flags = flags };

	sigaction(sig, &sa, NULL);
}
