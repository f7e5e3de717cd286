/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers out of a seed. What a seed cannot repeat is who comes first. */
#ifndef DICE_H
#define DICE_H

#include <linux/types.h>

/* Starts the caller's own sequence; that of a new thread starts by itself. */
void dice_seed(__u64 seed);

/* Has who is forked after this throw otherwise than who was forked before. */
void dice_shake(void);

/* A number below @n, which is not 0. */
unsigned int dice(unsigned int n);

#endif
