// SPDX-License-Identifier: GPL-2.0
/* Operations in words. */
#include <linux/ioctl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "act.h"
#include "print.h"

static char page_buf[8192];
struct text page = { .buf = page_buf, .max = sizeof(page_buf) };

void page_flush(void)
{
	own(__NR_write, FD_OUTPUT, page.buf, page.len);
	page.len = 0;
}

static const struct { int nr; const char *name; } names[] = {
	{ __NR_read, "read" }, { __NR_write, "write" }, { __NR_close, "close" },
	{ NR_POLL, "poll" }, { __NR_lseek, "lseek" }, { __NR_ioctl, "ioctl" },
	{ __NR_fcntl, "fcntl" }, { __NR_exit, "exit" }, { __NR_exit_group, "exit_group" },
	{ __NR_ptrace, "ptrace" }, { __NR_prctl, "prctl" }, { __NR_setresuid, "setresuid" },
	{ __NR_tkill, "tkill" }, { __NR_unshare, "unshare" }, { __NR_epoll_ctl, "epoll_ctl" },
	{ NR_EPOLL_WAIT, "epoll_wait" }, { __NR_dup3, "dup3" }, { __NR_seccomp, "seccomp" },
};

static const struct { unsigned int cmd; const char *name; } commands[] = {
	{ SECCOMP_IOCTL_NOTIF_RECV, "RECV" }, { SECCOMP_IOCTL_NOTIF_SEND, "SEND" },
	{ SECCOMP_IOCTL_NOTIF_ID_VALID, "ID_VALID" }, { SECCOMP_IOCTL_NOTIF_ADDFD, "ADDFD" },
	{ SECCOMP_IOCTL_NOTIF_SET_FLAGS, "SET_FLAGS" },
};

static void put_number(struct text *t, const struct op *op)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names) && op->entry == ENTRY_NATIVE; i++) {
		if (op->nr == (__u64)names[i].nr) {
			put(t, names[i].name);
			return;
		}
	}
	put(t, op->entry == ENTRY_COMPAT ? "int80 " : "call ");
	if (op->nr >> 32 && op->nr >> 32 != 0xffffffff)
		put_hex(t, op->nr);
	else
		put_num(t, (int)op->nr);
}

static void put_argument(struct text *t, const struct op *op, int i)
{
	unsigned int n;

	if (op->roles & 1 << i) {
		put_role(t, op->arg[i]);
		return;
	}
	for (n = 0; n < ARRAY_SIZE(commands) && op->nr == __NR_ioctl && i == 1; n++) {
		if (op->arg[i] == commands[n].cmd) {
			put(t, commands[n].name);
			return;
		}
	}
	if (op->arg[i] < 4096 || op->arg[i] > -4096ULL)
		put_num(t, op->arg[i]);
	else
		put_hex(t, op->arg[i]);
}

static void put_call(struct text *t, const struct op *op)
{
	int i, last = 5;

	put_number(t, op);
	put_char(t, '(');
	while (last > 0 && !op->arg[last] && !(op->roles & 1 << last))
		last--;
	for (i = 0; i <= last; i++) {
		if (i)
			put(t, ", ");
		put_argument(t, op, i);
	}
	put_char(t, ')');
}

static void put_memory(struct text *t, const struct op *op)
{
	if (op->in_len) {
		put(t, " on ");
		put_hex(t, op->at);
		put(t, ": ");
		put_bytes(t, WORLD->pool + op->in, op->in_len < 96 ? op->in_len : 96);
	}
	if (op->id_kind != ID_NONE) {
		put(t, " id ");
		put(t, op->id_kind == ID_FIRST ? "first" : "last");
		if (op->id_kind == ID_RECEIVED && op->id_nth) {
			put_char(t, '~');
			put_num(t, op->id_nth);
		}
		if (op->id_add)
			put(t, op->id_add > 0 ? " +1" : " -1");
		put(t, " of ");
		put_num(t, op->slot);
	}
	if (op->flags & F_LISTENS) {
		put(t, " listener ");
		put_num(t, op->slot);
	}
}

