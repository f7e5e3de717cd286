// SPDX-License-Identifier: GPL-2.0
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/time_types.h>
#include <linux/wait.h>

#include "act.h"
#include "direct.h"

/* How often to look whether the kernel's threads are done: on a busy machine never. */
#define SETTLE_MAX	200

static bool verbose;

int set_priority(long tid, int priority)
{
	if (WORLD->racing)
		return 0;
	return own(__NR_sched_setscheduler, tid, 1 /* SCHED_FIFO */, &priority);
}

static void publish(struct text *t)
{
	__u32 i;

	WORLD->hash = hash_more(WORLD->hash, t->buf, t->len);
	for (i = 0; i < t->len; i++)
		WORLD->lines += t->buf[i] == '\n';
	if (verbose)
		own(__NR_write, FD_OUTPUT, t->buf, t->len);
	t->len = 0;
}

/* The words of all roles; it does not matter who was first, they are in order. */
static void publish_roles(void)
{
	int i;

	for (i = 0; i < NROLES; i++) {
		struct role *r = &WORLD->role[i];
		struct text t = { .buf = r->text, .len = r->len };

		if (!r->len)
			continue;
		r->len = 0;
		publish(&t);
	}
}

/* A line of the director's about what has become of a role. */
static struct text news(int op, int role)
{
	static char buf[256];
	struct text t = { .buf = buf, .max = sizeof(buf) };

	if (op < 0)
		put_char(&t, '-');
	else
		put_num(&t, op);
	put_char(&t, ' ');
	put_role(&t, role);
	return t;
}

static void say(int op, int role, const char *what)
{
	struct text t = news(op, role);

	put(&t, what);
	put_char(&t, '\n');
	publish(&t);
}

/* How many operations of the list these are. */
static __u32 count_kept(int first, int last)
{
	__u32 n = 0;

	for (; first <= last; first++)
		n += WORLD->keep[first];
	return n;
}

/* A role that has ended leaves out what it was still to do. */
static void bury(int role)
{
	struct role *r = &WORLD->role[role];

	if (r->state == ABSENT || r->state == DEAD)
		return;
	r->state = DEAD;
	if (r->post)
		WORLD->gone += count_kept(r->next, r->last);
}

static int role_of(long tid)
{
	int i;

	for (i = 0; i < NACTORS; i++)
		if (WORLD->role[i].state != ABSENT && WORLD->role[i].tid == tid)
			return i;
	return DIRECTOR;
}

static void note_status(long tid, int status)
{
	int role = role_of(tid), i;
	struct text t = news(-1, role);
	unsigned long message = 0;

	if ((status & 0xff) == 0x7f) {
		put(&t, " stopped ");
		put_hex(&t, status >> 8);
		if (status >> 16 == PTRACE_EVENT_SECCOMP) {
			own(__NR_ptrace, PTRACE_GETEVENTMSG, tid, 0, &message);
			put(&t, " message ");
			put_hex(&t, message);
		}
	} else if (status == 0xffff) {
		put(&t, " continued");
	} else {
		put(&t, status & 0xff ? " killed " : " exit ");
		put_hex(&t, status & 0xff ? status : status >> 8);
		/* With its first thread the whole process is reaped, else a traced thread. */
		for (i = 0; i < NACTORS; i++)
			if (i == role || (WORLD->role[role].tid == WORLD->role[role].pid &&
					  WORLD->role[i].pid == tid))
				bury(i);
	}
	put_char(&t, '\n');
	publish(&t);
}

static void reap(void)
{
	int status, i;
	long tid;

	for (i = 0; i < NACTORS; i++) {
		struct role *r = &WORLD->role[i];

		if (!r->alive && (r->state == IDLE || r->state == BUSY)) {
			say(-1, i, " gone");
			bury(i);
		}
	}
	while ((tid = own(__NR_wait4, -1, &status, WNOHANG | __WALL | WUNTRACED | WCONTINUED)) > 0)
		note_status(tid, status);
}

