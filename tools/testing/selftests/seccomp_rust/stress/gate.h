/* SPDX-License-Identifier: GPL-2.0 */
/* Two sides that set out at the same time, and how long either waits then. */
#ifndef GATE_H
#define GATE_H

#include <stdbool.h>

/* Where @n of the same tasks meet again and again; zeroed at first. */
struct gate {
	int arrived, awake;
};

/* Waits for the others; false when the race was given up meanwhile. */
bool meet(struct gate *g, int n);

/*
 * Which side is to be held up, and for how long, so that either is first about
 * as often as the other: close to there both are at it at the same time. Those
 * of a race are kept in its score, to be better the longer it runs.
 */
struct aim {
	long delay;
	/* Whether side 0 was first, and how often that has been so since it changed. */
	bool first;
	int in_a_row;
};

/* Holds up side 0 or side 1, and both by chance. */
void take_aim(const struct aim *a, int side);

/* Side 0 was first, or was not. What cannot tell must not be learned: it runs away. */
void learn(struct aim *a, bool first);

/* Passes time without a call. */
void spin(long turns);

#endif
