// SPDX-License-Identifier: GPL-2.0
/*
 * A case as a program in C: parts of repro.c and the files beside it, and what the case
 * is between them.
 */
#include <linux/filter.h>

#include "act.h"
#include "direct.h"
#include "print.h"

static struct text *const t = &page;

static void put_unsigned(__u64 n)
{
	if (n < 4096)
		put_num(t, n);
	else
		put_hex(t, n);
}

static void put_string(const __u8 *bytes, __u32 n)
{
	__u32 i;

	put_char(t, '"');
	for (i = 0; i < n; i++) {
		put(t, "\\x");
		put_bytes(t, &bytes[i], 1);
		if (i % 24 == 23 && i + 1 < n)
			put(t, "\"\n\t\t   \"");
	}
	put_char(t, '"');
}

static void print_installed(const struct installed *prog)
{
	__u64 pool = pool_address(0);
	__u32 i;

	put(t, "\tin(");
	put_hex(t, prog->at);
	put(t, ", ");
	put_string((void *)prog->at, sizeof(struct sock_fprog));
	put(t, ", 16);\n");
	if (!prog->len)
		return;
	put(t, "\tin(");
	put_hex(t, (__u64)prog->insns);
	put(t, ", (const struct sock_filter[]){\n");
	for (i = 0; i < prog->len; i++) {
		const struct sock_filter *f = &prog->insns[i];

		/* A description can say that a program is longer than it is. */
		if ((__u64)(f + 1) > pool + WORLD->used)
			break;
		put(t, "\t\tBPF_JUMP(");
		put_hex(t, f->code);
		put(t, ", ");
		put_hex(t, f->k);
		put(t, ", ");
		put_num(t, f->jt);
		put(t, ", ");
		put_num(t, f->jf);
		put(t, "),\n");
		page_flush();
	}
	put(t, "\t}, ");
	put_num(t, 8 * i);
	put(t, ");\n");
	page_flush();
}

static void print_memory(void)
{
	struct installed prog;
	__u64 last = 0;
	__u32 i;

	put(t, "\nstatic void fill_memory(void)\n{\n");
	for (i = 0; i < WORLD->nops; i++) {
		if (!WORLD->keep[i] || !installs(&WORLD->op[i], &prog) || prog.at == last)
			continue;
		print_installed(&prog);
		last = prog.at;
	}
	put(t, "}\n");
}

static void put_enter(const struct op *op)
{
	int i, last = 5;

	put(t, op->entry == ENTRY_COMPAT ? "(int)enter_compat(" : "enter_native(");
	put_unsigned(op->nr);
	put(t, ", A(");
	while (last > 0 && !op->arg[last] && !(op->roles & 1 << last))
		last--;
	for (i = 0; i <= last; i++) {
		if (i)
			put(t, ", ");
		if (op->roles & 1 << i)
			put(t, "T(me, ");
		put_unsigned(op->arg[i]);
		if (op->roles & 1 << i)
			put_char(t, ')');
	}
	put(t, "))");
}

/* A line of the function that does it: a name, and arguments but for the last bracket. */
static void put_line(const char *name)
{
	put(t, "\t\t");
	put(t, name);
}

/* What has to be so, or the fuzzer would not try it. */
static void print_condition(const struct op *op, __u32 needs)
{
	if (needs & NEEDS_CHANGES) {
		put_line("if (!may_change(me, at, ");
		put_num(t, op->arg[1]);
	} else if (needs & NEEDS_ANSWERS) {
		put_line("if (!may_answer(me, at");
	} else if (needs & NEEDS_READS) {
		put_line("if (!may_read(me, at, ");
		put_num(t, op->slot);
	} else if (needs & NEEDS_POLLS) {
		put_line("if (!may_poll(me, at");
	} else {
		return;
	}
	put(t, "))\n\t\t\tbreak;\n");
}

static bool are_zeroes(const __u8 *bytes, __u32 n)
{
	if (n > ZEROES_LEN)
		return false;
	while (n && !bytes[n - 1])
		n--;
	return !n;
}

/* What a call finds in memory. */
static void print_in(const struct op *op, __u32 needs)
{
	if (op->in_len && bytes_at(op->at)) {
		put_line("in(");
		put_hex(t, op->at);
		put(t, ", ");
		if (are_zeroes(WORLD->pool + op->in, op->in_len))
			put(t, "zeroes");
		else
			put_string(WORLD->pool + op->in, op->in_len);
		put(t, ", ");
		put_num(t, op->in_len);
		put(t, ");\n");
	}
	if (needs & NEEDS_ID) {
		put_line("id(");
		put_hex(t, op->at + op->id_at);
		put(t, ", ");
		put_num(t, op->slot);
		put(t, ", ");
		put_num(t, op->id_kind == ID_FIRST ? -1 : op->id_nth);
		put(t, ", ");
		put_num(t, op->id_add);
		put(t, ");\n");
	}
	if (needs & NEEDS_BEFORE) {
		put_line("before(me, ");
		put_hex(t, op->out);
		put(t, ", ");
		put_num(t, op->out_len);
		put(t, ");\n");
	}
}

/* What it has left there. */
static void print_out(const struct op *op, __u32 needs)
{
	put_line(needs & NEEDS_NOTIF ? "received(me, " :
		 needs & NEEDS_HASH ? "out_hash(me, " : "out(me, ");
	if (needs & NEEDS_NOTIF) {
		put_num(t, op->slot);
		put(t, ", ");
	}
	put_hex(t, op->out);
	put(t, ", ");
	put_num(t, op->out_len);
	put(t, needs & NEEDS_NOTIF ? ", ret);\n" : ");\n");
}

