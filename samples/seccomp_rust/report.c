// SPDX-License-Identifier: GPL-2.0
/* Where a supervisor's lines go: standard error, or the file of -o. */
#include "report.h"

int report_to(FILE **out, const char *path)
{
	/* "e": the command must not inherit it. */
	FILE *file = fopen(path, "we");

	if (!file) {
		perror(path);
		return -1;
	}
	report_close(*out);
	*out = file;
	return 0;
}

void report_by_lines(FILE *out)
{
	setvbuf(out, NULL, _IOLBF, 0);
}

int report_close(FILE *out)
{
	int lost;

	if (out == stderr)
		return 0;
	lost = ferror(out);
	if (fclose(out) || lost) {
		perror("report");
		return -1;
	}
	return 0;
}
