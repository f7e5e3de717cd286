// SPDX-License-Identifier: GPL-2.0

#include <linux/refcount.h>

__rust_helper void rust_helper_refcount_add(int i, refcount_t *r)
{
	refcount_add(i, r);
}

__rust_helper bool rust_helper_refcount_sub_and_test(int i, refcount_t *r)
{
	return refcount_sub_and_test(i, r);
}
