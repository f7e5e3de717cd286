/* SPDX-License-Identifier: GPL-2.0 */
/* Acting in the caller's name. */
#ifndef SAMPLE_IDENTITY_H
#define SAMPLE_IDENTITY_H

#include <sys/types.h>

#include "target.h"

/*
 * Make @name in the directory @parent as if @ids had, but without asking
 * whether they may. Returns 0 or -errno.
 */
int identity_mkdir(int parent, const char *name, mode_t mode,
		   const struct target_ids *ids);

#endif /* SAMPLE_IDENTITY_H */
