// SPDX-License-Identifier: GPL-2.0
/*
 * What reproducers are made of. "fuzz --print-c" takes the parts that a case needs and
 * puts the case among them, in front of repro_main.c: its operations in order, what is
 * in memory, and a function that does each.
 *
 * Such a program prints, line by line, what "fuzz -v" logs of the case. Where the two
 * would not do the same that is a bug, which "make ab" looks for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

typedef unsigned long long u64;
#define __naked	__attribute__((__naked__))

/* The sixth argument of the calls that keep this going; the filters let those pass. */
#define KEY	0x5ecc0000UL
#define MAIN	7
#define NOBODY	0x7ffffff0
#define PAGE	4096UL
/* Where calls under test are made, and where what they refer to is. */
#define SITE	0x10000000UL
#define MEMORY	0x20000000UL
#define MEMORY_SIZE	0x200000UL
#define SCRATCH	0x30000000UL
#define SCRATCH_SIZE	(32 * PAGE)
#define STACKS	0x40000000UL
#define STACK	(16 * PAGE)

/* Descriptors that are kept out of the way. */
enum { LISTENER = 40, EPOLL = 50, WORLD = 200, OUTPUT, AUDIT };
/* Flags of a step, and ways to come to be. */
enum { MORE = 1, JOIN = 2, ENDS = 4, THREAD = 8, FILES = 16, PIDNS = 32, HIGH = 64 };
enum { ABSENT, IDLE, BUSY, DEAD };

struct shared {
	struct role {
		unsigned int post, taken, alive;
		int next, last, tid, pid, state, slept, thread, nested, fresh;
		int reading, polling, trapped, len;
		unsigned char before[512];
		char text[65536];
	} role[8];
	struct {
		int used, count;
		u64 base, id[64];
	} listener[6];
	int signalled;
};

/* All processes have it there. */
#define s	((struct shared *)(MEMORY + MEMORY_SIZE + SCRATCH_SIZE))

/* What has to be done, in order. @at is the number that it has in the whole case. */
struct step {
	int at, role, flags;
};

/* Roles do without the C library, which is not set up in a program that one has exec'd. */
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

static void copy(void *to, const void *from, u64 n)
{
	asm volatile("rep movsb" : "+D" (to), "+S" (from), "+c" (n) : : "memory");
}

/* Native calls, and those of i386, from the site. */
asm(".pushsection .site, \"ax\", @progbits\n"
	"site:	syscall\n	ret\n	.balign 16\n"
	"site_compat:	int $0x80\n	ret\n	.popsection\n");

static __naked long enter_native(u64 nr, const u64 *args)
{
	asm("mov %rsi, %r11\n	mov %rdi, %rax\n"
	    "mov 0(%r11), %rdi\n	mov 8(%r11), %rsi\n	mov 16(%r11), %rdx\n"
	    "mov 24(%r11), %r10\n	mov 32(%r11), %r8\n	mov 40(%r11), %r9\n"
	    "jmp site\n");
}

/* part: compat */
static __naked long enter_compat(u64 nr, const u64 *args)
{
	asm("push %rbx\n	push %rbp\n	mov %rsi, %r11\n	mov %rdi, %rax\n"
	    "mov 0(%r11), %rbx\n	mov 8(%r11), %rcx\n	mov 16(%r11), %rdx\n"
	    "mov 24(%r11), %rsi\n	mov 32(%r11), %rdi\n	mov 40(%r11), %rbp\n"
	    "call site_compat\n	pop %rbp\n	pop %rbx\n	ret\n");
}

/* part: always */
#define A(...)	((const u64[6]) { __VA_ARGS__ })

/* %d and %x are of 64 bits, %r is a role. */
static char *format(char *to, const char *f, const u64 *args)
{
	for (; *f; f++) {
		char digits[24];
		u64 n, base = 10;
		int i = 0;

		if (*f != '%') {
			*to++ = *f;
			continue;
		}
		n = *args++;
		if (*++f == 'r') {
			*to++ = n == MAIN ? 'd' : 'a';
			if (n == MAIN)
				continue;
		} else if (*f == 'x') {
			*to++ = '0';
			*to++ = 'x';
			base = 16;
		} else if ((long)n < 0) {
			*to++ = '-';
			n = -n;
		}
		do
			digits[i++] = "0123456789abcdef"[n % base];
		while (n /= base);
		while (i)
			*to++ = digits[--i];
	}
	return to;
}

