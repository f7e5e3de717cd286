/* SPDX-License-Identifier: GPL-2.0 */
/* What roles do: the operations, one by one. */
#ifndef ACT_H
#define ACT_H

#include <linux/sched.h>

#include "case.h"

/* Does operation @i as role @me, and adds to its text what came of it. */
void perform(int me, int i);
void perform_spawn(int me, int i);
void perform_exec(int me, int i);
void perform_fetch(int me, int i);
void perform_file(int me, int i);
void perform_regs(int me, int i);
/* Whether a role is stopped outside of the calls that are tried. */
bool is_elsewhere(int role);

/* A line of the role's text about an operation is what stands between these. */
struct text line_start(int me, int i);
void line_end(int me, const struct text *t);

/* Memory of the list, where it can be written whatever the protection at @addr; or NULL. */
__u8 *bytes_at(__u64 addr);

/* By what name a thread id is known in the log. */
void put_thread(struct text *t, int me, long tid);
void put_role(struct text *t, int role);

/* The life of a role: it does what the director posts. Does not return. */
noreturn void serve(int me);
/* The same from another stack than a role's own. */
noreturn void serve_at(int me);

/* A process for the director; 0 in itself. */
long fork_director(void);

/* The name by which audit knows a role. */
void take_name(int me);

/* What a handler sees of the call that it was run for. */
void put_frame(struct text *t, const void *context);
/* What a tracer gets when it asks for registers. Away from the site they hold addresses. */
void put_registers(struct text *t, long tid);
/* Whether there are registers, and not of a call under test. */
bool registers_elsewhere(long tid);

/* Whoever cannot wait for its turn must not go round for ever. */
noreturn void die(void);

/* Parts of these that are written in assembly. */
noreturn void serve_from(long me, unsigned long stack);
/* Signal frames are left by the same call, with the key. */
void leave_handler(void);
/*
 * clone3() to a stack whose top is @top. The child starts there with nothing but its
 * role, which the parent has put on that stack. It is told from the parent by the
 * stack, as a filter can give any result to either.
 */
long clone_to(const struct clone_args *args, size_t size, unsigned long top);
noreturn void begin(long me);

/* Sets up what each process needs: the shared memory, signal handlers. */
void world_map(int fd);
void signals_catch(void);

#endif
