/* SPDX-License-Identifier: GPL-2.0 */
/* A pool of threads that do a job when told to, one thread at a time. */
#ifndef SAMPLE_POOL_H
#define SAMPLE_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#define POOL_MAX	64

struct pool;

struct worker {
	struct pool *pool;
	pthread_t thread;
	int number;		/* from 1 */
	pid_t tid;
};

typedef int (*pool_job)(struct worker *w, void *data);

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock: whose turn it is (0: nobody's), and the job. */
	int turn;
	pool_job job;
	void *data;
	int result;

	struct worker worker[POOL_MAX];
	int n;
};

/* All are started, and have their tid, on return. 0 or -errno. */
int pool_start(struct pool *p, int n);

/* Have worker @number do @job. Returns what that returns. */
int pool_run(struct pool *p, int number, pool_job job, void *data);

/* End worker @number, and return when the kernel has let go of it. */
void pool_retire(struct pool *p, int number);

/* How many filters a thread of ours has; -1 when the kernel does not say. */
int pool_filters(pid_t tid);

#endif /* SAMPLE_POOL_H */
