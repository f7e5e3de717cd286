// SPDX-License-Identifier: GPL-2.0

#include <linux/nospec.h>

__rust_helper size_t rust_helper_array_index_nospec(size_t index, size_t size)
{
	return array_index_nospec(index, size);
}
