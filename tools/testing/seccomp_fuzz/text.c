// SPDX-License-Identifier: GPL-2.0
#include "text.h"

void put_char(struct text *t, char c)
{
	if (t->len < t->max)
		t->buf[t->len++] = c;
}

void put(struct text *t, const char *s)
{
	while (*s)
		put_char(t, *s++);
}

static void put_base(struct text *t, __u64 n, unsigned int base)
{
	char digits[24];
	int i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	while (i)
		put_char(t, digits[--i]);
}

void put_num(struct text *t, __s64 n)
{
	if (n < 0)
		put_char(t, '-');
	put_base(t, n < 0 ? -(__u64)n : (__u64)n, 10);
}

void put_hex(struct text *t, __u64 n)
{
	put(t, "0x");
	put_base(t, n, 16);
}

void put_bytes(struct text *t, const void *bytes, __u32 n)
{
	const __u8 *p = bytes;

	for (; n; n--, p++) {
		put_char(t, "0123456789abcdef"[*p >> 4]);
		put_char(t, "0123456789abcdef"[*p & 15]);
	}
}

__u64 hash_more(__u64 hash, const void *bytes, __u32 n)
{
	const __u8 *p = bytes;

	for (; n; n--)
		hash = (hash ^ *p++) * 0x100000001b3ULL;
	return hash;
}
