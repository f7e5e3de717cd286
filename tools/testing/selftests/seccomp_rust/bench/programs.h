/* SPDX-License-Identifier: GPL-2.0 */
/* The filters that the cases install. All of them are about getppid(). */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <unistd.h>
#include <sys/syscall.h>

#include "../entry.h"
#include "../program.h"

/* Without this flag a filter slows the processor down, if so configured. */
#define SPEC_ALLOW	SECCOMP_FILTER_FLAG_SPEC_ALLOW

/* The call that is filtered, made by hand. */
static inline long filtered_call(void)
{
	return raw_call(__NR_getppid, 0, 0, 0);
}

/* Looks at the number, and allows the call whatever its arguments are. */
long install_allowing(unsigned long flags);

/* Looks at the number and one argument, and allows the call. */
long install_looking(unsigned long flags);

/* A chain of @count filters that allow the call. */
void install_chain(struct sheet *sheet, long count);

/*
 * The form that container runtimes have: an architecture, the x32 bit, and a long
 * list of numbers, some with arguments. Some 300 instructions.
 */
const struct sock_fprog *container_program(void);

#endif
