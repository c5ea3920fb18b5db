// SPDX-License-Identifier: GPL-2.0
/*
 * Does perf hear of generated code? (PERF_RECORD_KSYMBOL)
 *
 * BPF programs and trampolines, kprobes off the entry of functions and function
 * tracers are made. Each allocation that debugfs then has, and had not before,
 * must have been told of once, with an address and a length that fit; and be
 * told of again when it goes, but for what kprobes keep. Exits with 1 if not.
 */
#include <err.h>
#include <sys/mman.h>

#include "codeuse.h"

/* Both headers have one of that name. */
#define bpf_run bpf_run_filter
#include "../execmem/bpf_raw.h"
#undef bpf_run

#define ALLOCATIONS	"/sys/kernel/debug/execmem/allocations"
#define RING_PAGES	64
#define MAX_CPUS	64
#define MAX_NAMED	4096
#define GRANULE		64
#define NR_PROGRAMS	16
#define NR_TRAMPOLINES	4
#define NR_PROBES	48
#define NR_TRACERS	4

struct span {
	unsigned long long start, end;
	char type[32];
	unsigned int told, gone;
};

struct record {
	struct perf_event_header header;
	__u64 addr;
	__u32 len;
	__u16 type, flags;
	char name[];
};

static struct span before[MAX_NAMED], spans[MAX_NAMED];
static unsigned int nr_before, nr_spans;
static struct perf_event_mmap_page *rings[MAX_CPUS];
static unsigned int nr_rings, nr_records;
static long page_size;
static int bad;

static unsigned int read_spans(struct span *to)
{
	FILE *f = fopen(ALLOCATIONS, "r");
	char line[512];
	unsigned int nr = 0;

	if (!f)
		err(1, ALLOCATIONS);
	while (nr < MAX_NAMED && fgets(line, sizeof(line), f)) {
		struct span *s = &to[nr];

		memset(s, 0, sizeof(*s));
		if (sscanf(line, "0x%llx-0x%llx %31s", &s->start, &s->end,
			   s->type) != 3)
			errx(1, "cannot read: %s", line);
		if (!strcmp(s->type, "bpf") || !strcmp(s->type, "ftrace") ||
		    !strcmp(s->type, "kprobes"))
			nr++;
	}
	fclose(f);
	return nr;
}

static bool was_there(const struct span *s)
{
	unsigned int i;

	for (i = 0; i < nr_before; i++)
		if (before[i].start == s->start && before[i].end == s->end)
			return true;
	return false;
}

static void open_rings(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.ksymbol = 1,
		.wakeup_events = 1,
	};
	long cpu, nr = sysconf(_SC_NPROCESSORS_ONLN);

	for (cpu = 0; cpu < nr && cpu < MAX_CPUS; cpu++) {
		int fd = perf_open(&attr, -1, cpu);
		void *ring;

		if (fd < 0)
			errx(1, "perf_event_open: %s", strerror(-fd));
		ring = mmap(NULL, (1 + RING_PAGES) * page_size,
			    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (ring == MAP_FAILED)
			err(1, "mmap");
		rings[nr_rings++] = ring;
	}
}

/*
 * Is that what it is told to be? All slots of kprobes: what is behind the last
 * one is less than what memory comes in.
 */
static bool fits(const struct span *s, const struct record *r)
{
	bool ool = r->type == PERF_RECORD_KSYMBOL_TYPE_OOL;

	if (!r->len || r->addr < s->start || r->addr + r->len > s->end)
		return false;
	if (!strcmp(s->type, "kprobes"))
		return ool && strstr(r->name, "kprobe_") &&
		       r->addr == s->start &&
		       r->addr + r->len + GRANULE > s->end;
	if (!strcmp(s->type, "ftrace"))
		return ool && !strcmp(r->name, "ftrace_trampoline") &&
		       r->addr == s->start;
	return r->type == PERF_RECORD_KSYMBOL_TYPE_BPF &&
	       !strncmp(r->name, "bpf_", 4);
}

static void account(const struct record *r)
{
	bool gone = r->flags & PERF_RECORD_KSYMBOL_FLAGS_UNREGISTER;
	unsigned int i;

	nr_records++;
	for (i = 0; i < nr_spans; i++) {
		struct span *s = &spans[i];

		if (r->addr < s->start || r->addr >= s->end)
			continue;
		if (!fits(s, r)) {
			printf("# %s: %#llx, %u bytes, is no %s of %#llx-%#llx\n",
			       r->name, r->addr, r->len, s->type, s->start,
			       s->end);
			bad++;
		}
		if (gone)
			s->gone++;
		else
			s->told++;
	}
}

