// SPDX-License-Identifier: GPL-2.0
/* The other half of repro.c: what has the operations done. */
/* part: setup */
/* Handlers return by the same call as ever, with the key. */
static __naked void leave_handler(void)
{
	asm("mov $15, %eax\n	mov $0x5ecc0000, %r9d\n	syscall\n");
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	int me = ((u64)__builtin_frame_address(0) - STACKS) / STACK;
	struct signalled *to = &s->signalled[s->signals++ % 64];

	*to = (struct signalled){ me, sig, info->si_errno, info->si_syscall };
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

		syscall(__NR_rt_sigaction, caught[i], &sa, NULL, 8);
	}
}

static void map_memory(void)
{
	const int rw = PROT_READ | PROT_WRITE;
	int i, fd = memfd_create("memory", 0);
	unsigned char *site;

	s = mmap(NULL, sizeof(*s), rw, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ftruncate(fd, MEMORY_SIZE + 32 * PAGE))
		exit(2);
	mmap((void *)MEMORY, MEMORY_SIZE + 32 * PAGE, rw, MAP_SHARED | MAP_FIXED, fd, 0);
	mmap((void *)SCRATCH, 32 * PAGE, rw, MAP_SHARED | MAP_FIXED, fd, MEMORY_SIZE);
	/* Each role has two pages, one that can only be read, and a hole. */
	for (i = 0; i < 8; i++) {
		mprotect((void *)(SCRATCH + (4 * i + 2) * PAGE), PAGE, PROT_READ);
		munmap((void *)(SCRATCH + (4 * i + 3) * PAGE), PAGE);
	}
	mmap((void *)STACKS, 8 * STACK, rw, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	site = mmap((void *)SITE, PAGE, rw | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		    -1, 0);
	memcpy(site, "\x0f\x05\xc3", 3);		/* syscall; ret */
	memcpy(site + 16, "\xcd\x80\xc3", 3);	/* int $0x80; ret */
	close(fd);
}

static void move_fd(int from, int to)
{
	dup2(from, to);
	close(from);
}

/* Files to hand over, a pipe that stays empty, an epoll instance; lower numbers are free. */
static void open_files(void)
{
	int i, fds[2];

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 256, 256 });
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	dup2(1, 201);
	stdout = fdopen(201, "w");
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
	move_fd(epoll_create1(0), 50);
}

static void print_step(const struct step *step)
{
	int i;

	if (s->op[step->at].done != 1)
		return;
	s->op[step->at].done = 2;
	printf("%d %c%d = %ld ", step->at, step->role == MAIN ? 'd' : 'a', step->role,
	       s->op[step->at].ret);
	for (i = 0; i < s->op[step->at].len; i++)
		printf("%02x", s->op[step->at].bytes[i]);
	printf("\n");
}

static void print_news(void)
{
	static int printed;
	int i;

	for (; printed < s->signals; printed++) {
		const struct signalled *from = &s->signalled[printed % 64];

		printf("a%d signal %d errno %d call %d\n", from->role, from->sig, from->error,
		       from->nr);
	}
	for (i = 0; i < nsteps; i++)
		print_step(&steps[i]);
}

/* part: alone */
/* One task, which does all of it. */
int main(void)
{
	int i, status;

	map_memory();
	open_files();
	fill_memory();
	if (fork() == 0) {
		catch_signals();
		for (i = 0; i < nsteps; i++) {
			s->op[steps[i].at].ret = act(0, steps[i].at);
			s->op[steps[i].at].done = 1;
		}
		sys(__NR_exit_group, 0, 0, 0, 0, 0);
	}
	wait(&status);
	print_news();
	printf("status %#x\n", status);
	return 0;
}

/* part: turns */
static void serve(long me)
{
	struct role *r = &s->role[me];

	for (;;) {
		while (__atomic_load_n(&r->post, __ATOMIC_ACQUIRE) == r->taken)
			sys(__NR_futex, (long)&r->post, FUTEX_WAIT, r->taken, 0, 0);
		while (r->next <= r->last) {
			const struct step *step = &steps[r->next++];

			s->op[step->at].ret = act(me, step->at);
			s->op[step->at].done = 1;
			if (step->flags & ENDS || r->slept)
				break;
		}
		r->taken = r->post;
	}
}

void begin(long me)
{
	struct role *r = &s->role[me];

	r->pid = r->thread ? r->pid : r->tid;
	serve(me);
}

/* A child is told from its parent by its stack, as a filter can give any result. */
static __naked long clone_to(const struct clone_args *args, size_t size, u64 top)
{
	asm("mov $0x5ecc0000, %r9d\n	mov $435, %eax\n	syscall\n"
	    "cmp %rdx, %rsp\n	jne 1f\n	xor %ebp, %ebp\n	pop %rdi\n	call begin\n"
	    "1: ret\n");
}

