// SPDX-License-Identifier: GPL-2.0
/* The target of an ADDFD: has what it was told that it has, and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "entry.h"
#include "task.h"
#include "addfd.h"
#include "race.h"
#include "storm.h"

#define CALLS	200

static int lowest;
/* What the last call gave, and whether that is a descriptor which was given for it. */
static long result;
static bool has_result;

static bool is_ours(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_ino == deal->ino;
}

static void take_given(int i, bool unsure)
{
	int fd = deal->given[i].fd, flags = fcntl(fd, F_GETFD);

	deal->given[i].fd = 0;
	/* The supervisor was killed before it could say which. */
	if (!fd && unsure)
		return;
	has_result |= fd == result;
	must(flags >= 0 && is_ours(fd), "ADDFD gave %d, which is not there", fd);
	must(!(flags & FD_CLOEXEC) == !deal->given[i].cloexec,
	     "descriptor %d: flags %#x", fd, flags);
	close(fd);
}

/* Descriptors beyond those that were accounted for. */
static int count_strays(void)
{
	struct pollfd at[MOST_GIVEN];
	int i, n = 0;

	for (i = 0; i < MOST_GIVEN / 2; i++) {
		at[i].fd = lowest + i;
		at[MOST_GIVEN / 2 + i].fd = AT_NUMBER + i;
	}
	/* One call that tells which of them are open. */
	poll(at, MOST_GIVEN, 0);
	for (i = 0; i < MOST_GIVEN; i++) {
		if (at[i].revents & POLLNVAL)
			continue;
		must(is_ours(at[i].fd), "descriptor %d is of another file", at[i].fd);
		has_result |= at[i].fd == result;
		close(at[i].fd);
		n++;
	}
	return n;
}

/* One that nobody has accepted: only who was interrupted, or left alone, has such. */
static void judge_unanswered(bool unsure)
{
	switch (result) {
	case -EINTR:
		must(deal->fickle && !deal->target_restarts, "the call gave EINTR");
		saw(CALL_EINTR);
		break;
	case -ENOSYS:
		must(deal->doomed, "the call gave ENOSYS");
		saw(CALL_ENOSYS);
		break;
	default:
		must(unsure && (has_result || result == PLAIN_REPLY(deal->call)),
		     "nobody has replied, but the call gave %ld", result);
		saw(UNSURE);
	}
}

static void judge(void)
{
	bool unsure;
	int i, strays;

	while (GET(deal->state) == BUSY && !GET(deal->dead))
		sched_yield();
	/* What it was at when it was killed may have been done. */
	unsure = GET(deal->dead) && GET(deal->state) == BUSY;
	has_result = false;
	for (i = 0; i < deal->n && i < MOST_GIVEN; i++)
		take_given(i, unsure);
	strays = count_strays();
	must(!strays || (unsure && strays <= HELPERS + 1), "%d descriptors that nobody has given",
	     strays);
	if (!deal->replies)
		judge_unanswered(unsure);
	else if (!unsure && !(as_c && deal->leaves))
		must(deal->replies == 1 && result == deal->reply,
		     "%d replies, the last one %ld, but the call gave %ld",
		     deal->replies, deal->reply, result);
}

int addfd_target(void *unused)
{
	int i;

	lowest = lowest_fd();
	interrupt_on(STORM_SIGNAL, deal->target_restarts ? SA_RESTART : 0);
	PUT(deal->target, getpid());
	for (i = 0; i < CALLS && result != -ENOSYS && !GET(score->failed); i++) {
		deal->n = 0;
		deal->replies = 0;
		PUT(deal->call, i);
		result = raw_call(__NR_getppid, i, 0, 0);
		judge();
	}
	return 0;
}