/* Adds to what a role has to say; it is printed when all are at rest. */
static void say(int me, const char *f, const u64 *args)
{
	struct role *r = &s->role[me];

	if (r->len < (int)sizeof(r->text) - 4096)
		r->len = format(r->text + r->len, f, args) - r->text;
}

static long returned(int me, int at, long ret)
{
	say(me, "%d %r = %d", A(at, me, ret));
	return ret;
}

/* Memory, where it can be written whatever the protection at @addr is. */
static unsigned char *where(u64 addr)
{
	return (void *)(addr < SCRATCH ? addr : addr - SCRATCH + MEMORY + MEMORY_SIZE);
}

static const unsigned char zeroes[128];

static void in(u64 addr, const void *bytes, int n)
{
	copy(where(addr), bytes, n);
}

/* part: before */
/* A call that writes nothing leaves what there was before. */
static void before(int me, u64 addr, int n)
{
	copy(s->role[me].before, where(addr), n);
}

static bool unchanged(int me, u64 addr, int n)
{
	int i;

	for (i = 0; i < n && s->role[me].before[i] == where(addr)[i]; i++)
		;
	if (i == n)
		say(me, " same", NULL);
	return i == n;
}

/* part: bytes */
static void say_bytes(int me, const unsigned char *p, int n)
{
	struct role *r = &s->role[me];

	if (r->len >= (int)sizeof(r->text) - 4096)
		return;
	for (; n; n--, p++) {
		r->text[r->len++] = "0123456789abcdef"[*p >> 4];
		r->text[r->len++] = "0123456789abcdef"[*p & 15];
	}
}

/* part: out */
static void out(int me, u64 addr, int n)
{
	if (unchanged(me, addr, n))
		return;
	say(me, " ", NULL);
	say_bytes(me, where(addr), n);
}

/* part: sum */
static u64 hash(u64 sum, const unsigned char *p, int n)
{
	for (; n; n--)
		sum = (sum ^ *p++) * 0x100000001b3ULL;
	return sum;
}

/* part: hash */
static void out_hash(int me, u64 addr, int n)
{
	say(me, " hash %x", A(hash(0xcbf29ce484222325ULL, where(addr), n)));
}

/* part: roles */
/* The thread of a role, as an argument. */
static u64 T(int me, int role)
{
	if (s->role[role].state == ABSENT)
		return NOBODY;
	if (me == role)
		return sys(__NR_gettid, 0, 0, 0, 0, 0);
	if (me != MAIN && (s->role[me].nested || s->role[role].tid != 100 + role))
		return NOBODY;
	return s->role[role].tid;
}

/* part: always */
/* Whose thread that is. */
static void thread(int me, int tid)
{
	int i;

	for (i = 0; i < 8 && !s->role[me].nested; i++) {
		if (s->role[i].tid == tid && tid) {
			say(me, "%r", A(i));
			return;
		}
	}
	say(me, "%d", A(tid));
}

/* part: makes */
static long returned_thread(int me, int at, long ret)
{
	if (ret <= 0)
		return returned(me, at, ret);
	say(me, "%d %r = ", A(at, me));
	thread(me, ret);
	return ret;
}

/* part: ids */
/* An id that was received, counted from the last one back or the first one, and @off beside. */
static void id(u64 addr, int slot, int back, int off)
{
	int n = s->listener[slot].count;
	u64 id = !n ? 0x123456789 : off + (back < 0 ? s->listener[slot].base :
					   s->listener[slot].id[(n - 1 - back % n) % 64]);

	copy(where(addr), &id, sizeof(id));
}

