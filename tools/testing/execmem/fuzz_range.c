// SPDX-License-Identifier: GPL-2.0
/*
 * mm/execmem/range.c and area.c: rows and tables of ranges, sizes, and which
 * allocation is at an address.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <linux/mm.h>
#include "../../../mm/execmem/internal.h"
#include "fuzz.h"

const char *const fuzz_name = "fuzz_range";

/* Which pools a type may be mapped as, and what it is if nobody says. */
static const struct {
	const char *name;
	bool code;
	bool pools[8];
	enum execmem_pool pool;
} types[EXECMEM_NR_TYPES] = {
	{ "module_text", true, { [1] = true }, EXECMEM_POOL_TEXT },
	{ "module_rodata", false, { [2] = true, [3] = true },
	  EXECMEM_POOL_RODATA },
	{ "module_data", false, { [3] = true }, EXECMEM_POOL_DATA },
	{ "kprobes", true, { [1] = true }, EXECMEM_POOL_TEXT },
	{ "ftrace", true, { [1] = true }, EXECMEM_POOL_TEXT },
	{ "bpf", true, { [1] = true }, EXECMEM_POOL_TEXT },
	{ "thunks", true, { [1] = true }, EXECMEM_POOL_TEXT },
};

/* How often each answer was given: a fuzzer that sees one only is no use. */
static struct {
	unsigned long good_rows, bad_rows, tables;
	unsigned long good_sizes, bad_sizes;
	unsigned long found, not_found, inserted, overlaps;
} seen;

/* Rows. */

static unsigned long any_address(void)
{
	unsigned long addr = fuzz_number();

	return fuzz_once_in(8) ? addr : addr & ~4095UL;
}

static unsigned int any_alignment(void)
{
	switch (fuzz_below(4)) {
	case 0:
		return 0;
	case 1:
		return fuzz_number();
	default:
		return 4096U << fuzz_below(12);
	}
}

/* Mostly right, or one could wait long for a table that is. */
static struct execmem_range any_row(enum execmem_type type)
{
	struct execmem_range row = { };
	unsigned long a, b;

	if (fuzz_once_in(4))
		return row;

	a = any_address();
	b = any_address();
	row.start = a < b || fuzz_once_in(8) ? a : b;
	row.end = a < b || fuzz_once_in(8) ? b : a;
	if (fuzz_once_in(2)) {
		row.fallback_start = any_address();
		row.fallback_end = any_address();
	}
	row.alignment = any_alignment();
	row.pool = fuzz_once_in(3) ? fuzz_below(8) : types[type].pool;
	if (fuzz_once_in(2))
		row.flags = 1U << fuzz_below(fuzz_once_in(4) ? 32 : 3);
	row.pgprot.pgprot = fuzz_random();
	return row;
}

static bool none(const struct execmem_range *row)
{
	return !(row->pool | row->start | row->end | row->fallback_start |
		 row->fallback_end | row->alignment | row->flags);
}

static bool whole_pages(unsigned long start, unsigned long end)
{
	return start % 4096 == 0 && end % 4096 == 0;
}

static bool power_of_two(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < 32; i++) {
		if (n == 1U << i)
			return true;
	}
	return false;
}

/*
 * May @row be used for @type? Sums and differences of any two addresses fit
 * __int128, here and below.
 */
static bool model_row(enum execmem_type type, const struct execmem_range *row)
{
	__int128 size = (__int128)row->end - row->start;
	__int128 fallback = (__int128)row->fallback_end - row->fallback_start;

	if (none(row))
		return true;
	return row->pool < 8 && types[type].pools[row->pool] &&
	       size > 0 && whole_pages(row->start, row->end) &&
	       row->alignment >= 4096 && power_of_two(row->alignment) &&
	       size >= row->alignment &&
	       fallback >= 0 && (!fallback || fallback >= row->alignment) &&
	       whole_pages(row->fallback_start, row->fallback_end) &&
	       /* Nothing writes to ROX memory in this program. */
	       !(row->flags & EXECMEM_ROX) && row->flags < 8;
}

