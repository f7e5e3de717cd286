// SPDX-License-Identifier: GPL-2.0
/* The other half of repro.c: what has the operations done. */
/* part: always */
/* Handlers return by the same call as ever, with the key. */
static __naked void leave_handler(void)
{
	asm("mov $15, %eax\n	mov $0x5ecc0000, %r9d\n	syscall\n");
}

/* Whose stack this is. */
static int myself(void)
{
	u64 here = (u64)__builtin_frame_address(0) - STACKS;

	return here < 8 * STACK ? here / STACK : MAIN;
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	int me = myself(), *trapped = &s->role[me].trapped;
	u64 from = (u64)info->si_call_addr;

	/* Calls that keep this going are made until they get through. */
	if (sig == SIGSYS && from != SITE + 2 && from != SITE + 18) {
		if (*trapped == info->si_syscall + 1)
			return;
		*trapped = info->si_syscall + 1;
	}
	say(me, "- %r signal %d", A(me, sig));
	if (sig == SIGSYS) {
		say(me, " code %d errno %d nr %d arch %x",
		    A(info->si_code, info->si_errno, info->si_syscall, info->si_arch));
		say(me, from == SITE + 2 ? " site ax %d" :
			from == SITE + 18 ? " compat site ax %d" : " ax %d",
		    A(((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX]));
	}
	say(me, "\n", NULL);
}

static void catch_signals(void)
{
	static const int caught[] = { SIGUSR1, SIGUSR2, SIGSYS, SIGILL, 0 };
	int i;

	for (i = 0; caught[i]; i++) {
		long restart = caught[i] == SIGUSR2 ? SA_RESTART : 0;
		struct { void *handler; long flags; void *restorer; long mask; } sa = {
			on_signal, SA_SIGINFO | 0x04000000 | restart, leave_handler, 0,
		};

		sys(__NR_rt_sigaction, caught[i], (long)&sa, 0, 8, 0);
	}
}

/* From the file WORLD, in which the key is where it begins. */
static void map_memory(void)
{
	const int rw = PROT_READ | PROT_WRITE, fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	int i;

	sys(__NR_mmap, MEMORY, MEMORY_SIZE + SCRATCH_SIZE + sizeof(*s), rw, MAP_SHARED | MAP_FIXED,
	    WORLD);
	/* The scratch pages once more, by a move that leaves the old ones. */
	sys(__NR_mremap, MEMORY + MEMORY_SIZE, 0, SCRATCH_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
	    SCRATCH);
	/* Each role has two pages, one that can only be read, and a hole. */
	for (i = 0; i < 8; i++) {
		sys(__NR_mprotect, SCRATCH + (4 * i + 2) * PAGE, PAGE, PROT_READ, 0, 0);
		sys(__NR_munmap, SCRATCH + (4 * i + 3) * PAGE, PAGE, 0, 0, 0);
	}
	sys(__NR_mmap, STACKS, 8 * STACK, rw, fixed, -1);
}

/* Files to hand over, a pipe that stays empty, an epoll instance; lower numbers are free. */
static void open_files(void)
{
	int i, fds[2];

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 256, 256 });
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	umask(022);
	dup3(1, OUTPUT, O_CLOEXEC);
	stdout = fdopen(OUTPUT, "w");
	setlinebuf(stdout);
	move_fd(memfd_create("world", 0), WORLD);
	if (ftruncate(WORLD, KEY + MEMORY_SIZE + SCRATCH_SIZE + sizeof(*s)))
		exit(2);
	for (i = 0; i < 20; i++)
		close(i);
	for (i = 0; i < 4; i++) {
		move_fd(memfd_create("source", 0), 20 + i);
		if (ftruncate(20 + i, 1000 + i))
			exit(2);
	}
	if (pipe(fds))
		exit(2);
	move_fd(fds[1], 31);
	move_fd(fds[0], 30);
	move_fd(epoll_create1(0), EPOLL);
}

/* What they have said, which is in order for each. */
static void print_words(void)
{
	struct role *r;

	for (r = s->role; r < s->role + 8; r++) {
		fwrite(r->text, 1, r->len, stdout);
		r->len = 0;
	}
}

static void do_step(int me, int i)
{
	act(me, steps[i].at);
	s->role[me].reading = 0;
	s->role[me].polling = 0;
	say(me, "\n", NULL);
}

/* By what audit knows a role. */
static void take_name(int me)
{
	char name[] = { 'a', '0' + me, '\0' };

	sys(__NR_prctl, PR_SET_NAME, (long)name, 0, 0, 0);
}

/*
 * Roles act in turn, on one processor and with real-time priorities: each of them runs
 * until it sleeps, and before the main program, which so knows that all are at rest.
 */
