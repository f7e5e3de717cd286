// SPDX-License-Identifier: GPL-2.0
/*
 * The supervised command: found, started under a filter, waited for.
 *
 * The supervisor outlives the command and everything that the command left
 * behind: were it to end first, all selected calls would fail with ENOSYS. So
 * it does not die of the terminal's signals, which reach the command directly,
 * and passes on those that are sent to it alone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "child.h"
#include "listener.h"

/* Linux 5.6. */
#ifndef GRND_INSECURE
#define GRND_INSECURE	4
#endif

/* Who gets forwarded signals. Set before there is a handler that reads it. */
static pid_t forward_to;

static void forward(int sig)
{
	int saved = errno;

	if (forward_to)
		kill(forward_to, sig);
	errno = saved;
}

static void outlive(pid_t pid)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGPIPE };
	static const int passed_on[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
	struct sigaction sa = { .sa_flags = SA_RESTART };
	size_t i;

	forward_to = pid;
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = forward;
	for (i = 0; i < ARRAY_SIZE(passed_on); i++)
		sigaction(passed_on[i], &sa, NULL);
	sa.sa_handler = SIG_IGN;
	for (i = 0; i < ARRAY_SIZE(ignored); i++)
		sigaction(ignored[i], &sa, NULL);
}

static bool runnable(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

char *child_find(const char *name)
{
	const char *dir = getenv("PATH");
	const char *end;
	char *path;

	if (strchr(name, '/')) {
		path = strdup(name);
		if (!path)
			perror(name);
		return path;
	}

	if (!dir)
		dir = "/bin:/usr/bin";
	for (; dir; dir = *end ? end + 1 : NULL) {
		end = strchrnul(dir, ':');
		if (asprintf(&path, "%.*s%s%s", (int)(end - dir), dir,
			     end > dir ? "/" : "./", name) < 0) {
			perror(name);
			return NULL;
		}
		if (runnable(path))
			return path;
		free(path);
	}
	fprintf(stderr, "%s: no such command in PATH\n", name);
	return NULL;
}

int child_filter_start(struct child_plan *plan, struct filter *f,
		       unsigned int foreign)
{
	/*
	 * The key must differ from what a program has in its registers, not be
	 * a secret: no reason to wait for a good seed early after boot.
	 */
	if (getrandom(plan->key, sizeof(plan->key), GRND_INSECURE) !=
	    sizeof(plan->key)) {
		perror("getrandom");
		return -EIO;
	}
	plan->filter = f;
	filter_start(f, foreign);
	filter_keyed(f, SYS_sendmsg, plan->key);
	filter_keyed(f, SYS_close, plan->key);
	return 0;
}

static const char *install_hint(int err)
{
	switch (err) {
	case EBUSY:
		return ": one listener is the limit, and a supervisor above has it";
	case EINVAL:
		return ": does this kernel have CONFIG_SECCOMP_FILTER and listeners?";
	default:
		return "";
	}
}

static void run(const struct child_plan *plan, int sock)
{
	int status = EXIT_NOT_EXECUTABLE;
	int fd, ret;

	if (plan->prepare && plan->prepare(plan->data))
		_exit(EXIT_SUPERVISOR);

	fd = listener_install(plan->filter);
	if (fd < 0) {
		fprintf(stderr, "cannot install the filter: %s%s\n",
			strerror(-fd), install_hint(-fd));
		_exit(EXIT_SUPERVISOR);
	}

	/* From here on what the filter selects waits for the supervisor. */
	ret = listener_pass(sock, fd, plan->key);
	if (ret) {
		fprintf(stderr, "cannot pass the listener on: %s\n",
			strerror(-ret));
		_exit(EXIT_SUPERVISOR);
	}

	if (plan->exec_fd >= 0)
		syscall(SYS_execveat, plan->exec_fd, "", plan->argv, environ,
			AT_EMPTY_PATH);
	else
		execve(plan->path, plan->argv, environ);
	if (errno == ENOENT)
		status = EXIT_NOT_FOUND;
	fprintf(stderr, "%s: %s%s\n", plan->argv[0], strerror(errno),
		errno == ENOENT && plan->exec_fd >= 0 ?
		": a static program is needed, a loader cannot be found here" :
		"");
	_exit(status);
}

int child_start(const struct child_plan *plan, pid_t *pid)
{
	int sock[2];
	int fd;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock)) {
		perror("socketpair");
		return -errno;
	}

	/* If it was inherited as ignored, there would be no status to wait for. */
	signal(SIGCHLD, SIG_DFL);
	fflush(NULL);
	*pid = fork();
	if (*pid < 0) {
		perror("fork");
		return -errno;
	}
	if (!*pid) {
		close(sock[0]);
		run(plan, sock[1]);
	}

	outlive(*pid);
	close(sock[1]);
	fd = listener_take(sock[0]);
	close(sock[0]);
	if (fd < 0) {
		if (fd != -ENODATA)
			fprintf(stderr, "cannot take the listener: %s\n",
				strerror(-fd));
		kill(*pid, SIGKILL);
		child_wait(*pid);
	}
	return fd;
}

int child_wait(pid_t pid)
{
	siginfo_t info;
	int status;

	/*
	 * Stop forwarding while the number still belongs to the zombie: a
	 * reaped child's may be somebody else's the next moment.
	 */
	while (waitid(P_PID, pid, &info, WEXITED | WNOWAIT)) {
		if (errno != EINTR)
			return EXIT_SUPERVISOR;
	}
	forward_to = 0;

	if (waitpid(pid, &status, 0) < 0)
		return EXIT_SUPERVISOR;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}
