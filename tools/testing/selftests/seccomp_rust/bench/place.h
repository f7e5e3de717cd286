/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the two sides of a conversation run, on one processor or on two, and who
 * of them runs when.
 */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>

#include "sheet.h"

/* The caller, and those that it starts, stay on a processor. */
void stay_on(struct sheet *sheet, int cpu);

/*
 * With the first, the caller and its children run until they sleep, whoever they
 * have woken: a cost is then that of the work, and not of where the scheduler
 * happens to switch. With the second, as ordinary programs do. The first is false
 * where the caller may not.
 */
bool run_until_asleep(void);
void run_fairly(struct sheet *sheet);

/* Skips the case where there is one processor alone. */
void need_two(struct sheet *sheet);

#endif