/* Its result is used. */
#define NEEDS_RESULT	(NEEDS_NOTIF | NEEDS_LISTENS | NEEDS_SIGNALS)

static void print_call(const struct op *op)
{
	__u32 needs = needs_of(op);

	print_condition(op, needs);
	print_in(op, needs);
	put_line(needs & NEEDS_RESULT ? "ret = " : "");
	put(t, needs & NEEDS_MAKES ? "returned_thread(me, at, " : "returned(me, at, ");
	put_enter(op);
	put(t, ");\n");
	if (needs & NEEDS_SIGNALS)
		put_line("s->signalled |= !ret;\n");
	if (needs & (NEEDS_NOTIF | NEEDS_HASH | NEEDS_OUT))
		print_out(op, needs);
	if (needs & NEEDS_LISTENS) {
		put_line("listens(");
		put_num(t, op->slot);
		put(t, ", ret);\n");
	}
}

static void print_file(const struct op *op)
{
	static const char *const paths[] = {
		[FILE_STATUS] = "/proc/%d/status", [FILE_CACHE] = "/proc/%d/seccomp_cache",
		[FILE_LOGGED] = "/proc/sys/kernel/seccomp/actions_logged",
		[FILE_AVAIL] = "/proc/sys/kernel/seccomp/actions_avail",
	};

	__u32 needs = needs_of(op);

	if (needs & (NEEDS_WRITE | NEEDS_LIST)) {
		put_line(needs & NEEDS_WRITE ? "written(me, at, \"" : "seen_list(me, at, \"");
		put(t, paths[op->what]);
		put_char(t, '"');
	} else {
		put_line(needs & NEEDS_CACHE ? "seen_cache(me, at" : "seen_status(me, at");
	}
	if (!(needs & NEEDS_LIST)) {
		put(t, ", ");
		put_num(t, op->other);
	}
	if (needs & NEEDS_WRITE) {
		put(t, ", ");
		put_string(WORLD->pool + op->in, op->in_len);
		put(t, ", ");
		put_num(t, op->in_len);
	}
	put(t, ");\n");
}

static void print_spawn(const struct op *op)
{
	put_line("new_role(me, at, ");
	put_num(t, op->other);
	put(t, op->what & SPAWN_THREAD ? ", THREAD" : op->what & SPAWN_FILES ? ", FILES" :
	       op->what & SPAWN_PIDNS ? ", PIDNS" : ", 0");
	put(t, op->what & SPAWN_HIGH ? " | HIGH" : "");
	put(t, ");\n");
}

static void print_op(int i)
{
	const struct op *op = &WORLD->op[i];

	put(t, "\tcase ");
	put_num(t, i);
	put(t, ":\t/* ");
	put_words(t, i);
	put(t, " */\n");
	switch (op->kind) {
	case OP_CALL:
		print_call(op);
		break;
	case OP_SPAWN:
		print_spawn(op);
		break;
	case OP_FETCH:
		put_line("fetched(me, at, ");
		put_num(t, op->other);
		put(t, ", ");
		put_num(t, op->slot);
		put(t, ");\n");
		break;
	case OP_FILE:
		print_file(op);
		break;
	case OP_REGS:
		put_line("registers(me, at, ");
		put_num(t, op->other);
		put(t, ");\n");
		break;
	case OP_EXEC:
		put_line("exec_again(me, at);\n");
		break;
	}
	put_line("break;\n");
	page_flush();
}

static void print_steps(void)
{
	int i, first, last;

	put(t, "static const struct step steps[] = {\n");
	for (first = next_kept(0); first < (int)WORLD->nops; first = next_kept(last + 1)) {
		last = burst_end(first);
		for (i = first; i <= last; i = next_kept(i + 1)) {
			const struct op *op = &WORLD->op[i];

			put(t, "\t{ ");
			put_num(t, i);
			put(t, ", ");
			put(t, op->role == DIRECTOR ? "MAIN" : "");
			if (op->role != DIRECTOR)
				put_num(t, op->role);
			put(t, i < last ? ", MORE" : together(first, last) ? ", JOIN" : ", 0");
			put(t, op->flags & F_ENDS ? " | ENDS },\n" : " },\n");
			page_flush();
		}
	}
	put(t, "};\n\nstatic const int nsteps = sizeof(steps) / sizeof(steps[0]);\n");
	page_flush();
}

void print_program(__u64 seed, __u64 index)
{
	__u32 i;

	put(t, "// SPDX-");
	put(t, "License-Identifier: GPL-2.0\n/*\n * Case ");
	put_num(t, index);
	put(t, " of seed ");
	put_num(t, seed);
	put(t, " of tools/testing/seccomp_fuzz, or what is left of it.\n"
	       " * That is from the steps to act(); all else has them done, and says what came\n"
	       " * of it in the words of the fuzzer's log. Needs to be root.\n *\n"
	       " *\tcc -O1 -static -no-pie -fno-stack-protector -Wl,-e,start ");
	put(t, "-Wl,--section-start=.site=0x10000000 -o shown repro.c\n */\n");
	page_flush();
	print_first_parts();
	print_steps();
	print_memory();
	put(t, "\nstatic void act(int me, int at)\n{\n");
	put(t, any_needs(NEEDS_RESULT) ? "\tlong ret;\n\n" : "");
	put(t, "\tswitch (at) {\n");
	for (i = 0; i < WORLD->nops; i++)
		if (WORLD->keep[i])
			print_op(i);
	put(t, "\t}\n}\n\n");
	page_flush();
	print_last_parts();
}
