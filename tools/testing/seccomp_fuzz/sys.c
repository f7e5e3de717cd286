// SPDX-License-Identifier: GPL-2.0
/* The instructions that enter the kernel under test, and what compilers expect. */
#include "sys.h"

/* The linker puts this at SITE. */
asm(".pushsection .site, \"ax\", @progbits\n"
	"site:\n"
	"	syscall\n"
	"	ret\n"
	"	.balign 16\n"
	"site_compat:\n"
	"	int $0x80\n"
	"	ret\n"
	".popsection\n");

asm(".pushsection .text\n"
	"enter_native:\n"
	"	mov %rsi, %r11\n"
	"	mov %rdi, %rax\n"
	"	mov 0(%r11), %rdi\n"
	"	mov 8(%r11), %rsi\n"
	"	mov 16(%r11), %rdx\n"
	"	mov 24(%r11), %r10\n"
	"	mov 32(%r11), %r8\n"
	"	mov 40(%r11), %r9\n"
	"	jmp site\n"
	"enter_compat:\n"
	"	push %rbx\n"
	"	push %rbp\n"
	"	mov %rsi, %r11\n"
	"	mov %rdi, %rax\n"
	"	mov 0(%r11), %rbx\n"
	"	mov 8(%r11), %rcx\n"
	"	mov 16(%r11), %rdx\n"
	"	mov 24(%r11), %rsi\n"
	"	mov 32(%r11), %rdi\n"
	"	mov 40(%r11), %rbp\n"
	"	call site_compat\n"
	"	pop %rbp\n"
	"	pop %rbx\n"
	"	ret\n"
	".popsection\n");

long enter(enum entry entry, __u64 nr, const __u64 args[6])
{
	return entry == ENTRY_COMPAT ? (int)enter_compat(nr, args) : enter_native(nr, args);
}

void *memcpy(void *to, const void *from, size_t n)
{
	size_t words = n / 8, rest = n % 8;
	void *ret = to;

	asm volatile("rep movsq" : "+D" (to), "+S" (from), "+c" (words) : : "memory");
	asm volatile("rep movsb" : "+D" (to), "+S" (from), "+c" (rest) : : "memory");
	return ret;
}

/* By words, where there are many: an emulator counts each step. */
void *memset(void *to, int byte, size_t n)
{
	size_t words = n / 8, rest = n % 8;
	void *ret = to;

	asm volatile("rep stosq" : "+D" (to), "+c" (words)
		     : "a" ((__u8)byte * 0x0101010101010101ULL) : "memory");
	asm volatile("rep stosb" : "+D" (to), "+c" (rest) : "a" (byte) : "memory");
	return ret;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n && *p == *q; n--)
		p++, q++;
	return n ? *p - *q : 0;
}
