// SPDX-License-Identifier: GPL-2.0

#include <linux/audit.h>

__rust_helper void rust_helper_audit_seccomp(unsigned long syscall, long signr,
					     int code)
{
	audit_seccomp(syscall, signr, code);
}

__rust_helper void
rust_helper_audit_seccomp_actions_logged(const char *names,
					 const char *old_names, int res)
{
	audit_seccomp_actions_logged(names, old_names, res);
}

__rust_helper bool rust_helper_audit_is_enabled(void)
{
	return audit_enabled;
}
