// SPDX-License-Identifier: GPL-2.0
/*
 * Races of seccomp, for as long as one likes. See explain() for how, and race.h for
 * what a race is. One result for each race says how many operations were done and what
 * came of them. A race of which one side alone was met goes on when its time is over, and
 * has failed if that does not change; it has decided nothing if it was given fewer
 * operations than that takes. The first result says that what is counted before and
 * afterwards can be counted, the last one that nothing is left of all of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>

#include "kselftest.h"
#include "caches.h"
#include "census.h"
#include "program.h"
#include "session.h"
#include "task.h"

static const struct race *const races[] = {
	&tsync_clone, &tsync_exit, &tsync_ends, &listeners, &replies_plain, &replies_killable,
	&addfd_signals, &addfd_deaths, &closing, &closing_beside, &readers_gone,
	&readers_killed, &inspect_tsync, &inspect_exit, &fork_killed, &fork_namespace, &edges,
	&poll_sleeps, &calls_tsync,
};

#define RACES	((int)ARRAY_SIZE(races))

/* How long a race is at it before others have their turn. */
#define TURN_MS		5000
/* How often to say how far it is. */
#define SAY_MS		2000

/* Races that have to go on do so for this many times the patience. */
#define GO_ON		5

static struct {
	long seconds, operations, patience;
	unsigned long long seed;
	int at_once;
	bool beside_others;
} asked = { .seconds = 40, .patience = 60, .seed = 1 };

static struct session sessions[RACES];
static int chosen;
/* What all of them had done when caches were full. */
static long warm;

static void explain(void)
{
	int i;

	fprintf(stderr, "usage: stress [OPTION...] [RACE...]\n"
		"  -t SECONDS     for all races together (%ld)\n"
		"  -o OPERATIONS  at most about so many of each race\n"
		"  -s SEED        of what is left to chance; who comes first is not (%llu)\n"
		"  -j RACES       at a time; by default one for two CPUs\n"
		"  -p SECONDS     without an operation that are taken for a hang (%ld)\n"
		"  -c             the kernel has seccomp.c, and may do as that does\n"
		"  -b             others are busy beside: do not count what is left\n"
		"races:",
		asked.seconds, asked.seed, asked.patience);
	for (i = 0; i < RACES; i++)
		fprintf(stderr, " %s", races[i]->name);
	fprintf(stderr, "\n");
	exit(2);
}

static void choose(const struct race *race)
{
	struct session *s = &sessions[chosen++];

	s->race = race;
	s->score = shared(sizeof(*s->score));
}

/* A share of what may be done of each. */
static void limit_to(long operations)
{
	int i;

	for (i = 0; i < chosen; i++)
		sessions[i].score->limit = asked.operations ? operations : __LONG_MAX__;
}

static void choose_by_name(const char *name)
{
	int i;

	for (i = 0; i < RACES; i++) {
		if (!strcmp(races[i]->name, name)) {
			if (chosen == RACES)
				explain();
			choose(races[i]);
			return;
		}
	}
	explain();
}

static void parse(int argc, char **argv)
{
	int option, i;

	while ((option = getopt(argc, argv, "t:o:s:j:p:cb")) != -1) {
		switch (option) {
		case 't':
			asked.seconds = atol(optarg);
			break;
		case 'o':
			asked.operations = atol(optarg);
			break;
		case 's':
			asked.seed = strtoull(optarg, NULL, 0);
			break;
		case 'j':
			asked.at_once = atoi(optarg);
			break;
		case 'p':
			asked.patience = atol(optarg);
			break;
		case 'c':
			as_c = true;
			break;
		case 'b':
			asked.beside_others = true;
			break;
		default:
			explain();
		}
	}
	for (i = optind; i < argc; i++)
		choose_by_name(argv[i]);
	for (i = 0; i < RACES && optind == argc; i++)
		choose(races[i]);
	if (asked.at_once < 1)
		asked.at_once = sysconf(_SC_NPROCESSORS_ONLN) / 2;
	if (asked.at_once < 1)
		asked.at_once = 1;
	if (asked.seconds < 1 || asked.patience < 1)
		explain();
}

static long all_operations(void)
{
	long operations = 0;
	int i;

	for (i = 0; i < chosen; i++)
		operations += GET(sessions[i].score->operations);
	return operations;
}

/* How far it is, for who waits for it. */
static void say(long began, bool anyway)
{
	static long said;
	long now = now_ms();

	if (!anyway && now - said < SAY_MS)
		return;
	said = now;
	printf("# stress: %ld s, %ld operations\n", (now - began) / 1000, all_operations());
	fflush(stdout);
}

/* Whether each thing that can come of it has. */
static bool has_met_all(const struct session *s)
{
	int i;

	for (i = 0; i < OUTCOMES; i++) {
		const char *what = s->race->outcomes[i];

		if (what && *what != '?' && !GET(s->score->seen[i]))
			return false;
	}
	return true;
}

static bool can_go_on(const struct session *s)
{
	return !s->score->failed && s->score->operations < s->score->limit;
}

static bool has_to_go_on(const struct session *s)
{
	return can_go_on(s) && !has_met_all(s);
}

