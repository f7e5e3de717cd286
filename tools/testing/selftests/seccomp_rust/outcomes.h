/* SPDX-License-Identifier: GPL-2.0 */
/* What comes of the failing of each step of a call. */
#ifndef OUTCOMES_H
#define OUTCOMES_H

#include "inject.h"
#include "sites.h"

/*
 * Between the two the kernel may well warn of memory that it has not got. Who looks
 * at its messages is told by some among them; the newline has them read at once.
 */
static inline void tell_kernel_log(const char *words)
{
	if (!access("/dev/kmsg", W_OK))
		write_word("/dev/kmsg", words);
}

static inline void begin_failing(void)
{
	tell_kernel_log("<5>seccomp_faults: steps fail from here on\n");
	watch_sites();
}

static inline void end_failing(void)
{
	forget_sites();
	tell_kernel_log("<5>seccomp_faults: no step fails any more\n");
}

/*
 * Told as they are noted. Errors are kept by their letters: M for ENOMEM, F for
 * EFAULT, ? for any other. What the kernel can do without is not among them.
 */
struct outcomes {
	const char *call;
	int points;
	char errors[PLENTY + 1];
};

static inline void note(struct outcomes *o, long ret)
{
	const char *name = ret >= 0 ? "done without it" : ret == -ENOMEM ? "ENOMEM" :
			   ret == -EFAULT ? "EFAULT" : strerror(-ret);
	const struct site site = last_site();

	printf("# point: %s, %s\t%d\t%s\t%s\t%s\n", o->call, step_names[fallible], ++o->points,
	       site.kind, name, site.path);
	fflush(stdout);
	if (ret < 0)
		strcat(o->errors, ret == -ENOMEM ? "M" : ret == -EFAULT ? "F" : "?");
}

/*
 * The errors in their order. Where pages are steps an allocation can fail in more
 * than one of them, so that what follows upon each other is one.
 */
static inline const char *errors_of(struct outcomes *o)
{
	char *to = o->errors, *from = o->errors;

	if (fallible != PAGES)
		return o->errors;
	for (; *from; from++)
		if (*from != 'M' || to == o->errors || to[-1] != 'M')
			*to++ = *from;
	*to = '\0';
	return o->errors;
}

#endif
