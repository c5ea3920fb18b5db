// SPDX-License-Identifier: GPL-2.0
/*
 * Shows who holds executable memory, where, and what the kernel's page tables
 * say of it.
 *
 *	execmem table TYPE...	a line for each type, and what is not of
 *				modules one by one; exits with 1 if a TYPE
 *				has no holder, or if a page is not protected
 *				as its type is
 *	execmem regions		exits with 1 unless each region of each module
 *				is an allocation of its own
 *	execmem held		allocations and bytes of each type, to compare
 *
 * Allocations are read from debugfs, what is in them from /proc/kallsyms. That
 * needs kptr_restrict=1.
 */
#include "mappings.h"

#define DEBUGFS		"/sys/kernel/debug/execmem/"
#define MAX_ALLOCATIONS	8192
#define MAX_TYPES	16
#define MAX_NAMES	24
#define MAX_LISTED	48

struct name {
	char text[64];
	unsigned int count;
};

struct holders {
	struct name names[MAX_NAMES];
	unsigned int nr;
};

/* @end is the address after the last one */
struct allocation {
	u64 start, end;
	char type[32], state[16], pool[16];
	struct holders who;
};

struct type {
	char name[32], pool[16];
	u64 allocations, bytes, low, high, leaves;
	const char *prot;
	struct holders who;
};

static struct allocation allocations[MAX_ALLOCATIONS];
static unsigned int nr_allocations;
static struct type types[MAX_TYPES];
static unsigned int nr_types;

static bool of_module(const char *type)
{
	return !strncmp(type, "module_", strlen("module_"));
}

/* There are thunks for each module, and no symbol says whose they are */
static bool listed(const char *type)
{
	return !of_module(type) && strcmp(type, "thunks");
}

static void print_span(u64 start, u64 end)
{
	const int digits = 2 * sizeof(long);

	printf(" %0*llx-%0*llx  ", digits, start, digits, end);
}

static void read_types(void)
{
	FILE *f = open_or_die(DEBUGFS "types");
	char line[512];

	if (!fgets(line, sizeof(line), f))
		errx(1, DEBUGFS "types is empty");
	while (fgets(line, sizeof(line), f)) {
		struct type *type = &types[nr_types];

		if (++nr_types == MAX_TYPES)
			errx(1, "more than %d types", MAX_TYPES - 1);
		if (sscanf(line, "%31s %15s %llu %llu", type->name, type->pool,
			   &type->allocations, &type->bytes) != 4)
			errx(1, DEBUGFS "types: cannot read: %s", line);
	}
	fclose(f);
	if (!nr_types)
		errx(1, DEBUGFS "types has no type");
}

static struct type *find_type(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_types; i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	errx(1, "there is no type '%s'", name);
}

static void read_allocations(void)
{
	FILE *f = open_or_die(DEBUGFS "allocations");
	char line[256];

	while (fgets(line, sizeof(line), f)) {
		struct allocation *a = &allocations[nr_allocations];

		if (++nr_allocations == MAX_ALLOCATIONS)
			errx(1, "more than %d allocations",
			     MAX_ALLOCATIONS - 1);
		if (sscanf(line, "0x%llx-0x%llx %31s %*u %15s %15s", &a->start,
			   &a->end, a->type, a->state, a->pool) != 5)
			errx(1, DEBUGFS "allocations: cannot read: %s", line);
	}
	fclose(f);
}

/* The file is in order of address */
static struct allocation *find_allocation(u64 addr)
{
	unsigned int lo = 0, hi = nr_allocations;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (allocations[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == nr_allocations || allocations[lo].start > addr)
		return NULL;
	return &allocations[lo];
}

static void count_holder(struct holders *who, const char *text)
{
	unsigned int i;

	for (i = 0; i < who->nr; i++)
		if (!strcmp(who->names[i].text, text))
			break;
	if (i == who->nr) {
		if (who->nr == MAX_NAMES)
			return;
		snprintf(who->names[who->nr++].text,
			 sizeof(who->names[0].text), "%s", text);
	}
	who->names[i].count++;
}

/* bpf_prog_6deef7357e7b4530_name is one of many bpf_prog */
static void read_holders(void)
{
	FILE *f = open_or_die("/proc/kallsyms");
	char line[512], symbol[256], owner[64];
	struct allocation *a;
	u64 addr;

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %*c %255s [%63[^]]", &addr, symbol,
			   owner) != 3)
			continue;
		a = find_allocation(addr);
		if (!a || of_module(a->type))
			continue;
		if (!strncmp(symbol, "bpf_prog_", strlen("bpf_prog_")))
			strcpy(symbol, "bpf_prog");
		count_holder(&a->who, symbol);
		count_holder(&find_type(a->type)->who, symbol);
	}
	fclose(f);
}

