// SPDX-License-Identifier: GPL-2.0

#include <linux/thread_info.h>
#ifdef TIF_NOTSC
#include <asm/tsc.h>
#endif

__rust_helper void rust_helper_disable_tsc(void)
{
#ifdef TIF_NOTSC
	disable_TSC();
#endif
}
