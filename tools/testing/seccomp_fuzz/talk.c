// SPDX-License-Identifier: GPL-2.0
/* What a supervisor, or somebody in its place, does with a listener. */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/ioctl.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <asm/poll.h>
#include <asm/signal.h>

#include "build.h"

/* The number that the first kernels with a listener had for ID_VALID. */
#define ID_VALID_OLD	SECCOMP_IOR(2, __u64)

static int other_slot(int slot)
{
	return one_in(12) ? (int)below(2) : slot;
}

/* Says which id is meant: mostly one that waits for its answer. */
static void set_id(struct op *op, int slot, size_t at)
{
	op->slot = other_slot(slot);
	op->id_at = at;
	op->id_kind = one_in(20) ? ID_NONE : one_in(12) ? ID_FIRST : ID_RECEIVED;
	op->id_nth = percent(75) ? 0 : below(4);
	op->id_add = percent(85) ? 0 : one_in(2) ? 1 : -1;
}

static struct op *listener_ioctl(int role, int slot, unsigned int cmd, __u64 arg)
{
	struct op *op = call(role, __NR_ioctl, FD_LISTENER + other_slot(slot), cmd, arg);

	op->slot = slot;
	if (HAS_COMPAT && one_in(25)) {
		op->entry = ENTRY_COMPAT;
		op->nr = NR32_IOCTL;
	} else if (one_in(25)) {
		op->arg[1] |= (__u64)any() << 32;
	}
	return op;
}

/* One that is not quite as it is known. */
static unsigned int spoil(unsigned int cmd)
{
	return one_in(40) ? cmd ^ 1U << below(32) : cmd;
}

/* One of a size that the kernel does not know, about one time in twelve. */
static unsigned int resize(unsigned int cmd)
{
	static const __u16 sizes[] = { 0, 1, 8, 16, 24, 64, 79, 81, 88, 128, 4096, 0x3fff };
	unsigned int size = one_in(12) ? PICK(sizes) : _IOC_SIZE(cmd);

	return _IOC(_IOC_DIR(cmd), _IOC_TYPE(cmd), _IOC_NR(cmd), size);
}

static void recv(int role, int slot)
{
	__u64 at = percent(92) ? good_place(role, sizeof(struct seccomp_notif)) :
		   any_place(role, sizeof(struct seccomp_notif));
	unsigned int cmd = resize(spoil(SECCOMP_IOCTL_NOTIF_RECV));
	struct op *op = listener_ioctl(role, slot, cmd, at);
	char dirty[sizeof(struct seccomp_notif)];

	/* The id that comes is one of the listener that is asked. */
	op->slot = op->arg[0] - FD_LISTENER;
	op->flags |= cmd == SECCOMP_IOCTL_NOTIF_RECV ? F_READS : 0;
	memset(dirty, 0, sizeof(dirty));
	if (one_in(20))
		dirty[below(sizeof(dirty))] = 1 << below(8);
	reads(op, at, one_in(20) ? dirty : NULL, sizeof(dirty));
	writes(op, at, sizeof(dirty), FORM_NOTIF);
}

static void send(int role, int slot)
{
	static const int errors[] = {
		0, 0, 0, -1, -4, -38, -512, -513, -514, -516, -4095, 1, 4096
	};
	bool go_on = one_in(3);
	struct seccomp_notif_resp resp = {
		.flags = go_on ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0,
	};
	__u64 at = place(role, sizeof(resp));
	unsigned int cmd = resize(spoil(SECCOMP_IOCTL_NOTIF_SEND));
	struct op *op;

	if (go_on) {
		if (one_in(6))
			resp.val = edgy();
	} else {
		resp.val = edgy();
		resp.error = PICK(errors);
	}
	if (one_in(12))
		resp.flags ^= 1U << below(32);
	op = listener_ioctl(role, slot, cmd, at);
	reads(op, at, &resp, sizeof(resp));
	set_id(op, slot, offsetof(struct seccomp_notif_resp, id));
	op->flags |= F_ANSWERS;
}

static void id_valid(int role, int slot)
{
	__u64 at = place(role, 8);
	unsigned int cmd = one_in(3) ? ID_VALID_OLD : SECCOMP_IOCTL_NOTIF_ID_VALID;
	struct op *op = listener_ioctl(role, slot, resize(spoil(cmd)), at);

	reads(op, at, NULL, sizeof(__u64));
	set_id(op, slot, 0);
}

/* Numbers that the fuzzer needs for itself are not to be replaced in a target. */
static __u32 new_number(void)
{
	static const __u32 numbers[] = {
		0, 1, 3, 7, 12, 19, 60, 63, 64, 65, 190, 255, 256, 1000, 0x7fffffff, 0x80000000,
		0xffffffff,
	};

	return PICK(numbers);
}

