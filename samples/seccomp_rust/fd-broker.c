// SPDX-License-Identifier: GPL-2.0
/*
 * fd-broker: run a command that has no files of its own.
 *
 * The command's root is an empty directory, its user is nobody, no_new_privs
 * is set. Each open() and openat() it makes is done here instead, after the
 * policy given with -r and -w, and the descriptor is put into its table and
 * becomes the result of its call in one step (ADDFD with SEND), so that no
 * descriptor is left behind in a caller that is killed between the two.
 *
 * With -l, standard output is replaced by a log file when the command starts:
 * ADDFD with SETFD while the exec itself waits for its answer.
 *
 * Why this is safe: a path is copied once and everything is done with the
 * copy; opens are never answered with CONTINUE. Only regular files are handed
 * over. A descriptor of a directory outside would let the command walk out of
 * its root with fchdir(), and opening a device or FIFO may have effects.
 * Calls through another architecture's table, and all others that take paths,
 * go to the kernel, where the empty root and the lack of rights are enough.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "errname.h"
#include "policy.h"
#include "privilege.h"
#include "report.h"
#include "supervisor.h"
#include "target.h"
#include "text.h"

/* What is passed on. open() ignores flags that it does not know, so do we. */
#define OPEN_FLAGS							\
	(O_ACCMODE | O_APPEND | O_CREAT | O_DIRECTORY | O_DSYNC |	\
	 O_EXCL | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK | O_SYNC)

struct broker {
	struct supervisor supervisor;
	struct policy policy;
	FILE *out;
	int log_fd;		/* to become the child's stdout; -1: no more */
};

struct request {
	char path[PATH_MAX];
	int flags;
	mode_t mode;
};

static void help(FILE *to)
{
	fputs("usage: fd-broker [-r DIR]... [-w DIR]... [-l LOG] [-o FILE] COMMAND [ARG]...\n"
	      "Run COMMAND without files; its opens are done by a broker.\n"
	      "  -r DIR   files below DIR may be read\n"
	      "  -w DIR   files below DIR may be read, written and created\n"
	      "  -l LOG   the command's standard output goes to LOG\n"
	      "  -o FILE  report to FILE instead of the standard error output\n"
	      "COMMAND must be statically linked, or be a loader with the program as its argument:\n"
	      "nothing can be found in the command's own root.\n"
	      "The exit status is COMMAND's, 128+N when signal N killed it; 125 when brokering failed.\n",
	      to);
}

/* Take over the arguments. Nothing is read from the caller after this. */
static int take_request(const struct seccomp_notif *req, struct request *r)
{
	const __u64 *arg = req->data.args;
	char given[PATH_MAX];
	ssize_t len;

#ifdef SYS_open
	/* open() is openat() without its first argument. */
	int dirfd = AT_FDCWD;

	if (req->data.nr == SYS_openat)
		dirfd = *arg++;
#else
	int dirfd = *arg++;
#endif
	r->flags = arg[1];
	r->mode = arg[2];
	r->path[0] = 0;

	len = target_string(req->pid, arg[0], given, sizeof(given));
	if (len < 0)
		return len;
	if (!len)
		return -ENOENT;
	/* Its current directory is the root, and it has no other directories. */
	if (given[0] != '/' && dirfd != AT_FDCWD)
		return -EBADF;
	if (snprintf(r->path, sizeof(r->path), "%s%s",
		     given[0] == '/' ? "" : "/", given) >= (int)sizeof(r->path))
		return -ENAMETOOLONG;
	return 0;
}

static int open_for(const struct broker *b, pid_t tid, const struct request *r)
{
	bool write = (r->flags & O_ACCMODE) != O_RDONLY ||
		     (r->flags & (O_CREAT | O_TRUNC));
	int flags = r->flags & OPEN_FLAGS;
	const struct policy_dir *dir;
	struct target_ids ids;
	struct stat st;
	const char *rest;
	int fd, ret;

	/* Neither gives a regular file that has a name. */
	if (r->flags & O_PATH || (r->flags & O_TMPFILE) == O_TMPFILE)
		return -EACCES;
	dir = policy_match(&b->policy, r->path, write, &rest);
	if (!dir)
		return -EACCES;
	ret = target_ids(tid, &ids);
	if (ret)
		return ret;

	/*
	 * O_NONBLOCK: a FIFO must not hold up the broker. Truncation waits
	 * until the file is known to be one that may be handed over. The mode
	 * of a new one is worked out from the caller's umask alone.
	 */
	umask(0);
	fd = policy_open(dir, rest, flags | O_NONBLOCK | O_NOCTTY,
			 r->flags & O_CREAT ? r->mode & 07777 & ~ids.umask : 0);
	if (fd < 0)
		return fd == -EXDEV ? -EACCES : fd;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    (r->flags & O_TRUNC && ftruncate(fd, 0)) ||
	    fcntl(fd, F_SETFL, flags & (O_APPEND | O_NONBLOCK))) {
		close(fd);
		return -EACCES;
	}
	return fd;
}

