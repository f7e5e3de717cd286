// SPDX-License-Identifier: GPL-2.0
/* One call under test: its arguments, its memory, and what is said of it. */
#include <linux/fcntl.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>

#include "act.h"

/* No task has this id; 0 and -1 would be many tasks. */
#define NOBODY	0x7ffffff0

struct text line_start(int me, int i)
{
	struct role *r = &WORLD->role[me];
	struct text t = { .buf = r->text, .len = r->len, .max = TEXT_SIZE - 1 };

	put_num(&t, i);
	put_char(&t, ' ');
	put_role(&t, me);
	return t;
}

void line_end(int me, const struct text *t)
{
	struct role *r = &WORLD->role[me];

	/* What has no room is left out, and then the case counts for nothing. */
	if (t->len >= TEXT_SIZE - 1) {
		WORLD->cut = true;
		return;
	}
	r->text[t->len] = '\n';
	r->len = t->len + 1;
}

void put_role(struct text *t, int role)
{
	put_char(t, role == DIRECTOR ? 'd' : 'a');
	if (role != DIRECTOR)
		put_num(t, role);
}

void put_thread(struct text *t, int me, long tid)
{
	int i;

	for (i = 0; i < NROLES && !WORLD->role[me].nested; i++) {
		if (WORLD->role[i].tid == tid && tid) {
			put_role(t, i);
			return;
		}
	}
	/* In a new namespace the first numbers are the same ones each time. */
	put_num(t, tid);
}

static __u64 thread_of(int me, __u64 role)
{
	if (role >= NROLES || WORLD->role[role].state == ABSENT)
		return NOBODY;
	if (role == (__u64)me)
		return own(__NR_gettid);
	if (me != DIRECTOR &&
	    (WORLD->role[me].nested || WORLD->role[role].tid != TID_OF((int)role)))
		return NOBODY;
	return WORLD->role[role].tid;
}

__u8 *bytes_at(__u64 addr)
{
	__u64 pool = pool_address(0);

	if (addr >= pool && addr < pool + POOL_SIZE)
		return (__u8 *)addr;
	return scratch_bytes(addr);
}

static __u64 id_for(const struct op *op)
{
	const struct listener *l = &WORLD->listener[op->slot];

	if (op->id_kind == ID_NONE || !l->count)
		return 0x123456789;
	if (op->id_kind == ID_FIRST)
		return l->base + op->id_add;
	return l->id[(l->count - 1 - op->id_nth % l->count) % MAX_IDS] + op->id_add;
}

static void write_in(const struct op *op)
{
	__u8 *to = bytes_at(op->at);

	if (!op->in_len || !to)
		return;
	memcpy(to, WORLD->pool + op->in, op->in_len);
	if (op->id_kind != ID_NONE) {
		__u64 id = id_for(op);

		memcpy(to + op->id_at, &id, sizeof(id));
	}
}

static void note_id(const struct op *op, __u64 id)
{
	struct listener *l = &WORLD->listener[op->slot];

	if (!l->count)
		l->base = id;
	l->id[l->count++ % MAX_IDS] = id;
}

/* A notification whose copying failed may be there in part. */
static void put_notif(struct text *t, int me, const struct op *op, const __u8 *now, long ret)
{
	const struct listener *l = &WORLD->listener[op->slot];
	struct seccomp_notif n;
	int i;

	memcpy(&n, now, sizeof(n));
	put(t, " id ");
	if (!n.id || ret)
		put(t, n.id ? "some" : "none");
	else
		put_num(t, n.id - l->base);
	put(t, " pid ");
	put_thread(t, me, n.pid);
	put(t, " flags ");
	put_hex(t, n.flags);
	put(t, " data ");
	put_num(t, n.data.nr);
	put_char(t, ' ');
	put_hex(t, n.data.arch);
	put_char(t, ' ');
	put_hex(t, n.data.instruction_pointer);
	for (i = 0; i < 6; i++) {
		put_char(t, ' ');
		put_hex(t, n.data.args[i]);
	}
}

