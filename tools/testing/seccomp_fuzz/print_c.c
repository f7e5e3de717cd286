// SPDX-License-Identifier: GPL-2.0
/* A case as a program in C: parts of repro.c, and what the case is behind them. */
#include <linux/filter.h>

#include "act.h"
#include "print.h"

/* The whole of repro.c, and that of repro_main.c. */
extern const char repro[], repro_main[], repro_end[];

asm(".pushsection .rodata\n"
	"repro:\n"
	"	.incbin \"repro.c\"\n"
	"repro_main:\n"
	"	.incbin \"repro_main.c\"\n"
	"repro_end:\n"
	".popsection\n");

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

/* Whether any of the operations that are left is like this one. */
static bool any_op(bool (*like)(const struct op *op))
{
	__u32 i;

	for (i = 0; i < WORLD->nops; i++)
		if (WORLD->keep[i] && like(&WORLD->op[i]))
			return true;
	return false;
}

static bool has_out(const struct op *op)
{
	return op->kind == OP_CALL && op->out_len && op->form != FORM_NOTIF;
}

static bool has_role(const struct op *op)
{
	return op->roles || op->kind == OP_REGS;
}

static bool has_id(const struct op *op)
{
	return op->id_kind != ID_NONE || op->form == FORM_NOTIF;
}

static bool listens(const struct op *op)
{
	return op->flags & F_LISTENS;
}

static bool fetches(const struct op *op)
{
	return op->kind == OP_FETCH;
}

static bool is_file(const struct op *op)
{
	return op->kind == OP_FILE;
}

static bool is_regs(const struct op *op)
{
	return op->kind == OP_REGS;
}

/* More than one role: the first one is there to begin with. */
static bool takes_turns(const struct op *op)
{
	return op->role != 0 && !(op->kind == OP_SPAWN && op->other == 0 && !op->what);
}

static bool wanted(const char *part)
{
	static const struct { const char *name; bool (*like)(const struct op *op); } parts[] = {
		{ "out", has_out }, { "roles", has_role }, { "ids", has_id },
		{ "listens", listens }, { "fetch", fetches }, { "file", is_file },
		{ "registers", is_regs }, { "spawn", takes_turns }, { "turns", takes_turns },
	};
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		for (n = 0; parts[i].name[n] && parts[i].name[n] == part[n]; n++)
			;
		if (!parts[i].name[n])
			return any_op(parts[i].like);
	}
	/* The setup, and the simple main(). */
	return part[0] == 's' || !any_op(takes_turns);
}

