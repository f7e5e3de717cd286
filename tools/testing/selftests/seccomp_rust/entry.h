/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls made by hand: the result as it stands in the register, not
 * turned into errno, and 32-bit calls as seen from a 64-bit program. How that is
 * done is said in the arch.h of each architecture.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/audit.h>

/* What is set in the numbers of x32. Elsewhere no call has it. */
#define X32_BIT		0x40000000

#include "arch.h"

/*
 * Why no 32-bit call can be made, or NULL if one can. Asked once, before there
 * are filters: it may take a try.
 */
const char *no_call32(void);

/* Makes the 32-bit getppid(), and exits with status 0. */
void call32_and_exit(void);

/* Gives 42. It is written by hand, so that a probe can be put on its first instruction. */
int probed(void);

#endif