static void round_row(void)
{
	enum execmem_type type = fuzz_below(EXECMEM_NR_TYPES);
	struct execmem_range row = any_row(type);
	char begin[64];
	int err;

	fuzz_quiet();
	err = execmem_check_range(type, &row);
	if (model_row(type, &row)) {
		seen.good_rows++;
		check(!err, "%d: %s", err, fuzz_printed);
		check(!fuzz_lines, "%s", fuzz_printed);
		return;
	}

	seen.bad_rows++;
	check(err == -EINVAL, "%s %lx-%lx %lx-%lx pool %d flags %x align %x",
	      types[type].name, row.start, row.end, row.fallback_start,
	      row.fallback_end, row.pool, row.flags, row.alignment);
	check(fuzz_lines == 1, "%u lines", fuzz_lines);
	snprintf(begin, sizeof(begin), "execmem: %s: ", types[type].name);
	check(!strncmp(fuzz_printed, begin, strlen(begin)), "%s", fuzz_printed);
	check(strstr(fuzz_printed, "(err -22)\n"), "%s", fuzz_printed);
}

/* Tables. */

static void model_complete(struct execmem_info *info)
{
	struct execmem_range *row = info->ranges;
	int type;

	if (none(&row[EXECMEM_MODULE_DATA]) && row[EXECMEM_MODULE_TEXT].pool) {
		row[EXECMEM_MODULE_DATA] = row[EXECMEM_MODULE_TEXT];
		row[EXECMEM_MODULE_DATA].pool = EXECMEM_POOL_DATA;
		row[EXECMEM_MODULE_DATA].pgprot = PAGE_KERNEL;
		row[EXECMEM_MODULE_DATA].flags &= EXECMEM_KASAN_SHADOW;
	}
	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		if (none(&row[type]) && types[type].code)
			row[type] = row[EXECMEM_MODULE_TEXT];
		else if (none(&row[type]))
			row[type] = row[EXECMEM_MODULE_DATA];
		else
			continue;
		if (row[type].pool)
			row[type].pool = types[type].pool;
	}
	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		if (row[type].pool && !row[type].alignment)
			row[type].alignment = 4096;
	}
}

static bool same_row(const struct execmem_range *a,
		     const struct execmem_range *b)
{
	return a->pool == b->pool && a->start == b->start && a->end == b->end &&
	       a->fallback_start == b->fallback_start &&
	       a->fallback_end == b->fallback_end &&
	       a->pgprot.pgprot == b->pgprot.pgprot &&
	       a->alignment == b->alignment && a->flags == b->flags;
}

static void round_table(void)
{
	struct execmem_info info, model;
	unsigned int bad = 0;
	int type;

	for (type = 0; type < EXECMEM_NR_TYPES; type++)
		info.ranges[type] = any_row(type);
	model = info;
	model_complete(&model);

	fuzz_quiet();
	execmem_accept_ranges(&info);
	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		if (!model_row(type, &model.ranges[type])) {
			model.ranges[type].pool = EXECMEM_POOL_NONE;
			bad++;
		}
		check(same_row(&info.ranges[type], &model.ranges[type]), "%s",
		      types[type].name);
		check(!strcmp(execmem_type_name(type), types[type].name),
		      "type %d", type);
	}
	check(fuzz_lines == bad, "%u of %u", fuzz_lines, bad);
	seen.tables++;
}

/* Sizes. */

static void round_size(void)
{
	struct execmem_range row = any_row(EXECMEM_MODULE_TEXT);
	size_t granule = fuzz_once_in(2) ? 64 : 4096;
	size_t size = fuzz_number(), rounded;
	__int128 want = ((__int128)size + granule - 1) / granule * granule;
	bool bad = !size || want > LONG_MAX;
	__int128 first, second;

	check(execmem_bad_size(size, granule, &rounded) == bad, "%zx", size);
	if (!bad)
		check(rounded == want, "%zx is not %zx", size, rounded);
	seen.bad_sizes += bad;
	seen.good_sizes += !bad;

	/* Of rows that were accepted: no other one gets that far. */
	first = (__int128)row.end - row.start;
	second = (__int128)row.fallback_end - row.fallback_start;
	if (first < 0 || second < 0)
		return;
	check(execmem_range_has(&row, size) == (size <= first || size <= second),
	      "%zx in %lx-%lx %lx-%lx", size, row.start, row.end,
	      row.fallback_start, row.fallback_end);
}

