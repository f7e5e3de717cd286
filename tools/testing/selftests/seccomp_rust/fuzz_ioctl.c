// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls of a listener with whatever arguments: a fixed sequence of numbers that
 * look random, so that a failure comes again. What the kernel may answer to each
 * is worked out beside it. At the end the listener must serve as before.
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"

#define ROUNDS	20000
#define SETFD	SECCOMP_ADDFD_FLAG_SETFD
#define SEND	SECCOMP_ADDFD_FLAG_SEND
#define PAGE	4096

static unsigned long long seed;

/* The upper bits of a linear congruential generator. */
static unsigned int any(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return seed >> 32;
}

static bool one_in(unsigned int n)
{
	return any() % n == 0;
}

/* Values at which things change, more often than others. */
static unsigned int edgy(void)
{
	static const unsigned int values[] = {
		0, 1, 2, 3, 4, 7, 8, 23, 24, 25, 4095, 4096, O_CLOEXEC, O_NONBLOCK,
		0x7fffffff, 0x80000000, 0xffffffff,
	};

	return one_in(4) ? any() : values[any() % (ARRAY_SIZE(values))];
}

FIXTURE(fuzz) {
	struct target t;
	struct seccomp_notif req;
};

/* Three pages to put arguments in, and one behind them that cannot be reached. */
static char *pages;

FIXTURE_SETUP(fuzz)
{
	/* What addfd_error() takes for the size of the target's table. */
	struct rlimit files = { .rlim_cur = 1001, .rlim_max = 1001 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	self->t = start_target(0, call_gives_7, NULL);
	ASSERT_LE(0, self->t.listener);
	ASSERT_EQ(0, take(self->t.listener, &self->req));
	pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, mprotect(pages + 3 * PAGE, PAGE, PROT_NONE));
	seed = 20260101;
}

/* Whatever came before, there is one request, received, and it can be answered. */
FIXTURE_TEARDOWN(fuzz)
{
	EXPECT_EQ(UNANSWERED, events(self->t.listener));
	EXPECT_EQ(0, id_valid(self->t.listener, self->req.id));
	EXPECT_EQ(0, answer(self->t.listener, self->req.id, 7, 0, 0));
	EXPECT_EQ(0, reap(self->t.pid));
}

/* An address for @size bytes that end at the unreachable page, or too near it. */
static char *place(size_t size, bool *whole)
{
	char *end = pages + 3 * PAGE;

	*whole = !one_in(8);
	if (*whole)
		return end - size - (one_in(2) ? 0 : any() % 64);
	if (one_in(2))
		return (char *)(unsigned long)any() + (1UL << 63);
	/* What can be reached of it is zero, and says nothing by itself. */
	memset(end - size, 0, size);
	return end - any() % size;
}

TEST_F(fuzz, recv)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		bool whole;
		char *p = place(sizeof(struct seccomp_notif), &whole);
		size_t at = any() % sizeof(struct seccomp_notif);
		long ret;

		/* Never all zero: with nothing to read that would wait for ever. */
		if (whole) {
			memset(p, 0, sizeof(struct seccomp_notif));
			p[at] = any() | 1;
		}
		ret = neg_errno(ioctl(self->t.listener, SECCOMP_IOCTL_NOTIF_RECV, p));
		ASSERT_EQ(whole ? -EINVAL : -EFAULT, ret);
	}
}

TEST_F(fuzz, send)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct seccomp_notif_resp resp = {
			/* Never the right id together with valid flags. */
			.id = one_in(4) ? self->req.id : ((__u64)any() << 32 | any()),
			.val = one_in(3) ? 0 : any(),
			.error = one_in(3) ? 0 : any(),
			.flags = one_in(3) ? edgy() : any() & 1,
		};
		bool whole, valid;
		char *p = place(sizeof(resp), &whole);
		long ret;

		valid = !(resp.flags & ~1U) && !(resp.flags && (resp.val || resp.error));
		if (valid && resp.id == self->req.id)
			resp.id++;
		if (whole)
			memcpy(p, &resp, sizeof(resp));
		ret = neg_errno(ioctl(self->t.listener, SECCOMP_IOCTL_NOTIF_SEND, p));
		ASSERT_EQ(!whole ? -EFAULT : valid ? -ENOENT : -EINVAL, ret);
	}
}

TEST_F(fuzz, id_valid)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		__u64 id = self->req.id ^ (one_in(2) ? 0 : 1ULL << any() % 64);
		bool whole;
		char *p = place(sizeof(id), &whole);
		long ret;

		if (whole)
			memcpy(p, &id, sizeof(id));
		ret = neg_errno(ioctl(self->t.listener, one_in(2) ? ID_VALID_OLD :
				      SECCOMP_IOCTL_NOTIF_ID_VALID, p));
		ASSERT_EQ(!whole ? -EFAULT : id == self->req.id ? 0 : -ENOENT, ret);
	}
}

