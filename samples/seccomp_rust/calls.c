// SPDX-License-Identifier: GPL-2.0
/*
 * The selected system calls: names, what to answer, and what was counted.
 * Names and numbers come from libseccomp, which knows every architecture's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "calls.h"
#include "errname.h"

/* What changes files, mounts, or the program. Not all exist everywhere. */
static const char * const usual[] = {
	"execve", "execveat", "open", "openat", "openat2", "mkdir", "mkdirat",
	"rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
	"link", "linkat", "symlink", "symlinkat", "mount", "umount2",
	"connect", "bind",
};

static struct call *find(const struct calls *c, int nr)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->v[i].nr == nr)
			return &c->v[i];
	}
	return NULL;
}

static struct call *add(struct calls *c, int nr, char *name)
{
	struct call *v;

	v = name ? realloc(c->v, (c->n + 1) * sizeof(*v)) : NULL;
	if (!v) {
		free(name);
		return NULL;
	}
	c->v = v;
	v += c->n++;
	*v = (struct call){ .nr = nr, .name = name };
	return v;
}

struct call *calls_find(struct calls *c, int nr)
{
	struct call *call = find(c, nr);
	char *name;

	if (call)
		return call;

	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
	if (!name && asprintf(&name, "syscall_%d", nr) < 0)
		return NULL;
	return add(c, nr, name);
}

static int number_of(const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR)
		fprintf(stderr, "%s: no such system call\n", name);
	else if (nr < 0)
		fprintf(stderr, "%s: not a system call of this architecture\n",
			name);
	return nr;
}

static struct call *add_name(struct calls *c, const char *name)
{
	int nr = number_of(name);
	struct call *call;

	if (nr < 0)
		return NULL;
	call = calls_find(c, nr);
	if (!call)
		perror(name);
	return call;
}

int calls_select(struct calls *c, const char *list)
{
	char *copy = strdup(list);
	char *rest = copy;
	int ret = copy ? 0 : -ENOMEM;
	char *name;

	while (!ret && (name = strsep(&rest, ","))) {
		if (!strcmp(name, "all"))
			c->all = true;
		else if (!add_name(c, name))
			ret = -EINVAL;
	}
	free(copy);
	return ret;
}

int calls_deny(struct calls *c, const char *rule)
{
	const char *equals = strchr(rule, '=');
	struct call *call;
	char *name;
	int err;

	err = equals ? errname_parse(equals + 1) : 0;
	if (!err) {
		fprintf(stderr,
			"%s: not CALL=ERRNO, with a name like EPERM or a number up to 4095\n",
			rule);
		return -EINVAL;
	}

	name = strndup(rule, equals - rule);
	call = name ? add_name(c, name) : NULL;
	free(name);
	if (!call)
		return -EINVAL;
	call->deny = err;
	return 0;
}

int calls_select_default(struct calls *c)
{
	size_t i;
	int nr;

	for (i = 0; i < ARRAY_SIZE(usual); i++) {
		nr = seccomp_syscall_resolve_name(usual[i]);
		if (nr >= 0 && !calls_find(c, nr))
			return -ENOMEM;
	}
	return 0;
}

int calls_filter(const struct calls *c, struct filter *f)
{
	size_t i;

	if (c->all)
		return filter_end(f, SECCOMP_RET_USER_NOTIF);
	for (i = 0; i < c->n; i++)
		filter_call(f, c->v[i].nr, SECCOMP_RET_USER_NOTIF);
	return filter_end(f, SECCOMP_RET_ALLOW);
}

void call_answered(struct call *call, __u64 ns, bool denied)
{
	if (!call->answered || ns < call->min_ns)
		call->min_ns = ns;
	if (ns > call->max_ns)
		call->max_ns = ns;
	call->sum_ns += ns;
	call->answered++;
	call->denied += denied;
}

static int by_count(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	if (x->answered != y->answered)
		return x->answered < y->answered ? 1 : -1;
	return strcmp(x->name, y->name);
}

void calls_report(const struct calls *c, FILE *out)
{
	const struct call *call;

	qsort(c->v, c->n, sizeof(*c->v), by_count);
	fprintf(out, "%-16s %9s %7s %5s %9s %9s %9s\n", "call", "answered",
		"denied", "gone", "min us", "avg us", "max us");
	for (call = c->v; call < c->v + c->n; call++) {
		if (!call->answered && !call->gone)
			continue;
		fprintf(out, "%-16s %9lu %7lu %5lu", call->name,
			call->answered, call->denied, call->gone);
		if (call->answered)
			fprintf(out, " %9.1f %9.1f %9.1f", call->min_ns / 1e3,
				call->sum_ns / 1e3 / call->answered,
				call->max_ns / 1e3);
		fprintf(out, "\n");
	}
}

void calls_free(struct calls *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->v[i].name);
	free(c->v);
}