void serve(long me)
{
	struct role *r = &s->role[me];
	int waits = 0;

	for (;;) {
		while (__atomic_load_n(&r->post, __ATOMIC_ACQUIRE) == r->taken) {
			sys(__NR_futex, (long)&r->post, FUTEX_WAIT, r->taken, 0, 0);
			/* A filter may leave nothing to wait by. */
			if (++waits > 1000)
				asm volatile("movl $0, 8");
		}
		for (waits = 0; r->next <= r->last; ) {
			int i = r->next++;

			do_step(me, i);
			if (steps[i].flags & ENDS || r->slept)
				break;
		}
		r->taken = r->post;
	}
}

void begin(long me)
{
	struct role *r = &s->role[me];

	if (!r->thread)
		r->pid = r->tid;
	take_name(me);
	serve(me);
}

/* A child is told from its parent by its stack, as a filter can give any result. */
static __naked long clone_to(const struct clone_args *args, size_t size, u64 top)
{
	asm("mov $0x5ecc0000, %r9d\n	mov $435, %eax\n	syscall\n"
	    "cmp %rdx, %rsp\n	jne 1f\n"
	    "xor %ebp, %ebp\n	pop %rdi\n	call begin\n"
	    "1: ret\n");
}

static void new_role(int me, int at, int other, int how)
{
	struct role *r = &s->role[other];
	u64 top = STACKS + (other + 1) * STACK - 8;
	int tids[] = { how & PIDNS ? 1 : 100 + other, 100 + other };
	u64 thread_flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			   CLONE_SYSVSEM;
	struct clone_args args = {
		.flags = CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
			 (how & THREAD ? thread_flags : me == MAIN ? 0 : CLONE_PARENT) |
			 (how & FILES ? CLONE_FILES : 0) | (how & PIDNS ? CLONE_NEWPID : 0),
		.exit_signal = me == MAIN ? SIGCHLD : 0,
		.parent_tid = (u64)&r->tid, .child_tid = (u64)&r->alive,
		.stack = STACKS, .stack_size = top - STACKS,
		.set_tid = (u64)tids, .set_tid_size = how & PIDNS ? 2 : 1,
	};
	long ret;

	if (holds(me, at, r->state != ABSENT, "there") ||
	    holds(me, at, s->role[me].nested, "nested"))
		return;
	r->alive = 1;
	r->thread = !!(how & THREAD);
	r->nested = !!(how & PIDNS);
	r->fresh = how & HIGH ? 25 : 20;
	r->state = IDLE;
	r->last = -1;
	r->pid = s->role[me].pid;
	*(long *)top = other;
	ret = clone_to(&args, sizeof(args), top);
	/* Whoever has given up its privileges cannot say which id it wants. */
	if (ret == -1) {
		args.set_tid_size = 0;
		args.set_tid = 0;
		ret = clone_to(&args, sizeof(args), top);
	}
	if (ret <= 0 || ret != r->tid)
		r->state = ABSENT;
	else if (!r->thread)
		r->pid = ret;
	say(me, "%d %r spawn ", A(at, me));
	thread(me, ret);
}

/* part: exec */
char start_stack[16384];

/* A role in its new program. */
void resume(long me)
{
	struct role *r = &s->role[me];

	map_memory();
	catch_signals();
	r->tid = r->pid;
	r->thread = 0;
	r->alive = 1;
	sys(__NR_set_tid_address, (long)&r->alive, 0, 0, 0, 0);
	take_name(me);
	say(me, "%d %r exec\n", A(steps[r->next - 1].at, me));
	asm volatile("mov %0, %%rsp\n	xor %%ebp, %%ebp\n	call serve\n"
		     : : "r" (STACKS + (me + 1) * STACK), "D" (me));
}

/* part: always */
/* Before the C library looks for room of its own, which may be anywhere. */
void reserve(void)
{
	const int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	sys(__NR_mmap, MEMORY, MEMORY_SIZE + SCRATCH_SIZE + sizeof(*s), PROT_NONE, fixed, -1);
	sys(__NR_mmap, SCRATCH, SCRATCH_SIZE, PROT_NONE, fixed, -1);
	sys(__NR_mmap, STACKS, 8 * STACK, PROT_NONE, fixed, -1);
}

/* Where the program starts. */
asm(".globl start\n"
	"start:\n"
/* part: exec */
	"	cmpq $3, (%rsp)\n	jne 1f\n"
	"	mov 24(%rsp), %rdi\n	movzbl (%rdi), %edi\n	sub $48, %edi\n"
	"	lea start_stack + 16384, %rsp\n	xor %ebp, %ebp\n	call resume\n"
/* part: always */
	"1:	mov %rsp, %rbp\n	call reserve\n	mov %rbp, %rsp\n"
	"	xor %edx, %edx\n	jmp _start\n");

static void post(struct role *r)
{
	r->state = BUSY;
	r->slept = 0;
	r->post++;
	syscall(__NR_futex, &r->post, FUTEX_WAKE, 1, 0, 0, 0);
}

