// SPDX-License-Identifier: GPL-2.0
/*
 * Counts what loading modules costs.
 *
 *	loadbench ROUNDS LIST
 *
 * LIST names one .ko per line, each after the modules that it depends on.
 * Each is loaded ROUNDS times and unloaded in between; the last load stays,
 * so that the modules after it find their symbols. In the end the memory of
 * all of them is read while they are loaded, and they are unloaded again.
 *
 * See count.h for how instructions are counted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

#include "count.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define MAX_MODULES	512
#define MAX_AREAS	8192
#define EXECMEM		"/sys/kernel/debug/execmem/allocations"

struct module {
	char *path;
	char name[64];
};

struct area {
	u64 start, end, pages;
};

static struct module modules[MAX_MODULES];
static int nr_modules;
static struct area areas[MAX_AREAS];
static int nr_areas;

static void count_load(const struct module *m, int round)
{
	u64 others, start, end, idle, ignored;
	unsigned int looks;
	int fd, ret;

	fd = open(m->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", m->path);
	others = quiesce(&looks, &idle);
	start = own_cpu();
	ret = syscall(SYS_finit_module, fd, "", 0);
	end = own_cpu();
	if (ret)
		err(1, "%s does not load", m->name);
	close(fd);
	others = quiesce(&looks, &ignored) - others;
	printf("load %s %d %llu %llu\n", m->name, round, end - start,
	       without_looks(others, looks, idle));
}

/* A module that still frees what its users had held is busy for a while */
static void remove_module(const struct module *m)
{
	struct timespec nap = { .tv_nsec = QUIET_NS };
	int tries;

	for (tries = 0; tries < 100; tries++) {
		if (!syscall(SYS_delete_module, m->name, O_NONBLOCK))
			return;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			break;
		nanosleep(&nap, NULL);
	}
	err(1, "%s does not unload", m->name);
}

static void add_area(u64 start, u64 end, u64 pages)
{
	if (nr_areas == MAX_AREAS)
		errx(1, "more than %d areas of memory", MAX_AREAS);
	areas[nr_areas++] = (struct area){ start, end, pages };
}

/*
 * A kernel whose executable memory has an owner has several allocations in one
 * vmalloc area. Behind each is a page of address space, as behind an area.
 */
static bool parse_area(const char *line, bool owned)
{
	u64 page = sysconf(_SC_PAGESIZE), start, end, pages;
	const char *p = strstr(line, " pages=");

	if (sscanf(line, "0x%llx-0x%llx", &start, &end) != 2)
		return false;
	if (owned) {
		add_area(start, end + page, (end - start) / page);
		return true;
	}
	if (!p || sscanf(p, " pages=%llu", &pages) != 1)
		return false;
	add_area(start, end, pages);
	return true;
}

static u64 read_areas_once(void)
{
	const char *path = EXECMEM;
	FILE *f = fopen(path, "r");
	bool owned = f;
	char line[512];
	u64 sum = 0;

	if (!f) {
		path = "/proc/vmallocinfo";
		f = fopen(path, "r");
	}
	if (!f)
		err(1, "%s", path);
	nr_areas = 0;
	while (fgets(line, sizeof(line), f))
		if (parse_area(line, owned))
			sum = sum * 31 + areas[nr_areas - 1].start +
			      areas[nr_areas - 1].pages;
	fclose(f);
	return sum;
}

/* It is read in pieces, and loses a line if an area is freed in between */
static void read_areas(void)
{
	u64 now = read_areas_once(), last;
	int tries = 0;

	do {
		if (tries++ == 20)
			errx(1, "the list of areas changes all the time");
		last = now;
		now = read_areas_once();
	} while (now != last);
}

/* Take the area that holds @addr out of the table and count it */
static void count_area(u64 addr, struct area *sum, int *nr)
{
	int i;

	for (i = 0; addr && i < nr_areas; i++) {
		struct area *a = &areas[i];

		if (addr < a->start || addr >= a->end)
			continue;
		sum->pages += a->pages;
		sum->end += a->end - a->start;
		++*nr;
		memset(a, 0, sizeof(*a));
		return;
	}
}

static u64 region_base(const char *module, const char *region)
{
	u64 base = 0;
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/memory_base/%s", module,
		 region);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%llx", &base) != 1)
		errx(1, "%s: no address", path);
	fclose(f);
	return base;
}

/* The areas that the module named on a line of /proc/modules is in */
static void print_memory(const char *line)
{
	static const char * const regions[] = {
		"text", "data", "rodata", "ro_after_init",
		"init_text", "init_data", "init_rodata",
	};
	u64 base;
	struct area sum = { 0 };
	unsigned int i;
	char name[64];
	int nr = 0;

	if (sscanf(line, "%63s %*u %*d %*s %*s 0x%llx", name, &base) != 2)
		errx(1, "/proc/modules: cannot read: %s", line);
	count_area(base, &sum, &nr);
	for (i = 0; i < ARRAY_SIZE(regions); i++)
		count_area(region_base(name, regions[i]), &sum, &nr);
	if (!nr)
		errx(1, "%s is in no area", name);
	printf("memory %s %llu %llu %d\n", name,
	       sum.pages * sysconf(_SC_PAGESIZE),
	       sum.end, nr);
}

static void print_all_memory(void)
{
	FILE *f = fopen("/proc/modules", "r");
	char line[4096];

	if (!f)
		err(1, "/proc/modules");
	read_areas();
	while (fgets(line, sizeof(line), f))
		print_memory(line);
	fclose(f);
}

/* The kernel's name of the module in file @path: its last part, in _ */
static void set_name(struct module *m, const char *path)
{
	const char *base = strrchr(path, '/');
	size_t len, i;

	base = base ? base + 1 : path;
	len = strcspn(base, ".");
	if (len >= sizeof(m->name))
		errx(1, "%s: name too long", path);
	for (i = 0; i < len; i++)
		m->name[i] = base[i] == '-' ? '_' : base[i];
}

static void read_list(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[512];

	if (!f)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f)) {
		struct module *m = &modules[nr_modules++];

		if (nr_modules == MAX_MODULES)
			errx(1, "%s: more than %d modules", path, MAX_MODULES - 1);
		line[strcspn(line, "\n")] = '\0';
		m->path = strdup(line);
		set_name(m, line);
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	unsigned int looks;
	int i, round, rounds;
	u64 idle;

	rounds = argc == 3 ? atoi(argv[1]) : 0;
	if (rounds < 1)
		errx(1, "usage: loadbench ROUNDS LIST");
	/* Nothing is printed while something is counted */
	setvbuf(stdout, NULL, _IOFBF, 1 << 18);
	read_list(argv[2]);
	for (i = 0; i < nr_modules; i++) {
		for (round = 1; round <= rounds; round++) {
			count_load(&modules[i], round);
			if (round < rounds)
				remove_module(&modules[i]);
		}
	}
	quiesce(&looks, &idle);
	print_all_memory();
	for (i = nr_modules; i-- > 0;)
		remove_module(&modules[i]);
	printf("done %d\n", nr_modules);
	return 0;
}
