/* SPDX-License-Identifier: GPL-2.0 */
/* A traced child, and the stops that it makes. */
#ifndef TRACE_H
#define TRACE_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "program.h"
#include "registers.h"

#define SECCOMP_STOP	(SIGTRAP | (PTRACE_EVENT_SECCOMP << 8))
#define CALL_STOP	(SIGTRAP | 0x80)

#ifndef PTRACE_O_SUSPEND_SECCOMP
#define PTRACE_O_SUSPEND_SECCOMP 0x00200000
#endif

/* The stop that a wait status tells of: the signal and the event, or 0. */
static inline int stop_of(int status)
{
	return WIFSTOPPED(status) ? status >> 8 : 0;
}

static inline int wait_stop(pid_t pid)
{
	int status;

	return waitpid(pid, &status, __WALL) == pid ? status : -1;
}

/* Lets the child go on with ptrace request @how until it stops or ends. */
static inline int go_on(pid_t pid, int how)
{
	if (ptrace(how, pid, NULL, NULL))
		return -1;
	return wait_stop(pid);
}

/* A child that is stopped, traced with @options, before it runs @body. */
static inline pid_t traced(int (*body)(void *arg), void *arg, long options)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(98);
		raise(SIGSTOP);
		_exit(body(arg));
	}
	/* To kill -1 would be to kill everybody. */
	if (pid < 0)
		return -1;
	if (stop_of(wait_stop(pid)) != SIGSTOP ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, options | PTRACE_O_EXITKILL)) {
		kill(pid, SIGKILL);
		return -1;
	}
	return pid;
}

/* A child that is stopped where @body raises SIGSTOP. */
static inline pid_t stopped(int (*body)(void *arg))
{
	pid_t pid = traced(body, NULL, 0);

	if (pid < 0 || stop_of(go_on(pid, PTRACE_CONT)) != SIGSTOP)
		return -1;
	return pid;
}

/*
 * Runs on until call @nr is entered, or left. False when the child stops for
 * anything but a call before; it must be traced with PTRACE_O_TRACESYSGOOD.
 */
static inline bool stop_at(pid_t pid, long nr)
{
	do {
		if (stop_of(go_on(pid, PTRACE_SYSCALL)) != CALL_STOP)
			return false;
	} while (peek_nr(pid) != nr);
	return true;
}

static inline long get_filter(pid_t pid, unsigned long index, void *buf)
{
	return neg_errno(ptrace(PTRACE_SECCOMP_GET_FILTER, pid, index, buf));
}

#endif