static void put_out(struct text *t, int me, const struct op *op, long ret)
{
	const __u8 *now = bytes_at(op->out);
	__u32 n = op->out_len;

	if (op->form == FORM_NONE || !now)
		return;
	if (op->form == FORM_HASH) {
		put(t, " hash ");
		put_hex(t, hash_more(HASH_START, now, n));
		return;
	}
	if (!memcmp(WORLD->role[me].before, now, n)) {
		put(t, " same");
	} else if (op->form == FORM_NOTIF) {
		put_notif(t, me, op, now, ret);
	} else {
		put_char(t, ' ');
		put_bytes(t, now, n);
	}
}

/*
 * What the two kernels are known to differ in is not done, nor what would break this
 * program. It depends on what all roles have done before, and so is the same on both.
 */
static const char *why_held(int me, const struct op *op)
{
	int i;

	/* Registers are those of a call, or of code that goes on with them. */
	if (op->entry == ENTRY_NATIVE && op->nr == __NR_ptrace && op->arg[0] == CHANGES_REGISTERS &&
	    is_elsewhere(op->arg[1]))
		return "held: no call";

	if (WORLD->racing)
		return NULL;
	/* C may drop a reply that meets a signal. */
	if (op->flags & F_ANSWERS && WORLD->signalled)
		return "held: signal";
	for (i = 0; i < NACTORS && op->flags & (F_READS | F_POLLS); i++) {
		const struct role *r = &WORLD->role[i];

		if (i == me || r->state != BUSY)
			continue;
		/* Which of several readers gets a request is not said. */
		if (op->flags & F_READS && r->reading == op->slot + 1)
			return "held: reader";
		/* Nor whether one who polls is up before a reader has taken it. */
		if (op->flags & F_READS ? r->polling : r->reading)
			return "held: poll beside a reader";
	}
	return NULL;
}

/* Moves a new listener to where all roles look for it. A slot is used once. */
static void keep_listener(const struct op *op, long fd)
{
	struct listener *l = &WORLD->listener[op->slot];

	if (!l->used)
		own(__NR_dup3, fd, FD_LISTENER + op->slot, O_CLOEXEC);
	l->used = 1;
	own(__NR_close, fd);
}

static void perform_call(int me, int i)
{
	const struct op *op = &WORLD->op[i];
	struct role *r = &WORLD->role[me];
	const char *why = why_held(me, op);
	__u8 *out = bytes_at(op->out);
	struct text t;
	__u64 arg[6];
	long ret;
	int n;

	if (why) {
		t = line_start(me, i);
		put_char(&t, ' ');
		put(&t, why);
		line_end(me, &t);
		WORLD->held++;
		return;
	}
	write_in(op);
	for (n = 0; n < 6; n++)
		arg[n] = op->roles & 1 << n ? thread_of(me, op->arg[n]) : op->arg[n];
	if (op->out_len && out)
		memcpy(r->before, out, op->out_len);
	if (op->flags & F_READS)
		r->reading = op->slot + 1;
	r->polling = !!(op->flags & F_POLLS);

	ret = enter(op->entry, op->nr, arg);

	r->reading = 0;
	r->polling = 0;
	if (op->flags & F_SIGNALS && !ret && op->arg[0] != (__u64)me)
		WORLD->signalled = 1;
	/* A filter can make any result, but writes nothing. */
	if (op->flags & F_READS && !ret && out && memcmp(r->before, out, op->out_len))
		note_id(op, *(__u64 *)out);
	/* Handlers that have run meanwhile have added to the text. */
	t = line_start(me, i);
	put(&t, " = ");
	if (op->flags & F_THREAD_ID && ret > 0)
		put_thread(&t, me, ret);
	else
		put_num(&t, ret);
	put_out(&t, me, op, ret);
	line_end(me, &t);
	WORLD->done++;
	if (op->flags & F_LISTENS && ret >= 0 && ret < FD_SOURCE)
		keep_listener(op, ret);
}

void perform(int me, int i)
{
	switch (WORLD->op[i].kind) {
	case OP_CALL:
		perform_call(me, i);
		break;
	case OP_SPAWN:
		perform_spawn(me, i);
		break;
	case OP_EXEC:
		perform_exec(me, i);
		break;
	case OP_FETCH:
		perform_fetch(me, i);
		break;
	case OP_FILE:
		perform_file(me, i);
		break;
	case OP_REGS:
		perform_regs(me, i);
		break;
	}
}
