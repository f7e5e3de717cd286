// SPDX-License-Identifier: GPL-2.0
/* What compilers expect of a C library; the rest of it is in the directories. */
#include "sys.h"

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n && *p == *q; n--)
		p++, q++;
	return n ? *p - *q : 0;
}
