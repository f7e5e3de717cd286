// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "sheet.h"

struct series *new_series(struct sheet *sheet, const char *name)
{
	struct series *s;

	if (sheet->count == MAX_SERIES)
		fail(sheet, "%s is one series too many", name);
	s = &sheet->series[sheet->count++];
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

void add_value(struct series *s, double value)
{
	if (s->count < MAX_VALUES)
		s->values[s->count++] = value;
}

void skip(struct sheet *sheet, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(sheet->skipped, sizeof(sheet->skipped), fmt, args);
	va_end(args);
	_exit(0);
}

void fail(struct sheet *sheet, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(sheet->failed, sizeof(sheet->failed), fmt, args);
	va_end(args);
	_exit(1);
}
