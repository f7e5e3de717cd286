// SPDX-License-Identifier: GPL-2.0
/* The instruction that enters the kernel under test, and what else C cannot say. */
#include <assert.h>

#include "act.h"

/* The linker puts this at SITE. */
asm(".pushsection .site, \"ax\", @progbits\n"
	"site:\n"
	"	svc	#0\n"
	"	ret\n"
	".popsection\n");

asm(".pushsection .text\n"
	"enter_native:\n"
	"	mov	x8, x0\n"
	"	mov	x9, x1\n"
	"	ldp	x0, x1, [x9]\n"
	"	ldp	x2, x3, [x9, #16]\n"
	"	ldp	x4, x5, [x9, #32]\n"
	"	mov	x9, #0x10000000\n"
	"	br	x9\n"
	".popsection\n");

static_assert(SITE == 0x10000000, "as in enter_native");

long enter(enum entry entry, __u64 nr, const __u64 args[6])
{
	return enter_native(nr, args);
}

/* The kernel's stack is somewhere else each time, boot_stack is not. */
asm(".globl _start\n"
	"_start:\n"
	"	mov	x0, sp\n"
	"	adrp	x1, boot_stack\n"
	"	add	x1, x1, :lo12:boot_stack\n"
	"	add	x1, x1, #16, lsl #12\n"
	"	mov	sp, x1\n"
	"	mov	x29, #0\n"
	"	bl	start_c\n");

asm(".globl serve_from, leave_handler, clone_to\n"
	".pushsection .text\n"
	"serve_from:\n"
	"	mov	sp, x1\n"
	"	mov	x29, #0\n"
	"	bl	serve\n"
	"leave_handler:\n"
	"	mov	x8, #139\n"
	"	mov	x5, #0x5ecc0000\n"
	"	svc	#0\n"
	"	udf	#0\n"
	"clone_to:\n"
	"	mov	x8, #435\n"
	"	mov	x5, #0x5ecc0000\n"
	"	svc	#0\n"
	"	mov	x9, sp\n"
	"	cmp	x9, x2\n"
	"	b.ne	1f\n"
	"	mov	x29, #0\n"
	"	ldr	x0, [sp]\n"
	"	bl	begin\n"
	"1:	ret\n"
	".popsection\n");

static_assert(KEY == 0x5ecc0000 && __NR_clone3 == 435 && __NR_rt_sigreturn == 139, "as above");

void die(void)
{
	asm volatile("str wzr, [%0]" : : "r" (8UL) : "memory");
	__builtin_unreachable();
}

/* By words, where there are many: an emulator counts each step. */
void *memcpy(void *to, const void *from, size_t n)
{
	const __u8 *p = from;
	__u8 *q = to;

	for (; n >= 16; n -= 16)
		asm volatile("ldp x9, x10, [%0], #16\n\tstp x9, x10, [%1], #16"
			     : "+r" (p), "+r" (q) : : "x9", "x10", "memory");
	while (n--)
		*q++ = *p++;
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	__u64 word = (__u8)byte * 0x0101010101010101ULL;
	__u8 *q = to;

	for (; n >= 16; n -= 16)
		asm volatile("stp %1, %1, [%0], #16" : "+r" (q) : "r" (word) : "memory");
	while (n--)
		*q++ = byte;
	return to;
}
