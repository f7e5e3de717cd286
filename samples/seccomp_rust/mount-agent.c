// SPDX-License-Identifier: GPL-2.0
/*
 * mount-agent: lend a command without privilege two calls that need it.
 *
 * The command runs as nobody with no_new_privs. Its mount() of a tmpfs below a
 * directory given with -d, and its mkdir() and mkdirat() there, are done for it
 * by this program, which is root; all else is answered with CONTINUE. Agent and
 * command share a mount namespace of their own, so that the mounts are seen
 * nowhere else and are gone when both are.
 *
 * Why CONTINUE is safe here: the command has no rights, so what it continues
 * with, even after rewriting its arguments, is refused by the kernel where
 * nobody would be. The agent only adds, and what it adds it does with its own
 * copy of the arguments. For the same reason calls through another
 * architecture's table may pass.
 *
 * A caller that left the namespace or changed its root means another place by
 * the same path. The kernel answers it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "errname.h"
#include "identity.h"
#include "policy.h"
#include "privilege.h"
#include "report.h"
#include "supervisor.h"
#include "target.h"
#include "text.h"

/* A size limit for one file system is worth little without one for all. */
#define MOUNTS_MAX	16

#define FLAGS_ALLOWED							\
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME |	\
	 MS_NODIRATIME | MS_RELATIME | MS_SILENT)

struct agent {
	struct supervisor supervisor;
	struct policy policy;
	FILE *out;
	const char *size;
	char namespace[64];
	int home;		/* our own current directory */
	int mounts;
};

struct job {
	char path[PATH_MAX];
	const struct policy_dir *dir;
	char *rest;		/* of the path, below dir */
	bool mount;
	unsigned long flags;
	mode_t mode;
};

static void help(FILE *to)
{
	fputs("usage: mount-agent [-s SIZE] [-o FILE] -d DIR [-d DIR]... COMMAND [ARG]...\n"
	      "Run COMMAND as nobody; below DIR it may mount tmpfs and make directories all the same.\n"
	      "  -d DIR   where\n"
	      "  -s SIZE  size of each tmpfs, as mount(8) has it (default 4m)\n"
	      "  -o FILE  report to FILE instead of the standard error output\n"
	      "Needs root. The exit status is COMMAND's, 128+N when signal N killed it; 125 when the\n"
	      "agent failed.\n", to);
}

/* Does the policy want us to do what is asked? Fills in all but the mode. */
static bool take_job(const struct agent *a, const struct seccomp_notif *req,
		     struct job *job)
{
	const __u64 *arg = req->data.args;
	char word[16];
	const char *rest;
	__u64 addr;
	int dirfd = AT_FDCWD;

	job->path[0] = 0;
	job->mount = req->data.nr == SYS_mount;
	if (job->mount) {
		addr = arg[1];
		job->flags = arg[3];
	} else {
		if (req->data.nr == SYS_mkdirat)
			dirfd = *arg++;
		addr = arg[0];
		job->mode = arg[1];
	}

	if (target_path(req->pid, dirfd, addr, job->path,
			sizeof(job->path)) < 0)
		return false;
	job->dir = policy_match(&a->policy, job->path, true, &rest);
	/* Below the directory, not on it or in its stead. */
	if (!job->dir || !strcmp(rest, "."))
		return false;
	job->rest = job->path + (rest - job->path);
	if (!job->mount)
		return true;

	if (job->flags & ~FLAGS_ALLOWED || a->mounts == MOUNTS_MAX)
		return false;
	if (target_string(req->pid, arg[2], word, sizeof(word)) < 0 ||
	    strcmp(word, "tmpfs"))
		return false;
	/* The options are ours. */
	return !arg[4] || !target_string(req->pid, arg[4], word, sizeof(word));
}

/* Does the caller's path mean to it what it would mean to us? */
static bool same_view(const struct agent *a, pid_t tid)
{
	char link[PATH_MAX];

	if (target_link(tid, "ns/mnt", link, sizeof(link)) < 0 ||
	    strcmp(link, a->namespace))
		return false;
	return target_link(tid, "root", link, sizeof(link)) > 0 &&
	       !strcmp(link, "/");
}