/* Allocations: a few pages somewhere, the last one that there is included. */

#define PAGES		64

static struct execmem_area areas[PAGES];
static struct execmem_area *owner[PAGES];
static struct execmem_areas all = EXECMEM_AREAS_INIT(all);
static unsigned long base;

static unsigned long page_addr(unsigned int page)
{
	return base + page * 4096UL;
}

static void restart(void)
{
	all.root = RB_ROOT;
	INIT_LIST_HEAD(&all.order);
	memset(owner, 0, sizeof(owner));
	memset(areas, 0, sizeof(areas));
	base = fuzz_once_in(3) ? -4096UL * (PAGES + 1) :
				 fuzz_random() % (LONG_MAX - 4096 * PAGES);
	base &= ~4095UL;
}

static void insert(void)
{
	unsigned int first = fuzz_below(PAGES), i;
	unsigned int nr = fuzz_below(8) + 1;
	struct execmem_area *area = NULL, *hint;
	bool overlap = false;

	for (i = 0; i < PAGES; i++) {
		if (!areas[i].size)
			area = &areas[i];
	}
	if (!area)
		return;
	if (nr > PAGES - first)
		nr = PAGES - first;
	for (i = first; i < first + nr; i++)
		overlap |= !!owner[i];

	area->addr = page_addr(first);
	area->size = nr * 4096UL;
	/* A hint must not make a difference; often there is nobody. */
	hint = owner[fuzz_once_in(2) && first ? first - 1 : fuzz_below(PAGES)];
	check(execmem_insert(&all, area, hint) == (overlap ? -EEXIST : 0),
	      "%lx, %zx bytes", area->addr, area->size);
	seen.overlaps += overlap;
	seen.inserted += !overlap;
	if (overlap) {
		area->size = 0;
		return;
	}
	for (i = first; i < first + nr; i++)
		owner[i] = area;
}

static void shrink_or_erase(void)
{
	struct execmem_area *area = owner[fuzz_below(PAGES)];
	unsigned int i, left;

	if (!area)
		return;
	left = fuzz_once_in(2) ? fuzz_below(area->size / 4096) : 0;
	if (!left)
		execmem_erase(&all, area);
	area->size = left * 4096UL;
	for (i = 0; i < PAGES; i++) {
		if (owner[i] == area && page_addr(i) - area->addr >= area->size)
			owner[i] = NULL;
	}
}

static void find(void)
{
	unsigned long addr = page_addr(0) + fuzz_below(4096 * PAGES);
	struct execmem_area *area = owner[(addr - base) / 4096];
	size_t len = fuzz_once_in(2) ? fuzz_number() : fuzz_below(4 * 4096);
	__int128 end;

	check(execmem_find(&all.root, addr) == area, "%lx", addr);
	seen.found += !!area;
	seen.not_found += !area;

	/* Outside, right before and right behind, is nothing. */
	check(!execmem_find(&all.root, base - 1), "%lx", base);
	check(!execmem_find(&all.root, page_addr(PAGES)), "%lx", base);

	if (!area)
		return;
	end = (__int128)area->addr + area->size;
	check(execmem_has_bytes(area, addr, len) == ((__int128)addr + len <= end),
	      "%lx, %zx bytes, in %lx, %zx bytes", addr, len, area->addr,
	      area->size);
	check(!execmem_has_bytes(area, area->addr - 1 - fuzz_below(4096), len),
	      "%zx bytes", len);
}

void fuzz_round(void)
{
	if (!base || fuzz_once_in(1000))
		restart();
	round_row();
	round_table();
	round_size();
	insert();
	if (fuzz_once_in(3))
		shrink_or_erase();
	find();
}

void fuzz_end(void)
{
	printf("%s: %lu good and %lu bad rows, %lu tables, ", fuzz_name,
	       seen.good_rows, seen.bad_rows, seen.tables);
	printf("%lu good and %lu bad sizes, %lu inserted, %lu overlaps, ",
	       seen.good_sizes, seen.bad_sizes, seen.inserted, seen.overlaps);
	printf("%lu found, %lu not\n", seen.found, seen.not_found);
}
