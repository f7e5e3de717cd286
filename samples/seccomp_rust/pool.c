// SPDX-License-Identifier: GPL-2.0
/* A pool of threads that do a job when told to, one thread at a time. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pool.h"

static void *work(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	bool stay = true;

	pthread_mutex_lock(&p->lock);
	w->tid = syscall(SYS_gettid);
	pthread_cond_broadcast(&p->changed);
	while (stay) {
		while (p->turn != w->number)
			pthread_cond_wait(&p->changed, &p->lock);
		stay = p->job;
		if (stay)
			p->result = p->job(w, p->data);
		p->turn = 0;
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int pool_start(struct pool *p, int n)
{
	int err;

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	p->turn = 0;
	for (p->n = 0; p->n < n; p->n++) {
		struct worker *w = &p->worker[p->n];

		w->pool = p;
		w->number = p->n + 1;
		w->tid = 0;
		err = pthread_create(&w->thread, NULL, work, w);
		if (err)
			return -err;
		pthread_mutex_lock(&p->lock);
		while (!w->tid)
			pthread_cond_wait(&p->changed, &p->lock);
		pthread_mutex_unlock(&p->lock);
	}
	return 0;
}

int pool_run(struct pool *p, int number, pool_job job, void *data)
{
	int result;

	pthread_mutex_lock(&p->lock);
	p->job = job;
	p->data = data;
	p->turn = number;
	pthread_cond_broadcast(&p->changed);
	while (p->turn)
		pthread_cond_wait(&p->changed, &p->lock);
	result = p->result;
	pthread_mutex_unlock(&p->lock);
	return result;
}

void pool_retire(struct pool *p, int number)
{
	struct worker *w = &p->worker[number - 1];

	pool_run(p, number, NULL, NULL);
	pthread_join(w->thread, NULL);
	/* Joined is not gone: the thread still has its last steps to go. */
	while (!syscall(SYS_tgkill, getpid(), w->tid, 0))
		sched_yield();
}

int pool_filters(pid_t tid)
{
	char line[256];
	char name[64];
	int n = -1;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/self/task/%d/status", tid);
	file = fopen(name, "re");
	if (!file)
		return -1;
	while (n < 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Seccomp_filters: %d", &n) != 1)
			n = -1;
	}
	fclose(file);
	return n;
}
