/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long interrupts are off while something is done.
 *
 * A timer of the processor's is to interrupt every PROBE_PERIOD nanoseconds, and
 * each interrupt notes when it came. One that came late was held up by code that
 * runs with interrupts off; the longest delay is a lower bound of how long that
 * took. Where the timer is within the work is chosen, so that trying different
 * places gets as close to it as their distance.
 *
 * The timer is that of perf's cpu-clock. It needs no option of the kernel that
 * would change what is measured, and is the same for both implementations.
 */
#ifndef PROBE_H
#define PROBE_H

#include <linux/types.h>

#include "sheet.h"

#define PROBE_PERIOD	20000

struct probe {
	int fd;
	void *ring;
};

/* Skips the case where there is no such timer, or not for the caller. */
void probe_open(struct sheet *sheet, struct probe *p);
void probe_close(struct probe *p);

/* Starts, so that the first interrupt comes a period later; waits @delay of it. */
void probe_start(struct sheet *sheet, struct probe *p, __u64 delay);

/* Stops. The longest delay of an interrupt, in nanoseconds. */
__u64 probe_stop(struct sheet *sheet, struct probe *p);

#endif
