// SPDX-License-Identifier: GPL-2.0
/*
 * notify-trace: run a command under a listener and print the calls it makes.
 *
 * The command, its threads and all its descendants share one filter and so one
 * listener. Each call selected with -t waits in the kernel until it has been
 * printed and answered: CONTINUE, or an error chosen with -e. The program ends
 * when the last task under the filter has, with the command's exit status.
 *
 * This watches and injects errors; it does not confine. What CONTINUE lets
 * pass is read by the kernel a second time and may have changed since it was
 * printed (target.h has the rules), and calls made through another
 * architecture's table (32-bit programs, x32) are let pass unseen: their
 * numbers mean other calls. Only one listener fits in a chain of filters, so a
 * command that wants its own gets EBUSY.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "describe.h"
#include "errname.h"
#include "report.h"
#include "supervisor.h"

struct trace {
	struct supervisor supervisor;
	struct calls calls;
	FILE *out;
	bool count, quiet, raw_ids, seen_any;
	__u64 start_ns;
	__u64 first_id;
};

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void help(FILE *to)
{
	fputs("usage: notify-trace [-cqr] [-t CALL,...] [-e CALL=ERRNO]... [-o FILE]\n"
	      "                    COMMAND [ARG]...\n"
	      "Print the system calls of COMMAND and its descendants as a seccomp listener sees them.\n"
	      "  -t CALL,...    the calls to see, or \"all\" (default: opening and changing of files,\n"
	      "                 mounts, exec, connect and bind)\n"
	      "  -e CALL=ERRNO  make this one fail, with a name like EPERM or a number\n"
	      "  -c             count calls and times to reply, print them at the end\n"
	      "  -q             no line for each call\n"
	      "  -r             ids as the kernel gives them; else counted from the first one\n"
	      "  -o FILE        write to FILE instead of the standard error output\n"
	      "The exit status is COMMAND's, 128+N when signal N killed it; 125 when tracing failed,\n"
	      "126 when COMMAND cannot be executed, 127 when it is not found.\n", to);
}

static void print_line(struct trace *t, const struct text *call,
		       const char *outcome, __u64 from, __u64 until)
{
	const struct seccomp_notif *req = t->supervisor.listener.req;
	unsigned long long us = (from - t->start_ns) / 1000;

	if (t->quiet)
		return;
	fprintf(t->out, "%4llu.%06llu ", us / 1000000, us % 1000000);
	if (t->raw_ids)
		fprintf(t->out, "%016llx", (unsigned long long)req->id);
	else
		fprintf(t->out, "#%lld",
			(long long)(req->id - t->first_id) + 1);
	fprintf(t->out, " %u %s -> %s, %.1f us\n", req->pid, call->s, outcome,
		(until - from) / 1e3);
}

static int answer(void *data)
{
	struct trace *t = data;
	struct listener *l = &t->supervisor.listener;
	const char *outcome = "continue";
	__u64 from = now_ns();
	struct text line;
	struct call *call;
	__u64 until;
	int ret;

	if (!t->seen_any)
		t->first_id = l->req->id;
	t->seen_any = true;
	call = calls_find(&t->calls, l->req->data.nr);
	if (!call)
		return -ENOMEM;

	text_clear(&line);
	describe(&line, call->name, l->req, !t->quiet);
	ret = listener_valid(l);
	if (!ret && call->deny) {
		outcome = errname(call->deny);
		ret = listener_error(l, call->deny);
	} else if (!ret) {
		ret = listener_continue(l);
	}
	until = now_ns();

	if (ret == -ENOENT) {
		/* What was read may be another task's: show registers only. */
		text_clear(&line);
		describe(&line, call->name, l->req, false);
		outcome = "gone";
		call->gone++;
		ret = 0;
	} else if (!ret) {
		call_answered(call, until - from, call->deny);
	} else {
		return ret;
	}
	print_line(t, &line, outcome, from, until);
	return 0;
}

static int run(struct trace *t, char **argv)
{
	static struct filter filter;
	struct child_plan plan = { .argv = argv, .exec_fd = -1 };
	int status = EXIT_SUPERVISOR;
	int ret;

	plan.path = child_find(argv[0]);
	if (!plan.path)
		return EXIT_NOT_FOUND;

	ret = child_filter_start(&plan, &filter, SECCOMP_RET_ALLOW);
	if (!ret)
		ret = calls_filter(&t->calls, &filter);
	if (ret) {
		fprintf(stderr, "notify-trace: %s\n", strerror(-ret));
		goto out;
	}

	t->start_ns = now_ns();
	status = supervisor_run(&t->supervisor, &plan);
	if (t->count)
		calls_report(&t->calls, t->out);
out:
	free(plan.path);
	return status;
}

int main(int argc, char **argv)
{
	struct trace t = { .out = stderr };
	bool selected = false;
	int status = EXIT_SUPERVISOR;
	int opt;

	while ((opt = getopt(argc, argv, "+cqrht:e:o:")) != -1) {
		switch (opt) {
		case 'c':
			t.count = true;
			break;
		case 'q':
			t.quiet = true;
			break;
		case 'r':
			t.raw_ids = true;
			break;
		case 't':
			selected = true;
			if (calls_select(&t.calls, optarg))
				goto out;
			break;
		case 'e':
			if (calls_deny(&t.calls, optarg))
				goto out;
			break;
		case 'o':
			if (report_to(&t.out, optarg))
				goto out;
			break;
		case 'h':
			help(stdout);
			status = 0;
			goto out;
		default:
			help(stderr);
			goto out;
		}
	}
	if (optind == argc) {
		help(stderr);
		goto out;
	}
	if (!selected && calls_select_default(&t.calls)) {
		perror("notify-trace");
		goto out;
	}

	report_by_lines(t.out);
	t.supervisor = (struct supervisor){
		.name = "notify-trace", .answer = answer, .data = &t,
	};
	status = run(&t, argv + optind);
out:
	calls_free(&t.calls);
	if (report_close(t.out))
		status = EXIT_SUPERVISOR;
	return status;
}
