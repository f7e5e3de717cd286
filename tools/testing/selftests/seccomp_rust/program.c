// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "program.h"

long seccomp_op(unsigned int op, unsigned long flags, const void *arg)
{
	return neg_errno(syscall(__NR_seccomp, op, flags, arg));
}

long install(unsigned long flags, const struct sock_fprog *prog)
{
	return seccomp_op(SECCOMP_SET_MODE_FILTER, flags, prog);
}

long install_all(unsigned long flags, __u32 verdict)
{
	return install(flags, PROG(GIVE(verdict)));
}

long install_on(unsigned long flags, int nr, __u32 verdict)
{
	return install(flags, PROG(LOAD(nr), UNLESS(nr, 1), GIVE(verdict),
				   GIVE(SECCOMP_RET_ALLOW)));
}

struct sock_fprog *long_program(unsigned short len, __u32 verdict)
{
	const struct sock_filter ret = GIVE(verdict);
	struct sock_fprog *prog = malloc(sizeof(*prog));
	int i;

	if (!prog)
		abort();
	prog->len = len;
	prog->filter = calloc(len, sizeof(ret));
	if (!prog->filter)
		abort();
	for (i = 0; i < len; i++)
		prog->filter[i] = ret;
	return prog;
}
