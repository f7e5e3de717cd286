/* SPDX-License-Identifier: GPL-2.0 */
/* Error numbers by name. */
#ifndef SAMPLE_ERRNAME_H
#define SAMPLE_ERRNAME_H

/* "EPERM" or "1" -> 1; 0 for what is neither a name nor in 1 to 4095. */
int errname_parse(const char *s);

/* 1 -> "EPERM"; a number without a name as itself, in a static buffer. */
const char *errname(int err);

#endif /* SAMPLE_ERRNAME_H */
