// SPDX-License-Identifier: GPL-2.0

#include <linux/filter.h>
#include <linux/sched.h>

__rust_helper u32 rust_helper_bpf_prog_run(const struct bpf_prog *prog,
					   const void *ctx)
{
	return bpf_prog_run(prog, ctx);
}

__rust_helper void rust_helper_migrate_disable(void)
{
	migrate_disable();
}

__rust_helper void rust_helper_migrate_enable(void)
{
	migrate_enable();
}
