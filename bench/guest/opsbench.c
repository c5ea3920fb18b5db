// SPDX-License-Identifier: GPL-2.0
/*
 * Counts what users of executable memory cost that are no modules.
 *
 *	opsbench instructions ROUNDS	see count.h
 *	opsbench flushes LIST		on several CPUs
 *
 * One operation is done BATCH times in a row, then the one that undoes it. One
 * more of its kind is there all the time, as on a machine that is in use:
 *
 *	op <name> <round> <operations> <this thread> <other threads>
 *
 * Flushes of the TLB on all CPUs are counted by kprobes on what each CPU does
 * for one, whoever asked for it; the modules of LIST are loaded and unloaded
 * besides:
 *
 *	flush <name> <operations> <executions on all CPUs> <CPUs>
 *	regions <number>
 *
 * It is "flush none" where a CPU flushes the others without their help. Regions
 * are those of text that the modules were loaded with, as execmem tells: one for
 * core text, one for init text. A kernel without execmem says nothing of them.
 */
#define _GNU_SOURCE
#include "count.h"
#include "../../harness/guest/codeuse.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define BATCH		8
#define SMALL_PROGRAM	8		/* instructions */
#define LARGE_PROGRAM	2000
#define MAX_CPUS	8
#define MAX_MODULES	512
#define SETTLE_NS	700000000	/* for what is done later */
#define EXECMEM		"/sys/kernel/debug/execmem/types"

/* Entry and all: each is traced, or probed behind its entry, on its own. */
static const char * const functions[BATCH + 1] = {
	"vfs_fsync_range", "vfs_mkdir", "vfs_rmdir", "vfs_unlink", "vfs_rename",
	"vfs_readlink", "vfs_truncate", "vfs_fallocate", "vfs_symlink",
};

/* What one CPU does for a flush of kernel addresses on all CPUs */
static const char * const flushers[] = {
	"do_flush_tlb_all", "do_kernel_range_flush", "__cpa_flush_tlb",
};

static int fds[BATCH + 1];
static unsigned int offsets[BATCH + 1];
static int counters[ARRAY_SIZE(flushers)][MAX_CPUS];
static int nr_cpus;
static char *paths[MAX_MODULES];
static int nr_modules;

static void must(int ret, const char *what)
{
	if (ret < 0)
		errx(1, "%s: %s", what, strerror(-ret));
}

static void load_small(int i)
{
	fds[i] = bpf_load(SMALL_PROGRAM);
	must(fds[i], "BPF program");
}

static void load_large(int i)
{
	fds[i] = bpf_load(LARGE_PROGRAM);
	must(fds[i], "large BPF program");
}

static void release(int i)
{
	close(fds[i]);
}

static void find_offset(int i)
{
	int fd = kprobe_open(functions[i], &offsets[i]);

	must(fd, functions[i]);
	close(fd);
}

static void add_probe(int i)
{
	fds[i] = kprobe_open_at(functions[i], offsets[i], 0, -1);
	must(fds[i], functions[i]);
}

static const char *instance(int i)
{
	static char name[16];

	snprintf(name, sizeof(name), "bench%d", i);
	return name;
}

static void add_tracer(int i)
{
	must(ftrace_create(instance(i), functions[i]), functions[i]);
}

static void trace(int i)
{
	must(ftrace_enable(instance(i)), functions[i]);
}

static void stop_tracing(int i)
{
	must(ftrace_disable(instance(i)), functions[i]);
}

static void drop_tracer(int i)
{
	must(ftrace_destroy(instance(i)), instance(i));
}

/* @prepare and @finish are not counted */
static const struct {
	const char *name[2];
	void (*prepare)(int i);
	void (*op[2])(int i);
	void (*finish)(int i);
} kinds[] = {
	{ { "bpf_load", "bpf_free" }, NULL, { load_small, release }, NULL },
	{ { "bpf_load_large", "bpf_free_large" }, NULL,
	  { load_large, release }, NULL },
	{ { "kprobe_register", "kprobe_unregister" }, find_offset,
	  { add_probe, release }, NULL },
	{ { "ftrace_enable", "ftrace_disable" }, add_tracer,
	  { trace, stop_tracing }, drop_tracer },
};

static void each(void (*op)(int i), int nr)
{
	int i;

	for (i = 0; op && i < nr; i++)
		op(i);
}

static void count_instructions(const char *name, void (*op)(int i), int round)
{
	u64 others, start, end, idle, ignored;
	unsigned int looks;

	others = quiesce(&looks, &idle);
	start = own_cpu();
	each(op, BATCH);
	end = own_cpu();
	others = quiesce(&looks, &ignored) - others;
	/* The first round has what the kernel keeps for the next ones */
	if (round)
		printf("op %s %d %d %llu %llu\n", name, round, BATCH,
		       end - start, without_looks(others, looks, idle));
}