/* part: notif */
/* Ids are random at the start: shown is how far they are from the first one. */
static void received(int me, int slot, u64 addr, int len, long ret)
{
	struct seccomp_notif n;
	int i;

	if (unchanged(me, addr, len))
		return;
	copy(&n, where(addr), sizeof(n));
	if (!ret) {
		if (!s->listener[slot].count)
			s->listener[slot].base = n.id;
		s->listener[slot].id[s->listener[slot].count++ % 64] = n.id;
	}
	if (ret || !n.id)
		say(me, n.id ? " id some pid " : " id none pid ", NULL);
	else
		say(me, " id %d pid ", A(n.id - s->listener[slot].base));
	thread(me, n.pid);
	say(me, " flags %x data %d", A(n.flags, n.data.nr));
	say(me, " %x %x", A(n.data.arch, n.data.instruction_pointer));
	for (i = 0; i < 6; i++)
		say(me, " %x", A(n.data.args[i]));
}

/* part: listens */
/* A listener goes where all roles look for it. */
static void listens(int slot, long fd)
{
	if (fd < 0 || fd >= 20)
		return;
	if (!s->listener[slot].used)
		sys(__NR_dup3, fd, LISTENER + slot, O_CLOEXEC, 0, 0);
	s->listener[slot].used = 1;
	sys(__NR_close, fd, 0, 0, 0, 0);
}

/* part: always */
/*
 * What is not said, or is known to differ, is not tried. It depends on what all have done
 * before, and so is the same on both kernels.
 */
static bool holds(int me, int at, bool yes, const char *why)
{
	if (!yes)
		return false;
	say(me, "%d %r held: ", A(at, me));
	say(me, why, NULL);
	return true;
}

/* part: reads */
/* Which of several readers gets a request, or whether a poll is up before one has it. */
static bool may_read(int me, int at, int slot)
{
	int i;

	for (i = 0; i < MAIN; i++) {
		const struct role *r = &s->role[i];

		if (i == me || r->state != BUSY)
			continue;
		if (holds(me, at, r->reading == slot + 1, "reader") ||
		    holds(me, at, r->polling, "poll beside a reader"))
			return false;
	}
	s->role[me].reading = slot + 1;
	return true;
}

/* part: polls */
static bool may_poll(int me, int at)
{
	int i;

	for (i = 0; i < MAIN; i++) {
		const struct role *r = &s->role[i];

		if (i != me && r->state == BUSY &&
		    holds(me, at, r->reading, "poll beside a reader"))
			return false;
	}
	s->role[me].polling = 1;
	return true;
}

/* part: answers */
/* C may drop a reply that meets a signal. */
static bool may_answer(int me, int at)
{
	return !holds(me, at, s->signalled, "signal");
}

/* part: changes */
/* Registers are those of a call, or of code that goes on with them. */
static bool may_change(int me, int at, int role)
{
	struct user_regs_struct regs;
	long tid = s->role[role].state == ABSENT ? NOBODY : s->role[role].tid;

	return !holds(me, at, !sys(__NR_ptrace, PTRACE_GETREGS, tid, 0, (long)&regs, 0) &&
		     regs.rip != SITE + 2 && regs.rip != SITE + 18, "no call");
}

/* part: fetch */
/* Takes a copy of another process's listener. */
static void fetched(int me, int at, int other, int slot)
{
	bool known = s->role[other].pid && !s->role[me].nested;
	long pidfd = sys(__NR_pidfd_open, known ? s->role[other].pid : NOBODY, 0, 0, 0, 0);
	long fd = sys(__NR_pidfd_getfd, pidfd, LISTENER + slot, 0, 0, 0);

	if (fd >= 0 && fd != LISTENER + slot) {
		sys(__NR_dup3, fd, LISTENER + slot, O_CLOEXEC, 0, 0);
		sys(__NR_close, fd, 0, 0, 0, 0);
	}
	if (pidfd >= 0)
		sys(__NR_close, pidfd, 0, 0, 0, 0);
	say(me, "%d %r fetch %d", A(at, me, pidfd < 0 ? pidfd : fd < 0 ? fd : 0));
}

/* part: always */
static void new_role(int me, int at, int other, int how);
