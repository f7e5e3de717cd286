/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A case: a list of operations, and the roles that carry them out. It lies in memory
 * that all of them share, at an address that is the same everywhere.
 *
 * The list is made before anything of it is done. What an operation depends on and
 * only a run can tell (thread ids, notification ids) is in it by name.
 */
#ifndef CASE_H
#define CASE_H

#include <linux/types.h>
#include "sys.h"
#include "text.h"

/* Tasks that are tested, and behind them the one that has them act in turn. */
#define NACTORS		7
#define DIRECTOR	NACTORS
#define NROLES		(NACTORS + 1)

/*
 * Filters see thread ids where they are arguments: they have to be always the same.
 * The whole runs in a pid namespace of its own, where nobody else takes them.
 */
#define TID_OF(role)	(100 + (role))

#define MAX_OPS		1024
#define MAX_OUT		512	/* bytes of what a call writes that are looked at */
#define POOL_SIZE	(768 * 1024)
#define TEXT_SIZE	(64 * 1024)

/* Descriptors that every role starts with, out of the way of what a case opens. */
#define FD_SOURCE	20	/* files of 1000 bytes and more, to be handed over */
#define NSOURCES	4
#define FD_PIPE		30	/* its reading end; nobody ever writes */
#define FD_LISTENER	40	/* where listeners are put, by slot */
#define NLISTENERS	6
#define FD_EPOLL	50
#define FD_WORLD	200
#define FD_OUTPUT	201
#define FD_AUDIT	202
#define FD_LOAD		203

enum op_kind {
	OP_NONE,
	OP_CALL,	/* one system call, with what it reads and writes */
	OP_SPAWN,	/* a new role */
	OP_EXEC,	/* the role goes on in a new program */
	OP_FETCH,	/* takes a copy of another process's listener */
	OP_FILE,	/* reads or writes a file in /proc */
	OP_REGS,	/* what a tracer sees of a stopped task */
};

/* Flags of an operation. */
#define F_MORE		0x01	/* goes on with the next one before anybody else runs */
#define F_JOIN		0x02	/* let go together with the next one, of another role */
#define F_LISTENS	0x04	/* on success, gives the listener of the slot */
#define F_THREAD_ID	0x08	/* a positive result is the id of a thread */
#define F_ENDS		0x10	/* may end a task */
#define F_ANSWERS	0x20	/* tells a supervisor that its reply was taken */
#define F_READS		0x40	/* RECV: waits for a request, and gets its id */
#define F_SIGNALS	0x80	/* argument 0 gets a signal */
#define F_POLLS		0x100	/* waits for events of any listener */

/* Where the id comes from that is written into what a call reads. */
enum id_kind {
	ID_NONE,
	ID_RECEIVED,	/* received from the slot, counted from the last one back */
	ID_FIRST,	/* the first one that was received */
};

/* How what a call has written is shown. */
enum form {
	FORM_NONE,
	FORM_BYTES,
	FORM_HASH,
	FORM_NOTIF,	/* struct seccomp_notif */
};

/* What OP_SPAWN makes. */
#define SPAWN_THREAD	0x01
#define SPAWN_FILES	0x02	/* a process that shares its table of descriptors */
#define SPAWN_PIDNS	0x04	/* in a pid namespace of its own */
#define SPAWN_HIGH	0x08	/* runs before those that are not */

/* What OP_FILE is about. */
enum file {
	FILE_STATUS,
	FILE_CACHE,
	FILE_LOGGED,
	FILE_AVAIL,
};

struct op {
	__u8 kind, role, entry;
	__u16 flags;
	__u8 slot;		/* of the listener that it is about */
	__u8 id_kind, id_nth, id_at;
	__s8 id_add;
	__u8 roles;		/* bit n: argument n is a role, and stands for its thread */
	__u8 form;
	__u8 what, other;	/* by kind: how, and whom */
	__u16 in_len, out_len;
	__u32 in, at, out;	/* bytes of the pool, where they go, what comes back */
	__u64 nr, arg[6];
};

enum state { ABSENT, IDLE, BUSY, DEAD };

struct role {
	__u32 post, taken;	/* counted up by the director, and by the role */
	__u32 next, last;	/* the operations that it is to do */
	__u32 alive;		/* cleared by the kernel when the thread ends */
	__s32 tid, pid;
	__u8 state;
	__u8 slept;		/* has been seen asleep in an operation */
	__u8 thread;		/* of a process that another role is in as well */
	__u8 nested;		/* in a pid namespace of its own */
	__u8 reading;		/* slot + 1 of the listener that it reads */
	__u8 polling;		/* waits for events */
	__s32 trapped;		/* 1 + the last call of its own that a filter trapped */
	__u32 len;
	__u8 before[MAX_OUT];	/* what a call's buffer was */
	char text[TEXT_SIZE];
};

#define MAX_IDS		64

struct listener {
	__u8 used;
	__u32 count;
	__u64 base;
	__u64 id[MAX_IDS];
};

struct world {
	__u32 nops, used;
	__u64 hash;
	__u32 lines, done;	/* lines of the log, operations whose outcome is in it */
	__u32 busy, gone, held;	/* left out: so was their role, or see why_held() */
	__u8 signalled;		/* whether a role was, since all were last at rest */
	__u8 cut;		/* a role's part of the log had no room */
	__u8 racing;		/* roles act side by side, on all processors */
	__u32 arrived, expected; /* who wait to begin together, and how many they are to be */
	__u8 keep[MAX_OPS];	/* whether an operation is done at all */
	struct op op[MAX_OPS];
	struct listener listener[NLISTENERS];
	struct role role[NROLES];
	/* Zeroes, and then what operations refer to. */
	alignas(4096) __u8 pool[POOL_SIZE];
};

/*
 * Each role has pages for its arguments: two that can be written, one that can
 * be read, and a hole.
 */
#define PAGE		4096UL
#define SCRATCH		0x30000000UL
#define SCRATCH_PAGES	4
#define SCRATCH_OF(role)	(SCRATCH + (role) * SCRATCH_PAGES * PAGE)

/* All of it, where it can be written whatever the protection above is. */
#define WORLD		((struct world *)0x20000000UL)
#define WORLD_SIZE	((sizeof(struct world) + PAGE - 1) & ~(PAGE - 1))
#define MAPPED_SIZE	(WORLD_SIZE + NROLES * SCRATCH_PAGES * PAGE)

/* Private to a process. A role starts at the top of its part. */
#define STACKS		0x40000000UL
#define STACK_SIZE	(16 * PAGE)
#define STACK_OF(role)	(STACKS + ((role) + 1) * STACK_SIZE)

#define ZEROES		0	/* offset in the pool */
#define ZEROES_LEN	128

static inline __u64 pool_address(__u32 offset)
{
	return (__u64)&WORLD->pool[offset];
}

/* The bytes behind an address of scratch memory, or NULL where there are none. */
static inline __u8 *scratch_bytes(__u64 addr)
{
	__u64 offset = addr - SCRATCH;

	if (addr < SCRATCH || offset >= NROLES * SCRATCH_PAGES * PAGE)
		return NULL;
	return (__u8 *)WORLD + WORLD_SIZE + offset;
}

#endif