static void all_instructions(int rounds)
{
	unsigned int k;
	int round;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		each(kinds[k].prepare, BATCH + 1);
		kinds[k].op[0](BATCH);
		for (round = 0; round <= rounds; round++) {
			count_instructions(kinds[k].name[0], kinds[k].op[0],
					   round);
			count_instructions(kinds[k].name[1], kinds[k].op[1],
					   round);
		}
		kinds[k].op[1](BATCH);
		each(kinds[k].finish, BATCH + 1);
	}
}

/* False if the kernel has no such functions */
static bool count_flushes(void)
{
	unsigned int f;
	int cpu;

	nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (nr_cpus > MAX_CPUS)
		errx(1, "more than %d CPUs", MAX_CPUS);
	for (f = 0; f < ARRAY_SIZE(flushers); f++) {
		for (cpu = 0; cpu < nr_cpus; cpu++) {
			int fd = kprobe_open_at(flushers[f], 0, -1, cpu);

			if (fd == -ENOENT || fd == -EADDRNOTAVAIL)
				return false;
			must(fd, flushers[f]);
			counters[f][cpu] = fd;
		}
	}
	return true;
}

static u64 flushes(void)
{
	struct timespec nap = { .tv_nsec = SETTLE_NS };
	unsigned int f;
	u64 sum = 0;
	int cpu;

	nanosleep(&nap, NULL);
	for (f = 0; f < ARRAY_SIZE(flushers); f++) {
		for (cpu = 0; cpu < nr_cpus; cpu++) {
			long long hits = kprobe_hits(counters[f][cpu]);

			if (hits < 0)
				errx(1, "%s is not counted", flushers[f]);
			sum += hits;
		}
	}
	return sum;
}

static void flushes_of(const char *name, void (*op)(int i), int nr)
{
	u64 before = flushes();

	each(op, nr);
	printf("flush %s %d %llu %d\n", name, nr, flushes() - before, nr_cpus);
}

static void load_module(int i)
{
	int fd = open(paths[i], O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(__NR_finit_module, fd, "", 0))
		err(1, "%s", paths[i]);
	close(fd);
}

/* The kernel's name is the last part of the path, in _ */
static void unload_module(int i)
{
	const char *path = paths[nr_modules - 1 - i];
	char name[64], *p;
	int tries;

	snprintf(name, sizeof(name), "%.63s", strrchr(path, '/') + 1);
	name[strcspn(name, ".")] = '\0';
	for (p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	for (tries = 0; tries < 100; tries++) {
		if (!syscall(__NR_delete_module, name, O_NONBLOCK))
			return;
		usleep(20000);
	}
	err(1, "%s does not unload", name);
}

/* How many regions of text modules were given since boot; -1 if nobody tells */
static long text_regions(void)
{
	FILE *f = fopen(EXECMEM, "r");
	char line[512];
	long ever = -1;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		/* Behind the pool: how many there are, bytes, and the peak of these */
		if (sscanf(line, "module_text %*s %*u %*u %*u %ld", &ever) == 1)
			break;
	fclose(f);
	if (ever < 0)
		errx(1, "%s has no text of modules", EXECMEM);
	return ever;
}

static void read_list(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[512];

	if (!f)
		err(1, "%s", path);
	while (nr_modules < MAX_MODULES && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		paths[nr_modules++] = strdup(line);
	}
	fclose(f);
}

static void all_flushes(void)
{
	unsigned int k;
	long regions;

	if (!count_flushes()) {
		printf("flush none\n");
		return;
	}
	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		each(kinds[k].prepare, BATCH + 1);
		kinds[k].op[0](BATCH);
		flushes_of(kinds[k].name[0], kinds[k].op[0], BATCH);
		flushes_of(kinds[k].name[1], kinds[k].op[1], BATCH);
		kinds[k].op[1](BATCH);
		each(kinds[k].finish, BATCH + 1);
	}
	regions = text_regions();
	flushes_of("module_load", load_module, nr_modules);
	if (regions >= 0)
		printf("regions %ld\n", text_regions() - regions);
	flushes_of("module_unload", unload_module, nr_modules);
}

int main(int argc, char **argv)
{
	/* Nothing is printed while something is counted */
	setvbuf(stdout, NULL, _IOFBF, 1 << 18);
	if (argc == 3 && !strcmp(argv[1], "instructions") && atoi(argv[2]) > 0) {
		all_instructions(atoi(argv[2]));
	} else if (argc == 3 && !strcmp(argv[1], "flushes")) {
		read_list(argv[2]);
		all_flushes();
	} else {
		errx(1, "usage: opsbench instructions ROUNDS | flushes LIST");
	}
	printf("done ops\n");
	return 0;
}