static void read_ring(struct perf_event_mmap_page *ring)
{
	unsigned long size = RING_PAGES * page_size;
	const char *data = (const char *)ring + page_size;
	__u64 head = __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE);
	static char copy[4096];

	while (ring->data_tail < head) {
		struct record *r = (struct record *)copy;
		size_t i, len;

		for (i = 0; i < sizeof(r->header); i++)
			copy[i] = data[(ring->data_tail + i) % size];
		len = r->header.size;
		for (i = 0; i < len && i < sizeof(copy) - 1; i++)
			copy[i] = data[(ring->data_tail + i) % size];
		copy[i] = '\0';
		if (r->header.type == PERF_RECORD_LOST)
			errx(1, "records are lost");
		if (r->header.type == PERF_RECORD_KSYMBOL)
			account(r);
		ring->data_tail += len;
	}
}

static void read_rings(void)
{
	unsigned int i;

	for (i = 0; i < nr_rings; i++)
		read_ring(rings[i]);
}

static int programs[NR_PROGRAMS], probes[NR_PROBES];
static struct bpf_tramp trampolines[NR_TRAMPOLINES];

static const char *instance(unsigned int i)
{
	static char name[32];

	snprintf(name, sizeof(name), "ksymbol%u", i);
	return name;
}

static void make_probes(void)
{
	unsigned int made = 0;
	char line[256];
	FILE *f = fopen(TRACEFS "available_filter_functions", "r");

	if (!f)
		err(1, "available_filter_functions");
	while (made < NR_PROBES && fgets(line, sizeof(line), f)) {
		line[strcspn(line, " \n")] = '\0';
		if (strncmp(line, "vfs_", 4) && strncmp(line, "do_sys", 6))
			continue;
		probes[made] = kprobe_open(line, NULL);
		if (probes[made] >= 0)
			made++;
	}
	fclose(f);
	printf("# %u kprobes\n", made);
	for (; made < NR_PROBES; made++)
		probes[made] = -1;
}

static void make_all(void)
{
	unsigned int i;

	for (i = 0; i < NR_PROGRAMS; i++) {
		programs[i] = bpf_load(1 + i * 50);
		if (programs[i] < 0)
			errx(1, "BPF program: %d", programs[i]);
	}
	for (i = 0; i < NR_TRAMPOLINES; i++)
		if (bpf_tramp_prepare(&trampolines[i], 1 + i, i & 1) ||
		    bpf_tramp_attach(&trampolines[i]))
			errx(1, "BPF trampoline %u", i);
	make_probes();
	for (i = 0; i < NR_TRACERS; i++)
		if (ftrace_create(instance(i), CODEUSE_FUNCTION) ||
		    ftrace_enable(instance(i)))
			errx(1, "function tracer %u", i);
}

static void drop_all(void)
{
	unsigned int i;

	for (i = 0; i < NR_TRACERS; i++)
		if (ftrace_disable(instance(i)) || ftrace_destroy(instance(i)))
			errx(1, "end of function tracer %u", i);
	for (i = 0; i < NR_PROBES; i++)
		if (probes[i] >= 0)
			close(probes[i]);
	for (i = 0; i < NR_TRAMPOLINES; i++)
		bpf_tramp_free(&trampolines[i]);
	for (i = 0; i < NR_PROGRAMS; i++)
		close(programs[i]);
}

static void judge(void)
{
	unsigned int i, new[3] = { 0 };
	bool kept;

	for (i = 0; i < nr_spans; i++) {
		const struct span *s = &spans[i];

		if (was_there(s))
			continue;
		kept = !strcmp(s->type, "kprobes");
		new[kept ? 0 : !strcmp(s->type, "bpf") ? 1 : 2]++;
		if (s->told == 1 && (s->gone == 1 || kept))
			continue;
		printf("# %#llx-%#llx %s: told of %u times, of its end %u times\n",
		       s->start, s->end, s->type, s->told, s->gone);
		bad++;
	}
	printf("# %u records; new: %u of kprobes, %u of BPF, %u of ftrace\n",
	       nr_records, new[0], new[1], new[2]);
	if (!new[0] || new[1] < NR_PROGRAMS + NR_TRAMPOLINES ||
	    new[2] < NR_TRACERS)
		bad++;
}

int main(void)
{
	page_size = sysconf(_SC_PAGESIZE);
	nr_before = read_spans(before);
	open_rings();
	make_all();
	nr_spans = read_spans(spans);
	drop_all();
	/* BPF programs go after a grace period. */
	sleep(3);
	read_rings();
	judge();
	return bad ? 1 : 0;
}
