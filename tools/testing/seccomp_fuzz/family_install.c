// SPDX-License-Identifier: GPL-2.0
/* One task that installs whatever there is, in every way there is. */
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

#include "build.h"

/* The first number that is no flag of a filter. */
#define FLAGS_END	0x40

static __u64 any_flags(void)
{
	__u64 flags = one_in(2) ? 0 : below(FLAGS_END);

	if (one_in(15))
		flags |= 1ULL << below(64);
	/* Speculation is slow to be mitigated, which is seen often enough. */
	return one_in(8) ? flags : flags | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
}

static __u32 any_program(void)
{
	static const enum style styles[] = { SPARING, SPARING, SPARING, NEARLY, NEARLY, GARBAGE };

	return program(PICK(styles), one_in(3) ? WILD : MILD);
}

/* What describes a program, wrongly. */
static void spoil_description(__u32 prog)
{
	struct sock_fprog *p = (void *)&WORLD->pool[prog];
	static const __u16 lens[] = { 0, 0, 1, 2, BPF_MAXINSNS + 1, 0xffff };

	if (one_in(2))
		p->len = PICK(lens);
	else
		p->filter = (void *)any_place(0, 64);
}

static void do_install(int role)
{
	__u32 prog = any_program();
	__u64 flags = any_flags();
	struct op *op;

	if (one_in(6))
		spoil_description(prog);
	if (one_in(8)) {
		op = call(role, __NR_seccomp | NR_X32, SECCOMP_SET_MODE_FILTER, flags,
			  pool_address(prog));
	} else if (HAS_COMPAT && one_in(6)) {
		op = call(role, NR32_SECCOMP, SECCOMP_SET_MODE_FILTER, flags,
			  pool_address(one_in(8) ? prog : compat_program(prog)));
		op->entry = ENTRY_COMPAT;
	} else if (one_in(5)) {
		op = call(role, __NR_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
			  pool_address(prog), any(), any());
	} else {
		op = install(role, prog, flags, -1);
	}
	op->flags = F_THREAD_ID;
	/* The descriptor that it gives, if it does, goes to a place that later steps know. */
	if ((flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0) {
		op->slot = below(NLISTENERS);
		op->flags = F_LISTENS;
	}
	if (one_in(10))
		op->arg[2] = any_place(role, sizeof(struct sock_fprog));
}

/* The longest ones, and as many as a chain may have of them. */
static void do_long(int role)
{
	__u32 len = between(BPF_MAXINSNS - 2, BPF_MAXINSNS + 1), prog = long_program(len);
	int i, n = one_in(4) ? 10 : 1;

	for (i = 0; i < n; i++)
		install(role, prog, SECCOMP_FILTER_FLAG_SPEC_ALLOW, -1);
}

static void do_strict(int role)
{
	if (one_in(2))
		call(role, __NR_seccomp, SECCOMP_SET_MODE_STRICT, one_in(3) ? edgy() : 1,
		     one_in(2) ? 0 : edgy());
	else
		call(role, __NR_seccomp, SECCOMP_SET_MODE_STRICT, 0, pool_address(0));
}

static void do_ask(int role)
{
	static const __u32 actions[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
		SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE, SECCOMP_RET_LOG,
		SECCOMP_RET_ALLOW,
	};
	__u32 action = one_in(3) ? any() : PICK(actions) ^ (one_in(3) ? 1U << below(32) : 0);
	__u64 at = place(role, 8);
	__u64 flags = one_in(8) ? edgy() : 0;
	struct op *op;

	if (one_in(2)) {
		op = call(role, __NR_seccomp, SECCOMP_GET_ACTION_AVAIL, flags, at);
		reads(op, at, &action, sizeof(action));
	} else {
		op = call(role, __NR_seccomp, SECCOMP_GET_NOTIF_SIZES, flags, at);
		writes(op, at, 8, FORM_BYTES);
	}
	if (HAS_COMPAT && one_in(6)) {
		op->entry = ENTRY_COMPAT;
		op->nr = NR32_SECCOMP;
	}
}

static void do_prctl(int role)
{
	static const int options[] = {
		PR_GET_SECCOMP, PR_GET_SECCOMP, PR_GET_NO_NEW_PRIVS, PR_SET_SECCOMP,
	};
	int option = PICK(options);
	struct op *op;

	/* Strict mode would be taken on, and is of another family. */
	if (option == PR_SET_SECCOMP)
		op = call(role, __NR_prctl, option, one_in(2) ? 0 : 3 + below(3) + (edgy() << 32),
			  edgy());
	else
		op = call(role, __NR_prctl, option);
	if (HAS_COMPAT && option != PR_SET_SECCOMP && one_in(6)) {
		op->entry = ENTRY_COMPAT;
		op->nr = NR32_PRCTL;
	}
}

/* Less privilege, in one way or another. */
static void do_drop(int role)
{
	if (one_in(3))
		call(role, __NR_unshare, CLONE_NEWUSER);
	else if (one_in(2))
		call(role, __NR_setresuid, 1000, 1000, 1000);
	else
		call(role, __NR_prctl, PR_SET_NO_NEW_PRIVS, 1);
}

static void do_any_operation(int role)
{
	struct op *op = call(role, __NR_seccomp, 4 + below(4) + (one_in(2) ? edgy() << 32 : 0),
			     edgy(), place(role, 16));

	/* The operation is 32 bits; with all of them clear it would be strict mode. */
	if (!(__u32)op->arg[0])
		op->arg[0] = 4;
}

static void do_logged(void)
{
	static const char *const lists[] = {
		"kill_process", "trap errno", "log", "", " ", "allow", "errno allow", "nonsense",
		"kill_thread  trap", "trace user_notif log kill_process kill_thread errno trap",
		"errno ", " errno", "errno\n", "trap,errno", "log log log",
	};
	const char *list = PICK(lists);
	struct op *op;
	__u32 n = 0;

	while (list[n])
		n++;
	op = add(OP_FILE, DIRECTOR);
	op->what = FILE_LOGGED;
	op->in = pool_add(list, n);
	op->in_len = n;
	add(OP_FILE, DIRECTOR)->what = one_in(8) ? FILE_AVAIL : FILE_LOGGED;
}

static void step(int role)
{
	static const __u8 weights[] = { 30, 20, 10, 8, 4, 3, 2, 1, 2, 3 };

	switch (weighted(weights, ARRAY_SIZE(weights))) {
	case 0:
		do_install(role);
		break;
	case 1:
		probe(role);
		break;
	case 2:
		do_ask(role);
		break;
	case 3:
		do_prctl(role);
		break;
	case 4:
		do_any_operation(role);
		break;
	case 5:
		do_strict(role);
		break;
	case 6:
		do_drop(role);
		break;
	case 7:
		do_long(role);
		break;
	case 8:
		status_of(one_in(4) ? role : DIRECTOR, role);
		break;
	default:
		do_logged();
	}
	if (percent(80))
		WORLD->op[WORLD->nops - 1].flags |= F_MORE;
}

void family_install(void)
{
	int role, i, n;

	for (role = 0; role < 3 && room(); role++) {
		spawn(DIRECTOR, role, 0);
		if (one_in(3))
			do_drop(role);
		n = between(20, 60);
		for (i = 0; i < n && room(); i++)
			step(role);
		status_of(DIRECTOR, role);
		if (one_in(3)) {
			struct op *op = add(OP_FILE, one_in(4) ? role : DIRECTOR);

			op->what = FILE_CACHE;
			op->other = role;
		}
	}
}
