// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "session.h"
#include "task.h"

/* How long the processes of a race that has failed may take to see it. */
#define GRACE_MS	3000

/* How long what is dying may take to be gone. */
#define DYING_MS	5000

/* Whether @pid is of the group, as well as what it does, thread by thread. */
static void describe(const char *pid, pid_t group)
{
	static const char *const files[] = { "stat", "syscall", "wchan" };
	char path[400], line[160], *rest;
	struct dirent *e;
	int i, of = 0;
	DIR *d;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		for (i = 0; i < 3; i++) {
			snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s/%s", pid,
				 e->d_name, files[i]);
			f = fopen(path, "r");
			if (!f)
				continue;
			line[0] = '\0';
			if (!fgets(line, sizeof(line), f))
				line[0] = '\0';
			fclose(f);
			line[strcspn(line, "\n")] = '\0';
			if (i == 0) {
				rest = strrchr(line, ')');
				if (!rest || sscanf(rest, ") %*c %*d %d", &of) != 1 || of != group)
					break;
				line[rest - line + 20] = '\0';
				printf("#   %s", line);
			} else {
				printf(", %s %.50s", files[i], line);
			}
		}
		if (of == group)
			printf("\n");
	}
	if (d)
		closedir(d);
}

static void describe_group(pid_t group)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			describe(e->d_name, group);
	if (d)
		closedir(d);
	fflush(stdout);
}

static void run_session(const struct race *race, unsigned long long seed)
{
	const struct rlimit none = {};

	setpgid(0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Those that are killed for a call would dump core. */
	setrlimit(RLIMIT_CORE, &none);
	dice_seed(seed);
	race->session();
	must(waitpid(-1, NULL, WNOHANG) < 0, "a process is left");
}

void start_session(struct session *s, unsigned long long seed)
{
	s->began = now_ms();
	s->heard = s->began;
	s->stopped = 0;
	s->operations = s->score->operations;
	s->score->stop = false;
	fflush(stdout);
	s->pid = fork();
	if (s->pid == 0) {
		score = s->score;
		run_session(s->race, seed);
		_exit(0);
	}
	setpgid(s->pid, s->pid);
}

static void fail(struct session *s, const char *why, int number)
{
	score = s->score;
	must(false, why, number);
}

/* Ends whatever is left of it. Its orphans are the caller's children. */
static void clear_away(struct session *s)
{
	int i;

	for (i = 0; i < DYING_MS / 10; i++) {
		while (waitpid(-s->pid, NULL, WNOHANG) > 0)
			;
		/* One that is dying counts until it is reaped. */
		if (kill(-s->pid, 0) && errno == ESRCH)
			break;
		if (i == DYING_MS / 20)
			kill(-s->pid, SIGKILL);
		nap(10000);
	}
	if (i >= DYING_MS / 20)
		fail(s, i < DYING_MS / 10 ? "processes were left, %d" :
		     "processes are left that cannot be killed, %d", s->pid);
	s->pid = 0;
}

static bool has_ended(struct session *s)
{
	int status;

	if (waitpid(s->pid, &status, WNOHANG) != s->pid)
		return false;
	if (status)
		fail(s, "the session ended with wait status %#x", status);
	clear_away(s);
	return true;
}

static void give_up(struct session *s)
{
	printf("# %s: what its processes do\n", s->race->name);
	describe_group(s->pid);
	kill(-s->pid, SIGKILL);
	clear_away(s);
}

bool watch_session(struct session *s, long ms, long patience_ms)
{
	long now = now_ms(), operations = GET(s->score->operations);

	if (has_ended(s))
		return false;
	if (operations != s->operations) {
		s->operations = operations;
		s->heard = now;
	}
	if (now - s->began >= ms || operations >= s->score->limit)
		PUT(s->score->stop, true);
	if (!GET(s->score->failed)) {
		if (now - s->heard < patience_ms)
			return true;
		fail(s, "hung: nothing was done for %d s", patience_ms / 1000);
		s->stopped = now - GRACE_MS;
	}
	if (!s->stopped)
		s->stopped = now;
	if (now - s->stopped < GRACE_MS)
		return true;
	give_up(s);
	return false;
}
