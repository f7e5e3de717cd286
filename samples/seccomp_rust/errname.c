// SPDX-License-Identifier: GPL-2.0
/* Error numbers by name. The names are those of the C library. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errname.h"

/* The kernel's limit for the number in a failing call's result. */
#define LAST_ERRNO	4095

static const char *name_of(int err)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
	return strerrorname_np(err);
#else
	switch (err) {
	case EPERM:
		return "EPERM";
	case ENOENT:
		return "ENOENT";
	case EACCES:
		return "EACCES";
	case EINVAL:
		return "EINVAL";
	default:
		return NULL;
	}
#endif
}

int errname_parse(const char *s)
{
	const char *name;
	char *end;
	long n;
	int i;

	for (i = 1; i <= LAST_ERRNO; i++) {
		name = name_of(i);
		if (name && !strcmp(name, s))
			return i;
	}
	n = strtol(s, &end, 10);
	return *s && !*end && n > 0 && n <= LAST_ERRNO ? n : 0;
}

const char *errname(int err)
{
	static char number[16];
	const char *name = name_of(err);

	if (name)
		return name;
	snprintf(number, sizeof(number), "%d", err);
	return number;
}
