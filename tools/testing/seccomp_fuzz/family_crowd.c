// SPDX-License-Identifier: GPL-2.0
/* Threads and processes that come and go, install, and are synchronised. */
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "build.h"

static int born;

static int anyone(void)
{
	return below(born);
}

static void do_spawn(void)
{
	static const int hows[] = {
		SPAWN_THREAD, SPAWN_THREAD, SPAWN_THREAD, 0, SPAWN_FILES, SPAWN_PIDNS,
	};

	if (born < NACTORS) {
		spawn(anyone(), born, PICK(hows) | (one_in(4) ? SPAWN_HIGH : 0));
		born++;
	}
}

static void do_install(void)
{
	static const __u64 flags[] = {
		0, 0, SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_TSYNC,
		SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
		SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
		SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG,
		SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH |
			SECCOMP_FILTER_FLAG_NEW_LISTENER,
	};
	__u64 f = PICK(flags) | (one_in(10) ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	int slot = f & SECCOMP_FILTER_FLAG_NEW_LISTENER ? (int)below(NLISTENERS) : -1;

	install(anyone(), program(SPARING, one_in(5) ? WILD : MILD), f, slot);
}

/* Some of which end one thread, some a process. */
static void do_end(void)
{
	static const int ways[] = { __NR_exit, __NR_exit, __NR_exit_group };

	call(anyone(), PICK(ways), below(256));
}

/* A thread that cannot be synchronised, while it waits for what never comes. */
static void do_strict(void)
{
	int role = anyone();

	call(role, __NR_prctl, PR_SET_SECCOMP, SECCOMP_MODE_STRICT)->flags = F_MORE;
	call(role, __NR_read, FD_PIPE, good_place(role, 8), 1);
}

static void do_wait(void)
{
	int role = anyone();

	call(role, __NR_read, FD_PIPE, good_place(role, 8), 1);
}

static void do_file(void)
{
	struct op *op = add(OP_FILE, one_in(6) ? anyone() : DIRECTOR);

	op->what = one_in(6) ? FILE_CACHE : FILE_STATUS;
	op->other = anyone();
}

static void do_probes(void)
{
	int role = anyone(), n = between(1, 12);

	while (n--)
		probe(role)->flags |= F_MORE;
}

static void do_privilege(void)
{
	int role = anyone();

	if (one_in(2))
		call(role, __NR_prctl, PR_SET_NO_NEW_PRIVS, 1);
	else if (one_in(2))
		call(role, __NR_prctl, PR_GET_NO_NEW_PRIVS);
	else
		call(role, __NR_setresuid, 1000, 1000, 1000);
}

static void step(void)
{
	static const __u8 weights[] = { 14, 25, 20, 2, 2, 3, 12, 3, 2, 4 };

	switch (weighted(weights, ARRAY_SIZE(weights))) {
	case 0:
		do_spawn();
		break;
	case 1:
		do_install();
		break;
	case 2:
		do_probes();
		break;
	case 3:
		do_end();
		break;
	case 4:
		do_strict();
		break;
	case 5:
		do_wait();
		break;
	case 6:
		do_file();
		break;
	case 7:
		signal_to(one_in(2) ? DIRECTOR : anyone(), anyone());
		break;
	case 8:
		add(OP_EXEC, anyone());
		break;
	default:
		do_privilege();
	}
}

void family_crowd(void)
{
	int n = between(40, 100), i;

	spawn(DIRECTOR, 0, 0);
	born = 1;
	do_spawn();
	while (n-- && room())
		step();
	/* What threads have in common in the end. */
	for (i = 0; i < born; i++)
		status_of(DIRECTOR, i);
}
