// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include "entry.h"
#include "int80.h"

/* Starts with the five-byte no-op that the kernel replaces by a call. */
asm(".pushsection .text\n\t"
	".globl probed\n"
	"probed:\n\t"
	".byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n\t"
	"mov $42, %eax\n\t"
	"ret\n\t"
	".popsection");

/* A kernel that was built without them ends the caller with SIGSEGV. */
const char *no_call32(void)
{
	return NULL;
}

void call32_and_exit(void)
{
	int80(NR32_GETPPID, 0, 0, 0);
	_exit(0);
}