static void put_spawn(struct text *t, const struct op *op)
{
	put(t, op->what & SPAWN_THREAD ? "thread " : "process ");
	put_role(t, op->other);
	put(t, op->what & SPAWN_FILES ? " shares files" : "");
	put(t, op->what & SPAWN_PIDNS ? " in a pid namespace" : "");
	put(t, op->what & SPAWN_HIGH ? " high" : "");
}

void put_words(struct text *t, int i)
{
	static const char *const files[] = {
		[FILE_STATUS] = "status", [FILE_CACHE] = "seccomp_cache",
		[FILE_LOGGED] = "actions_logged", [FILE_AVAIL] = "actions_avail",
	};
	const struct op *op = &WORLD->op[i];

	put_role(t, op->role);
	put_char(t, ' ');
	switch (op->kind) {
	case OP_CALL:
		put_call(t, op);
		put_memory(t, op);
		break;
	case OP_SPAWN:
		put_spawn(t, op);
		break;
	case OP_EXEC:
		put(t, "exec");
		break;
	case OP_FETCH:
		put(t, "fetch listener ");
		put_num(t, op->slot);
		put(t, " of ");
		put_role(t, op->other);
		break;
	case OP_FILE:
		put(t, files[op->what]);
		put(t, " of ");
		put_role(t, op->other);
		put_memory(t, op);
		break;
	case OP_REGS:
		put(t, "registers of ");
		put_role(t, op->other);
		break;
	}
	if (op->flags & F_MORE)
		put(t, ", goes on");
	if (op->flags & F_JOIN)
		put(t, ", together with");
}

bool installs(const struct op *op, struct installed *prog)
{
	bool compat = op->entry == ENTRY_COMPAT;
	__u64 nr = op->nr & ~(__u64)NR_X32, pool = pool_address(0);
	const struct sock_fprog *p;

	if (op->kind != OP_CALL)
		return false;
	if (compat ? nr == NR32_SECCOMP : nr == __NR_seccomp)
		prog->at = op->arg[2];
	else if (!compat && nr == __NR_prctl && op->arg[0] == PR_SET_SECCOMP)
		prog->at = op->arg[2];
	else
		return false;
	if (op->arg[compat || nr == __NR_seccomp ? 0 : 1] !=
	    (nr == __NR_prctl && !compat ? SECCOMP_MODE_FILTER : SECCOMP_SET_MODE_FILTER))
		return false;
	if (prog->at < pool + ZEROES_LEN || prog->at >= pool + WORLD->used)
		return false;
	p = (void *)prog->at;
	prog->len = p->len;
	prog->insns = compat ? (void *)(__u64)((const __u32 *)p)[1] : p->filter;
	/* It may point nowhere. */
	if ((__u64)prog->insns < pool || (__u64)prog->insns >= pool + WORLD->used)
		prog->len = 0;
	return true;
}

static void print_insns(const struct installed *prog)
{
	__u32 i;

	for (i = 0; i < prog->len && i < 64; i++) {
		const struct sock_filter *f = &prog->insns[i];

		put(&page, "        ");
		put_num(&page, i);
		put(&page, ": ");
		put_hex(&page, f->code);
		put_char(&page, ' ');
		put_num(&page, f->jt);
		put_char(&page, ' ');
		put_num(&page, f->jf);
		put_char(&page, ' ');
		put_hex(&page, f->k);
		put_char(&page, '\n');
	}
}

void print_list(void)
{
	struct installed prog;
	__u32 i;

	for (i = 0; i < WORLD->nops; i++) {
		if (!WORLD->keep[i])
			continue;
		put_num(&page, i);
		put_char(&page, ' ');
		put_words(&page, i);
		put_char(&page, '\n');
		if (installs(&WORLD->op[i], &prog))
			print_insns(&prog);
		page_flush();
	}
}
