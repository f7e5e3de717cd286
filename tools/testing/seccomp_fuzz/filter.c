// SPDX-License-Identifier: GPL-2.0
/* Programs of classic BPF: legal ones, ones that are nearly so, and garbage. */
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "build.h"

#define LONGEST	256

static struct sock_filter code[LONGEST];
static __u32 len;

static void stmt(__u16 op, __u32 k)
{
	code[len++] = (struct sock_filter)BPF_STMT(op, k);
}

static void jump(__u16 op, __u32 k, __u8 jt, __u8 jf)
{
	code[len++] = (struct sock_filter)BPF_JUMP(op, k, jt, jf);
}

static __u32 action(enum mood mood)
{
	static const __u32 actions[] = {
		SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_LOG, SECCOMP_RET_TRAP,
		SECCOMP_RET_TRACE, SECCOMP_RET_USER_NOTIF, SECCOMP_RET_KILL_THREAD,
		SECCOMP_RET_KILL_PROCESS, 0,
	};
	static const __u8 weights[][ARRAY_SIZE(actions)] = {
		[MILD] = { 60, 25, 3, 8, 6, 4, 0, 0, 0 },
		[WILD] = { 30, 30, 4, 15, 10, 8, 1, 1, 2 },
		[DEADLY] = { 10, 15, 5, 10, 5, 5, 15, 15, 20 },
	};
	unsigned int i = weighted(weights[mood], ARRAY_SIZE(actions));

	/* The last one stands for those that are none. */
	return i == ARRAY_SIZE(actions) - 1 ? any() & 0xffff0000 : actions[i];
}

static __u32 verdict(enum mood mood)
{
	static const __u16 data[] = { 0, 0, 1, 2, 38, 512, 4094, 4095, 4096, 0x7fff, 0xffff };

	return action(mood) | (one_in(4) ? any() & 0xffff : PICK(data));
}

/* A field of struct seccomp_data. */
static __u32 field(void)
{
	static const __u32 offsets[] = { 0, 0, 0, 4, 4, 8, 12 };

	return one_in(2) ? PICK(offsets) : 16 + 4 * below(12);
}

/* What a program may compare with. */
static __u32 constant(void)
{
	static const __u32 archs[] = { ARCH_NATIVE, ARCH_OTHER };

	switch (below(5)) {
	case 0:
	case 1:
		return PICK(theme.nr);
	case 2:
		return PICK(theme.value) >> (one_in(3) ? 32 : 0);
	case 3:
		return PICK(archs);
	default:
		return edgy();
	}
}

static __u32 divisor(void)
{
	__u32 k = constant();

	return k ? k : 1;
}

static void arithmetic(void)
{
	static const __u16 ops[] = {
		BPF_ADD, BPF_SUB, BPF_MUL, BPF_AND, BPF_AND, BPF_OR, BPF_XOR,
	};

	switch (below(8)) {
	case 0:
		stmt(BPF_ALU | BPF_DIV | BPF_K, divisor());
		break;
	case 1:
		stmt(BPF_ALU | (one_in(2) ? BPF_LSH : BPF_RSH) | BPF_K, below(32));
		break;
	case 2:
		stmt(BPF_ALU | BPF_NEG, 0);
		break;
	case 3:
		stmt(BPF_ALU | PICK(ops) | BPF_X, 0);
		break;
	case 4:
		/* Zero divides nothing: the program ends there. */
		stmt(BPF_ALU | (one_in(2) ? BPF_DIV : one_in(2) ? BPF_LSH : BPF_RSH) | BPF_X, 0);
		break;
	default:
		stmt(BPF_ALU | PICK(ops) | BPF_K, constant());
	}
}

/* Scratch words below @words have been written to by whoever comes here. */
static void move(__u32 words)
{
	switch (below(10)) {
	case 0:
		stmt(BPF_LD | BPF_IMM, constant());
		break;
	case 1:
		stmt(BPF_LDX | BPF_IMM, constant());
		break;
	case 2:
		stmt((one_in(2) ? BPF_LD : BPF_LDX) | BPF_W | BPF_LEN, any());
		break;
	case 3:
		stmt(one_in(2) ? BPF_ST : BPF_STX, below(BPF_MEMWORDS));
		break;
	case 4:
		if (words) {
			stmt((one_in(2) ? BPF_LD : BPF_LDX) | BPF_MEM, below(words));
			break;
		}
		fallthrough;
	case 5:
		stmt(BPF_MISC | (one_in(2) ? BPF_TAX : BPF_TXA), 0);
		break;
	default:
		stmt(BPF_LD | BPF_W | BPF_ABS, field());
	}
}

