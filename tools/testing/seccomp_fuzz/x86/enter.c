// SPDX-License-Identifier: GPL-2.0
/* The instructions that enter the kernel under test, and what else C cannot say. */
#include <assert.h>

#include "act.h"

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

/* The kernel's stack is somewhere else each time, boot_stack is not. */
asm(".globl _start\n"
	"_start:\n"
	"	mov %rsp, %rdi\n"
	"	lea boot_stack + 65536, %rsp\n"
	"	xor %ebp, %ebp\n"
	"	call start_c\n");

asm(".globl serve_from, leave_handler, clone_to\n"
	".pushsection .text\n"
	"serve_from:\n"
	"	mov %rsi, %rsp\n"
	"	xor %ebp, %ebp\n"
	"	call serve\n"
	"leave_handler:\n"
	"	mov $15, %eax\n"
	"	mov $0x5ecc0000, %r9d\n"
	"	syscall\n"
	"	ud2\n"
	"clone_to:\n"
	"	mov $0x5ecc0000, %r9d\n"
	"	mov $435, %eax\n"
	"	syscall\n"
	"	cmp %rdx, %rsp\n"
	"	jne 1f\n"
	"	xor %ebp, %ebp\n"
	"	pop %rdi\n"
	"	call begin\n"
	"1:	ret\n"
	".popsection\n");

static_assert(KEY == 0x5ecc0000 && __NR_clone3 == 435 && __NR_rt_sigreturn == 15, "as above");

void die(void)
{
	asm volatile("movl $0, 8");
	__builtin_unreachable();
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
