// SPDX-License-Identifier: GPL-2.0
/* A line of output being put together. */
#include <stdarg.h>
#include <stdio.h>

#include "text.h"

void text_clear(struct text *t)
{
	t->s[0] = 0;
	t->len = 0;
}

void text_add(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->s + t->len, sizeof(t->s) - t->len, format, args);
	va_end(args);
	if (n > 0)
		t->len += n;
	if (t->len > sizeof(t->s) - 1)
		t->len = sizeof(t->s) - 1;
}

void text_quote(struct text *t, const char *s, size_t len)
{
	size_t i;

	text_add(t, "\"");
	for (i = 0; i < len; i++) {
		unsigned char c = s[i];

		if (c == '\n')
			text_add(t, "\\n");
		else if (c == '\t')
			text_add(t, "\\t");
		else if (c == '"' || c == '\\')
			text_add(t, "\\%c", c);
		else if (c >= ' ' && c <= '~')
			text_add(t, "%c", c);
		else
			text_add(t, "\\x%02x", c);
	}
	text_add(t, "\"");
}
