// SPDX-License-Identifier: GPL-2.0
/*
 * A classic BPF program that maps system call numbers to actions.
 *
 * The number is looked at before any argument: the kernel remembers calls
 * whose answer depends on number and architecture alone, and then no longer
 * runs the program for them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"

#define DATA(field)	((__u32)offsetof(struct seccomp_data, field))

/* Arguments are 64-bit, BPF words 32-bit. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_WORD	4
#else
#define LOW_WORD	0
#endif

static void emit(struct filter *f, unsigned short code, __u32 k,
		 unsigned char yes, unsigned char no)
{
	if (f->len >= FILTER_MAX) {
		f->too_long = true;
		return;
	}
	f->insn[f->len++] = (struct sock_filter){
		.code = code, .jt = yes, .jf = no, .k = k,
	};
}

static void load(struct filter *f, __u32 offset)
{
	emit(f, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void unless_equal(struct filter *f, __u32 value, unsigned char skip)
{
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
}

static void answer(struct filter *f, unsigned int action)
{
	emit(f, BPF_RET | BPF_K, action, 0, 0);
}

void filter_start(struct filter *f, unsigned int foreign)
{
	f->len = 0;
	f->too_long = false;

	load(f, DATA(arch));
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	answer(f, foreign);
	load(f, DATA(nr));
#ifdef FOREIGN_NR
	emit(f, BPF_JMP | BPF_JGE | BPF_K, FOREIGN_NR, 0, 1);
	answer(f, foreign);
#endif
}

void filter_keyed(struct filter *f, int nr, const __u32 key[FILTER_KEY])
{
	unsigned char left = 2 * FILTER_KEY + 1;
	int i;

	/* Every way out of the comparison ends at the reload of the number. */
	unless_equal(f, nr, left + 1);
	for (i = 0; i < FILTER_KEY; i++) {
		load(f, DATA(args) + 8 * (3 + i) + LOW_WORD);
		left -= 2;
		unless_equal(f, key[i], left);
	}
	answer(f, SECCOMP_RET_ALLOW);
	load(f, DATA(nr));
}

void filter_call(struct filter *f, int nr, unsigned int action)
{
	unless_equal(f, nr, 1);
	answer(f, action);
}

int filter_end(struct filter *f, unsigned int action)
{
	answer(f, action);
	return f->too_long ? -E2BIG : 0;
}

int filter_install(const struct filter *f, unsigned int flags)
{
	struct sock_fprog prog = {
		.len = f->len,
		.filter = (struct sock_filter *)f->insn,
	};
	int ret;

	ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	if (ret < 0 && errno == EACCES) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
			return -errno;
		ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
			      &prog);
	}
	return ret < 0 ? -errno : ret;
}
