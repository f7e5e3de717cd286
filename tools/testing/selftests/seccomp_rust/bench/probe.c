// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "probe.h"

#define RING_PAGES	64

static size_t ring_size(void)
{
	return (1 + RING_PAGES) * sysconf(_SC_PAGESIZE);
}

static __u64 monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void probe_open(struct sheet *sheet, struct probe *p)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = PROBE_PERIOD,
		.sample_type = PERF_SAMPLE_TIME,
		.disabled = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		/* Nobody waits for samples. */
		.watermark = 1,
		.wakeup_watermark = 1u << 30,
	};

	/* The processor's, not the task's: it goes on when the task does not. */
	p->fd = syscall(__NR_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (p->fd < 0)
		skip(sheet, "no timer of perf's: %s", strerror(errno));
	p->ring = mmap(NULL, ring_size(), PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	MUST(sheet, p->ring != MAP_FAILED);
}

void probe_close(struct probe *p)
{
	munmap(p->ring, ring_size());
	close(p->fd);
}

void probe_start(struct sheet *sheet, struct probe *p, __u64 delay)
{
	__u64 start;

	MUST(sheet, !ioctl(p->fd, PERF_EVENT_IOC_ENABLE, 0));
	start = monotonic();
	while (monotonic() - start < delay)
		;
}

struct sample {
	struct perf_event_header header;
	__u64 time;
};

__u64 probe_stop(struct sheet *sheet, struct probe *p)
{
	struct perf_event_mmap_page *page = p->ring;
	char *data = (char *)p->ring + sysconf(_SC_PAGESIZE);
	__u64 last = 0, longest = 0, size = RING_PAGES * sysconf(_SC_PAGESIZE), at, end;
	int samples = 0;

	/* One more, behind what has been done. */
	at = monotonic();
	while (monotonic() - at < 2 * PROBE_PERIOD)
		;
	MUST(sheet, !ioctl(p->fd, PERF_EVENT_IOC_DISABLE, 0));
	end = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	for (at = page->data_tail; at < end; ) {
		struct sample s;

		/* Records are whole multiples of eight bytes, and so is the ring. */
		memcpy(&s.header, data + at % size, sizeof(s.header));
		if (s.header.type == PERF_RECORD_SAMPLE) {
			memcpy(&s.time, data + (at + sizeof(s.header)) % size, sizeof(s.time));
			if (last && s.time - last > PROBE_PERIOD + longest)
				longest = s.time - last - PROBE_PERIOD;
			last = s.time;
			samples++;
		} else {
			fail(sheet, "perf has lost or throttled interrupts (record %u)",
			     s.header.type);
		}
		at += s.header.size;
	}
	__atomic_store_n(&page->data_tail, end, __ATOMIC_RELEASE);
	/* Before, during or after, and behind. */
	if (samples < 3)
		fail(sheet, "the timer has come %d times only", samples);
	return longest;
}
