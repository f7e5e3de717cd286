/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a case finds. The case runs in a process of its own, as filters stay; it
 * writes into memory that it shares with the one that prints.
 */
#ifndef SHEET_H
#define SHEET_H

#include <stdbool.h>
#include <stdnoreturn.h>

#define MAX_VALUES	512
#define MAX_SERIES	8

/* Values of one quantity, one for each time that it was measured. */
struct series {
	char name[48];
	/* NULL: what the clock counts, see clock.h. */
	const char *unit;
	/* The series without which this one costs nothing, at size 0; or NULL. */
	const char *floor;
	int count;
	double values[MAX_VALUES];
};

struct sheet {
	/* Why the case could not be run; empty if it could. */
	char skipped[160];
	/* What went wrong; empty if nothing did. */
	char failed[160];
	int count;
	struct series series[MAX_SERIES];
};

/* One kind of work, done in several sizes. */
struct bench_case {
	const char *name;
	void (*run)(struct sheet *sheet, long size);
	/* Up to the first -1. */
	long sizes[8];
};

/* Each ends with an entry without a name. */
extern const struct bench_case call_cases[], install_cases[], life_cases[], tsync_cases[],
	trip_cases[], outstanding_cases[], readers_cases[], addfd_cases[], close_cases[],
	memory_cases[];

struct series *new_series(struct sheet *sheet, const char *name);
void add_value(struct series *s, double value);

/* End the case, with words in the form of printf(). */
noreturn void skip(struct sheet *sheet, const char *fmt, ...);
noreturn void fail(struct sheet *sheet, const char *fmt, ...);

/* Fails unless @ok, with the line and errno. */
#define MUST(sheet, ok) do {						\
	if (!(ok))							\
		fail(sheet, "%s:%d: %s: %s", __FILE__, __LINE__, #ok,	\
		     strerror(errno));					\
} while (0)

#endif
