// SPDX-License-Identifier: GPL-2.0
/* The registers of a call: as handlers and tracers see them, and as tracers change them. */
#include <asm/ptrace.h>
#include <asm/sigcontext.h>
#include <asm/signal.h>
#include <asm/ucontext.h>
#include <linux/elf.h>
#include <linux/ptrace.h>
#include <linux/uio.h>

#include "act.h"
#include "build.h"

void put_frame(struct text *t, const void *context)
{
	const struct ucontext *uc = context;

	put(t, " x0 ");
	put_num(t, uc->uc_mcontext.regs[0]);
}

static long get_set(long tid, int set, void *to, __u32 n)
{
	struct iovec v = { to, n };

	return own(__NR_ptrace, PTRACE_GETREGSET, tid, set, &v);
}

bool registers_elsewhere(long tid)
{
	struct user_pt_regs regs;

	return !get_set(tid, NT_PRSTATUS, &regs, sizeof(regs)) && regs.pc != SITE_IP;
}

void put_registers(struct text *t, long tid)
{
	struct user_pt_regs regs;
	long ret = get_set(tid, NT_PRSTATUS, &regs, sizeof(regs));
	int nr;

	put_num(t, ret);
	if (ret || regs.pc != SITE_IP)
		return;
	ret = get_set(tid, NT_ARM_SYSTEM_CALL, &nr, sizeof(nr));
	put(t, " nr ");
	put_num(t, ret ? ret : nr);
	put(t, " x0 ");
	put_num(t, regs.regs[0]);
	put(t, " x1 ");
	put_hex(t, regs.regs[1]);
}

/* Registers are changed in sets, of which a tracer may give the first part. */
static void change_set(int by, int role, int set, const void *bytes, __u32 n)
{
	struct iovec v = { (void *)pool_address(pool_add(bytes, n)), n };

	trace(by, PTRACE_SETREGSET, role, set, pool_address(pool_add(&v, sizeof(v))));
}

void change_number(int by, int role, __u64 nr)
{
	const int n = nr;

	change_set(by, role, NT_ARM_SYSTEM_CALL, &n, sizeof(n));
}

/* One of them, and those before it. */
void change_argument(int by, int role)
{
	__u64 arg[6];
	__u32 i, n = between(1, ARRAY_SIZE(arg));

	for (i = 0; i < n; i++)
		arg[i] = PICK(theme.value);
	change_set(by, role, NT_PRSTATUS, arg, n * sizeof(arg[0]));
}

void change_result(int by, int role, __u64 result)
{
	change_set(by, role, NT_PRSTATUS, &result, sizeof(result));
}
