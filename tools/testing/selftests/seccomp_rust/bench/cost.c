// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

double cost_of(void (*op)(void *), void *arg, int batch)
{
	__u64 start = now();
	int i;

	for (i = 0; i < batch; i++)
		op(arg);
	return since(start) / batch;
}