static long spawn(int me, int other, int how)
{
	struct role *r = &s->role[other];
	u64 top = STACKS + (other + 1) * STACK - 8;
	int tids[] = { how & PIDNS ? 1 : 100 + other, 100 + other };
	u64 thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		     CLONE_SYSVSEM;
	struct clone_args args = {
		.flags = CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
			 (how & THREAD ? thread : me == MAIN ? 0 : CLONE_PARENT) |
			 (how & FILES ? CLONE_FILES : 0) | (how & PIDNS ? CLONE_NEWPID : 0),
		.exit_signal = me == MAIN ? SIGCHLD : 0,
		.parent_tid = (u64)&r->tid, .child_tid = (u64)&r->alive,
		.stack = STACKS, .stack_size = top - STACKS,
		.set_tid = (u64)tids, .set_tid_size = how & PIDNS ? 2 : 1,
	};
	long ret;

	*r = (struct role){ .alive = 1, .thread = how & THREAD, .high = how & HIGH,
			    .state = IDLE, .last = -1, .pid = s->role[me].pid };
	*(long *)top = other;
	ret = clone_to(&args, sizeof(args), top);
	if (ret != r->tid)
		r->state = ABSENT;
	else if (!r->thread)
		r->pid = ret;
	return ret;
}

static void priority(int tid, int n)
{
	sched_setscheduler(tid, SCHED_FIFO, &(struct sched_param){ .sched_priority = n });
}

static void post(struct role *r)
{
	r->state = BUSY;
	r->slept = 0;
	r->post++;
	syscall(__NR_futex, &r->post, FUTEX_WAKE, 1, 0, 0, 0);
}

static void reap(void)
{
	int status, pid;
	struct role *r;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL | WUNTRACED | WCONTINUED)) > 0) {
		printf("a%d status %#x\n", pid - 100, status);
		for (r = s->role; r < s->role + MAIN; r++)
			if (!WIFSTOPPED(status) && !WIFCONTINUED(status) &&
			    (r->tid == pid || r->pid == pid))
				r->state = DEAD;
	}
}

/* All are asleep: says what has come of it, and lets those go on who were broken off. */
static void rest(void)
{
	struct role *r;
	bool again;

	do {
		again = false;
		usleep(1000);
		print_news();
		reap();
		for (r = s->role; r < s->role + MAIN; r++) {
			if (r->state == BUSY && r->taken == r->post)
				r->state = IDLE;
			if ((r->state == BUSY || r->state == IDLE) && !r->alive)
				r->state = DEAD;
			if (r->state == BUSY && !r->slept)
				printf("%d a%d sleeps\n", steps[r->next - 1].at,
				       (int)(r - s->role));
			r->slept |= r->state == BUSY;
		}
		for (r = s->role; r < s->role + MAIN; r++) {
			if (r->state == IDLE && !r->post)
				priority(r->tid, r->high ? 25 : 20);
			if (r->state == IDLE && r->post && r->next <= r->last) {
				post(r);
				again = true;
			}
		}
	} while (again);
}

/* Has the role of step @first go from there to @last. */
static void let_go(int first, int last)
{
	struct role *r = &s->role[steps[first].role];

	if (steps[first].role == MAIN) {
		for (; first <= last; first++) {
			s->op[steps[first].at].ret = act(MAIN, steps[first].at);
			s->op[steps[first].at].done = 1;
		}
	} else if (r->state == IDLE) {
		r->next = first;
		r->last = last;
		post(r);
	} else {
		printf("%d a%d is not there\n", steps[first].at, steps[first].role);
	}
}

int main(void)
{
	cpu_set_t cpu0 = { { 1 } };
	int i, first;

	/* Thread ids are always the same in a namespace of their own. */
	if (unshare(CLONE_NEWPID | CLONE_NEWNS))
		return 2;
	if (fork()) {
		wait(NULL);
		return 0;
	}
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	sched_setaffinity(0, sizeof(cpu0), &cpu0);
	map_memory();
	open_files();
	fill_memory();
	catch_signals();
	for (i = 0, first = 0; i < nsteps; i++) {
		if (steps[i].flags & MORE && i + 1 < nsteps && steps[i + 1].role == steps[i].role)
			continue;
		priority(0, steps[i].flags & JOIN ? 40 : 10);
		let_go(first, i);
		first = i + 1;
		if (!(steps[i].flags & JOIN))
			rest();
	}
	for (i = 0; i < MAIN; i++)
		if (s->role[i].pid > 1)
			kill(s->role[i].pid, SIGKILL);
	rest();
	return 0;
}