static void addfd(int role, int slot, __u32 with)
{
	static const __u32 flags[] = {
		0, 0, SECCOMP_ADDFD_FLAG_SETFD, SECCOMP_ADDFD_FLAG_SEND,
		SECCOMP_ADDFD_FLAG_SETFD | SECCOMP_ADDFD_FLAG_SEND,
	};
	static const __u32 sources[] = {
		0xffffffff, 0x80000000, 199, 255, 256, FD_LISTENER, FD_PIPE
	};
	static const __u16 sizes[] = { 0, 1, 16, 23, 25, 32, 64, 4095, 4096, 4097, 0x3fff };
	struct { struct seccomp_notif_addfd a; char tail[40]; } arg;
	__u32 size = percent(88) ? sizeof(arg.a) : PICK(sizes);
	__u64 at = place(role, sizeof(arg));
	unsigned int cmd = _IOC(percent(90) ? _IOC_WRITE : below(4), SECCOMP_IOC_MAGIC, 3, size);
	struct op *op;

	memset(&arg, 0, sizeof(arg));
	arg.a.flags = PICK(flags) | with;
	arg.a.srcfd = one_in(12) ? PICK(sources) : FD_SOURCE + below(NSOURCES);
	if (arg.a.flags & SECCOMP_ADDFD_FLAG_SETFD)
		arg.a.newfd = new_number();
	arg.a.newfd_flags = one_in(2) ? O_CLOEXEC : 0;
	if (one_in(15))
		arg.a.flags ^= 1U << below(32);
	if (one_in(15))
		arg.a.newfd_flags ^= 1U << below(32);
	if (one_in(15))
		arg.a.newfd = new_number();
	if (one_in(12))
		arg.tail[below(sizeof(arg.tail))] = 1;
	op = listener_ioctl(role, slot, spoil(cmd), at);
	reads(op, at, &arg, sizeof(arg));
	set_id(op, slot, offsetof(struct seccomp_notif_addfd, id));
}

static void set_flags(int role, int slot)
{
	__u64 flags = percent(80) ? below(2) : edgy();

	listener_ioctl(role, slot, spoil(SECCOMP_IOCTL_NOTIF_SET_FLAGS), flags);
}

static void any_ioctl(int role, int slot)
{
	unsigned int cmd = _IOC(below(4), one_in(6) ? '"' : SECCOMP_IOC_MAGIC,
				one_in(2) ? below(6) : below(256),
				one_in(2) ? below(100) : below(1 << 14));
	__u64 at = place(role, 128);
	struct op *op;

	/* Those have their own functions, which know what to make of what they give. */
	if (cmd == SECCOMP_IOCTL_NOTIF_RECV || cmd == SECCOMP_IOCTL_NOTIF_SEND ||
	    (_IOC_TYPE(cmd) == SECCOMP_IOC_MAGIC && _IOC_NR(cmd) == 3))
		cmd ^= 8;
	op = listener_ioctl(role, slot, cmd, at);
	reads(op, at, NULL, ZEROES_LEN);
	writes(op, at, ZEROES_LEN, FORM_BYTES);
}

static void poll(int role, int slot)
{
	struct {
		int fd;
		__u16 events, revents;
	} p = { FD_LISTENER + other_slot(slot), one_in(3) ? any() : 0x145, 0 };
	__u64 at = good_place(role, sizeof(p));
	/* Without a time limit it sleeps until something happens. */
	bool waits = one_in(8);
	struct op *op = call(role, NR_POLL, at, 1, POLL_LIMIT(waits));

	op->flags |= waits ? F_POLLS : 0;
	reads(op, at, &p, sizeof(p));
	writes(op, at, sizeof(p), FORM_BYTES);
}

static void epoll(int role, int slot)
{
	struct epoll_event e;
	__u64 at = good_place(role, 64);
	struct op *op;

	if (one_in(3)) {
		memset(&e, 0, sizeof(e));
		e.events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | (one_in(2) ? EPOLLET : 0) |
			   (one_in(6) ? EPOLLONESHOT : 0);
		e.data = slot;
		op = call(role, __NR_epoll_ctl, FD_EPOLL, between(1, 3), FD_LISTENER + slot, at);
		reads(op, at, &e, sizeof(e));
		return;
	}
	op = call(role, NR_EPOLL_WAIT, FD_EPOLL, at, 4, one_in(8) ? -1 : 0);
	op->flags |= op->arg[3] ? F_POLLS : 0;
	reads(op, at, NULL, 4 * sizeof(e));
	writes(op, at, 4 * sizeof(e), FORM_BYTES);
}

