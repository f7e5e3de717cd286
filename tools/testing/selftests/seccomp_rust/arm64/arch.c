// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "entry.h"
#include "prog32.h"
#include "task.h"

asm(".pushsection .text\n\t"
	".globl probed\n"
	"probed:\n\t"
	"nop\n\t"
	"mov w0, #42\n\t"
	"ret\n\t"
	".popsection");

/* The 32-bit program's file is part of this one, if there was a compiler for it. */
asm(".pushsection .rodata\n\t"
	".globl prog32, prog32_size\n"
	"prog32:\n\t"
#ifdef PROG32
	".incbin \"" PROG32 "\"\n\t"
#endif
	".balign 8\n"
	"prog32_size:\n\t"
	".quad prog32_size - prog32\n\t"
	".popsection");

static int file = -1;

static int become_it(void *unused)
{
	exec32("nothing");
	return 1;
}

const char *no_call32(void)
{
	if (!prog32_size)
		return "built without a 32-bit compiler, which CC32= names";
	if (file < 0) {
		file = syscall(__NR_memfd_create, "prog32", 0);
		if (file < 0 || write(file, prog32, prog32_size) != prog32_size)
			return "no file in memory to put a 32-bit program in";
	}
	return run(become_it, NULL) ? "no 32-bit programs on this kernel or machine" : NULL;
}

void exec32_words(char *const words[])
{
	syscall(__NR_execveat, file, "", words, NULL, AT_EMPTY_PATH);
}

void call32_and_exit(void)
{
	exec32("call", "64");
	_exit(1);
}