static int answer_open(struct broker *b)
{
	struct listener *l = &b->supervisor.listener;
	struct request r;
	struct text name;
	int fd, got, ret;

	fd = take_request(l->req, &r);
	if (!fd)
		fd = open_for(b, l->req->pid, &r);

	/*
	 * Only now is it sure that path and umask were the caller's. A file
	 * that was created for one since killed stays, as it may with open().
	 */
	ret = listener_valid(l);
	if (ret) {
		if (fd >= 0)
			close(fd);
		return ret;
	}

	text_clear(&name);
	text_quote(&name, r.path, strlen(r.path));
	if (fd >= 0) {
		got = listener_answer_fd(l, fd, r.flags & O_CLOEXEC);
		close(fd);
		if (got >= 0) {
			fprintf(b->out, "fd-broker: open %s -> fd %d\n",
				name.s, got);
			return 0;
		}
		if (got == -EINVAL)
			fprintf(stderr, "fd-broker: is this Linux 5.14 or later?\n");
		/* EMFILE: its table is full, and it is the one to know. */
		if (got != -EMFILE)
			return got;
		fd = got;
	}
	fprintf(b->out, "fd-broker: open %s -> %s\n", name.s, errname(-fd));
	return listener_error(l, -fd);
}

static int answer_exec(struct broker *b)
{
	struct listener *l = &b->supervisor.listener;
	int ret;

	if (b->log_fd >= 0) {
		ret = listener_replace_fd(l, b->log_fd, STDOUT_FILENO);
		if (ret)
			return ret;
		fprintf(b->out, "fd-broker: fd 1 replaced by the log\n");
		close(b->log_fd);
		b->log_fd = -1;
	}
	return listener_continue(l);
}

static int answer(void *data)
{
	struct broker *b = data;

	if (b->supervisor.listener.req->data.nr == SYS_execveat)
		return answer_exec(b);
	return answer_open(b);
}

static int give_up_files(void *unused)
{
	(void)unused;
	if (privilege_close_files() || privilege_leave_files())
		return -1;
	return privilege_drop();
}

static int run(struct broker *b, char **argv)
{
	static struct filter filter;
	struct child_plan plan = { .argv = argv, .prepare = give_up_files };
	int status = EXIT_SUPERVISOR;

	plan.path = child_find(argv[0]);
	if (!plan.path)
		return EXIT_NOT_FOUND;
	plan.exec_fd = open(plan.path, O_PATH | O_CLOEXEC);
	if (plan.exec_fd < 0) {
		perror(plan.path);
		free(plan.path);
		return EXIT_NOT_FOUND;
	}

	/* The filter adds rights and takes none: foreign calls may pass. */
	if (child_filter_start(&plan, &filter, SECCOMP_RET_ALLOW))
		goto out;
	filter_call(&filter, SYS_openat, SECCOMP_RET_USER_NOTIF);
#ifdef SYS_open
	filter_call(&filter, SYS_open, SECCOMP_RET_USER_NOTIF);
#endif
	if (b->log_fd >= 0)
		filter_call(&filter, SYS_execveat, SECCOMP_RET_USER_NOTIF);
	if (filter_end(&filter, SECCOMP_RET_ALLOW) >= 0)
		status = supervisor_run(&b->supervisor, &plan);
out:
	close(plan.exec_fd);
	free(plan.path);
	return status;
}

int main(int argc, char **argv)
{
	struct broker b = { .out = stderr, .log_fd = -1 };
	int status = EXIT_SUPERVISOR;
	int opt;

	while ((opt = getopt(argc, argv, "+hr:w:l:o:")) != -1) {
		switch (opt) {
		case 'r':
		case 'w':
			if (policy_allow(&b.policy, optarg, opt == 'w'))
				goto out;
			break;
		case 'l':
			if (b.log_fd >= 0)
				close(b.log_fd);
			b.log_fd = open(optarg, O_WRONLY | O_CREAT | O_APPEND |
					O_CLOEXEC, 0644);
			if (b.log_fd < 0) {
				perror(optarg);
				goto out;
			}
			break;
		case 'o':
			if (report_to(&b.out, optarg))
				goto out;
			break;
		case 'h':
			help(stdout);
			status = 0;
			goto out;
		default:
			help(stderr);
			goto out;
		}
	}
	if (optind == argc) {
		help(stderr);
		goto out;
	}
	report_by_lines(b.out);
	b.supervisor = (struct supervisor){
		.name = "fd-broker", .answer = answer, .data = &b,
	};
	status = run(&b, argv + optind);
out:
	policy_free(&b.policy);
	if (b.log_fd >= 0)
		close(b.log_fd);
	if (report_close(b.out))
		status = EXIT_SUPERVISOR;
	return status;
}
