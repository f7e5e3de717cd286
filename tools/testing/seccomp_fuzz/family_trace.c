// SPDX-License-Identifier: GPL-2.0
/* Tracers: they read filters, are asked by them, and suspend them. */
#include <linux/elf.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <asm/signal.h>

#include "build.h"

/* Where what a tracer reads is put: a place of its own in the pool. */
static __u32 buffer;

struct op *trace(int by, long request, int role, __u64 addr, __u64 data)
{
	struct op *op = call(by, __NR_ptrace, request, role, addr, data);

	op->roles = 2;
	return op;
}

static __u64 index_of(void)
{
	static const __u64 far[] = { 100, 1ULL << 31, 1ULL << 32, 1ULL << 63, ~0ULL };

	return percent(85) ? below(5) : PICK(far);
}

void get_filter(int by, int role, __u32 to)
{
	struct op *op;

	if (one_in(4)) {
		trace(by, PTRACE_SECCOMP_GET_FILTER, role, index_of(), one_in(2) ? 0 :
		      any_place(by, 64));
		return;
	}
	op = trace(by, PTRACE_SECCOMP_GET_FILTER, role, index_of(), pool_address(to));
	reads(op, pool_address(to), NULL, ZEROES_LEN);
	writes(op, pool_address(to), FILTER_ROOM, FORM_HASH);
}

static void get_metadata(int by, int role)
{
	struct seccomp_metadata m = { .filter_off = index_of(), .flags = any64() };
	static const __u64 sizes[] = { 0, 1, 7, 8, 9, 12, 15, 17, 24, 4096, ~0ULL };
	__u64 at = place(by, sizeof(m));
	struct op *op = trace(by, PTRACE_SECCOMP_GET_METADATA, role,
			      one_in(2) ? sizeof(m) : PICK(sizes), at);

	reads(op, at, &m, sizeof(m));
	writes(op, at, sizeof(m), FORM_BYTES);
}

static __u64 options(void)
{
	return (percent(85) ? PTRACE_O_TRACESECCOMP : 0) | (one_in(2) ? PTRACE_O_TRACESYSGOOD : 0) |
	       (one_in(5) ? PTRACE_O_SUSPEND_SECCOMP : 0);
}

/* The call becomes another one, or gets another result. */
static void change(int by, int role)
{
	switch (below(5)) {
	case 0:
	case 1:
		change_number(by, role, one_in(4) ? (__u64)-1 : (__u64)theme_number());
		break;
	case 2:
	case 3:
		change_argument(by, role);
		break;
	default:
		change_result(by, role, edgy());
	}
}

static void regs(int role)
{
	add(OP_REGS, DIRECTOR)->other = role;
}

/* Whether a role is stopped for the director, if all goes well. */
static bool stopped[2];

static void go_on(int role)
{
	bool to_exit = one_in(3);

	trace(DIRECTOR, to_exit ? PTRACE_SYSCALL : PTRACE_CONT, role, 0, one_in(12) ? SIGUSR1 : 0);
	stopped[role] = to_exit;
}

/* What can be done with a stopped one. */
static void look(int role)
{
	static const __u8 weights[] = { 20, 20, 25, 10, 5, 30, 2, 1 };

	switch (weighted(weights, ARRAY_SIZE(weights))) {
	case 0:
		get_filter(DIRECTOR, role, buffer);
		break;
	case 1:
		get_metadata(DIRECTOR, role);
		break;
	case 2:
		change(DIRECTOR, role);
		break;
	case 3:
		regs(role);
		break;
	case 4:
		trace(DIRECTOR, PTRACE_SETOPTIONS, role, 0, options());
		break;
	case 5:
		go_on(role);
		break;
	case 6:
		signal_to(DIRECTOR, role);
		break;
	default:
		trace(DIRECTOR, one_in(2) ? PTRACE_DETACH : PTRACE_LISTEN, role, 0, 0);
	}
}

static void add_filter(int role)
{
	install(role, program(one_in(2) ? TRACING : SPARING, one_in(8) ? WILD : MILD),
		SECCOMP_FILTER_FLAG_SPEC_ALLOW | (one_in(2) ? SECCOMP_FILTER_FLAG_LOG : 0), -1);
}

/* What one does that is not stopped, or what makes it stop. */
static void act(int role)
{
	int n = between(1, 4);

	switch (below(8)) {
	case 0:
		trace(DIRECTOR, PTRACE_INTERRUPT, role, 0, 0);
		stopped[role] = true;
		break;
	case 1:
		add_filter(role);
		break;
	case 2:
		while (n--)
			probe(role)->flags |= F_MORE;
		break;
	case 3:
		if (one_in(6))
			signal_to(DIRECTOR, role);
		fallthrough;
	default:
		asked_call(role);
		stopped[role] = true;
	}
}

/* A tracer that is filtered itself reads nothing. */
static void filtered_tracer(int tracer, int role)
{
	int n = between(1, 5);

	trace(tracer, PTRACE_SEIZE, role, 0, one_in(3) ? options() : 0);
	trace(tracer, PTRACE_INTERRUPT, role, 0, 0);
	while (n--) {
		if (one_in(2))
			get_filter(tracer, role, buffer);
		else
			get_metadata(tracer, role);
		if (one_in(4))
			install(tracer, program(SPARING, MILD), SECCOMP_FILTER_FLAG_SPEC_ALLOW, -1);
	}
	trace(tracer, one_in(2) ? PTRACE_DETACH : PTRACE_CONT, role, 0, 0);
}

void family_trace(void)
{
	int n = between(80, 300), i, filters = below(4);

	buffer = pool_add(NULL, FILTER_ROOM);
	spawn(DIRECTOR, 0, 0);
	for (i = 0; i < filters; i++)
		add_filter(0);
	if (one_in(2))
		spawn(0, 1, one_in(3) ? SPAWN_THREAD : 0);
	else
		spawn(DIRECTOR, 1, 0);
	if (one_in(6))
		call(1, __NR_prctl, PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	for (i = 0; i < 2; i++) {
		stopped[i] = false;
		trace(DIRECTOR, PTRACE_SEIZE, i, 0, options());
	}
	spawn(DIRECTOR, 2, 0);
	spawn(DIRECTOR, 3, 0);
	if (one_in(2))
		install(3, program(SPARING, WILD), SECCOMP_FILTER_FLAG_SPEC_ALLOW, -1);
	while (n-- && room()) {
		int role = below(2);

		if (one_in(40))
			filtered_tracer(2, one_in(3) ? role : 3);
		else if (stopped[role] ? !one_in(12) : one_in(12))
			look(role);
		else
			act(role);
	}
}
