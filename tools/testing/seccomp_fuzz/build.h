/* SPDX-License-Identifier: GPL-2.0 */
/* Making the list of a case. Nothing here depends on anything but random numbers. */
#ifndef BUILD_H
#define BUILD_H

#include <linux/filter.h>

#include "case.h"
#include "random.h"

/* The list of case @index of @seed, in WORLD, which is otherwise as new. */
void generate(__u64 seed, __u64 index);

/* Whether there is room for some more operations, and for what they refer to. */
bool room(void);

/* Appends an operation. What is not said of it is zero. */
struct op *add(enum op_kind kind, int role);

/* Appends a call: its role and number, then arguments. */
#define CALL(role, nr, a, b, c, d, e, f, ...) \
	add_call(role, nr, (const __u64[6]) { a, b, c, d, e, f })
#define call(...)	CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
struct op *add_call(int role, __u64 nr, const __u64 arg[6]);

/* Copies bytes to the pool; they are aligned there. Gives their offset. */
__u32 pool_add(const void *bytes, __u32 n);

/* Has the call find bytes at an address, or say what it left at one. */
void reads(struct op *op, __u64 at, const void *bytes, __u32 n);
void writes(struct op *op, __u64 at, __u32 n, enum form form);

/* An address for @n bytes of a role: a good one, or any that a caller might give. */
__u64 good_place(int role, __u32 n);
__u64 any_place(int role, __u32 n);
/* Mostly a good one. */
__u64 place(int role, __u32 n);

void spawn(int by, int role, int how);
void status_of(int by, int role);

/* What a case comes back to, so that programs and calls meet. */
struct theme {
	int nr[6];		/* calls that nothing happens in */
	int asked;		/* how many of them listeners or tracers are asked about */
	__u64 value[6];		/* arguments */
};

extern struct theme theme;

/* What a program is like. */
enum style {
	SPARING,	/* legal; the fuzzer's own calls pass */
	ASKING,		/* the same, and leaves the asked numbers to a listener */
	TRACING,	/* the same, and leaves them to a tracer */
	LEGAL,
	NEARLY,		/* legal but for one thing */
	GARBAGE,
};

/* How strict programs are. */
enum mood { MILD, WILD, DEADLY };

/* Makes a program in the pool; gives the offset of what describes it to the kernel. */
__u32 program(enum style style, enum mood mood);
/* One of @len instructions, the fuzzer's own calls pass. */
__u32 long_program(__u32 len);
/* The same for the 32-bit ABI, from what program() has given. */
__u32 compat_program(__u32 prog);

/* A call that is harmless, with arguments of any kind. */
struct op *probe(int role);
/* One that listeners are asked about. */
struct op *asked_call(int role);
int probe_number(void);
int theme_number(void);

/* Installs a program; where @slot is not negative, with a listener. */
struct op *install(int role, __u32 prog, __u64 flags, int slot);

/* The kinds of cases. */
void family_install(void);
void family_verdict(void);
void family_crowd(void);
void family_talk(void);
void family_trace(void);

/* A request of a tracer's to the thread of a role. */
struct op *trace(int by, long request, int role, __u64 addr, __u64 data);
/* Reads one of the role's filters to a place in the pool, where there is room for it. */
void get_filter(int by, int role, __u32 to);
#define FILTER_ROOM	256
/* The call that a role is stopped in becomes another one, or gets another result. */
void change_number(int by, int role, __u64 nr);
void change_argument(int by, int role);
void change_result(int by, int role, __u64 result);

/* Single steps, of which families are made. */
void talk_step(int supervisor, int target, int slot);
void talk_recv(int supervisor, int slot);
void talk_reply(int supervisor, int slot);
void interrupt(int role);
struct op *signal_to(int by, int role);

#endif
