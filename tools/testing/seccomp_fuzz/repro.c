// SPDX-License-Identifier: GPL-2.0
/*
 * What reproducers are made of. "fuzz --print-c" takes the parts that a case needs and
 * puts the case behind them: its operations in order, and a function that does each.
 *
 * Roles act in turn, on one processor and with real-time priorities: each of them runs
 * until it sleeps, and before the main program, which so knows that all are at rest.
 * Needs to be root. It prints what each operation returned.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

typedef unsigned long long u64;
#define __naked	__attribute__((__naked__))

/* The sixth argument of the calls that keep this going; the filters let those pass. */
#define KEY	0x5ecc0000UL
#define MAIN	7
#define PAGE	4096UL
/* Where calls under test are made, and where what they refer to is. */
#define SITE	0x10000000UL
#define MEMORY	0x20000000UL
#define MEMORY_SIZE	0x200000UL
#define SCRATCH	0x30000000UL
#define STACKS	0x40000000UL
#define STACK	(16 * PAGE)

/* Flags of a step, and ways to come to be. */
enum { MORE = 1, JOIN = 2, ENDS = 4, THREAD = 8, FILES = 16, PIDNS = 32, HIGH = 64 };
enum { ABSENT, IDLE, BUSY, DEAD };

static struct shared {
	struct role {
		unsigned int post, taken, alive;
		int next, last, tid, pid, state, slept, thread, high;
	} role[8];
	struct {
		int done, len;
		long ret;
		unsigned char bytes[512];
	} op[1024];
	struct signalled {
		int role, sig, error, nr;
	} signalled[64];
	int signals, ids[6];
	u64 id[6][64];
} *s;

/* What has to be done, in order. @at is the number that it has in the whole case. */
struct step {
	int at, role, flags;
};

static long sys(long nr, long a, long b, long c, long d, long e)
{
	register long r10 asm("r10") = d;
	register long r8 asm("r8") = e;
	register long r9 asm("r9") = KEY;
	long ret;

	asm volatile("syscall" : "=a" (ret) : "0" (nr), "D" (a), "S" (b), "d" (c), "r" (r10),
		     "r" (r8), "r" (r9) : "rcx", "r11", "memory");
	return ret;
}

/* Native calls, and those of i386, from the site. */
static __naked long enter_native(u64 nr, const u64 *args)
{
	asm("mov %rsi, %r11\n	mov %rdi, %rax\n"
	    "mov 0(%r11), %rdi\n	mov 8(%r11), %rsi\n	mov 16(%r11), %rdx\n"
	    "mov 24(%r11), %r10\n	mov 32(%r11), %r8\n	mov 40(%r11), %r9\n"
	    "mov $0x10000000, %ecx\n	jmp *%rcx\n");
}

static __naked long enter_compat(u64 nr, const u64 *args)
{
	asm("push %rbx\n	push %rbp\n	mov %rsi, %r11\n	mov %rdi, %rax\n"
	    "mov 0(%r11), %rbx\n	mov 8(%r11), %rcx\n	mov 16(%r11), %rdx\n"
	    "mov 24(%r11), %rsi\n	mov 32(%r11), %rdi\n	mov 40(%r11), %rbp\n"
	    "mov $0x10000010, %r8d\n	call *%r8\n	pop %rbp\n	pop %rbx\n	ret\n");
}

#define A(...)	((const u64[6]) { __VA_ARGS__ })

/* Memory, where it can be written whatever the protection at @addr is. */
static unsigned char *where(u64 addr)
{
	return (void *)(addr < SCRATCH ? addr : addr - SCRATCH + MEMORY + MEMORY_SIZE);
}

static void in(u64 addr, const void *bytes, int n)
{
	memcpy(where(addr), bytes, n);
}

/* part: out */
/* Has the bytes printed that a call has left. */
static long out(int at, u64 addr, int n, long ret)
{
	s->op[at].len = n;
	memcpy(s->op[at].bytes, where(addr), n);
	return ret;
}

/* part: roles */
/* The thread of a role, as an argument. */
static u64 T(int me, int role)
{
	return me == role ? (u64)sys(__NR_gettid, 0, 0, 0, 0, 0) :
	       s->role[role].state == ABSENT ? 0x7ffffff0 : s->role[role].tid;
}

/* part: ids */
/* An id that was received, counted from the last one back or the first one, and @off beside. */
static void id(u64 addr, int slot, int back, int off)
{
	int n = s->ids[slot];
	u64 id = n ? s->id[slot][back < 0 ? 0 : (n - 1 - back % n) % 64] + off : 0x123456789;

	memcpy(where(addr), &id, sizeof(id));
}

/* Ids are random at the start: shown is how far they are from the first one. */
static long received(int at, int slot, u64 addr, long ret)
{
	u64 id = *(u64 *)where(addr);

	s->op[at].len = 80;
	memcpy(s->op[at].bytes, where(addr), 80);
	if (!ret && id)
		s->id[slot][s->ids[slot]++ % 64] = id;
	id = id ? id - s->id[slot][0] : 0;
	memcpy(s->op[at].bytes, &id, sizeof(id));
	return ret;
}

/* part: listens */
/* A listener goes where all roles look for it. */
static long listens(int slot, long ret)
{
	if (ret >= 0 && ret < 20) {
		sys(__NR_dup3, ret, 40 + slot, O_CLOEXEC, 0, 0);
		sys(__NR_close, ret, 0, 0, 0, 0);
	}
	return ret;
}

/* part: fetch */
/* Takes a copy of another process's listener. */
static long fetch(int other, int slot)
{
	long pidfd = sys(__NR_pidfd_open, s->role[other].pid, 0, 0, 0, 0);
	long fd = sys(__NR_pidfd_getfd, pidfd, 40 + slot, 0, 0, 0);

	if (fd >= 0 && fd != 40 + slot) {
		sys(__NR_dup3, fd, 40 + slot, O_CLOEXEC, 0, 0);
		sys(__NR_close, fd, 0, 0, 0, 0);
	}
	sys(__NR_close, pidfd, 0, 0, 0, 0);
	return fd < 0 ? fd : 0;
}

/* part: file */
/* Writes to a file, or says how long it is and what is in it, as far as there is room. */
static long file(int at, const char *path, const char *data, int n)
{
	unsigned char rest[512];
	long fd = sys(__NR_openat, AT_FDCWD, (long)path, data ? O_WRONLY : O_RDONLY, 0, 0);
	long ret, sum = fd;

	if (data)
		sum = sys(__NR_write, fd, (long)data, n, 0, 0);
	for (; !data && fd >= 0; sum += ret) {
		ret = sys(__NR_read, fd, (long)rest, sizeof(rest), 0, 0);
		if (ret <= 0)
			break;
		if (!s->op[at].len)
			memcpy(s->op[at].bytes, rest, s->op[at].len = ret);
	}
	sys(__NR_close, fd, 0, 0, 0, 0);
	return sum;
}

/* part: registers */
/* Of a stopped call: its number and its result. */
static long registers(int at, int role)
{
	struct user_regs_struct regs = {};
	long ret = sys(__NR_ptrace, PTRACE_GETREGS, T(MAIN, role), 0, (long)&regs, 0);

	s->op[at].len = 16;
	memcpy(s->op[at].bytes, &regs.orig_rax, 8);
	memcpy(s->op[at].bytes + 8, &regs.rax, 8);
	return ret;
}

/* part: spawn */
static long spawn(int me, int other, int how);
