/* SPDX-License-Identifier: GPL-2.0 */
/* A line of output being put together. What does not fit is cut off. */
#ifndef SAMPLE_TEXT_H
#define SAMPLE_TEXT_H

#include <stddef.h>

#define __printf(text, first)	__attribute__((	\
	__format__(__printf__, text, first)))

struct text {
	char s[4096];
	size_t len;
};

void text_clear(struct text *t);
__printf(2, 3) void text_add(struct text *t, const char *format, ...);

/* In double quotes, with everything that is not plain ASCII escaped. */
void text_quote(struct text *t, const char *s, size_t len);

#endif /* SAMPLE_TEXT_H */
