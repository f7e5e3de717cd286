/* SPDX-License-Identifier: GPL-2.0 */
/* What a child gives up before its command runs. */
#ifndef SAMPLE_PRIVILEGE_H
#define SAMPLE_PRIVILEGE_H

#define NOBODY	65534

/* These return 0, or print what failed and return -1. */

/* Let no descriptor above 2 survive the exec. */
int privilege_close_files(void);

/* Make the root directory an empty one in which nothing can be created. */
int privilege_leave_files(void);

/* Become NOBODY if root, and renounce getting anything back by exec. */
int privilege_drop(void);

#endif /* SAMPLE_PRIVILEGE_H */
