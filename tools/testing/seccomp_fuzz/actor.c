// SPDX-License-Identifier: GPL-2.0
/* The life of a role: waiting for its turn, signals, a new program. */
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/futex.h>
#include <linux/mman.h>

#include "act.h"

/* More than signals can interrupt it in a case. */
#define WAITS_MAX	1000

/* Some hundred microseconds where a virtual processor is slow. */
#define GATE_SPINS	20000

static void wait_turn(struct role *r)
{
	int waits = 0;

	while (__atomic_load_n(&r->post, __ATOMIC_ACQUIRE) == r->taken) {
		own(__NR_futex, &r->post, FUTEX_WAIT, r->taken, 0);
		if (++waits > WAITS_MAX)
			die();
	}
}

/*
 * While racing, those who are to act at once wait for each other, but not for long: one
 * may not have got there, or wait for this processor.
 */
static void pass_gate(void)
{
	int spins;

	__atomic_add_fetch(&WORLD->arrived, 1, __ATOMIC_ACQ_REL);
	for (spins = 0; spins < GATE_SPINS; spins++) {
		__u32 all = __atomic_load_n(&WORLD->expected, __ATOMIC_ACQUIRE);

		if (all && __atomic_load_n(&WORLD->arrived, __ATOMIC_ACQUIRE) >= all)
			break;
	}
}

void serve(int me)
{
	struct role *r = &WORLD->role[me];

	for (;;) {
		wait_turn(r);
		if (WORLD->racing)
			pass_gate();
		while (r->next <= r->last) {
			int i = r->next++;

			if (!WORLD->keep[i])
				continue;
			perform(me, i);
			/*
			 * Of several that have been woken, who goes on first is not
			 * said: each of them gets its turn anew.
			 */
			if (WORLD->op[i].flags & F_ENDS || r->slept)
				break;
		}
		r->taken = r->post;
	}
}

void serve_at(int me)
{
	serve_from(me, STACK_OF(me));
}

/* Which role this is: its stack tells. */
static int myself(void)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);

	return here >= STACKS && here < STACKS + NROLES * STACK_SIZE ?
	       (here - STACKS) / STACK_SIZE : DIRECTOR;
}

static void handle(int sig, siginfo_t *info, void *context)
{
	int me = myself();
	struct role *r = &WORLD->role[me];
	struct text t = { .buf = r->text, .len = r->len, .max = TEXT_SIZE - 1 };
	unsigned long from = (unsigned long)info->si_call_addr;

	/* A call of the program's own is made until it gets through: how often, nobody says. */
	if (sig == SIGSYS && from != SITE_IP && from != SITE_COMPAT_IP) {
		if (r->trapped == info->si_syscall + 1)
			return;
		r->trapped = info->si_syscall + 1;
	}
	put(&t, "- ");
	put_role(&t, me);
	put(&t, " signal ");
	put_num(&t, sig);
	if (sig == SIGSYS) {
		put(&t, " code ");
		put_num(&t, info->si_code);
		put(&t, " errno ");
		put_num(&t, info->si_errno);
		put(&t, " nr ");
		put_num(&t, info->si_syscall);
		put(&t, " arch ");
		put_hex(&t, info->si_arch);
		put(&t, from == SITE_IP ? " site" : from == SITE_COMPAT_IP ? " compat site" : "");
		put_frame(&t, context);
	}
	line_end(me, &t);
}

void signals_catch(void)
{
	/* One that interrupts calls, one upon which they are restarted. */
	static const struct { int sig; unsigned long flags; } caught[] = {
		{ SIGUSR1, 0 }, { SIGUSR2, SA_RESTART }, { SIGSYS, 0 }, { SIGILL, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caught); i++) {
		struct sigaction sa = {
			.sa_handler = (void *)handle,
			.sa_flags = caught[i].flags | SA_SIGINFO | 0x04000000 /* SA_RESTORER */,
			.sa_restorer = leave_handler,
		};

		own(__NR_rt_sigaction, caught[i].sig, &sa, 0, 8);
	}
}

/*
 * Maps the file at @fd: all of it, once more for the pages of the roles, and private
 * stacks. A role that goes on in a new program needs it under its filters, which is
 * why each of these calls has the key.
 */
void world_map(int fd)
{
	const unsigned long rw = PROT_READ | PROT_WRITE;
	const unsigned long world = (unsigned long)WORLD;
	int i;

	own(__NR_mmap, world, MAPPED_SIZE, rw, MAP_SHARED | MAP_FIXED, fd);
	/* No length to begin with: the pages stay where they are as well. */
	own(__NR_mremap, world + WORLD_SIZE, 0, NROLES * SCRATCH_PAGES * PAGE,
	    MREMAP_MAYMOVE | MREMAP_FIXED, SCRATCH);
	for (i = 0; i < NROLES; i++) {
		own(__NR_mprotect, SCRATCH_OF(i) + 2 * PAGE, PAGE, PROT_READ);
		own(__NR_munmap, SCRATCH_OF(i) + 3 * PAGE, PAGE);
	}
	own(__NR_mmap, STACKS, NROLES * STACK_SIZE, rw,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
}
