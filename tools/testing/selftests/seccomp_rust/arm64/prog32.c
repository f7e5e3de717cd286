// SPDX-License-Identifier: GPL-2.0
/*
 * A 32-bit program that makes the calls it is told to, and no other but exit: it
 * has no library. It ends with status 0 when they gave what they should.
 *
 *	nothing
 *	call NR			whatever it gives
 *	call NR A B C GIVES
 *	range FIRST END GIVES	all numbers but that of exit; 42 if all of them do
 *	strict NR		in strict mode, with 5 as its argument; then exit(6)
 *	install			two filters with 32-bit headers
 *	trap			a call that a filter gives TRAP with 3 to
 *	listen FD PID		takes a request of PID from the listener, installs its own
 *				descriptor 0 as 50 there, and answers 7
 */
#include <stddef.h>
#include <stdbool.h>
#include <errno.h>
#include <asm/unistd.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/ioctl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

#define SIGSYS		31
#define SA_SIGINFO	4
/* Argument of the call that is trapped. */
#define MARK		0x5a

asm(".globl _start\n"
	"_start:\n\t"
	"ldr r0, [sp]\n\t"
	"add r1, sp, #4\n\t"
	"bl start");

static long call(long nr, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	register long r7 asm("r7") = nr;
	register unsigned long r0 asm("r0") = a;
	register unsigned long r1 asm("r1") = b;
	register unsigned long r2 asm("r2") = c;
	register unsigned long r3 asm("r3") = d;

	asm volatile("svc #0" : "+r" (r0) : "r" (r7), "r" (r1), "r" (r2), "r" (r3) : "memory");
	return r0;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Decimal, or hexadecimal behind 0x. */
static long number(const char *s)
{
	bool negative = *s == '-';
	unsigned long val = 0, base = 10;

	s += negative;
	if (s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	for (; *s; s++)
		val = val * base + (*s <= '9' ? *s - '0' : *s - 'a' + 10);
	return negative ? -val : val;
}

static int range(long first, long end, long gives)
{
	long nr;

	for (nr = first; nr < end; nr++)
		if (nr != __NR_exit && call(nr, 0, 0, 0, 0) != gives)
			return 1;
	/* Not what exit_group() would have given. */
	return 42;
}

static int strict(long nr)
{
	if (call(__NR_prctl, PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0))
		return 1;
	call(nr, 5, 0, 0, 0);
	return 6;
}

static int install(void)
{
	static struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 11),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	static struct sock_fprog prog = { .len = 4, .filter = insns };

	if (call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, 0, 0) != -EFAULT)
		return 1;
	if (call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (unsigned long)&prog, 0))
		return 2;
	if (call(__NR_getppid, 0, 0, 0, 0) != -11)
		return 3;
	insns[2].k = SECCOMP_RET_ERRNO | 12;
	if (call(__NR_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (unsigned long)&prog, 0))
		return 4;
	return call(__NR_getppid, 0, 0, 0, 0) == -12 ? 0 : 5;
}

/* What the handler was told. */
static int told[6];

static void on_trap(int sig, const int *info, void *uc)
{
	int i;

	for (i = 0; i < 6; i++)
		told[i] = info[i];
}

static int trap(void)
{
	static const struct {
		void (*handler)(int sig, const int *info, void *uc);
		unsigned long flags;
		void *restorer;
		unsigned long mask[2];
	} action = { .handler = on_trap, .flags = SA_SIGINFO };

	if (call(__NR_rt_sigaction, SIGSYS, (unsigned long)&action, 0, sizeof(action.mask)))
		return 1;
	/* Undone: the register holds the argument again. */
	if (call(__NR_getppid, MARK, 0, 0, 0) != MARK)
		return 2;
	/* The errno; behind the code and the address, the number and the architecture. */
	return told[1] == 3 && told[4] == __NR_getppid && told[5] == AUDIT_ARCH_ARM ? 0 : 3;
}

static int listen(int fd, unsigned int pid)
{
	static struct seccomp_notif req;
	static struct seccomp_notif_resp resp;
	static struct seccomp_notif_addfd add;
	static __u64 id;

	if (call(__NR_ioctl, fd, 0x5401, 0, 0) != -EINVAL)
		return 1;
	if (call(__NR_ioctl, fd, SECCOMP_IOCTL_NOTIF_RECV, (unsigned long)&req, 0))
		return 2;
	if (req.pid != pid)
		return 3;
	id = req.id;
	if (call(__NR_ioctl, fd, SECCOMP_IOCTL_NOTIF_ID_VALID, (unsigned long)&id, 0))
		return 4;
	id++;
	if (call(__NR_ioctl, fd, SECCOMP_IOCTL_NOTIF_ID_VALID, (unsigned long)&id, 0) != -ENOENT)
		return 5;
	add.id = req.id;
	add.newfd = 50;
	if (call(__NR_ioctl, fd, SECCOMP_IOCTL_NOTIF_ADDFD, (unsigned long)&add, 0) != -EINVAL)
		return 6;
	add.flags = SECCOMP_ADDFD_FLAG_SETFD;
	if (call(__NR_ioctl, fd, SECCOMP_IOCTL_NOTIF_ADDFD, (unsigned long)&add, 0) != 50)
		return 7;
	resp.id = req.id;
	resp.val = 7;
	return call(__NR_ioctl, fd, SECCOMP_IOCTL_NOTIF_SEND, (unsigned long)&resp, 0) ? 8 : 0;
}

static int obey(int argc, char **argv)
{
	const char *what = argv[1];

	if (same(what, "call") && argc == 3) {
		call(number(argv[2]), 0, 0, 0, 0);
		return 0;
	}
	if (same(what, "call") && argc == 7)
		return call(number(argv[2]), number(argv[3]), number(argv[4]), number(argv[5]),
			    0) == number(argv[6]) ? 0 : 1;
	if (same(what, "range") && argc == 5)
		return range(number(argv[2]), number(argv[3]), number(argv[4]));
	if (same(what, "strict") && argc == 3)
		return strict(number(argv[2]));
	if (same(what, "install"))
		return install();
	if (same(what, "trap"))
		return trap();
	if (same(what, "listen") && argc == 4)
		return listen(number(argv[2]), number(argv[3]));
	return same(what, "nothing") ? 0 : 99;
}

void start(int argc, char **argv)
{
	int status = argc < 2 ? 98 : obey(argc, argv);

	for (;;)
		call(__NR_exit, status, 0, 0, 0);
}
