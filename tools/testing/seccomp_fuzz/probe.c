// SPDX-License-Identifier: GPL-2.0
/* Calls that change nothing, whatever their arguments, and what they return. */
#include <linux/seccomp.h>

#include "build.h"

/*
 * What is not negative here and has no effect: these ignore their arguments, refuse
 * them, or are no calls at all.
 */
static const int native[] = {
	__NR_getuid, __NR_getgid, __NR_geteuid, __NR_getegid, __NR_getuid, __NR_getgid,
	__NR_sched_get_priority_max, __NR_sched_get_priority_min,
	400, 403, 422, 511, 515, 540, 600, 1000, 0x3fffffff, 0x7fffffff, -1, -2, -0x7fffffff - 1,
	NR_URETPROBE, NR_UPROBE,
};

/* The first argument has to be no descriptor. */
static const int on_descriptor[] = {
	__NR_read, __NR_write, __NR_close, __NR_fstat, __NR_lseek, __NR_ioctl, __NR_dup,
	__NR_fcntl, __NR_flock, __NR_fsync, __NR_fdatasync, __NR_fchdir,
};

static const int compat[] = {
	NR32_GETUID16, NR32_GETGID16, NR32_GETEUID16, NR32_GETUID, NR32_GETGID,
	500, 511, 600, 1000, 0x7fffffff, -1,
};

static const int compat_on_descriptor[] = { NR32_CLOSE, NR32_LSEEK };

int probe_number(void)
{
	return one_in(3) ? PICK(on_descriptor) : PICK(native);
}

/* The fuzzer's own calls among them are not to be in every program. */
int theme_number(void)
{
	int nr;

	do {
		nr = probe_number();
	} while (nr == __NR_read || nr == __NR_close || nr == __NR_ioctl);
	return nr;
}

static bool takes_descriptor(int nr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(on_descriptor); i++)
		if (nr == on_descriptor[i])
			return true;
	return false;
}

static __u64 argument(void)
{
	return one_in(2) ? PICK(theme.value) : edgy();
}

static __u64 no_descriptor(void)
{
	return 0x1000 + below(0x10000) + (one_in(4) ? (__u64)any() << 32 : 0);
}

static struct op *make(int role, enum entry entry, __u64 nr, bool descriptor)
{
	__u64 arg[6];
	struct op *op;
	int i;

	for (i = 0; i < 6; i++)
		arg[i] = argument();
	if (descriptor)
		arg[0] = no_descriptor();
	/* That would be one of the fuzzer's own. */
	if ((__u32)arg[5] == KEY)
		arg[5] = 0;
	op = add_call(role, nr, arg);
	op->entry = entry;
	return op;
}

/* The kernel looks at 32 bits of the number. */
static __u64 widen(int nr)
{
	return one_in(12) ? (__u64)any() << 32 | (__u32)nr : (__u64)nr;
}

static struct op *probe_with(int role, int nr)
{
	if (HAS_COMPAT && one_in(8)) {
		bool descriptor = one_in(3);

		nr = descriptor ? PICK(compat_on_descriptor) : PICK(compat);
		return make(role, ENTRY_COMPAT, widen(nr), descriptor);
	}
	if (one_in(8))
		return make(role, ENTRY_NATIVE, widen(nr | NR_X32), takes_descriptor(nr));
	return make(role, ENTRY_NATIVE, widen(nr), takes_descriptor(nr));
}

struct op *probe(int role)
{
	return probe_with(role, one_in(3) ? probe_number() : PICK(theme.nr));
}

struct op *asked_call(int role)
{
	int nr = theme.nr[below(theme.asked)];

	return make(role, ENTRY_NATIVE, nr, takes_descriptor(nr));
}

struct op *install(int role, __u32 prog, __u64 flags, int slot)
{
	struct op *op;

	op = call(role, __NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, pool_address(prog));
	op->flags = F_THREAD_ID;
	if (slot >= 0) {
		op->slot = slot;
		op->flags = F_LISTENS;
		op->arg[1] |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	}
	return op;
}
