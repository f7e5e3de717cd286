/* SPDX-License-Identifier: GPL-2.0 */
/* A request as the C source of the call would have it. */
#ifndef SAMPLE_DESCRIBE_H
#define SAMPLE_DESCRIBE_H

#include <stdbool.h>

#include "abi.h"
#include "text.h"

/*
 * "name(arguments)". With @look, strings are read from the waiting task; they
 * are good for nothing until listener_valid() has said so afterwards.
 */
void describe(struct text *t, const char *name, const struct seccomp_notif *req,
	      bool look);

#endif /* SAMPLE_DESCRIBE_H */
