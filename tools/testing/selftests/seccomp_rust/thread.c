// SPDX-License-Identifier: GPL-2.0
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "entry.h"
#include "program.h"
#include "task.h"
#include "thread.h"

void say_tid(pid_t *where)
{
	__atomic_store_n(where, syscall(__NR_gettid), __ATOMIC_RELEASE);
}

pid_t tid_from(const pid_t *where)
{
	pid_t tid;

	while (!(tid = __atomic_load_n(where, __ATOMIC_ACQUIRE)))
		nap(100);
	return tid;
}

void *sleep_for_ever(void *where)
{
	if (where)
		say_tid(where);
	for (;;)
		pause();
	return NULL;
}

bool start_at_once(pthread_t *th, void *(*body)(void *arg), void *arg)
{
	struct sched_param param = { .sched_priority = 20 };
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	err = pthread_create(th, &attr, body, arg);
	pthread_attr_destroy(&attr);
	return !err;
}

static pid_t own_proc_tid(void)
{
	char link[64] = "";
	int tid;

	if (readlink("/proc/thread-self", link, sizeof(link) - 1) < 0 ||
	    sscanf(link, "%*d/task/%d", &tid) != 1)
		return -1;
	return tid;
}

static void *sibling_main(void *arg)
{
	struct sibling *s = arg;
	char c;

	if (s->first)
		s->ret = s->first();
	s->tid = syscall(__NR_gettid);
	s->proc_tid = own_proc_tid();
	if (write(s->said[1], "", 1) != 1 || read(s->go[0], &c, 1) != 1)
		return NULL;
	s->call = raw_call(__NR_getpgid, 0, 0, 0);
	return NULL;
}

bool start_sibling(struct sibling *s, long (*first)(void))
{
	char c;

	*s = (struct sibling) { .first = first };
	if (pipe(s->said) || pipe(s->go) || pthread_create(&s->th, NULL, sibling_main, s))
		return false;
	return read(s->said[0], &c, 1) == 1 && s->ret == 0 && asleep_in(s->proc_tid, __NR_read);
}

long finish_sibling(struct sibling *s)
{
	if (write(s->go[1], "", 1) != 1)
		return -EPIPE;
	pthread_join(s->th, NULL);
	return s->call;
}

long own_filter(void)
{
	return install_all(0, SECCOMP_RET_ALLOW);
}