/* Of one of the two files, from its first include or part on. */
static void print_parts(const char *p, const char *end)
{
	static const char mark[] = "/* part: ", first[] = "#define _GNU_SOURCE";
	const char *line;
	bool on = false;

	for (; p < end; p = line) {
		for (line = p; *line++ != '\n'; )
			;
		if (!memcmp(p, first, sizeof(first) - 1))
			on = true;
		if (!memcmp(p, mark, sizeof(mark) - 1))
			on = wanted(p + sizeof(mark) - 1);
		else if (on)
			own(__NR_write, FD_OUTPUT, p, line - p);
	}
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
	put(t, ", (struct sock_filter[]){\n");
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

static void print_call(int i, const struct op *op)
{
	const char *close = "";

	if (op->in_len && bytes_at(op->at)) {
		put(t, "\t\tin(");
		put_hex(t, op->at);
		put(t, ", ");
		put_string(WORLD->pool + op->in, op->in_len);
		put(t, ", ");
		put_num(t, op->in_len);
		put(t, ");\n");
	}
	if (op->id_kind != ID_NONE && bytes_at(op->at)) {
		put(t, "\t\tid(");
		put_hex(t, op->at + op->id_at);
		put(t, ", ");
		put_num(t, op->slot);
		put(t, ", ");
		put_num(t, op->id_kind == ID_FIRST ? -1 : op->id_nth);
		put(t, ", ");
		put_num(t, op->id_add);
		put(t, ");\n");
	}
	put(t, "\t\treturn ");
	if ((op->form == FORM_NOTIF || has_out(op)) && bytes_at(op->out)) {
		put(t, op->form == FORM_NOTIF ? "received(" : "out(");
		put_num(t, i);
		put(t, ", ");
		if (op->form == FORM_NOTIF)
			put_num(t, op->slot);
		put(t, op->form == FORM_NOTIF ? ", " : "");
		put_hex(t, op->out);
		put(t, ", ");
		if (op->form != FORM_NOTIF) {
			put_num(t, op->out_len);
			put(t, ", ");
		}
		close = ")";
	} else if (op->flags & F_LISTENS) {
		put(t, "listens(");
		put_num(t, op->slot);
		put(t, ", ");
		close = ")";
	}
	put_enter(op);
	put(t, close);
	put(t, ";\n");
}

static void print_file(int i, const struct op *op)
{
	static const char *const paths[] = {
		[FILE_STATUS] = "/status", [FILE_CACHE] = "/seccomp_cache",
		[FILE_LOGGED] = "/proc/sys/kernel/seccomp/actions_logged",
		[FILE_AVAIL] = "/proc/sys/kernel/seccomp/actions_avail",
	};

	put(t, "\t\treturn file(");
	put_num(t, i);
	put(t, ", \"");
	if (op->what == FILE_STATUS || op->what == FILE_CACHE) {
		put(t, "/proc/");
		put_num(t, TID_OF(op->other));
	}
	put(t, paths[op->what]);
	put(t, "\", ");
	if (op->in_len)
		put_string(WORLD->pool + op->in, op->in_len);
	else
		put(t, "NULL");
	put(t, ", ");
	put_num(t, op->in_len);
	put(t, ");\n");
}

static void print_spawn(const struct op *op)
{
	put(t, "\t\treturn spawn(me, ");
	put_num(t, op->other);
	put(t, ", ");
	put(t, op->what & SPAWN_THREAD ? "THREAD" : op->what & SPAWN_FILES ? "FILES" :
	       op->what & SPAWN_PIDNS ? "PIDNS" : "0");
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
		print_call(i, op);
		break;
	case OP_SPAWN:
		if (any_op(takes_turns))
			print_spawn(op);
		break;
	case OP_FETCH:
		put(t, "\t\treturn fetch(");
		put_num(t, op->other);
		put(t, ", ");
		put_num(t, op->slot);
		put(t, ");\n");
		break;
	case OP_FILE:
		print_file(i, op);
		break;
	case OP_REGS:
		put(t, "\t\treturn registers(");
		put_num(t, i);
		put(t, ", ");
		put_num(t, op->other);
		put(t, ");\n");
		break;
	case OP_EXEC:
		/* A program of its own, as a C library could not start under any filter. */
		put(t, "\t\treturn sys(__NR_execve, (long)\"/proc/self/exe\", 0, 0, 0, 0);\n");
		break;
	}
	page_flush();
}

static void print_steps(void)
{
	bool turns = any_op(takes_turns);
	__u32 i;

	put(t, "static const struct step steps[] = {\n");
	for (i = 0; i < WORLD->nops; i++) {
		const struct op *op = &WORLD->op[i];

		if (!WORLD->keep[i] || (!turns && op->kind == OP_SPAWN))
			continue;
		put(t, "\t{ ");
		put_num(t, i);
		put(t, ", ");
		put(t, op->role == DIRECTOR ? "MAIN" : "");
		if (op->role != DIRECTOR)
			put_num(t, op->role);
		put(t, op->flags & F_MORE ? ", MORE" : op->flags & F_JOIN ? ", JOIN" : ", 0");
		put(t, op->flags & F_ENDS ? " | ENDS },\n" : " },\n");
		page_flush();
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
	put(t, " of tools/testing/seccomp_fuzz, or what is left of it. Needs to be root.\n *\n"
	       " *\tcc -O1 -static -no-pie -fno-stack-protector -o shown repro.c\n */\n");
	page_flush();
	print_parts(repro, repro_main);
	print_steps();
	print_memory();
	put(t, "\nstatic long act(int me, int at)\n{\n\tswitch (at) {\n");
	for (i = 0; i < WORLD->nops; i++)
		if (WORLD->keep[i] && (WORLD->op[i].kind != OP_SPAWN || any_op(takes_turns)))
			print_op(i);
	put(t, "\t}\n\treturn 0;\n}\n\n");
	page_flush();
	print_parts(repro_main, repro_end);
}
