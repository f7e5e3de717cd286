// SPDX-License-Identifier: GPL-2.0
/* The order of requests among readers, and who is woken for them. */
#include <pthread.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "notify.h"
#include "task.h"
#include "thread.h"

#define CALLERS	12
#define READERS	4

static int listener;
static pid_t callers[CALLERS];

/* Each is known to wait before the next one starts: their order is certain. */
static bool queue_callers(void)
{
	int i;

	for (i = 0; i < CALLERS; i++) {
		callers[i] = spawn(call_gives_7, NULL);
		if (!asleep_in(callers[i], __NR_getppid))
			return false;
	}
	return true;
}

static int place_of(pid_t pid)
{
	int i;

	for (i = 0; i < CALLERS; i++)
		if (callers[i] == pid)
			return i;
	return -1;
}

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static struct seccomp_notif seen[CALLERS];
static int nseen;

/* Reads under a mutex: what one thread read is older than what the next reads. */
static void *read_in_turn(void *unused)
{
	for (;;) {
		pthread_mutex_lock(&turn);
		if (nseen == CALLERS || take(listener, &seen[nseen]))
			break;
		nseen++;
		pthread_mutex_unlock(&turn);
		nap(20);
	}
	pthread_mutex_unlock(&turn);
	return NULL;
}