static int do_mount(struct agent *a, const struct job *job)
{
	char options[64];
	int fd, ret;

	fd = policy_open(job->dir, job->rest, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;

	/* By descriptor: the path may lead elsewhere a moment later. */
	snprintf(options, sizeof(options), "size=%s", a->size);
	ret = fchdir(fd);
	if (!ret)
		ret = mount("tmpfs", ".", "tmpfs",
			    job->flags | MS_NOSUID | MS_NODEV, options);
	ret = ret ? -errno : 0;
	if (!ret)
		a->mounts++;

	if (fchdir(a->home))
		perror("mount-agent: cannot go back");
	close(fd);
	return ret;
}

static int do_mkdir(const struct job *job, const struct target_ids *ids)
{
	const char *parent = ".";
	char *name = job->rest;
	size_t len = strlen(name);
	char *slash;
	int fd, ret;

	while (len && name[len - 1] == '/')
		name[--len] = 0;
	slash = strrchr(name, '/');
	if (slash) {
		*slash = 0;
		parent = name;
		name = slash + 1;
	}

	fd = policy_open(job->dir, parent, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	ret = identity_mkdir(fd, name, job->mode, ids);
	close(fd);
	return ret;
}

static int answer(void *data)
{
	struct agent *a = data;
	struct listener *l = &a->supervisor.listener;
	struct target_ids ids;
	struct job job;
	struct text line;
	bool ours;
	int ret;

	ours = take_job(a, l->req, &job) && same_view(a, l->req->pid) &&
	       !target_ids(l->req->pid, &ids);

	/* All reading is done. Was it the caller that was read? */
	ret = listener_valid(l);
	if (ret)
		return ret;

	text_clear(&line);
	text_add(&line, "%s ", job.mount ? "mount on" : "mkdir");
	text_quote(&line, job.path, strlen(job.path));
	ret = -EXDEV;
	if (ours)
		ret = job.mount ? do_mount(a, &job) : do_mkdir(&job, &ids);
	/* Not for us after all when the path led out of the directory. */
	if (ret == -EXDEV) {
		fprintf(a->out, "mount-agent: %s -> left to the kernel\n",
			line.s);
		return listener_continue(l);
	}

	fprintf(a->out, "mount-agent: %s -> %s\n", line.s,
		ret ? errname(-ret) : "done");
	return ret ? listener_error(l, -ret) : listener_value(l, 0);
}

static int drop(void *unused)
{
	(void)unused;
	if (privilege_close_files())
		return -1;
	return privilege_drop();
}

static int run(struct agent *a, char **argv)
{
	static struct filter filter;
	struct child_plan plan = {
		.argv = argv, .exec_fd = -1, .prepare = drop,
	};
	int status = EXIT_SUPERVISOR;

	plan.path = child_find(argv[0]);
	if (!plan.path)
		return EXIT_NOT_FOUND;

	if (child_filter_start(&plan, &filter, SECCOMP_RET_ALLOW))
		goto out;
	filter_call(&filter, SYS_mount, SECCOMP_RET_USER_NOTIF);
	filter_call(&filter, SYS_mkdirat, SECCOMP_RET_USER_NOTIF);
#ifdef SYS_mkdir
	filter_call(&filter, SYS_mkdir, SECCOMP_RET_USER_NOTIF);
#endif
	if (filter_end(&filter, SECCOMP_RET_ALLOW) >= 0)
		status = supervisor_run(&a->supervisor, &plan);
out:
	free(plan.path);
	return status;
}

static int own_namespace(struct agent *a)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		perror("mount-agent: cannot have a mount namespace (root is needed)");
		return -1;
	}
	a->home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a->home < 0 || target_link(getpid(), "ns/mnt", a->namespace,
				       sizeof(a->namespace)) < 0) {
		perror("mount-agent: /proc and the current directory are needed");
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct agent a = { .out = stderr, .size = "4m", .home = -1 };
	const char *dirs[POLICY_MAX];
	int status = EXIT_SUPERVISOR;
	int n = 0;
	int opt, i;

	while ((opt = getopt(argc, argv, "+hd:s:o:")) != -1) {
		switch (opt) {
		case 'd':
			if (n == POLICY_MAX) {
				fprintf(stderr, "mount-agent: too many -d\n");
				goto out;
			}
			dirs[n++] = optarg;
			break;
		case 's':
			a.size = optarg;
			if (strspn(a.size, "0123456789kmgKMG%") !=
			    strlen(a.size) || !*a.size || strlen(a.size) > 20) {
				fprintf(stderr, "%s: not a size\n", a.size);
				goto out;
			}
			break;
		case 'o':
			if (report_to(&a.out, optarg))
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
	if (optind == argc || !n) {
		help(stderr);
		goto out;
	}
	report_by_lines(a.out);

	/* The directories are opened in the namespace that they are used in. */
	if (own_namespace(&a))
		goto out;
	for (i = 0; i < n; i++) {
		if (policy_allow(&a.policy, dirs[i], true))
			goto out;
	}
	a.supervisor = (struct supervisor){
		.name = "mount-agent", .answer = answer, .data = &a,
	};
	status = run(&a, argv + optind);
out:
	policy_free(&a.policy);
	if (a.home >= 0)
		close(a.home);
	if (report_close(a.out))
		status = EXIT_SUPERVISOR;
	return status;
}
