/* SPDX-License-Identifier: GPL-2.0 */
/* The listener's ioctls and events, with the kernel's return convention. */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <poll.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <linux/seccomp.h>

/* The number that the first kernels with a listener had for ID_VALID. */
#define ID_VALID_OLD	SECCOMP_IOR(2, __u64)

#define UNREAD		(POLLIN | POLLRDNORM)
#define UNANSWERED	(POLLOUT | POLLWRNORM)

int take(int listener, struct seccomp_notif *req);
int answer(int listener, __u64 id, __s64 val, __s32 error, __u32 flags);
int let_go(int listener, __u64 id);
int id_valid(int listener, __u64 id);
int add_fd(int listener, __u64 id, __u32 flags, int src, int newfd, __u32 newfd_flags);

/* The events of the listener at this moment. */
int events(int listener);

/* Waits for one of @want; false when it did not come, or nobody was woken for it. */
bool await_events(int listener, short want);

/* Takes one request and answers it with @val; its id, or 0. */
__u64 serve(int listener, __s64 val);

/* Hands @fd to, or takes one from, the other end of a Unix socket. */
int send_fd(int sock, int fd);
int receive_fd(int sock);

/* A listener on call @nr, or on getppid(), for the caller and its children. */
int listener_on(unsigned long flags, int nr);
int new_listener(void);

/* A child under a listener on getppid(), which only the caller holds. */
struct target {
	pid_t pid;
	int listener;
};

struct target start_target(unsigned long flags, int (*body)(void *), void *arg);

/* A call that the target's filter sends to the listener; a negative errno or the value. */
long notified_call(void);

/* Bodies for spawn() and start_target(): one call; exit status 0 when it gave 7. */
int call_gives_7(void *unused);

/* Two calls, both of which must find that nobody has the listener any more. */
int calls_give_enosys(void *unused);

/* The same in a child that has a copy of the listener, and closes it first. */
int close_and_call(void *listener);

/*
 * One call that may give a descriptor: exit status 0 for 7, 10 for a descriptor
 * that can be written and stays open in exec, 11 for one that does not stay.
 */
int call_gives_fd(void *unused);

/* Ends a target that a test may have left, where it was started at all. */
void end_target(const struct target *t);

#endif