/* Has a queue of callers read by threads that run @reader, to the end of them all. */
static void run_readers(struct __test_metadata *_metadata, void *(*reader)(void *unused))
{
	pthread_t readers[READERS];
	int i;

	listener = new_listener();
	ASSERT_LE(0, listener);
	ASSERT_EQ(true, queue_callers());
	for (i = 0; i < READERS; i++)
		ASSERT_EQ(0, pthread_create(&readers[i], NULL, reader, NULL));
	for (i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
}

/* Requests are read in the order in which the calls were made. */
TEST(first_in_first_out)
{
	int i;

	run_readers(_metadata, read_in_turn);
	ASSERT_EQ(CALLERS, nseen);
	/* Answered out of order, which is no concern of the queue. */
	for (i = CALLERS - 1; i >= 0; i--) {
		EXPECT_EQ(callers[i], seen[i].pid);
		EXPECT_EQ(0, answer(listener, seen[i].id, 7, 0, 0));
		EXPECT_EQ(0, reap(callers[i]));
	}
}

/* More than follow one another without a carry out of the id's lowest bits. */
#define LEFT_ALONE	70

static int left_alone[LEFT_ALONE], nleft;

static void *call_in_vain(void *number)
{
	if (notified_call() == -ENOSYS)
		left_alone[nleft++] = (long)number;
	return NULL;
}

/*
 * Who has waited longest is the first to be told that the listener was closed. All are
 * on one processor, where they run in the order in which they are woken.
 */
TEST(close_in_order)
{
	pthread_t callers[LEFT_ALONE];
	long i;

	go_to_cpu0();
	take_cpu0(10);
	listener = new_listener();
	ASSERT_LE(0, listener);
	for (i = 0; i < LEFT_ALONE; i++)
		ASSERT_EQ(true, start_at_once(&callers[i], call_in_vain, (void *)i));
	take_cpu0(30);
	close(listener);
	for (i = 0; i < LEFT_ALONE; i++)
		pthread_join(callers[i], NULL);
	leave_cpu0();
	ASSERT_EQ(LEFT_ALONE, nleft);
	for (i = 0; i < LEFT_ALONE; i++)
		EXPECT_EQ(i, left_alone[i]);
}

/* An interrupted call goes to the end of the queue. */
TEST(restarted_call_is_last)
{
	struct seccomp_notif req;
	int i;

	interrupt_on(SIGUSR1, SA_RESTART);
	listener = new_listener();
	ASSERT_LE(0, listener);
	ASSERT_EQ(true, queue_callers());
	ASSERT_EQ(0, take(listener, &req));
	ASSERT_EQ(callers[0], req.pid);
	kill(callers[0], SIGUSR1);
	while (id_valid(listener, req.id) == 0)
		nap(100);
	ASSERT_EQ(true, asleep_in(callers[0], __NR_getppid));
	for (i = 1; i <= CALLERS; i++) {
		ASSERT_EQ(0, take(listener, &req));
		EXPECT_EQ(callers[i % CALLERS], req.pid);
		EXPECT_EQ(0, answer(listener, req.id, 7, 0, 0));
		EXPECT_EQ(0, reap(req.pid));
	}
}

static int taken[CALLERS], tickets, disorder;
static __u64 ids[CALLERS];

/* A ticket before each read: no reader waits for a request that is not to come. */
static void *read_freely(void *unused)
{
	struct seccomp_notif req;
	int last = -1, place;

	while (__atomic_fetch_add(&tickets, 1, __ATOMIC_RELAXED) < CALLERS) {
		if (take(listener, &req))
			break;
		place = place_of(req.pid);
		if (place <= last) {
			__atomic_add_fetch(&disorder, 1, __ATOMIC_RELAXED);
			break;
		}
		__atomic_add_fetch(&taken[place], 1, __ATOMIC_RELAXED);
		ids[place] = req.id;
		last = place;
	}
	return NULL;
}

/* Readers that race get each request once, each reader in the order of arrival. */
TEST(readers_race)
{
	int i;

	run_readers(_metadata, read_freely);
	EXPECT_EQ(0, disorder);
	for (i = 0; i < CALLERS; i++) {
		EXPECT_EQ(1, taken[i]) TH_LOG("caller %d", i);
		EXPECT_EQ(0, answer(listener, ids[i], 7, 0, 0));
		EXPECT_EQ(0, reap(callers[i]));
	}
}

struct reader {
	pthread_t th;
	pid_t tid;
	long sleeps;
	int ret;
	struct seccomp_notif req;
};

static int told[2];

static void *read_one(void *arg)
{
	struct reader *r = arg;

	say_tid(&r->tid);
	r->ret = take(listener, &r->req);
	if (write(told[1], &r, sizeof(r)) != sizeof(r))
		abort();
	return NULL;
}

/*
 * Of many sleeping readers exactly one returns for one arrival, and the others
 * sleep on. C wakes all of them to look, once each, which costs time and is not
 * otherwise seen; Rust wakes the one.
 */
TEST(one_arrival_one_reader)
{
	struct reader readers[READERS] = {}, *r;
	struct pollfd more = { .events = POLLIN };
	bool wakes_one = is_rust();
	long looks = 0;
	int i, round;

	listener = new_listener();
	ASSERT_LE(0, listener);
	ASSERT_EQ(0, pipe(told));
	more.fd = told[0];
	for (i = 0; i < READERS; i++) {
		ASSERT_EQ(0, pthread_create(&readers[i].th, NULL, read_one, &readers[i]));
		ASSERT_EQ(true, asleep_in(tid_from(&readers[i].tid), __NR_ioctl));
		readers[i].sleeps = status_of(readers[i].tid, "voluntary_ctxt_switches");
	}
	for (round = 0; round < READERS; round++) {
		pid_t pid = spawn(call_gives_7, NULL);

		ASSERT_EQ(sizeof(r), read(told[0], &r, sizeof(r)));
		EXPECT_EQ(0, r->ret);
		EXPECT_EQ(pid, r->req.pid);
		for (i = 0; i < READERS; i++)
			if (!readers[i].req.id)
				EXPECT_EQ(true, asleep_in(readers[i].tid, __NR_ioctl));
		EXPECT_EQ(0, poll(&more, 1, 0));
		for (i = 0; !round && i < READERS; i++)
			if (&readers[i] != r)
				looks += status_of(readers[i].tid, "voluntary_ctxt_switches") -
					 readers[i].sleeps;
		EXPECT_EQ(0, answer(listener, r->req.id, 7, 0, 0));
		EXPECT_EQ(0, reap(pid));
		pthread_join(r->th, NULL);
	}
	TH_LOG("the first arrival woke %ld others to look", looks);
	EXPECT_EQ(wakes_one ? 0 : READERS - 1, looks);
}

/* A signal ends the wait for a request, or lets it go on after a handler that restarts calls. */
TEST(signal_ends_read)
{
	static const int flags[] = { 0, SA_RESTART };
	unsigned int i, j;

	listener = new_listener();
	ASSERT_LE(0, listener);
	ASSERT_EQ(0, pipe(told));
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct reader r = {};
		pid_t pid;

		interrupt_on(SIGUSR1, flags[i]);
		ASSERT_EQ(0, pthread_create(&r.th, NULL, read_one, &r));
		ASSERT_EQ(true, asleep_in(tid_from(&r.tid), __NR_ioctl));
		r.sleeps = status_of(r.tid, "voluntary_ctxt_switches");
		ASSERT_EQ(0, pthread_kill(r.th, SIGUSR1));
		if (!(flags[i] & SA_RESTART)) {
			pthread_join(r.th, NULL);
			EXPECT_EQ(-EINTR, r.ret);
			continue;
		}
		/* It was awake, and sleeps once more. */
		for (j = 0; j < PATIENCE_MS; j++) {
			if (status_of(r.tid, "voluntary_ctxt_switches") > r.sleeps)
				break;
			nap(1000);
		}
		EXPECT_GT(PATIENCE_MS, j);
		pid = spawn(call_gives_7, NULL);
		pthread_join(r.th, NULL);
		EXPECT_EQ(0, r.ret);
		EXPECT_EQ(pid, r.req.pid);
		EXPECT_EQ(0, answer(listener, r.req.id, 7, 0, 0));
		EXPECT_EQ(0, reap(pid));
	}
}