/* A branch with @left instructions behind it, to where some of them still are. */
static void branch(__u32 left)
{
	static const __u16 ops[] = { BPF_JEQ, BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	__u32 far = left - 1 < 255 ? left - 1 : 255;

	if (one_in(10))
		stmt(BPF_JMP | BPF_JA, below(left));
	else if (one_in(6))
		jump(BPF_JMP | PICK(ops) | BPF_X, 0, below(far + 1), below(far + 1));
	else
		jump(BPF_JMP | PICK(ops) | BPF_K, constant(), below(far + 1),
		     below(one_in(2) ? 1 : far + 1));
}

/* Loads and branches, then a verdict: @n instructions. */
static void body(enum mood mood, __u32 n)
{
	__u32 end = len + n, words = 0;

	for (; one_in(4) && n > 4 && words < 2; words++)
		stmt(BPF_ST, words);
	while (len < end - 1) {
		__u32 left = end - len - 1;

		switch (below(10)) {
		case 0:
		case 1:
		case 2:
			branch(left);
			break;
		case 3:
		case 4:
			arithmetic();
			break;
		case 5:
			stmt(BPF_RET | BPF_K, verdict(mood));
			break;
		case 6:
			if (one_in(4)) {
				stmt(BPF_RET | BPF_A, 0);
				break;
			}
			fallthrough;
		default:
			move(words);
		}
	}
	stmt(one_in(12) && mood != MILD ? BPF_RET | BPF_A : BPF_RET | BPF_K, verdict(mood));
}

/* A verdict for each of some numbers, as most filters are. */
static void table(enum mood mood)
{
	__u32 i, n = between(1, 8);

	if (one_in(3)) {
		stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
		jump(BPF_JMP | BPF_JEQ | BPF_K, one_in(4) ? ARCH_OTHER : ARCH_NATIVE, 1, 0);
		stmt(BPF_RET | BPF_K, verdict(mood));
	}
	stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	if (one_in(4))
		stmt(BPF_ALU | BPF_AND | BPF_K, one_in(2) ? ~(__u32)NR_X32 : constant());
	for (i = 0; i < n; i++) {
		if (one_in(5))
			jump(BPF_JMP | BPF_JGE | BPF_K, probe_number(), 0, 1);
		else
			jump(BPF_JMP | BPF_JEQ | BPF_K, PICK(theme.nr), 0, 1);
		stmt(BPF_RET | BPF_K, verdict(mood));
	}
}

/* Lets the fuzzer's own calls pass, whichever they are. */
static void spare(void)
{
	stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5]));
	jump(BPF_JMP | BPF_JEQ | BPF_K, KEY, 0, 1);
	stmt(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

/* Lets those pass that tests are made of, or little could be tested. */
static void spare_tools(void)
{
	static const int tools[] = {
		__NR_seccomp, __NR_ioctl, __NR_ptrace, __NR_prctl, NR_POLL, NR_EPOLL_WAIT,
		__NR_tkill,
	};
	unsigned int i;

	stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (i = 0; i < ARRAY_SIZE(tools); i++)
		jump(BPF_JMP | BPF_JEQ | BPF_K, tools[i], ARRAY_SIZE(tools) - 1 - i,
		     i == ARRAY_SIZE(tools) - 1);
	stmt(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

/* Verdicts for numbers that the fuzzer does not use itself, before anything else. */
static void few_numbers(enum mood mood)
{
	__u32 i, n = between(1, 4);

	stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (i = 0; i < n; i++) {
		jump(BPF_JMP | BPF_JEQ | BPF_K, PICK(theme.nr), 0, 1);
		stmt(BPF_RET | BPF_K, one_in(3) ? SECCOMP_RET_ALLOW : verdict(mood));
	}
}

static void ask(__u32 whom)
{
	int i;

	stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (i = 0; i < theme.asked; i++) {
		jump(BPF_JMP | BPF_JEQ | BPF_K, theme.nr[i], 0, 1);
		stmt(BPF_RET | BPF_K, whom | below(3));
	}
}

/* One thing that makes the program illegal, or something that looks like it. */
static void spoil(void)
{
	struct sock_filter *insn = &code[below(len)];

	switch (below(14)) {
	case 0:
		insn->code = any();
		break;
	case 1:
		insn->code |= 1 << between(8, 15);
		break;
	case 2:
		*insn = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 255, below(256));
		break;
	case 3:
		*insn = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, edgy());
		break;
	case 4:
		*insn = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0);
		break;
	case 5:
		*insn = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32 + below(4));
		break;
	case 6:
		*insn = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, between(57, 72));
		break;
	case 7:
		*insn = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, edgy());
		break;
	case 8:
		*insn = (struct sock_filter)BPF_STMT(BPF_LD | (one_in(2) ? BPF_B : BPF_H) | BPF_ABS,
						     below(64));
		break;
	case 9:
		*insn = (struct sock_filter)BPF_STMT(BPF_LD | BPF_MEM, below(20));
		break;
	case 10:
		*insn = (struct sock_filter)BPF_STMT(BPF_ST, between(14, 17));
		break;
	case 11:
		*insn = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_IND, below(64));
		break;
	case 12:
		*insn = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3);
		break;
	default:
		/* No return at the end. */
		code[len - 1] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, 0);
	}
}

