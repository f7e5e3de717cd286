// SPDX-License-Identifier: GPL-2.0
/* What a call pays for the filters that it is under. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "programs.h"

#define FLOOR	"call.bare"

static void call(void *unused)
{
	(void)unused;
	filtered_call();
}

static void report(struct sheet *sheet, const char *name)
{
	struct series *s = new_series(sheet, name);

	s->floor = FLOOR;
	measure(s, call, NULL, 101, 1000);
}

static void bare(struct sheet *sheet, long size)
{
	report(sheet, FLOOR);
}

static void under_allowing(struct sheet *sheet, long size)
{
	install_chain(sheet, size);
	report(sheet, "call.allowed");
}

static void under_looking(struct sheet *sheet, long size)
{
	long i;

	for (i = 0; i < size; i++)
		MUST(sheet, !install_looking(0));
	report(sheet, "call.args");
}

/* The oldest looks. */
static void one_looks(struct sheet *sheet, long size)
{
	MUST(sheet, !install_looking(0));
	install_chain(sheet, size - 1);
	report(sheet, "call.args_of_one");
}

static void refused(struct sheet *sheet, long size)
{
	MUST(sheet, !install_on(SPEC_ALLOW, __NR_getppid, RET_ERRNO(EPERM)));
	install_chain(sheet, size - 1);
	MUST(sheet, filtered_call() == -EPERM);
	report(sheet, "call.errno");
}

static void under_list(struct sheet *sheet, long size)
{
	MUST(sheet, !install(SPEC_ALLOW, container_program()));
	report(sheet, "call.container");
}

const struct bench_case call_cases[] = {
	{ FLOOR, bare, { 0, -1 } },
	{ "call.allowed", under_allowing, { 1, 2, 8, 64, -1 } },
	{ "call.args", under_looking, { 1, 8, -1 } },
	{ "call.args_of_one", one_looks, { 1, 8, 64, -1 } },
	{ "call.errno", refused, { 1, 8, -1 } },
	{ "call.container", under_list, { 1, -1 } },
	{}
};
