// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "sheet.h"
#include "programs.h"

long install_allowing(unsigned long flags)
{
	return install_on(flags | SPEC_ALLOW, __NR_getpgrp, RET_ERRNO(EPERM));
}

long install_looking(unsigned long flags)
{
	return install(flags | SPEC_ALLOW,
		       PROG(LOAD(nr), UNLESS(__NR_getppid, 3),
			    LOAD(args[0]), UNLESS(0x5ec, 1),
			    GIVE(RET_ERRNO(EPERM)),
			    GIVE(SECCOMP_RET_ALLOW)));
}

void install_chain(struct sheet *sheet, long count)
{
	long i;

	for (i = 0; i < count; i++)
		MUST(sheet, !install_allowing(0));
}

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static struct sock_filter insns[400];
static int used;

static void put(struct sock_filter insn)
{
	insns[used++] = insn;
}

/* Allows these numbers; all of the run have to be within reach of a jump. */
static void allow_numbers(int first, int last)
{
	int nr;

	for (nr = first; nr <= last; nr++)
		put((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr,
						 last - nr + 1, 0));
	put((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 1));
	put((struct sock_filter)GIVE(SECCOMP_RET_ALLOW));
}

/* Allows call @nr if its first argument is one of these. */
static void allow_with(int nr, const __u32 *values, int count)
{
	int i;

	put((struct sock_filter)UNLESS(nr, count + 3));
	put((struct sock_filter)LOAD(args[0]));
	for (i = 0; i < count; i++)
		put((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, values[i],
						 count - i, 0));
	put((struct sock_filter)GIVE(RET_ERRNO(EPERM)));
	put((struct sock_filter)GIVE(SECCOMP_RET_ALLOW));
}

const struct sock_fprog *container_program(void)
{
	static struct sock_fprog prog = { .filter = insns };
	static const __u32 personas[] = { 0, 8, 0x20000, 0x20008, 0xffffffff };
	static const __u32 families[] = { 1, 2, 10, 16, 17 };
	static const struct { int first, last; } runs[] = {
		{ 0, __NR_socket - 1 }, { __NR_socket + 1, __NR_personality - 1 },
		{ __NR_personality + 1, 152 }, { 157, 160 }, { 186, 211 }, { 213, 245 },
		{ 257, 271 }, { 273, 297 }, { 299, 302 }, { 317, 318 },
	};
	unsigned int i;

	if (prog.len)
		return &prog;
	put((struct sock_filter)LOAD(arch));
	put((struct sock_filter)UNLESS(AUDIT_ARCH_I386, 4));
	put((struct sock_filter)LOAD(nr));
	put((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 384, 0, 1));
	put((struct sock_filter)GIVE(RET_ERRNO(EPERM)));
	put((struct sock_filter)GIVE(SECCOMP_RET_ALLOW));
	put((struct sock_filter)UNLESS(AUDIT_ARCH_X86_64, 2));
	put((struct sock_filter)LOAD(nr));
	put((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1));
	put((struct sock_filter)GIVE(SECCOMP_RET_KILL_PROCESS));
	/* The holes are what containers may not call, and what has arguments. */
	for (i = 0; i < ARRAY_SIZE(runs); i++)
		allow_numbers(runs[i].first, runs[i].last);
	allow_with(__NR_personality, personas, 5);
	allow_with(__NR_socket, families, 5);
	put((struct sock_filter)GIVE(RET_ERRNO(EPERM)));
	prog.len = used;
	return &prog;
}