static void garbage(void)
{
	for (len = 0; len < 1 + below(12); len++) {
		code[len] = (struct sock_filter){
			.code = one_in(2) ? any() & 0xff : any(),
			.jt = below(8), .jf = below(8), .k = edgy(),
		};
	}
	len = len ? len : 1;
}

static __u32 describe(__u32 insns, __u32 n)
{
	struct sock_fprog prog;

	memset(&prog, 0, sizeof(prog));
	prog.len = n;
	prog.filter = (void *)pool_address(insns);
	return pool_add(&prog, sizeof(prog));
}

__u32 program(enum style style, enum mood mood)
{
	len = 0;
	if (style == GARBAGE) {
		garbage();
	} else {
		bool spares = style == SPARING || style == ASKING || style == TRACING;

		if (style == ASKING || style == TRACING)
			ask(style == ASKING ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_TRACE);
		if (spares && one_in(2))
			few_numbers(mood);
		if (spares)
			spare();
		if (spares && !one_in(4))
			spare_tools();
		if (one_in(2))
			table(mood);
		body(mood, one_in(12) ? between(40, 150) : between(1, 14));
		if (style == NEARLY)
			spoil();
	}
	return describe(pool_add(code, len * sizeof(code[0])), len);
}

/* An instruction that may stand anywhere before the last of @left. */
static struct sock_filter padding(__u32 left)
{
	static const __u16 alu[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_OR, BPF_AND, BPF_XOR };
	__u32 far = left - 2 < 255 ? left - 2 : 255;

	switch (below(8)) {
	case 0:
		return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4 * below(16));
	case 1:
		return (struct sock_filter)BPF_STMT(BPF_MISC | (one_in(2) ? BPF_TAX : BPF_TXA), 0);
	case 2:
		return (struct sock_filter)BPF_STMT(BPF_ST, below(16));
	case 3:
		return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, edgy(),
						    below(far + 1), below(far + 1));
	case 4:
		/* So seldom that most calls get to the end. */
		return one_in(400) ? (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
								 SECCOMP_RET_ERRNO | below(100)) :
				    (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, edgy());
	default:
		return (struct sock_filter)BPF_STMT(BPF_ALU | PICK(alu) |
						    (one_in(2) ? BPF_X : BPF_K), edgy());
	}
}

__u32 long_program(__u32 n)
{
	__u32 at = WORLD->used, i;
	struct sock_filter *insn = (void *)&WORLD->pool[at];

	len = 0;
	spare();
	memcpy(insn, code, len * sizeof(code[0]));
	for (i = len; i + 1 < n; i++)
		insn[i] = padding(n - i);
	insn[n - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	pool_add(NULL, n * sizeof(*insn));
	return describe(at, n);
}

__u32 compat_program(__u32 prog)
{
	const struct sock_fprog *from = (void *)&WORLD->pool[prog];
	struct { __u16 len; __u32 filter; } to = {
		.len = from->len, .filter = (unsigned long)from->filter,
	};

	return pool_add(&to, sizeof(to));
}
