// SPDX-License-Identifier: GPL-2.0
/*
 * Shows the memory regions of each loaded module, and what the kernel's page
 * tables say of them.
 *
 *	regions modules		a table of all modules, region by region
 *	regions wx		a summary of the whole kernel address space
 *	regions callers		who allocated the vmalloc areas of the regions
 *
 * Sizes and addresses are read from /sys/module, protections from debugfs.
 * Exits with 1 if a region lacks the protection of its type, or if anything
 * at all is writable and executable.
 */
#include <err.h>
#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ptdump.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define MAX_MODULES	512
#define MAX_MAPPINGS	65536
#define MAX_AREAS	4096

typedef __u64 u64;

enum region { TEXT, RODATA, RO_AFTER_INIT, DATA, NR_CORE };

static const struct {
	const char *file;
	const char *title;
	unsigned int prot;
} regions[NR_CORE] = {
	[TEXT]		= { "text",		"text",		 PTDUMP_RX },
	[RODATA]	= { "rodata",		"rodata",	 PTDUMP_R },
	[RO_AFTER_INIT]	= { "ro_after_init",	"ro after init", PTDUMP_R },
	[DATA]		= { "data",		"data",		 PTDUMP_RW },
};

static const char * const init_files[] = {
	"init_text", "init_data", "init_rodata",
};

/* @last is inclusive: the last page may end at the top of the space */
struct mapping {
	u64 first, last, leaf;
	unsigned int prot;
};

struct total {
	unsigned int regions;
	u64 bytes, leaves;
};

static struct mapping mappings[MAX_MAPPINGS];
static unsigned int nr_mappings;
static char modules[MAX_MODULES][64];
static unsigned int nr_modules;
static u64 page_size;

static FILE *open_or_die(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f)
		err(1, "%s", path);
	return f;
}

/* 4096 is "4K", 1536 KiB is "1.5M" */
static const char *human(u64 bytes)
{
	static const char units[] = "BKMGT";
	static char text[4][16];
	static unsigned int turn;
	char *out = text[turn++ % 4];
	const char *unit = units;
	u64 below = 0;

	while (bytes >= 1024 && unit[1]) {
		below = bytes % 1024;
		bytes /= 1024;
		unit++;
	}
	if (below && bytes < 100)
		snprintf(out, sizeof(text[0]), "%u.%u%c", (unsigned int)bytes,
			 (unsigned int)(below * 10 / 1024), *unit);
	else
		snprintf(out, sizeof(text[0]), "%u%c", (unsigned int)bytes,
			 *unit);
	return out;
}

/*
 * What one entry maps on the level that a line of the dump names. PGD is the
 * name of the level that folds into the top one: arm's sections of 1 MiB,
 * arm64's blocks of 1 GiB where there are three levels.
 */
static u64 leaf_size(const char *line)
{
	u64 per_table = page_size / 8;
	bool arm = strchr(line, '-') - line == strlen("0x12345678");

	if (strstr(line, "pte") || strstr(line, "PTE"))
		return page_size;
	if (arm)
		return 1 << 20;
	if (strstr(line, "pmd") || strstr(line, "PMD"))
		return page_size * per_table;
	if (strstr(line, "pud") || strstr(line, "PUD") || strstr(line, "PGD"))
		return page_size * per_table * per_table;
	errx(1, "no level in the page table dump: %s", line);
}

static void read_mappings(void)
{
	struct ptdump_range range;
	char line[512], copy[512];
	FILE *f;

	if (!ptdump_file())
		errx(1, "no page table dump in debugfs");
	f = open_or_die(ptdump_file());
	while (fgets(line, sizeof(line), f)) {
		struct mapping *m = &mappings[nr_mappings];

		memcpy(copy, line, sizeof(copy));
		if (!ptdump_parse_line(line, &range) || !range.prot)
			continue;
		if (++nr_mappings == MAX_MAPPINGS)
			errx(1, "more than %d mappings", MAX_MAPPINGS - 1);
		m->first = range.first;
		m->last = range.last;
		m->prot = range.prot;
		m->leaf = leaf_size(copy);
	}
	fclose(f);
	if (!nr_mappings)
		errx(1, "the page table dump is empty");
}

