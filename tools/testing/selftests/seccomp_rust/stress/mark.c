// SPDX-License-Identifier: GPL-2.0
#include <sys/syscall.h>

#include "entry.h"
#include "program.h"
#include "mark.h"

static const int calls[] = { __NR_getpgid, __NR_getsid };

long mark(unsigned long flags, int kind, int number)
{
	return install_on(flags, calls[kind], RET_ERRNO(number));
}

int marked(int kind)
{
	long ret = raw_call(calls[kind], 0, 0, 0);

	return ret < 0 ? -ret : 0;
}