static unsigned int expected(const char *pool)
{
	if (!strcmp(pool, "text"))
		return PTDUMP_RX;
	if (!strcmp(pool, "rodata"))
		return PTDUMP_R;
	return PTDUMP_RW;
}

/* How many allocations are not as they should be */
static int add_up(void)
{
	unsigned int i;
	int bad = 0;

	for (i = 0; i < nr_allocations; i++) {
		struct allocation *a = &allocations[i];
		struct type *type = find_type(a->type);
		const char *prot = protection(a->start, a->end - a->start,
					      &type->leaves);

		if (!type->low || a->start < type->low)
			type->low = a->start;
		if (a->end > type->high)
			type->high = a->end;
		if (!type->prot)
			type->prot = prot;
		else if (strcmp(type->prot, prot))
			type->prot = "mix";
		if (strcmp(prot, ptdump_name(expected(a->pool))) ||
		    strcmp(a->state, "live")) {
			printf("%#llx-%#llx %s is %s and %s\n", a->start,
			       a->end, a->type, a->state, prot);
			bad++;
		}
	}
	return bad;
}

static void print_holders(const struct holders *who)
{
	unsigned int i;

	if (!who->nr)
		printf("no symbol");
	for (i = 0; i < who->nr; i++)
		printf("%s%u %s", i ? ", " : "", who->names[i].count,
		       who->names[i].text);
	putchar('\n');
}

static void print_types(void)
{
	unsigned int i;

	printf("\n%-13s %6s %6s %6s %-4s %-*s  %s\n", "type", "allocs", "size",
	       "leaves", "prot", (int)(4 * sizeof(long) + 1),
	       "lowest, highest", "who");
	rule(98);
	for (i = 0; i < nr_types; i++) {
		const struct type *t = &types[i];

		if (!t->allocations) {
			printf("%-13s %6s\n", t->name, "-");
			continue;
		}
		printf("%-13s %6llu %6s %6llu %-4s", t->name, t->allocations,
		       human(t->bytes), t->leaves, t->prot ? t->prot : "?");
		print_span(t->low, t->high);
		if (of_module(t->name))
			printf("%u modules\n", nr_modules);
		else
			print_holders(&t->who);
	}
	rule(98);
}

static void print_list(void)
{
	unsigned int i, nr = 0;
	u64 leaves = 0;

	printf("\n%-13s %6s %-4s %-*s  %s\n", "one by one", "size", "prot",
	       (int)(4 * sizeof(long) + 1), "address", "holds");
	rule(98);
	for (i = 0; i < nr_allocations; i++) {
		const struct allocation *a = &allocations[i];
		u64 size = a->end - a->start;

		if (!listed(a->type) || ++nr > MAX_LISTED)
			continue;
		printf("%-13s %6s %-4s", a->type, human(size),
		       protection(a->start, size, &leaves));
		print_span(a->start, a->end);
		print_holders(&a->who);
	}
	if (nr > MAX_LISTED)
		printf("and %u more\n", nr - MAX_LISTED);
	rule(98);
}

static int show_table(int nr, char **wanted)
{
	int i, bad;

	read_modules();
	read_types();
	read_allocations();
	read_mappings();
	read_holders();
	printf("\nExecutable memory and its owner\n");
	bad = add_up();
	print_types();
	print_list();
	for (i = 0; i < nr; i++) {
		if (find_type(wanted[i])->allocations)
			continue;
		printf("%s has no holder\n", wanted[i]);
		bad++;
	}
	return bad ? 1 : 0;
}

static int check_region(const char *module, const char *region)
{
	u64 size = read_attribute(module, "size", region), base;
	const struct allocation *a;

	if (!size)
		return 0;
	base = read_attribute(module, "base", region);
	a = find_allocation(base);
	if (a && a->start == base && base + size <= a->end)
		return 0;
	printf("%s: region %s is no allocation of its own\n", module, region);
	return 1;
}

static int check_regions(void)
{
	static const char * const regions[] = {
		"text", "rodata", "ro_after_init", "data",
	};
	unsigned int i, r;
	int bad = 0;

	read_modules();
	read_allocations();
	for (i = 0; i < nr_modules; i++)
		for (r = 0; r < ARRAY_SIZE(regions); r++)
			bad += check_region(modules[i], regions[r]);
	return bad ? 1 : 0;
}

static int show_held(void)
{
	unsigned int i;

	read_types();
	for (i = 0; i < nr_types; i++)
		printf("%s %llu %llu\n", types[i].name, types[i].allocations,
		       types[i].bytes);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	page_size = sysconf(_SC_PAGESIZE);
	if (!strcmp(what, "table"))
		return show_table(argc - 2, argv + 2);
	if (!strcmp(what, "regions"))
		return check_regions();
	if (!strcmp(what, "held"))
		return show_held();
	errx(1, "usage: execmem table TYPE...|regions|held");
}
