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
#include "mappings.h"

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

struct total {
	unsigned int regions;
	u64 bytes, leaves;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
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
