// SPDX-License-Identifier: GPL-2.0
/* Stacks of filters, and many calls that run into them. */
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "build.h"

static __u64 flags(void)
{
	return SECCOMP_FILTER_FLAG_SPEC_ALLOW | (one_in(8) ? SECCOMP_FILTER_FLAG_LOG : 0);
}

static void probes(int role, int n)
{
	for (; n && room(); n--)
		probe(role)->flags |= F_MORE;
}

/* The task is to live on, unless a verdict kills it. */
static void spared(int role)
{
	int i, n = between(1, 4);

	for (i = 0; i < n; i++) {
		__u32 prog = program(SPARING, one_in(6) ? DEADLY : WILD);

		install(role, prog, flags(), -1)->flags |= F_MORE;
		probes(role, between(20, 80));
	}
	if (one_in(4)) {
		struct op *op = add(OP_FILE, DIRECTOR);

		op->what = one_in(2) ? FILE_CACHE : FILE_STATUS;
		op->other = role;
	}
	probes(role, between(40, 160));
}

/* Nothing but what is to be called can be relied on: one go, to whatever end. */
static void unspared(int role)
{
	int i, n = between(1, 3);

	probes(role, 2);
	for (i = 0; i < n; i++) {
		__u32 prog = program(LEGAL, one_in(4) ? DEADLY : WILD);

		install(role, prog, flags(), -1)->flags |= F_MORE;
		probes(role, between(10, 60));
	}
}

/* Four calls, and uprobes, and death. */
static void strict(int role)
{
	static const int calls[] = { __NR_read, __NR_write, NR_UPROBE, NR_URETPROBE };
	int i, n = between(0, 8);

	probes(role, 2);
	if (one_in(2))
		call(role, __NR_prctl, PR_SET_SECCOMP, SECCOMP_MODE_STRICT, edgy())->flags = F_MORE;
	else
		call(role, __NR_seccomp, SECCOMP_SET_MODE_STRICT)->flags = F_MORE;
	for (i = 0; i < n; i++) {
		struct op *op = call(role, PICK(calls), 0x1000, edgy(), edgy(), edgy());

		if (one_in(12)) {
			op->nr |= NR_X32;
		} else if (HAS_COMPAT && one_in(6)) {
			op->entry = ENTRY_COMPAT;
			op->nr = 3 + below(2);
		}
		op->flags = F_MORE;
	}
	if (one_in(2))
		call(role, __NR_exit, below(256));
	else
		probes(role, 1);
}

/* A thread beside the one that is tested: then KILL_THREAD kills that alone. */
static void company(int role, int other)
{
	spawn(role, other, SPAWN_THREAD);
	if (one_in(2))
		call(other, __NR_read, FD_PIPE, good_place(other, 8), 1);
}

static void end(int role)
{
	static const int ways[] = { __NR_exit, __NR_exit_group };

	call(role, PICK(ways), edgy());
}

void family_verdict(void)
{
	int role = 0;

	while (role < NACTORS - 1 && room()) {
		int me = role++;

		spawn(DIRECTOR, me, 0);
		if (one_in(4))
			company(me, role++);
		if (percent(60))
			spared(me);
		else if (percent(75))
			unspared(me);
		else
			strict(me);
		if (one_in(3))
			end(me);
	}
}