static void post(int role)
{
	struct role *r = &WORLD->role[role];

	r->state = BUSY;
	r->slept = 0;
	r->post++;
	own(__NR_futex, &r->post, FUTEX_WAKE, 1);
}

/* How many have been posted since the gate was closed. */
static __u32 posted;

static void close_gate(void)
{
	posted = 0;
	__atomic_store_n(&WORLD->expected, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&WORLD->arrived, 0, __ATOMIC_RELEASE);
}

/* Those begin when all of them are there. */
static void open_gate(void)
{
	__atomic_store_n(&WORLD->expected, posted ? posted : 1, __ATOMIC_RELEASE);
}

static void post_range(int role, int first, int last)
{
	posted++;
	WORLD->role[role].next = first;
	WORLD->role[role].last = last;
	post(role);
}

static bool any_busy(void)
{
	int i;

	for (i = 0; i < NACTORS; i++)
		if (WORLD->role[i].state == BUSY && WORLD->role[i].taken != WORLD->role[i].post)
			return true;
	return false;
}

/* Whether anybody but the director wants to run, on any processor. */
static bool others_run(void)
{
	char buf[64];
	long n = own(__NR_pread64, FD_LOAD, buf, sizeof(buf), 0), i = 0;
	int blanks = 0;

	/* Three averages, and then how many do. */
	while (i < n && blanks < 3)
		blanks += buf[i++] == ' ';
	return n > i + 1 && !(buf[i] == '1' && buf[i + 1] == '/');
}

/*
 * Gives the kernel's own threads time, who come after everybody else. What a role does
 * may wait for them, as freeing a program is left to them. Sleeping costs nothing where
 * idle time is skipped. While racing, it is the roles that are given time.
 */
static void settle(void)
{
	static struct __kernel_timespec moment = { .tv_nsec = 50000 };
	int i;

	for (i = 0; i < SETTLE_MAX && others_run(); i++) {
		if (WORLD->racing && !any_busy())
			break;
		own(__NR_nanosleep, &moment, 0);
	}
}

/* Everybody is asleep, though some perhaps in the middle of an operation. */
static void rest_once(void)
{
	int i;

	if (any_busy())
		settle();
	publish_roles();
	for (i = 0; i < NACTORS; i++) {
		struct role *r = &WORLD->role[i];

		if (r->state == BUSY && r->taken == r->post)
			r->state = IDLE;
	}
	reap();
	for (i = 0; i < NACTORS; i++) {
		struct role *r = &WORLD->role[i];

		if (r->state == BUSY && !r->slept) {
			say(r->next - 1, i, " sleeps");
			r->slept = 1;
		}
	}
	WORLD->signalled = 0;
}

/* Until nobody has anything left to do that an operation has broken off. */
static void rest(void)
{
	bool again;
	int i;

	do {
		again = false;
		rest_once();
		for (i = 0; i < NACTORS; i++) {
			struct role *r = &WORLD->role[i];

			if (r->state == IDLE && r->next <= r->last && r->post) {
				post(i);
				again = true;
			}
		}
	} while (again);
}

int next_kept(int i)
{
	while (i < (int)WORLD->nops && !WORLD->keep[i])
		i++;
	return i;
}

int burst_end(int i)
{
	int next = i;

	while (WORLD->op[i].flags & F_MORE) {
		next = next_kept(i + 1);
		if (next >= (int)WORLD->nops || WORLD->op[next].role != WORLD->op[i].role)
			break;
		i = next;
	}
	return i;
}

/*
 * What may run together with what others do: supervision alone, as its outcome does
 * not depend on the order of what only the kernel does.
 */
static bool joins(int first, int last)
{
	int i;

	for (i = first; i <= last; i = next_kept(i + 1)) {
		const struct op *op = &WORLD->op[i];

		if (op->kind != OP_CALL || op->flags & F_ENDS)
			return false;
		switch (op->nr) {
		case __NR_ioctl:
		case NR_POLL:
		case NR_EPOLL_WAIT:
		case __NR_epoll_ctl:
		case __NR_tkill:
		case __NR_close:
			break;
		default:
			return false;
		}
	}
	return true;
}

