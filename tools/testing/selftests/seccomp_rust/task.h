/* SPDX-License-Identifier: GPL-2.0 */
/* Starting tasks, and waiting for them to get where a test needs them. */
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <sys/types.h>

/* How long to wait for something that must happen, before the test fails. */
#define PATIENCE_MS	10000

/* Runs @body in a child, whose exit status is what it returns. */
pid_t spawn(int (*body)(void *), void *arg);

/* The exit status of @pid, or minus the signal that ended it. */
int reap(pid_t pid);

/* Runs @body in a child and reaps it. */
int run(int (*body)(void *), void *arg);

/* Waits until @tid sleeps in call @nr (also when it is held up before it). */
bool asleep_in(pid_t tid, long nr);

/* Waits until the scheduler state of @tid is one of @states. */
bool in_state(pid_t tid, const char *states);

/*
 * Sleeps for @us microseconds, in loops that wait for another task. It is no
 * matter of taste: a loop that only spins can keep the other task from running
 * for ever where one host thread runs all processors by turns.
 */
void nap(long us);

/* Milliseconds, of a clock that does not jump. */
long now_ms(void);

/* The number behind "@field:" in /proc/@tid/status, or -1. */
long status_of(pid_t tid, const char *field);

/* How many filters @tid is under, and which seccomp mode it is in. */
int filters_of(pid_t tid);
int mode_of(pid_t tid);

/*
 * Whether the kernel says that it was built with CONFIG_@symbol. To be asked before
 * a filter is in force, as it takes a child.
 */
bool configured(const char *symbol);

/*
 * Whether the implementation is the one in Rust. A test that asks expects of each
 * what it is known to do, and is named in the list of differences, in
 * Documentation/security/seccomp-rust.rst.
 */
bool is_rust(void);

/* Memory that parent and children share, zeroed. */
void *shared(size_t size);

/* A page that can be read, is zero and cannot be written. */
void *read_only_page(void);

/* Open file descriptors of the caller, or of @pid. */
int open_fds(void);
int open_fds_of(pid_t pid);

/*
 * A caller on CPU 0 with a real-time policy keeps the ordinary tasks that it
 * forked from running until it sleeps. So two steps of a supervisor can be
 * placed before the target's next one, which no amount of luck would do.
 */
void go_to_cpu0(void);
void take_cpu0(int priority);
void leave_cpu0(void);

/* Has another task there do the same; 0 makes it an ordinary one again. */
void give_cpu0(pid_t tid, int priority);

/* Gives up root and all capabilities. */
int drop_root(void);

/* Gives up one capability. */
int drop_capability(int cap);

/* Becomes root of a user namespace of its own, where @user is the caller outside. */
int enter_user_namespace(int user);

/* Sets no_new_privs for the calling thread; 0, or a negative errno. */
int set_no_new_privs(void);

/* A signal handler that does nothing, so that the signal interrupts. */
void interrupt_on(int sig, int flags);

#endif