/* The dump is in order of address */
static const struct mapping *find_mapping(u64 addr)
{
	unsigned int lo = 0, hi = nr_mappings;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (mappings[mid].last < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == nr_mappings || mappings[lo].first > addr)
		return NULL;
	return &mappings[lo];
}

/* One protection for all of the region, or what is wrong with it */
static const char *protection(u64 addr, u64 size, u64 *leaves)
{
	u64 last = addr + size - 1, stop;
	const struct mapping *m, *before = NULL;

	do {
		m = find_mapping(addr);
		if (!m)
			return "???";
		if (before && before->prot != m->prot)
			return "mix";
		before = m;
		stop = m->last < last ? m->last : last;
		*leaves += (stop - addr) / m->leaf + 1;
		addr = stop + 1;
	} while (stop < last);
	return ptdump_name(m->prot);
}

static u64 read_attribute(const char *module, const char *folder,
			  const char *name)
{
	char path[256], text[32];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/memory_%s/%s", module,
		 folder, name);
	f = open_or_die(path);
	if (!fgets(text, sizeof(text), f))
		errx(1, "%s is empty", path);
	fclose(f);
	return strtoull(text, NULL, 0);
}

static void read_modules(void)
{
	FILE *f = open_or_die("/proc/modules");
	char line[4096];

	while (fgets(line, sizeof(line), f)) {
		if (nr_modules == MAX_MODULES)
			errx(1, "more than %d modules", MAX_MODULES);
		if (sscanf(line, "%63s", modules[nr_modules]) == 1)
			nr_modules++;
	}
	fclose(f);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void rule(int width)
{
	while (width--)
		putchar('-');
	putchar('\n');
}

/* One region of one module as a cell of the table */
static int print_region(const char *module, enum region r, u64 size,
			struct total *total)
{
	u64 base = read_attribute(module, "base", regions[r].file);
	u64 leaves = 0;
	const char *found;

	if (!size) {
		printf("  %6s %4s %4s", "-", "-", "");
		return 0;
	}
	found = protection(base, size, &leaves);
	printf("  %6s %4llu %4s", human(size),
	       (size / page_size), found);
	total->regions++;
	total->bytes += size;
	total->leaves += leaves;
	return strcmp(found, ptdump_name(regions[r].prot)) ? 1 : 0;
}

static int print_module(const char *module, struct total *totals)
{
	u64 sum = 0, size;
	unsigned int i;
	int bad = 0;

	printf("%-17.17s", module);
	for (i = 0; i < NR_CORE; i++) {
		size = read_attribute(module, "size", regions[i].file);
		sum += size;
		bad += print_region(module, i, size, &totals[i]);
	}
	printf("  %6s\n", human(sum));
	for (i = 0; i < ARRAY_SIZE(init_files); i++) {
		if (!read_attribute(module, "size", init_files[i]))
			continue;
		printf("  %s: region %s is still there\n", module,
		       init_files[i]);
		bad++;
	}
	return bad;
}

static void print_total(const char *title, const struct total *t,
			const char *prot)
{
	printf("%-17s  %7u %12llu %8s %8llu %9llu   %s\n", title, t->regions,
	       t->bytes, human(t->bytes),
	       (t->bytes / page_size),
	       t->leaves, prot);
}

static int show_modules(void)
{
	struct total totals[NR_CORE] = { 0 }, all = { 0 };
	unsigned int i;
	int bad = 0;

	read_modules();
	qsort(modules, nr_modules, sizeof(modules[0]), by_name);
	printf("\nRegions of %u modules, as the page tables map them\n\n",
	       nr_modules);
	printf("%-17s", "");
	for (i = 0; i < NR_CORE; i++)
		printf("  %16s", regions[i].title);
	printf("  %6s\n%-17s", "all", "module");
	for (i = 0; i < NR_CORE; i++)
		printf("  %6s %4s %4s", "size", "pgs", "prot");
	printf("  %6s\n", "size");
	rule(98);
	for (i = 0; i < nr_modules; i++)
		bad += print_module(modules[i], totals);
	rule(98);

	printf("\n%-17s  %7s %12s %8s %8s %9s   %s\n", "region", "modules",
	       "bytes", "size", "pages", "PT leaves", "protection");
	rule(98);
	for (i = 0; i < NR_CORE; i++) {
		print_total(regions[i].title, &totals[i],
			    ptdump_name(regions[i].prot));
		all.regions += totals[i].regions;
		all.bytes += totals[i].bytes;
		all.leaves += totals[i].leaves;
	}
	rule(98);
	print_total("all", &all, "");
	if (bad)
		printf("%d regions are not as they should be\n", bad);
	return bad;
}

/* All leaves with one protection; those that must not be are listed */
static u64 print_leaves(unsigned int prot, const char *title, bool list)
{
	u64 bytes = 0, leaves = 0;
	unsigned int i;

	for (i = 0; i < nr_mappings; i++) {
		const struct mapping *m = &mappings[i];

		if (m->prot != prot)
			continue;
		bytes += m->last - m->first + 1;
		leaves += (m->last - m->first) / m->leaf + 1;
		if (list)
			printf("W+X: %#llx-%#llx\n",
			       m->first,
			       m->last);
	}
	printf("%-3s  %-34s %9llu %9s\n", ptdump_name(prot), title,
	       leaves, human(bytes));
	return leaves;
}

static int show_wx(void)
{
	u64 bad;

	printf("\n%-39s %9s %9s\n", "the kernel's page tables", "leaves",
	       "mapped");
	rule(60);
	print_leaves(PTDUMP_R, "read-only", false);
	print_leaves(PTDUMP_RX, "executable", false);
	print_leaves(PTDUMP_RW, "writable", false);
	bad = print_leaves(PTDUMP_RW | PTDUMP_X, "writable and executable",
			   true);
	rule(60);
	return bad ? 1 : 0;
}

static unsigned int collect_bases(u64 *bases)
{
	unsigned int i, r, nr = 0;

	for (i = 0; i < nr_modules; i++)
		for (r = 0; r < NR_CORE; r++)
			if (read_attribute(modules[i], "size", regions[r].file))
				bases[nr++] = read_attribute(modules[i], "base",
							     regions[r].file);
	return nr;
}

/* Lines of /proc/vmallocinfo that hold a base; the function on them to @out */
static unsigned int find_callers(const u64 *bases, unsigned int nr, FILE *out)
{
	FILE *f = open_or_die("/proc/vmallocinfo");
	char line[512], caller[128];
	unsigned int i, found = 0;
	u64 start, end;

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "0x%llx-0x%llx %*u %127[^+ ]", &start, &end,
			   caller) != 3)
			continue;
		for (i = 0; i < nr; i++) {
			if (bases[i] < start || bases[i] >= end)
				continue;
			fprintf(out, "%s\n", caller);
			found++;
			break;
		}
	}
	fclose(f);
	return found;
}

/*
 * Each region is in an area of its own: print which function asked for it.
 * Needs kptr_restrict=1, without which the file hashes addresses. The file is
 * read in pieces: an area freed in between makes it lose a line.
 */
static int show_callers(void)
{
	static u64 bases[MAX_MODULES * NR_CORE];
	unsigned int nr, tries;

	read_modules();
	nr = collect_bases(bases);
	for (tries = 0; tries < 10; tries++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		if (!out)
			errx(1, "no memory");
		if (find_callers(bases, nr, out) == nr) {
			fclose(out);
			fputs(text, stdout);
			free(text);
			return 0;
		}
		fclose(out);
		free(text);
		usleep(100000);
	}
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	page_size = sysconf(_SC_PAGESIZE);
	if (!strcmp(what, "callers"))
		return show_callers();
	read_mappings();
	if (!strcmp(what, "modules"))
		return show_modules() ? 1 : 0;
	if (!strcmp(what, "wx"))
		return show_wx();
	errx(1, "usage: regions modules|wx|callers");
}
