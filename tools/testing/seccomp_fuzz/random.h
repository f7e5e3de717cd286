/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers that look random, and are the same for the same seed and index. */
#ifndef RANDOM_H
#define RANDOM_H

#include <linux/types.h>
#include "sys.h"

void random_start(__u64 seed, __u64 index);
__u64 any64(void);

static inline __u32 any(void)
{
	return any64() >> 32;
}

/* Below @n, which is not 0. */
static inline __u32 below(__u32 n)
{
	return (__u64)any() * n >> 32;
}

static inline __u32 between(__u32 low, __u32 high)
{
	return low + below(high - low + 1);
}

static inline bool one_in(__u32 n)
{
	return below(n) == 0;
}

static inline bool percent(__u32 n)
{
	return below(100) < n;
}

#define PICK(array)	((array)[below(sizeof(array) / sizeof((array)[0]))])

/* Values at which things change, more often than others. */
__u64 edgy(void);

/* An index, in proportion to the @n weights. */
unsigned int weighted(const __u8 *weights, unsigned int n);

#endif
