// SPDX-License-Identifier: GPL-2.0
#include <asm/signal.h>
#include <linux/seccomp.h>

#include "build.h"

struct theme theme;

bool room(void)
{
	return WORLD->nops < MAX_OPS - 40 && WORLD->used < POOL_SIZE - 80 * 1024;
}

struct op *add(enum op_kind kind, int role)
{
	struct op *op = &WORLD->op[WORLD->nops];

	WORLD->keep[WORLD->nops++] = 1;
	op->kind = kind;
	op->role = role;
	return op;
}

struct op *add_call(int role, __u64 nr, const __u64 arg[6])
{
	struct op *op = add(OP_CALL, role);

	op->nr = nr;
	memcpy(op->arg, arg, sizeof(op->arg));
	return op;
}

__u32 pool_add(const void *bytes, __u32 n)
{
	__u32 at = WORLD->used;

	WORLD->used += (n + 7) & ~7U;
	if (bytes)
		memcpy(&WORLD->pool[at], bytes, n);
	return at;
}

void reads(struct op *op, __u64 at, const void *bytes, __u32 n)
{
	op->in = bytes ? pool_add(bytes, n) : ZEROES;
	op->in_len = n;
	op->at = at;
}

void writes(struct op *op, __u64 at, __u32 n, enum form form)
{
	op->out = at;
	op->out_len = n;
	op->form = form;
}

__u64 good_place(int role, __u32 n)
{
	return SCRATCH_OF(role) + (below(2 * PAGE - n) & ~7UL);
}

__u64 any_place(int role, __u32 n)
{
	__u64 page = SCRATCH_OF(role);
	__u32 part = n > 1 ? between(1, n - 1) : 0;

	switch (below(10)) {
	case 0:
		return page + (below(PAGE - n) | 1);
	case 1:
		return page + PAGE - part;
	case 2:
		return page + 2 * PAGE - part;
	case 3:
		return page + 2 * PAGE + (below(PAGE - n) & ~7UL);
	case 4:
		return page + 3 * PAGE - part;
	case 5:
		return page + 3 * PAGE + below(64);
	case 6:
		return 0;
	case 7:
		return 0xffff888000000000ULL + below(4096);
	case 8:
		return 1ULL << 63 | below(4096);
	default:
		return below(4096);
	}
}

__u64 place(int role, __u32 n)
{
	return percent(85) ? good_place(role, n) : any_place(role, n);
}

void spawn(int by, int role, int how)
{
	struct op *op = add(OP_SPAWN, by);

	op->other = role;
	op->what = how;
}

void status_of(int by, int role)
{
	struct op *op = add(OP_FILE, by);

	op->what = FILE_STATUS;
	op->other = role;
}

/* A signal that a handler catches, or that does something by itself. */
struct op *signal_to(int by, int role)
{
	static const int signals[] = {
		SIGUSR1, SIGUSR1, SIGUSR1, SIGUSR2, SIGUSR2, SIGUSR2, SIGSTOP, SIGCONT, SIGCONT,
		SIGKILL, SIGTERM, 0,
	};
	int sig = PICK(signals);
	struct op *op = call(by, __NR_tkill, role, sig);

	op->roles = 1;
	op->flags = F_SIGNALS;
	if (sig == SIGKILL || sig == SIGTERM)
		op->flags |= F_ENDS;
	return op;
}

static void make_theme(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(theme.nr); i++)
		theme.nr[i] = theme_number();
	theme.asked = between(1, 3);
	for (i = 0; i < ARRAY_SIZE(theme.value); i++)
		theme.value[i] = edgy();
	/* Values that a program may return as they are. */
	theme.value[0] = SECCOMP_RET_ERRNO | below(200);
	if (one_in(2))
		theme.value[1] = SECCOMP_RET_ALLOW;
}

void generate(__u64 seed, __u64 index)
{
	static void (*const families[])(void) = {
		family_install, family_verdict, family_crowd, family_talk, family_trace,
	};
	static const __u8 weights[] = { 8, 35, 14, 33, 10 };
	__u32 i;

	for (i = 0; i < NROLES; i++)
		memset(&WORLD->role[i], 0, offsetof(struct role, text));
	memset(WORLD->listener, 0, sizeof(WORLD->listener));
	memset(WORLD->op, 0, WORLD->nops * sizeof(WORLD->op[0]));
	memset(WORLD->keep, 0, sizeof(WORLD->keep));
	memset(WORLD->pool, 0, WORLD->used);
	memset((__u8 *)WORLD + WORLD_SIZE, 0, NROLES * SCRATCH_PAGES * PAGE);
	WORLD->nops = 0;
	WORLD->used = ZEROES + ZEROES_LEN;
	WORLD->lines = 0;
	WORLD->done = 0;
	WORLD->busy = 0;
	WORLD->gone = 0;
	WORLD->held = 0;
	WORLD->cut = 0;
	WORLD->signalled = 0;
	WORLD->hash = HASH_START;

	random_start(seed, index);
	make_theme();
	families[weighted(weights, ARRAY_SIZE(weights))]();
}
