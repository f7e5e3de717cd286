// SPDX-License-Identifier: GPL-2.0
/* The generator known as splitmix64. */
#include "random.h"

static __u64 state;

__u64 any64(void)
{
	__u64 z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Cases with neighbouring indices have nothing in common. */
void random_start(__u64 seed, __u64 index)
{
	state = seed;
	state = any64() ^ index;
	state = any64();
}

__u64 edgy(void)
{
	static const __u64 values[] = {
		0, 1, 2, 3, 4, 7, 8, 16, 31, 32, 63, 64, 0xff, 0xfff, 0x1000, 0xffff, 0x10000,
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff,
		0x8000000000000000, 0xffffffffffffffff,
	};

	return one_in(4) ? any64() : PICK(values);
}

unsigned int weighted(const __u8 *weights, unsigned int n)
{
	unsigned int sum = 0, i, at;

	for (i = 0; i < n; i++)
		sum += weights[i];
	at = below(sum);
	for (i = 0; at >= weights[i]; i++)
		at -= weights[i];
	return i;
}
