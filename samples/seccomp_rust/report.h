/* SPDX-License-Identifier: GPL-2.0 */
/* Where a supervisor's lines go: standard error, or the file of -o. */
#ifndef SAMPLE_REPORT_H
#define SAMPLE_REPORT_H

#include <stdio.h>

/* 0 with *@out set to go to @path, or prints why not and returns -1. */
int report_to(FILE **out, const char *path);

/*
 * Write whole lines from now on, so that the output of the supervised command
 * falls between them.
 */
void report_by_lines(FILE *out);

/* 0, or prints what got lost and returns -1. */
int report_close(FILE *out);

#endif /* SAMPLE_REPORT_H */
