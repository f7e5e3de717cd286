/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_LINUX_SECCOMP_EXT_H
#define _UAPI_LINUX_SECCOMP_EXT_H

/*
 * prctl(PR_SECCOMP_EXT, SECCOMP_EXT_ACT, action, 0, 0)
 *
 * The number spells "SCEX". Values that spell a word cannot collide with the
 * small numbers that prctl(2) hands out in order.
 */
#define PR_SECCOMP_EXT		0x53434558

/* Types, the second argument. */
#define SECCOMP_EXT_ACT		1

/* Actions of SECCOMP_EXT_ACT, the third argument. */
#define SECCOMP_EXT_ACT_TSYNC	1	/* every thread gets the caller's filters */

#endif /* _UAPI_LINUX_SECCOMP_EXT_H */
