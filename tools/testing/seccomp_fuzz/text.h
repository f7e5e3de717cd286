/* SPDX-License-Identifier: GPL-2.0 */
/* Text that grows at its end; what does not fit is left out. */
#ifndef TEXT_H
#define TEXT_H

#include <linux/types.h>

struct text {
	char *buf;
	__u32 len, max;
};

void put_char(struct text *t, char c);
void put(struct text *t, const char *s);
void put_num(struct text *t, __s64 n);
void put_hex(struct text *t, __u64 n);
/* Bytes as they lie in memory, two digits each. */
void put_bytes(struct text *t, const void *bytes, __u32 n);

/* FNV-1a, to be started with HASH_START. */
#define HASH_START	0xcbf29ce484222325ULL
__u64 hash_more(__u64 hash, const void *bytes, __u32 n);

#endif
