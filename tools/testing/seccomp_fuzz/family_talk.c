// SPDX-License-Identifier: GPL-2.0
/* Conversations between supervisors and targets. */
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "build.h"

/*
 * Who is in it, and what each would be doing if all went well. It need not have gone
 * so; this only keeps the list from asking too often for what cannot be.
 */
enum doing { NOTHING, ASKS, IS_HEARD, READS };

struct party {
	int role;
	enum doing doing;
	int calls;		/* that it is to make, one after the other */
};

/* Targets run into the filter of the first slot. */
static struct party targets[3], supervisors[3];
static int ntargets, nsupervisors, born;

/* One that is at it, or NULL; any of them if several are. */
static struct party *one_of(struct party *parties, int n, enum doing doing)
{
	int i, from = below(n);

	for (i = 0; i < n; i++)
		if (parties[(from + i) % n].doing == doing)
			return &parties[(from + i) % n];
	return NULL;
}

static int spawned(int by, int how)
{
	spawn(by, born, how);
	return born++;
}

static void set_listener(int role, int slot)
{
	__u64 flags = one_in(10) ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	struct op *op;

	if (percent(40))
		flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	if (one_in(4))
		flags |= SECCOMP_FILTER_FLAG_LOG;
	op = install(role, program(ASKING, one_in(6) ? WILD : MILD), flags, slot);
	/* Above or below it, one that may be stricter. */
	if (one_in(5))
		install(role, program(SPARING, MILD), SECCOMP_FILTER_FLAG_SPEC_ALLOW, -1);
	(void)op;
}

static void fetch(int role, int from, int slot)
{
	struct op *op = add(OP_FETCH, role);

	op->other = from;
	op->slot = slot;
}

/* A supervisor for a target, of any kind. It does not run into the filter, but for forks. */
static void add_supervisor(bool before)
{
	int high = one_in(2) ? SPAWN_HIGH : 0, role;

	if (nsupervisors == ARRAY_SIZE(supervisors) || born == NACTORS)
		return;
	switch (below(before ? 3 : 4)) {
	case 0:
		role = spawned(targets[0].role, SPAWN_THREAD | high);
		break;
	case 1:
		role = spawned(targets[0].role, SPAWN_FILES | high);
		break;
	case 2:
		role = spawned(DIRECTOR, high | (one_in(4) ? SPAWN_PIDNS : 0));
		break;
	default:
		role = spawned(targets[0].role, high);
	}
	supervisors[nsupervisors++] = (struct party){ .role = role };
}

static void add_target(void)
{
	static const int hows[] = { 0, SPAWN_THREAD, SPAWN_FILES, SPAWN_PIDNS };

	if (ntargets < (int)ARRAY_SIZE(targets) && born < NACTORS)
		targets[ntargets++] = (struct party){
			.role = spawned(targets[0].role, PICK(hows)),
		};
}

static void make_call(struct party *t)
{
	struct party *reader = one_of(supervisors, nsupervisors, READS);

	t->calls = one_in(4) ? 2 : 1;
	if (t->calls == 2)
		asked_call(t->role)->flags |= F_MORE;
	asked_call(t->role);
	t->doing = reader ? IS_HEARD : ASKS;
	if (reader)
		reader->doing = NOTHING;
}

static void hear(struct party *s, struct party *t, int slot)
{
	talk_recv(s->role, slot);
	if (t)
		t->doing = IS_HEARD;
	else
		s->doing = READS;
}

static void reply(struct party *s, struct party *t, int slot)
{
	talk_reply(s->role, slot);
	t->doing = --t->calls > 0 ? ASKS : NOTHING;
}

/* Wakes everybody who might be stuck, which restarts nothing. */
static void wake_all(void)
{
	int i;

	for (i = 0; i < ntargets; i++) {
		interrupt(targets[i].role);
		targets[i].doing = NOTHING;
	}
	for (i = 0; i < nsupervisors; i++) {
		interrupt(supervisors[i].role);
		supervisors[i].doing = NOTHING;
	}
}

static void step(int slot)
{
	struct party *s = one_of(supervisors, nsupervisors, NOTHING);
	struct party *idle = one_of(targets, ntargets, NOTHING);
	struct party *asks = one_of(targets, ntargets, ASKS);
	struct party *heard = one_of(targets, ntargets, IS_HEARD);
	__u32 first = WORLD->nops, chance = below(100);

	if (!s || one_in(40)) {
		if (idle && !one_in(3))
			make_call(idle);
		else
			wake_all();
	} else if (idle && chance < 30) {
		make_call(idle);
	} else if (asks && chance < 50) {
		hear(s, asks, slot);
	} else if (heard && chance < 65) {
		reply(s, heard, slot);
	} else if (idle && chance < 70) {
		int n = between(1, 8);

		while (n--)
			probe(idle->role)->flags |= F_MORE;
	} else if (!asks && chance < 72) {
		hear(s, NULL, slot);
	} else {
		talk_step(s->role, targets[below(ntargets)].role, slot);
	}
	if (WORLD->nops == first)
		return;
	if (one_in(2))
		WORLD->op[WORLD->nops - 1].flags |= F_MORE;
	else if (one_in(6))
		WORLD->op[WORLD->nops - 1].flags |= F_JOIN;
}

/* The other listener, of a chain that has nothing to do with the first. */
static void second_listener(void)
{
	int role;

	if (born + 1 >= NACTORS)
		return;
	role = spawned(DIRECTOR, 0);
	set_listener(role, 1);
	fetch(supervisors[0].role, role, 1);
	asked_call(role);
}

void family_talk(void)
{
	int n = between(40, 250), i;

	born = 0;
	ntargets = 1;
	nsupervisors = 0;
	targets[0] = (struct party){ .role = spawned(DIRECTOR, 0) };
	if (one_in(3))
		call(targets[0].role, __NR_dup3, FD_SOURCE, below(3));
	if (one_in(2))
		add_supervisor(true);
	set_listener(targets[0].role, 0);
	do {
		add_supervisor(false);
	} while (!nsupervisors || one_in(4));
	for (i = 0; i < nsupervisors; i++)
		fetch(supervisors[i].role, targets[0].role, 0);
	if (one_in(2))
		add_target();
	if (one_in(6))
		second_listener();
	while (n-- && room()) {
		step(one_in(20));
		if (one_in(60))
			add_target();
	}
	status_of(DIRECTOR, targets[0].role);
}