static void print_status(int tid, int status)
{
	struct role *r, *of = s->role;
	unsigned long message = 0;

	while (of < s->role + MAIN && (of->state == ABSENT || of->tid != tid))
		of++;
	if (of < s->role + MAIN)
		printf("- a%d", (int)(of - s->role));
	else
		printf("- d");
	if (WIFSTOPPED(status)) {
		printf(" stopped %#x", status >> 8);
		if (status >> 16 == PTRACE_EVENT_SECCOMP) {
			ptrace(PTRACE_GETEVENTMSG, tid, 0, &message);
			printf(" message 0x%lx", message);
		}
	} else if (WIFCONTINUED(status)) {
		printf(" continued");
	} else {
		printf(status & 0xff ? " killed %#x" : " exit 0x%x",
		       status & 0xff ? status : status >> 8);
		/* With its first thread the whole process, else one that was traced. */
		for (r = s->role; r < s->role + MAIN; r++)
			if ((r == of || (of->tid == of->pid && r->pid == tid)) &&
			    r->state != ABSENT)
				r->state = DEAD;
	}
	printf("\n");
}

/* All are asleep: says what has come of it. */
static void rest_once(void)
{
	struct role *r;
	int status, tid;

	usleep(1000);
	print_words();
	for (r = s->role; r < s->role + MAIN; r++) {
		if (r->state == BUSY && r->taken == r->post)
			r->state = IDLE;
	}
	for (r = s->role; r < s->role + MAIN; r++) {
		if (!r->alive && (r->state == IDLE || r->state == BUSY)) {
			printf("- a%d gone\n", (int)(r - s->role));
			r->state = DEAD;
		}
	}
	while ((tid = waitpid(-1, &status, WNOHANG | __WALL | WUNTRACED | WCONTINUED)) > 0)
		print_status(tid, status);
	for (r = s->role; r < s->role + MAIN; r++) {
		if (r->state == BUSY && !r->slept) {
			printf("%d a%d sleeps\n", steps[r->next - 1].at, (int)(r - s->role));
			r->slept = 1;
		}
	}
	s->signalled = 0;
}

/* Lets those go on who were broken off, until there is nobody left. */
static void rest(void)
{
	struct role *r;
	bool again;

	do {
		again = false;
		rest_once();
		for (r = s->role; r < s->role + MAIN; r++) {
			if (r->state == IDLE && r->post && r->next <= r->last) {
				post(r);
				again = true;
			}
		}
	} while (again);
	for (r = s->role; r < s->role + MAIN; r++) {
		if (r->state == IDLE && r->fresh) {
			priority(r->tid, r->fresh);
			r->fresh = 0;
		}
	}
}

/* Has the role of step @first go from there to @last. */
static void let_go(int first, int last)
{
	struct role *r = &s->role[steps[first].role];

	if (steps[first].role == MAIN) {
		for (; first <= last; first++)
			do_step(MAIN, first);
	} else if (r->state == IDLE) {
		r->next = first;
		r->last = last;
		post(r);
	} else {
		printf("%d a%d %s\n", steps[first].at, steps[first].role,
		       r->state == BUSY ? "busy" : r->state == DEAD ? "dead" : "absent");
	}
}

static void direct(void)
{
	int i, first = 0;

	s->role[MAIN].tid = getpid();
	s->role[MAIN].state = BUSY;
	priority(0, 10);
	for (i = 0; i < nsteps; i++) {
		if (steps[i].flags & MORE)
			continue;
		/* Nobody runs until all of them may. */
		if (steps[i].flags & JOIN)
			priority(0, 40);
		let_go(first, i);
		first = i + 1;
		if (steps[i].flags & JOIN)
			continue;
		priority(0, 10);
		rest();
	}
	for (i = 0; i < MAIN; i++)
		if ((s->role[i].state == IDLE || s->role[i].state == BUSY) && s->role[i].pid > 1)
			kill(s->role[i].pid, SIGKILL);
	rest();
	while (waitpid(-1, NULL, __WALL) > 0)
		;
/* part: audit */
	print_audit();
/* part: always */
}

int main(void)
{
	/* Thread ids are always the same in a namespace of their own. */
	int tid = 100 + MAIN;
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (u64)&tid, .set_tid_size = 1,
	};
	cpu_set_t cpu0 = { { 1 } };
	sigset_t chld;
	int pid, status = 1;

	open_files();
/* part: audit */
	open_audit();
/* part: always */
	if (unshare(CLONE_NEWPID | CLONE_NEWNS))
		return 2;
	if (fork()) {
		wait(&status);
		return !!status;
	}
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	sched_setaffinity(0, sizeof(cpu0), &cpu0);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	map_memory();
	fill_memory();
	catch_signals();
	pid = syscall(__NR_clone3, &args, sizeof(args));
	if (pid == 0) {
		direct();
		exit(0);
	}
	if (pid != tid)
		printf("no process %d: %m\n", tid);
	wait(&status);
/* part: write */
	restore_logged();
/* part: always */
	return !!status;
}
