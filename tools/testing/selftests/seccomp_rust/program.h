/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Classic BPF programs for seccomp, and the calls that install them.
 *
 * Everything here answers as the kernel does: 0 or a positive number on
 * success and a negative errno otherwise, so that a test compares one value.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <errno.h>
#include <stddef.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#define LOAD_AT(off)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (off))
#define LOAD(field)	LOAD_AT(offsetof(struct seccomp_data, field))
#define GIVE(verdict)	BPF_STMT(BPF_RET | BPF_K, (verdict))
/* Goes on when the accumulator is @value, and skips @n instructions when not. */
#define UNLESS(value, n)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))

#define INSN_COUNT(...) \
	(sizeof((struct sock_filter[]){ __VA_ARGS__ }) / sizeof(struct sock_filter))
/* A program written in place; it lives as long as the enclosing block. */
#define PROG(...) (&(struct sock_fprog){ \
		.len = INSN_COUNT(__VA_ARGS__), \
		.filter = (struct sock_filter[]){ __VA_ARGS__ } })

/* Which actions are logged, and all that can be, as that file prints them. */
#define ACTIONS_LOGGED	"/proc/sys/kernel/seccomp/actions_logged"
#define ACTIONS_AVAIL	"/proc/sys/kernel/seccomp/actions_avail"
#define ALL_LOGGED	"kill_process kill_thread trap errno user_notif trace log"

#define RET_ERRNO(n)	(SECCOMP_RET_ERRNO | (n))

static inline long neg_errno(long ret)
{
	return ret < 0 ? -errno : ret;
}

long seccomp_op(unsigned int op, unsigned long flags, const void *arg);
long install(unsigned long flags, const struct sock_fprog *prog);

/* Gives @verdict to every call. */
long install_all(unsigned long flags, __u32 verdict);

/* Gives @verdict to call @nr whatever its architecture, and allows the rest. */
long install_on(unsigned long flags, int nr, __u32 verdict);

/* A program of @len instructions, all of which return @verdict; never freed. */
struct sock_fprog *long_program(unsigned short len, __u32 verdict);

#endif
