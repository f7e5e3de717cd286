/* SPDX-License-Identifier: GPL-2.0 */
/* The selected system calls: names, what to answer, and what was counted. */
#ifndef SAMPLE_CALLS_H
#define SAMPLE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <stdio.h>

#include "filter.h"

struct call {
	int nr;
	int deny;		/* errno to fail with; 0: let it continue */
	char *name;
	unsigned long answered;
	unsigned long denied;
	unsigned long gone;	/* the caller was, before the answer came */
	__u64 min_ns, max_ns, sum_ns;
};

struct calls {
	struct call *v;
	size_t n;
	bool all;		/* whatever is not in @v as well */
};

/* These print what is wrong with the user's text and return -EINVAL. */
int calls_select(struct calls *c, const char *list);
int calls_deny(struct calls *c, const char *rule);

int calls_select_default(struct calls *c);
int calls_filter(const struct calls *c, struct filter *f);

/* NULL when out of memory only, for a call that the filter let us see. */
struct call *calls_find(struct calls *c, int nr);

void call_answered(struct call *call, __u64 ns, bool denied);
void calls_report(const struct calls *c, FILE *out);
void calls_free(struct calls *c);

#endif /* SAMPLE_CALLS_H */