TEST_F(fuzz, set_flags)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		unsigned long flags = one_in(3) ? any() & 1 : (unsigned long)edgy() << any() % 33;
		long ret = neg_errno(ioctl(self->t.listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags));

		ASSERT_EQ(flags & ~1UL ? -EINVAL : 0, ret);
	}
}

/* What ADDFD must say of @add, a request that is there aside. */
static long addfd_error(const struct seccomp_notif_addfd *add, __u64 id)
{
	if (add->newfd_flags & ~O_CLOEXEC || add->flags & ~(SETFD | SEND))
		return -EINVAL;
	if (add->newfd && !(add->flags & SETFD))
		return -EINVAL;
	if (fcntl(add->srcfd, F_GETFD) < 0)
		return -EBADF;
	if (add->id != id)
		return -ENOENT;
	/* Installed, at a number that the target's table may not hold. */
	return add->flags & SETFD && add->newfd > 1000 ? -EBADF : 0;
}

TEST_F(fuzz, addfd)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		unsigned int size = one_in(2) ? 24 : one_in(2) ? any() % 64 : any() % (1 << 14);
		struct seccomp_notif_addfd add = {
			.id = one_in(3) ? self->req.id : any(),
			.flags = one_in(2) ? any() & (SETFD | SEND) : edgy(),
			.srcfd = one_in(2) ? 1 : edgy(),
			.newfd = one_in(2) ? 0 : edgy(),
			.newfd_flags = one_in(2) ? any() & O_CLOEXEC : edgy(),
		};
		unsigned int cmd, room = size < sizeof(add) ? sizeof(add) : size;
		bool whole, tail = false;
		long ret, error;
		char *p;

		/* One that would be installed must not end the call, nor fill the table. */
		error = addfd_error(&add, self->req.id);
		if (!error) {
			add.flags &= ~SEND;
			add.flags |= SETFD;
			add.newfd = 10 + any() % 4;
		} else if (error == -EBADF && add.flags & SEND && add.id == self->req.id) {
			add.flags &= ~SEND;
		}
		error = addfd_error(&add, self->req.id);
		p = place(room < 2 * PAGE ? room : 2 * PAGE, &whole);
		if (size < 24 || size >= PAGE)
			error = -EINVAL;
		else if (!whole)
			error = -EFAULT;
		if (whole) {
			memset(p, 0, pages + 3 * PAGE - p);
			memcpy(p, &add, sizeof(add));
			tail = size > 24 && size < PAGE && one_in(2);
			if (tail) {
				p[24 + any() % (size - 24)] = 1;
				error = -E2BIG;
			}
		}
		cmd = _IOC(any() % 4, SECCOMP_IOC_MAGIC, 3, size);
		ret = neg_errno(ioctl(self->t.listener, cmd, p));
		ASSERT_EQ(error ?: (long)add.newfd, ret) {
			TH_LOG("round %d, size %u", i, size);
		}
	}
}

static bool known(unsigned int cmd)
{
	return cmd == SECCOMP_IOCTL_NOTIF_RECV || cmd == SECCOMP_IOCTL_NOTIF_SEND ||
	       cmd == SECCOMP_IOCTL_NOTIF_ID_VALID || cmd == ID_VALID_OLD ||
	       cmd == SECCOMP_IOCTL_NOTIF_SET_FLAGS ||
	       (_IOC_TYPE(cmd) == SECCOMP_IOC_MAGIC && _IOC_NR(cmd) == 3);
}

/*
 * Any other number is EINVAL. Those of one letter away are the listener's to
 * refuse too; most others are, but files in general answer some.
 */
TEST_F(fuzz, numbers)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		unsigned int cmd = _IOC(any() % 4, one_in(4) ? '"' : SECCOMP_IOC_MAGIC,
					one_in(2) ? any() % 6 : any() % 256,
					one_in(2) ? any() % 100 : any() % (1 << 14));

		if (known(cmd))
			continue;
		ASSERT_EQ(-EINVAL, neg_errno(ioctl(self->t.listener, cmd, pages)));
	}
}

/* The installing call, with flags and pointers of any kind, installs nothing by chance. */
TEST_F(fuzz, install)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		unsigned int op = one_in(2) ? SECCOMP_SET_MODE_FILTER : 4 + any() % 1000;
		unsigned int flags = one_in(2) ? any() & 63 : edgy();
		struct sock_fprog prog = {
			.len = one_in(2) ? 0 : BPF_MAXINSNS + 1 + any() % 1000,
			.filter = (void *)(unsigned long)any(),
		};
		const void *arg = one_in(4) ? (void *)(unsigned long)(any() & 0xfff) : &prog;
		long ret = seccomp_op(op, flags, arg);
		bool clash = (flags & 32 && !(flags & 8)) ||
			     ((flags & 9) == 9 && !(flags & 16));
		bool read = op == SECCOMP_SET_MODE_FILTER && !(flags & ~63U) && !clash;

		ASSERT_EQ(read && arg != &prog ? -EFAULT : -EINVAL, ret);
	}
	EXPECT_EQ(0, mode_of(getpid()));
}

TEST_HARNESS_MAIN