/* Whether any of a burst makes a new role. */
static bool spawns(int first, int last)
{
	int i;

	for (i = first; i <= last; i = next_kept(i + 1))
		if (WORLD->op[i].kind == OP_SPAWN)
			return true;
	return false;
}

/*
 * While racing: whether the one burst, @first to @last, can go side by side with that
 * which begins at @next. New roles come alone, as two cannot become the same.
 */
static bool crowds(int first, int last, int next)
{
	int role = WORLD->op[next].role;

	return !spawns(first, last) && !spawns(next, burst_end(next)) &&
	       WORLD->op[last].role != DIRECTOR && role != DIRECTOR &&
	       WORLD->role[role].state == IDLE;
}

bool together(int first, int last)
{
	int next = next_kept(last + 1);

	if (next >= (int)WORLD->nops)
		return false;
	if (WORLD->racing)
		return crowds(first, last, next);
	return WORLD->op[last].flags & F_JOIN && joins(first, last) &&
	       joins(next, burst_end(next));
}

/* Has the role of @i go from there to @last, if it is in a state to. */
static void start(int i, int last)
{
	int role = WORLD->op[i].role, state = WORLD->role[role].state;

	if (role == DIRECTOR) {
		for (; i <= last; i = next_kept(i + 1))
			perform(role, i);
	} else if (state == IDLE) {
		post_range(role, i, last);
	} else {
		say(i, role, state == BUSY ? " busy" : state == DEAD ? " dead" : " absent");
		*(state == BUSY ? &WORLD->busy : &WORLD->gone) += count_kept(i, last);
	}
}

/* New roles run at the priority of their parents until here. */
static void prioritise(int first, int last)
{
	int i;

	for (i = first; i <= last; i = next_kept(i + 1)) {
		const struct op *op = &WORLD->op[i];

		if (op->kind == OP_SPAWN && WORLD->role[op->other].state == IDLE)
			set_priority(WORLD->role[op->other].tid, op->what & SPAWN_HIGH ?
				     PRIORITY_HIGH : PRIORITY_ROLE);
	}
}

static void kill_roles(void)
{
	int i;

	for (i = 0; i < NACTORS; i++) {
		const struct role *r = &WORLD->role[i];

		if ((r->state == IDLE || r->state == BUSY) && r->pid > 1)
			own(__NR_kill, r->pid, SIGKILL);
	}
}

static void end_all(void)
{
	static struct __kernel_timespec moment = { .tv_nsec = 1000000 };
	static char buf[4096];
	struct text t = { .buf = buf, .max = sizeof(buf) };
	int i;

	kill_roles();
	rest();
	/* While racing, one may only now come to be whose maker has been killed for it. */
	while (WORLD->racing && own(__NR_wait4, -1, &i, WNOHANG | __WALL) >= 0) {
		kill_roles();
		own(__NR_nanosleep, &moment, 0);
	}
	while (own(__NR_wait4, -1, &i, __WALL) > 0)
		;
	while (audit_next(&t))
		publish(&t);
}

void direct(bool print)
{
	int first, last, next;
	bool joined;

	verbose = print;
	settle();
	for (first = next_kept(0); first < (int)WORLD->nops; first = next) {
		int begin = first;
		bool raised = false;

		close_gate();
		do {
			last = burst_end(first);
			next = next_kept(last + 1);
			joined = together(first, last);
			/* Nobody runs until all of them may. */
			if (joined && !raised)
				set_priority(0, PRIORITY_POSTING);
			raised |= joined;
			start(first, last);
			if (joined)
				first = next;
		} while (joined);
		open_gate();
		if (raised)
			set_priority(0, PRIORITY_DIRECTOR);
		rest();
		prioritise(begin, last);
	}
	end_all();
}