/* Whether there is any race that does. */
static bool any(bool (*does)(const struct session *))
{
	int i;

	for (i = 0; i < chosen; i++)
		if (does(&sessions[i]))
			return true;
	return false;
}

/* Races one after another, or some at a time, each for @ms: those that take part. */
static void take_turns(bool (*takes_part)(const struct session *), int turn, long ms, long began)
{
	int next = 0, on = 0, i;

	while (next < chosen || on > 0) {
		while (on < asked.at_once && next < chosen) {
			struct session *s = &sessions[(next++ + turn) % chosen];

			if (!takes_part(s))
				continue;
			start_session(s, asked.seed * 0x10001 + turn * RACES + (s - sessions));
			on++;
		}
		for (i = 0; i < chosen; i++)
			if (sessions[i].pid)
				on -= !watch_session(&sessions[i], ms, asked.patience * 1000);
		say(began, false);
		nap(50000);
	}
}

/*
 * Their time is divided among them, and that of each into turns. The first turn fills
 * caches, of what is there to stay: what these hold then is in @rest.
 */
static void race_all(struct census *rest)
{
	long began = now_ms(), rows = (chosen + asked.at_once - 1) / asked.at_once;
	long ms = asked.seconds * 1000 / rows, turns = (ms + TURN_MS - 1) / TURN_MS, late;
	struct census now;
	int turn;

	if (turns < 2)
		turns = 2;
	limit_to((asked.operations + 1) / 2);
	take_turns(can_go_on, 0, ms / turns, began);
	if (!asked.beside_others) {
		settle(rest, &now);
		rest->slab_kb = now.slab_kb;
		warm = all_operations();
	}
	limit_to(asked.operations);
	for (turn = 1; turn < turns && any(can_go_on); turn++)
		take_turns(can_go_on, turn, ms / turns, began);
	late = now_ms() + GO_ON * asked.patience * 1000;
	for (; any(has_to_go_on) && now_ms() < late; turn++)
		take_turns(has_to_go_on, turn, TURN_MS, began);
	say(began, true);
}

/* What came of a race. */
static void tell(const struct session *s)
{
	char line[1000];
	int i, len;

	len = snprintf(line, sizeof(line), "%ld operations", s->score->operations);
	for (i = 0; i < OUTCOMES; i++) {
		const char *what = s->race->outcomes[i];

		if (what)
			len += snprintf(line + len, sizeof(line) - len, ", %s %ld",
					*what == '?' ? what + 1 : what, s->score->seen[i]);
	}
	printf("# %s: %s\n", s->race->name, line);
}

static void judge(const struct session *s)
{
	const struct score *score = s->score;
	bool met = has_met_all(s);

	/* What is said before is not about this one. */
	printf("#  RUN           %s\n", s->race->name);
	tell(s);
	if (!score->failed && !met && asked.operations && asked.operations < s->race->enough) {
		ksft_test_result_skip("%s: not all is seen in %ld operations, but in %ld\n",
				      s->race->name, score->operations, s->race->enough);
		return;
	}
	if (score->failed)
		printf("# %s\n", score->why);
	else if (!score->operations)
		printf("# nothing was done\n");
	else if (!met)
		printf("# not all of that was seen in %ld operations, and %ld are enough\n",
		       score->operations, s->race->enough);
	ksft_test_result(met && !score->failed && score->operations, "%s\n", s->race->name);
}

/* That what is counted is there to be counted. */
static void judge_census(void)
{
	printf("#  RUN           census\n");
	ksft_test_result(prove_census(asked.patience), "census\n");
}

/* What is there after the races must have been there before, or is left by them. */
static void judge_rest(const struct census *before)
{
	struct census after;
	bool same = settle(before, &after);
	long grown = after.slab_kb - before->slab_kb, operations = all_operations() - warm;

	printf("#  RUN           nothing_left\n");
	say_census("before", before);
	say_census("after", &after);
	if (operations > 0)
		printf("# %d kB more would be a leak: %ld bytes in each of %ld operations\n",
		       SLAB_KB, SLAB_KB * 1024L / operations, operations);
	ksft_test_result(same && census_is_whole(&after) &&
			 (grown < SLAB_KB || is_said_by_kmemleak()), "nothing_left\n");
}

int main(int argc, char **argv)
{
	struct census before;
	int i;

	if (argc == 4 && !strcmp(argv[1], "--after-exec"))
		return tsync_ends_after_exec(argv + 2);
	if (argc == 2 && !strcmp(argv[1], "--after-close"))
		return closing_after_exec();
	parse(argc, argv);
	/* Targets know the numbers of what they are given. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	ksft_print_header();
	ksft_set_plan(chosen + (asked.beside_others ? 0 : 2));
	printf("# seed %llu, %ld s, %d at a time\n", asked.seed, asked.seconds, asked.at_once);
	/* Orphans of a session that was killed come here. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!asked.beside_others)
		judge_census();
	before = take_census();
	race_all(&before);
	for (i = 0; i < chosen; i++)
		judge(&sessions[i]);
	if (!asked.beside_others)
		judge_rest(&before);
	ksft_finished();
}
