// SPDX-License-Identifier: GPL-2.0
/* What the core of a killed process says of the call that it was killed for. */
#include <fcntl.h>
#include <linux/elf.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "entry.h"
#include "program.h"
#include "task.h"

#define PATTERN	"/proc/sys/kernel/core_pattern"

/* Where the core comes to be. */
static char *core_dir;

static int be_killed(void *verdict)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (chdir(core_dir) || setrlimit(RLIMIT_CORE, &all))
		return 1;
	if (install_on(0, __NR_getppid, (unsigned long)verdict))
		return 2;
	raw_call(__NR_getppid, 0, 0, 0);
	return 3;
}

/* Whether a core is a file of this name, where the process was. */
static bool dumps_to(const char *name)
{
	char pattern[128] = "";
	int fd = open(PATTERN, O_RDONLY);
	ssize_t len = read(fd, pattern, sizeof(pattern) - 1);

	close(fd);
	return len > 0 && !strcmp(strtok(pattern, "\n"), name);
}

/* The first @size bytes of the note of @type; the notes are what a core begins with. */
static bool note_of(int core, unsigned int type, void *desc, size_t size)
{
	struct elf64_hdr file;
	struct elf64_phdr notes;
	struct elf64_note note;
	off_t at, next;

	if (pread(core, &file, sizeof(file), 0) != sizeof(file) ||
	    pread(core, &notes, sizeof(notes), file.e_phoff) != sizeof(notes) ||
	    notes.p_type != PT_NOTE)
		return false;
	for (at = notes.p_offset; at < notes.p_offset + notes.p_filesz; at = next) {
		if (pread(core, &note, sizeof(note), at) != sizeof(note))
			return false;
		at += sizeof(note) + (note.n_namesz + 3) / 4 * 4;
		if (note.n_type == type)
			return note.n_descsz >= size && pread(core, desc, size, at) == size;
		next = at + (note.n_descsz + 3) / 4 * 4;
	}
	return false;
}

/* The signal says which call it was, and what the filter has said about it. */
TEST(killed_for)
{
	static const __u32 verdicts[] = {
		SECCOMP_RET_KILL_PROCESS | 0xbeef, SECCOMP_RET_KILL_THREAD | 0x1234,
		0x7ffe0007,
	};
	unsigned int i;
	char *name;

	if (!dumps_to("core"))
		SKIP(return, PATTERN " is not core");
	mkdir("/tmp", 0777);
	core_dir = mkdtemp(strdup("/tmp/seccomp-core-XXXXXX"));
	ASSERT_NE(NULL, core_dir);
	ASSERT_LT(0, asprintf(&name, "%s/core", core_dir));
	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		siginfo_t info = {};
		int core;

		EXPECT_EQ(-SIGSYS, run(be_killed, (void *)(long)verdicts[i]));
		core = open(name, O_RDONLY);
		ASSERT_LE(0, core);
		EXPECT_EQ(true, note_of(core, NT_SIGINFO, &info, sizeof(info)));
		EXPECT_EQ(SIGSYS, info.si_signo);
		EXPECT_EQ(1, info.si_code);
		EXPECT_EQ(__NR_getppid, info.si_syscall) TH_LOG("verdict %#x", verdicts[i]);
		EXPECT_EQ(NATIVE_ARCH, info.si_arch);
		EXPECT_EQ(verdicts[i] & SECCOMP_RET_DATA, info.si_errno)
			TH_LOG("verdict %#x", verdicts[i]);
		close(core);
		unlink(name);
	}
	rmdir(core_dir);
}

TEST_HARNESS_MAIN
