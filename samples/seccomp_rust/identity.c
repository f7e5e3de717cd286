// SPDX-License-Identifier: GPL-2.0
/*
 * Acting in the caller's name.
 *
 * A new directory belongs to the file-system user that makes it. Taking that
 * user on for the one call means that there is no moment, and no second look
 * at the path, between making the directory and giving it away.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"

/* Leaving file-system user 0 took it away; it is still permitted. */
static int raise_dac_override(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, data))
		return -errno;
	data[0].effective |= data[0].permitted & (1U << CAP_DAC_OVERRIDE);
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

int identity_mkdir(int parent, const char *name, mode_t mode,
		   const struct target_ids *ids)
{
	mode_t own = umask(ids->umask);
	int ret;

	setfsgid(ids->fsgid);
	setfsuid(ids->fsuid);
	ret = raise_dac_override();
	if (!ret && mkdirat(parent, name, mode))
		ret = -errno;
	/* Becoming 0 again also brings back the capabilities that go with it. */
	setfsuid(geteuid());
	setfsgid(getegid());
	umask(own);
	return ret;
}
