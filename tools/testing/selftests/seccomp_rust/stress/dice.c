// SPDX-License-Identifier: GPL-2.0
#include "dice.h"

/* Where the sequences of the process's threads start, and how many there are. */
static __u64 origin, sequences;
static __thread __u64 state;

/* A bijection that leaves no bit where it was: splitmix64's. */
static __u64 stir(__u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

void dice_seed(__u64 seed)
{
	origin = stir(seed);
	state = 0;
}

void dice_shake(void)
{
	origin = stir(origin + dice(~0U));
}

unsigned int dice(unsigned int n)
{
	while (!state)
		state = stir(origin + __atomic_add_fetch(&sequences, 1, __ATOMIC_RELAXED));
	state += 0x9e3779b97f4a7c15;
	return (stir(state) >> 32) * n >> 32;
}
