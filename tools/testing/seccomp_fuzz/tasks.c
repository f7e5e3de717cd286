// SPDX-License-Identifier: GPL-2.0
/* Roles that come to be, and that go on in another program. */
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include "act.h"

void begin(long me)
{
	struct role *r = &WORLD->role[me];

	if (!r->thread)
		r->pid = r->tid;
	take_name(me);
	serve(me);
}

void take_name(int me)
{
	const char name[] = { 'a', '0' + me, '\0' };

	own(__NR_prctl, PR_SET_NAME, name);
}

long fork_director(void)
{
	static const int tid = TID_OF(DIRECTOR);
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (__u64)&tid, .set_tid_size = 1,
	};

	return own(__NR_clone3, &args, sizeof(args));
}

static __u64 spawn_flags(int me, int how)
{
	__u64 flags = CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

	if (how & SPAWN_THREAD)
		return flags | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		       CLONE_SYSVSEM;
	/* All processes are the director's children. */
	return flags | (me == DIRECTOR ? 0 : CLONE_PARENT) |
	       (how & SPAWN_FILES ? CLONE_FILES : 0) | (how & SPAWN_PIDNS ? CLONE_NEWPID : 0);
}

void perform_spawn(int me, int i)
{
	const struct op *op = &WORLD->op[i];
	struct role *r = &WORLD->role[op->other];
	unsigned long top = STACK_OF(op->other) - STACK_START;
	bool nested = op->what & SPAWN_PIDNS;
	/* In its own namespace, if it has one, the first; then in everybody's. */
	const int tids[] = { nested ? 1 : TID_OF(op->other), TID_OF(op->other) };
	struct clone_args args = {
		.flags = spawn_flags(me, op->what),
		.exit_signal = me == DIRECTOR ? SIGCHLD : 0,
		.parent_tid = (__u64)&r->tid, .child_tid = (__u64)&r->alive,
		.stack = STACKS, .stack_size = top - STACKS,
		.set_tid = (__u64)tids, .set_tid_size = 1 + nested,
	};
	struct text t;
	long ret;

	if (r->state != ABSENT || WORLD->role[me].nested) {
		t = line_start(me, i);
		put(&t, r->state != ABSENT ? " held: there" : " held: nested");
		line_end(me, &t);
		WORLD->held++;
		return;
	}
	r->alive = 1;
	r->thread = !!(op->what & SPAWN_THREAD);
	r->nested = nested;
	r->state = IDLE;
	r->pid = WORLD->role[me].pid;
	*(long *)top = op->other;
	ret = clone_to(&args, sizeof(args), top);
	/* Whoever has given up its privileges cannot say which id it wants. */
	if (ret == -1) {
		args.set_tid_size = 0;
		args.set_tid = 0;
		ret = clone_to(&args, sizeof(args), top);
	}
	if (ret <= 0 || ret != r->tid)
		r->state = ABSENT;
	else if (!r->thread)
		r->pid = ret;
	t = line_start(me, i);
	put(&t, " spawn ");
	put_thread(&t, me, ret);
	line_end(me, &t);
	WORLD->done++;
}

void perform_exec(int me, int i)
{
	/* What filters can see of it must not depend on where a stack is. */
	static char digits[NROLES][2];
	static const char *argv[NROLES][4];
	struct text t;
	long ret;

	digits[me][0] = '0' + me;
	argv[me][0] = "fuzz";
	argv[me][1] = "--role";
	argv[me][2] = digits[me];
	ret = own(__NR_execve, "/proc/self/exe", argv[me], &argv[me][3]);
	t = line_start(me, i);
	put(&t, " exec ");
	put_num(&t, ret);
	line_end(me, &t);
	WORLD->done++;
}

void perform_fetch(int me, int i)
{
	const struct op *op = &WORLD->op[i];
	const struct role *from = &WORLD->role[op->other];
	struct text t;
	long pidfd, fd;

	/* No other process has this id. */
	pidfd = own(__NR_pidfd_open, from->pid && !WORLD->role[me].nested ? from->pid : 0x7ffffff0);
	fd = own(__NR_pidfd_getfd, pidfd, FD_LISTENER + op->slot);
	if (fd >= 0 && fd != FD_LISTENER + op->slot) {
		own(__NR_dup3, fd, FD_LISTENER + op->slot, O_CLOEXEC);
		own(__NR_close, fd);
	}
	if (pidfd >= 0)
		own(__NR_close, pidfd);
	t = line_start(me, i);
	put(&t, " fetch ");
	put_num(&t, pidfd < 0 ? pidfd : fd < 0 ? fd : 0);
	line_end(me, &t);
}