/* What files in general can do. */
static void as_a_file(int role, int slot)
{
	int fd = FD_LISTENER + other_slot(slot);
	__u64 at = good_place(role, 64);

	switch (below(7)) {
	case 0:
		call(role, __NR_read, fd, at, 16);
		break;
	case 1:
		call(role, __NR_write, fd, at, 16);
		break;
	case 2:
		call(role, __NR_lseek, fd, 0, below(3));
		break;
	case 3:
		call(role, __NR_fcntl, fd, one_in(2) ? F_GETFL : F_GETFD);
		break;
	case 4:
		call(role, __NR_fcntl, fd, F_SETFL, one_in(2) ? O_NONBLOCK : 0);
		break;
	case 5:
		call(role, __NR_fsync, fd);
		break;
	default:
		call(role, __NR_ftruncate, fd, 0);
	}
}

/* What a target has been given: whether it is open, is closed by exec, how large. */
static void look_at_fd(int role)
{
	static const int fds[] = { 0, 1, 2, 3, 4, 5, 7, 12, 19, 60, 63, 255 };
	int fd = PICK(fds);

	call(role, __NR_fcntl, fd, F_GETFD)->flags = F_MORE;
	call(role, __NR_lseek, fd, 0, 2 /* SEEK_END */);
}

static void finish(int role, int target, int slot)
{
	static const int ways[] = { __NR_exit, __NR_exit_group };

	switch (below(5)) {
	case 0:
	case 1:
		call(role, __NR_close, FD_LISTENER + slot);
		break;
	case 2:
		call(role, PICK(ways), below(256));
		break;
	case 3:
		call(target, PICK(ways), below(256));
		break;
	default:
		add(OP_EXEC, one_in(2) ? role : target);
	}
}

void talk_recv(int supervisor, int slot)
{
	recv(supervisor, slot);
}

void talk_reply(int supervisor, int slot)
{
	if (one_in(4))
		addfd(supervisor, slot, SECCOMP_ADDFD_FLAG_SEND);
	else
		send(supervisor, slot);
}

/* A handler runs, and what the role waits for is given up. */
void interrupt(int role)
{
	struct op *op = call(DIRECTOR, __NR_tkill, role, SIGUSR1);

	op->roles = 1;
	op->flags = F_SIGNALS;
}

/* All threads of a process get what one of them has, who waits for an answer as well. */
static void synchronise(int role)
{
	install(role, program(SPARING, MILD), SECCOMP_FILTER_FLAG_TSYNC |
		(one_in(2) ? SECCOMP_FILTER_FLAG_TSYNC_ESRCH : 0) |
		(one_in(8) ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW), -1);
}

/* A tracer stops one, perhaps in the middle of a question, and lets it go on. */
static void look_at(int target)
{
	if (one_in(3))
		trace(DIRECTOR, PTRACE_SEIZE, target, 0, 0);
	trace(DIRECTOR, PTRACE_INTERRUPT, target, 0, 0)->flags |= F_SIGNALS;
	if (one_in(2))
		get_filter(DIRECTOR, target, pool_add(NULL, FILTER_ROOM));
	trace(DIRECTOR, one_in(8) ? PTRACE_DETACH : PTRACE_CONT, target, 0,
	      one_in(10) ? SIGUSR1 : 0);
}

void talk_step(int supervisor, int target, int slot)
{
	static const __u8 weights[] = { 6, 12, 10, 26, 5, 6, 16, 10, 4, 8, 10, 4, 3, 6 };

	switch (weighted(weights, ARRAY_SIZE(weights))) {
	case 0:
		recv(supervisor, slot);
		break;
	case 1:
		send(supervisor, slot);
		break;
	case 2:
		id_valid(supervisor, slot);
		break;
	case 3:
		addfd(supervisor, slot, 0);
		break;
	case 4:
		set_flags(supervisor, slot);
		break;
	case 5:
		any_ioctl(supervisor, slot);
		break;
	case 6:
		poll(supervisor, slot);
		break;
	case 7:
		epoll(supervisor, slot);
		break;
	case 8:
		as_a_file(supervisor, slot);
		break;
	case 9:
		look_at_fd(target);
		break;
	case 10:
		signal_to(one_in(3) ? DIRECTOR : supervisor, one_in(5) ? supervisor : target);
		break;
	case 11:
		finish(supervisor, target, slot);
		break;
	case 12:
		synchronise(one_in(3) ? supervisor : target);
		break;
	default:
		look_at(target);
	}
}
