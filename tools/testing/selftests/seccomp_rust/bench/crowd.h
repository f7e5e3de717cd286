/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process with many calls that a supervisor has not answered yet, and one thread
 * more that makes a call as often as it is answered.
 */
#ifndef CROWD_H
#define CROWD_H

#include <sys/types.h>
#include <linux/types.h>

#include "../notify.h"
#include "sheet.h"

struct crowd {
	struct target t;
	long count;
	int *go;
};

/*
 * Starts @count waiters, each in a call, and receives their requests. Skips the
 * case where the system does not take so many.
 */
void gather_crowd(struct sheet *sheet, struct crowd *c, long count);

/* Has the caller of calls begin. */
void let_call(struct crowd *c);

/* Kills all of them. */
void end_crowd(struct sheet *sheet, struct crowd *c);

#endif
