// SPDX-License-Identifier: GPL-2.0
/* The parts of repro.c that a case needs, by what its operations are like. */
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>

#include "act.h"
#include "print.h"

/* Files of parts, one behind the other; the case comes in front of the last. */
extern const char repro[], repro_main[], repro_end[];

asm(".pushsection .rodata\n"
	"repro:\n"
	"	.incbin \"repro.c\"\n"
	"	.incbin \"repro_look.c\"\n"
	"repro_main:\n"
	"	.incbin \"repro_main.c\"\n"
	"repro_end:\n"
	".popsection\n");

/* Whether there can be records: of a call that has to be told, or of one that ends a task. */
static bool may_log(const struct op *op)
{
	struct installed prog;
	__u32 i;

	if (op->kind != OP_CALL)
		return false;
	if (!installs(op, &prog))
		return (op->nr == __NR_prctl && op->arg[0] == PR_SET_SECCOMP) ||
		       (op->nr == __NR_seccomp && op->arg[0] == SECCOMP_SET_MODE_STRICT);
	if (op->arg[1] & SECCOMP_FILTER_FLAG_LOG)
		return true;
	for (i = 0; i < prog.len; i++) {
		const struct sock_filter *f = &prog.insns[i];

		if (BPF_CLASS(f->code) != BPF_RET)
			continue;
		if (BPF_RVAL(f->code) == BPF_A)
			return true;
		switch (f->k & SECCOMP_RET_ACTION_FULL) {
		case SECCOMP_RET_ALLOW:
		case SECCOMP_RET_ERRNO:
		case SECCOMP_RET_TRACE:
		case SECCOMP_RET_TRAP:
		case SECCOMP_RET_USER_NOTIF:
			break;
		default:
			return true;
		}
	}
	return false;
}

static __u32 needs_of_out(const struct op *op)
{
	if (!op->out_len || !bytes_at(op->out))
		return 0;
	switch (op->form) {
	case FORM_BYTES:
		return NEEDS_BEFORE | NEEDS_BYTES | NEEDS_OUT;
	case FORM_NOTIF:
		return NEEDS_BEFORE | NEEDS_NOTIF;
	case FORM_HASH:
		return NEEDS_SUM | NEEDS_HASH;
	}
	return 0;
}

static __u32 needs_of_call(const struct op *op)
{
	__u32 needs = needs_of_out(op);

	if (op->entry == ENTRY_COMPAT)
		needs |= NEEDS_COMPAT;
	if (op->id_kind != ID_NONE && op->in_len && bytes_at(op->at))
		needs |= NEEDS_ID;
	if (op->roles)
		needs |= NEEDS_ROLES;
	if (op->flags & F_THREAD_ID)
		needs |= NEEDS_MAKES;
	if (op->flags & F_LISTENS)
		needs |= NEEDS_LISTENS;
	if (op->flags & F_READS)
		needs |= NEEDS_READS;
	if (op->flags & F_POLLS)
		needs |= NEEDS_POLLS;
	if (op->flags & F_ANSWERS)
		needs |= NEEDS_ANSWERS;
	if (op->flags & F_SIGNALS && op->arg[0] != op->role)
		needs |= NEEDS_SIGNALS;
	if (op->entry == ENTRY_NATIVE && op->nr == __NR_ptrace && op->arg[0] == CHANGES_REGISTERS)
		needs |= NEEDS_CHANGES;
	return may_log(op) ? needs | NEEDS_AUDIT : needs;
}

__u32 needs_of(const struct op *op)
{
	switch (op->kind) {
	case OP_CALL:
		return needs_of_call(op);
	case OP_FETCH:
		return NEEDS_FETCH;
	case OP_FILE:
		if (op->in_len)
			return NEEDS_FILES | NEEDS_WRITE;
		if (op->what == FILE_STATUS)
			return NEEDS_FILES | NEEDS_STATUS;
		if (op->what == FILE_CACHE)
			return NEEDS_FILES | NEEDS_CACHE | NEEDS_SUM;
		return NEEDS_FILES | NEEDS_LIST | NEEDS_BYTES;
	case OP_REGS:
		return NEEDS_REGISTERS;
	case OP_EXEC:
		return NEEDS_EXEC;
	}
	return 0;
}

bool any_needs(__u32 what)
{
	__u32 i;

	for (i = 0; i < WORLD->nops; i++)
		if (WORLD->keep[i] && needs_of(&WORLD->op[i]) & what)
			return true;
	return false;
}

static bool wanted(const char *part)
{
	static const char *const names[] = {
		"compat", "before", "bytes", "out", "sum", "hash", "roles", "makes", "ids",
		"notif", "listens", "reads", "polls", "answers", "signals", "changes", "fetch",
		"files", "status", "cache", "list", "write", "registers", "exec", "audit",
	};
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		for (n = 0; names[i][n] && names[i][n] == part[n]; n++)
			;
		if (!names[i][n] && part[n] == ' ')
			return any_needs(1 << i);
	}
	/* What each program has. */
	return true;
}

/* Of some files, each from its first include or part on. */
static void print_parts(const char *p, const char *end)
{
	static const char mark[] = "/* part: ", first[] = "#define _GNU_SOURCE", top[] = "// SPDX";
	const char *line;
	bool on = false;

	for (; p < end; p = line) {
		for (line = p; *line++ != '\n'; )
			;
		if (!memcmp(p, top, sizeof(top) - 1))
			on = false;
		if (!memcmp(p, first, sizeof(first) - 1))
			on = true;
		if (!memcmp(p, mark, sizeof(mark) - 1))
			on = wanted(p + sizeof(mark) - 1);
		else if (on)
			own(__NR_write, FD_OUTPUT, p, line - p);
	}
}

void print_first_parts(void)
{
	print_parts(repro, repro_main);
}

void print_last_parts(void)
{
	print_parts(repro_main, repro_end);
}
