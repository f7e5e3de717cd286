// SPDX-License-Identifier: GPL-2.0
/* What a child gives up before its command runs. */
#define _GNU_SOURCE
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privilege.h"

/* Linux 5.11. */
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC	4U
#endif

static int failed(const char *what)
{
	perror(what);
	return -1;
}

int privilege_close_files(void)
{
	if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC))
		return failed("close_range");
	return 0;
}

int privilege_leave_files(void)
{
	char dir[] = "/tmp/empty-root-XXXXXX";

	if (!mkdtemp(dir))
		return failed(dir);
	/* Anybody may look, so that what is missing is reported as missing. */
	if (chmod(dir, 0555) || chdir(dir)) {
		failed(dir);
		rmdir(dir);
		return -1;
	}
	/* A directory that was removed is empty and stays so. */
	if (rmdir(dir))
		return failed(dir);

	/* A user namespace of one's own lends the right to chroot. */
	if (geteuid() && unshare(CLONE_NEWUSER))
		return failed("user namespace");
	if (chroot("."))
		return failed("chroot");
	return 0;
}

int privilege_drop(void)
{
	if (!geteuid()) {
		if (setgroups(0, NULL))
			return failed("setgroups");
		if (setresgid(NOBODY, NOBODY, NOBODY))
			return failed("setresgid");
		if (setresuid(NOBODY, NOBODY, NOBODY))
			return failed("setresuid");
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return failed("no_new_privs");
	return 0;
}