#define ROUNDS	300
#define PAIR	2

static pthread_barrier_t start;

/* Arrives a little later each round, at a pace of its own. */
static void start_round(int round, int pace)
{
	int spin;

	pthread_barrier_wait(&start);
	for (spin = round * pace % 997; spin; spin--)
		__asm__ volatile("");
}

static void *call_in_rounds(void *pace)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		start_round(i, *(int *)pace);
		if (notified_call() != 7)
			abort();
	}
	return NULL;
}

/* One read a round, whatever else there is to read. */
static void *read_in_rounds(void *pace)
{
	struct seccomp_notif req;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		start_round(i, *(int *)pace);
		if (take(listener, &req) || write(told[1], &req.id, sizeof(req.id)) < 0)
			abort();
	}
	return NULL;
}

/*
 * As many readers as requests: each request finds a reader, at whichever moment
 * the two come. A reader may be woken for one request as it takes another; what
 * it was woken for must not stay behind with a reader asleep.
 */
TEST(no_arrival_is_lost)
{
	static int paces[2 * PAIR] = { 1, 7, 13, 29 };
	struct pollfd more = { .events = POLLIN };
	pthread_t callers[PAIR], readers[PAIR];
	__u64 id[PAIR];
	int i, round;

	listener = new_listener();
	ASSERT_LE(0, listener);
	ASSERT_EQ(0, pipe(told));
	more.fd = told[0];
	ASSERT_EQ(0, pthread_barrier_init(&start, NULL, 2 * PAIR));
	for (i = 0; i < PAIR; i++) {
		ASSERT_EQ(0, pthread_create(&readers[i], NULL, read_in_rounds, &paces[i]));
		ASSERT_EQ(0, pthread_create(&callers[i], NULL, call_in_rounds, &paces[PAIR + i]));
	}
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < PAIR; i++) {
			ASSERT_EQ(1, poll(&more, 1, PATIENCE_MS)) TH_LOG("round %d", round);
			ASSERT_EQ(sizeof(id[i]), read(told[0], &id[i], sizeof(id[i])));
		}
		for (i = 0; i < PAIR; i++)
			ASSERT_EQ(0, answer(listener, id[i], 7, 0, 0));
	}
	for (i = 0; i < PAIR; i++) {
		pthread_join(callers[i], NULL);
		pthread_join(readers[i], NULL);
	}
}

static int serve_one(void *unused)
{
	return serve(listener, 7) == 0;
}

static pid_t caller_tid;
static long result;

static void *call_once(void *unused)
{
	say_tid(&caller_tid);
	result = notified_call();
	return NULL;
}

/*
 * The reader that an arrival has woken is killed before it runs, and is the first to
 * run. The request does not stay unread while another reader sleeps: on C the killed
 * one receives it, and nobody will answer; on Rust the other one gets it.
 */
TEST(killed_reader_hands_on)
{
	bool hands_on = is_rust(), answered;
	pthread_t th;
	pid_t readers[2];
	int i;

	go_to_cpu0();
	listener = new_listener();
	ASSERT_LE(0, listener);
	for (i = 0; i < 2; i++) {
		readers[i] = spawn(serve_one, NULL);
		ASSERT_EQ(true, asleep_in(readers[i], __NR_ioctl));
	}
	take_cpu0(10);
	give_cpu0(readers[0], 5);
	ASSERT_EQ(true, start_at_once(&th, call_once, NULL));
	ASSERT_EQ(true, asleep_in(tid_from(&caller_tid), __NR_getppid));
	kill(readers[0], SIGKILL);
	leave_cpu0();
	EXPECT_EQ(-SIGKILL, reap(readers[0]));
	for (i = 0; i < PATIENCE_MS / 3 && events(listener); i++)
		nap(1000);
	EXPECT_EQ(0, events(listener) & UNREAD);
	answered = !events(listener);
	if (!answered)
		kill(readers[1], SIGKILL);
	EXPECT_EQ(answered ? 0 : -SIGKILL, reap(readers[1]));
	close(listener);
	pthread_join(th, NULL);
	EXPECT_EQ(answered ? 7 : -ENOSYS, result);
	TH_LOG("the request was %s", answered ? "answered" : "lost with the reader");
	EXPECT_EQ(hands_on, answered);
}

TEST_HARNESS_MAIN
