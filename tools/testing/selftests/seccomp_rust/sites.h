/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where in the kernel a step has failed. The functions that decide about it are
 * probed as they return, in a trace of its own, and each event has its stack.
 * Needs KPROBE_EVENTS; without it nobody knows where, and all else is the same.
 */
#ifndef SITES_H
#define SITES_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "kselftest.h"
#include "inject.h"

#define ALL_TRACES	"/sys/kernel/tracing/"
#define OUR_TRACE	ALL_TRACES "instances/seccomp_faults/"
#define PROBES		ALL_TRACES "kprobe_events"

static const struct {
	const char *kind, *function, *type;
} deciders[] = {
	{ "slab", "should_failslab", "s32" },
	{ "page", "should_fail_alloc_page", "u8" },
	{ "copy", "should_fail_usercopy", "u8" },
};

static int trace_fd = -1;

static inline void write_event(unsigned int decider, const char *file, const char *word)
{
	char path[128];

	snprintf(path, sizeof(path), OUR_TRACE "events/seccomp_faults/%s/%s",
		 deciders[decider].kind, file);
	write_word(path, word);
}

static inline void watch_sites(void)
{
	char probe[128];
	unsigned int i;

	if (access(PROBES, W_OK))
		return;
	mkdir(OUR_TRACE, 0700);
	for (i = 0; i < ARRAY_SIZE(deciders); i++) {
		snprintf(probe, sizeof(probe), "r:seccomp_faults/%s %s ret=$retval:%s",
			 deciders[i].kind, deciders[i].function, deciders[i].type);
		write_word(PROBES, probe);
		write_event(i, "filter", "ret != 0");
		write_event(i, "enable", "1");
	}
	write_word(OUR_TRACE "options/stacktrace", "1");
	trace_fd = open(OUR_TRACE "trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static inline void forget_sites(void)
{
	char probe[64];
	unsigned int i;

	if (trace_fd < 0)
		return;
	close(trace_fd);
	trace_fd = -1;
	for (i = 0; i < ARRAY_SIZE(deciders); i++) {
		write_event(i, "enable", "0");
		snprintf(probe, sizeof(probe), "-:seccomp_faults/%s", deciders[i].kind);
		write_word(PROBES, probe);
	}
	rmdir(OUR_TRACE);
}

/* Which kind of step it was, and who took it: callees first, up to one of seccomp. */
struct site {
	const char *kind;
	char path[1024];
	size_t len;
	int frames;
	/* The length of its first frames, which do where there is none of seccomp. */
	size_t few;
	bool ends;
};

#define FEW_FRAMES	4

static inline void append(struct site *site, const char *text, size_t len)
{
	if (len >= sizeof(site->path) - site->len)
		return;
	memcpy(site->path + site->len, text, len);
	site->len += len;
	site->path[site->len] = '\0';
}

/*
 * Appends the names in a mangled symbol of Rust, without those of crates: each has
 * its length in front. What else there is in it is skipped.
 */
static inline void append_rust(struct site *site, const char *symbol)
{
	bool is_crate = false, first = true;
	int crates = 0;
	size_t len;
	char *name;

	while (*symbol && *symbol != '.') {
		if (*symbol >= '0' && *symbol <= '9') {
			len = strtoul(symbol, &name, 10);
			name += *name == '_';
			if (len > strlen(name))
				break;
			/* Those of its types come after its own. */
			if (is_crate && !crates++)
				site->ends = !strncmp(name, "seccomp", 7);
			if (len && !is_crate) {
				append(site, "::", first ? 0 : 2);
				append(site, name, len);
				first = false;
			}
			is_crate = false;
			symbol = name + len;
		} else if (strchr("BGKLs", *symbol)) {
			/* A number to another base follows, and an underscore. */
			symbol = strchr(symbol, '_') ?: "_";
			symbol++;
		} else {
			is_crate = is_crate || *symbol == 'C';
			symbol += *symbol == 'N' && symbol[1] ? 2 : 1;
		}
	}
}

static inline void append_frame(struct site *site, const char *symbol)
{
	/* The probe itself, and what it is on. */
	if (site->ends || strstr(symbol, "rethook") || strstr(symbol, "should_fail"))
		return;
	append(site, " < ", site->frames ? 3 : 0);
	if (!strncmp(symbol, "_R", 2)) {
		append_rust(site, symbol + 2);
	} else {
		append(site, symbol, strlen(symbol));
		site->ends = strstr(symbol, "seccomp");
	}
	if (++site->frames == FEW_FRAMES)
		site->few = site->len;
}

static inline void end_path(struct site *site)
{
	if (!site->ends && site->frames > FEW_FRAMES)
		site->path[site->few] = '\0';
	if (!site->frames)
		append(site, "-", 1);
}

static inline void parse_line(struct site *site, const char *line)
{
	char event[16];
	unsigned int i;

	if (!strncmp(line, " => ", 4)) {
		append_frame(site, line + 4);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(deciders); i++) {
		snprintf(event, sizeof(event), ": %s: (", deciders[i].kind);
		if (strstr(line, event))
			*site = (struct site){ .kind = deciders[i].kind };
	}
}

/* The site of the last failure since this was called before. */
static inline struct site last_site(void)
{
	struct site site = { .kind = "-" };
	static char text[1 << 16];
	char *line, *next;
	size_t len = 0;
	ssize_t got;

	while (trace_fd >= 0 && len < sizeof(text) - 1 &&
	       (got = read(trace_fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += got;
	text[len] = '\0';
	for (line = text; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		parse_line(&site, line);
	}
	end_path(&site);
	return site;
}

#endif
