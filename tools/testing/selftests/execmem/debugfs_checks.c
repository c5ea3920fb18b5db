// SPDX-License-Identifier: GPL-2.0
/*
 * What is right about debugfs at all times: the numbers of the types, the list
 * of allocations, the sums of both, and the page tables.
 */
#define _GNU_SOURCE
#include "../module/ptdump.h"
#include "debugfs.h"

int read_types(struct execmem_type types[])
{
	int ret = execmem_read_types(types);

	return ret ? modtest_fail(EXECMEM_TYPES ": %s", strerror(-ret)) : 0;
}

int read_list(struct execmem_list *list)
{
	int ret = execmem_read(list);

	return ret ? modtest_fail(EXECMEM_ALLOCATIONS ": %s", strerror(-ret)) :
		0;
}

/* What is right about a type at all times. */
static int check_type(const struct execmem_type *type)
{
	unsigned long long granule = execmem_granule(type);
	bool none = !strcmp(type->pool, "none");
	const char *pool = "text";

	if (!strcmp(type->name, "module_rodata"))
		pool = "rodata";
	else if (!strcmp(type->name, "module_data"))
		pool = "data";

	if (!none && strcmp(type->pool, pool))
		return modtest_fail("%s is %s, not %s", type->name, type->pool,
				    pool);
	if (!none && type->range.start >= type->range.end)
		return modtest_fail("%s has no range", type->name);
	if (none && type->allocations)
		return modtest_fail("%s cannot be allocated", type->name);
	if (type->bytes > type->peak || type->allocations > type->ever ||
	    !type->bytes != !type->allocations ||
	    type->finishes > type->ever ||
	    type->finish_failures > type->finishes ||
	    type->bytes < type->allocations * granule ||
	    type->bytes % granule)
		return modtest_fail("%s: the numbers do not fit", type->name);
	return KSFT_PASS;
}

int check_types(const struct execmem_type types[])
{
	int i, ret = KSFT_PASS;

	for (i = 0; i < EXECMEM_NR_TYPES; i++)
		ret |= check_type(&types[i]);
	return ret;
}

/* What is right about an allocation at all times. */
static int check_area(const struct execmem_area *area,
		      const struct execmem_type types[])
{
	unsigned long long size = area->span.end - area->span.start, granule;
	int nr = execmem_type_of(area->name);
	const struct execmem_type *type;

	if (nr < 0)
		return modtest_fail("%#llx: no type %s", area->span.start,
				    area->name);

	type = &types[nr];
	granule = execmem_granule(type);
	if (!size || size != area->bytes || size % granule ||
	    area->span.start % granule ||
	    area->span.end < area->span.start)
		return modtest_fail("%#llx: bad size %llu", area->span.start,
				    area->bytes);
	if (!execmem_inside(&area->span, &type->range) &&
	    !execmem_inside(&area->span, &type->fallback))
		return modtest_fail("%#llx is outside of the range of %s",
				    area->span.start, area->name);
	if (strcmp(area->pool, type->pool))
		return modtest_fail("%#llx: pool %s, but %s has %s",
				    area->span.start, area->pool, type->name,
				    type->pool);
	if (strcmp(area->state, "writing") && strcmp(area->state, "sealing") &&
	    strcmp(area->state, "live") && strcmp(area->state, "failed"))
		return modtest_fail("%#llx: no state %s", area->span.start,
				    area->state);
	return KSFT_PASS;
}

static int check_list(const struct execmem_list *list,
		      const struct execmem_type types[])
{
	int ret = KSFT_PASS;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		ret |= check_area(&list->areas[i], types);
		if (i && list->areas[i].span.start <
			 list->areas[i - 1].span.end)
			ret |= modtest_fail("%#llx overlaps, or is not sorted",
					    list->areas[i].span.start);
	}
	return ret;
}

/* Is the sum of the list what the types say? */
static bool sums_fit(const struct execmem_list *list,
		     const struct execmem_type types[], bool explain)
{
	unsigned long long nr, bytes;
	bool fit = true;
	size_t i;
	int type;

	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		nr = 0;
		bytes = 0;
		for (i = 0; i < list->nr; i++) {
			if (strcmp(list->areas[i].name, execmem_names[type]))
				continue;
			nr++;
			bytes += list->areas[i].bytes;
		}
		if (nr == types[type].allocations &&
		    bytes == types[type].bytes)
			continue;
		fit = false;
		if (explain)
			ksft_print_msg("%s: %llu/%llu are listed, of %llu/%llu allocations/bytes\n",
				       execmem_names[type], nr, bytes,
				       types[type].allocations,
				       types[type].bytes);
	}
	return fit;
}

/* The files are not of the same moment: what differs may yet agree. */
int check_all(size_t *nr)
{
	struct execmem_type types[EXECMEM_NR_TYPES];
	struct execmem_list list;
	bool fit = false;
	int ms, ret = 0;

	for (ms = 0; !fit && !ret && ms <= MODTEST_SETTLE_MS; ms += 100) {
		if (ms)
			modtest_sleep_ms(100);
		if (read_types(types) || read_list(&list))
			return KSFT_FAIL;
		ret = check_list(&list, types);
		fit = sums_fit(&list, types, ms == MODTEST_SETTLE_MS);
		if (nr)
			*nr = list.nr;
		execmem_free(&list);
	}
	return fit ? ret : KSFT_FAIL;
}

/* Programs of BPF come and go with every process that is sandboxed. */
static bool same_totals(const struct execmem_type a[],
			const struct execmem_type b[], bool explain)
{
	bool same = true;
	int i;

	for (i = 0; i < EXECMEM_NR_TYPES; i++) {
		if (i == EXECMEM_BPF || (a[i].allocations == b[i].allocations &&
					 a[i].bytes == b[i].bytes))
			continue;
		same = false;
		if (explain)
			ksft_print_msg("%s: was %llu/%llu, is %llu/%llu allocations/bytes\n",
				       a[i].name, a[i].allocations, a[i].bytes,
				       b[i].allocations, b[i].bytes);
	}
	return same;
}

int check_totals(const struct execmem_type before[])
{
	struct execmem_type now[EXECMEM_NR_TYPES];
	int ms;

	for (ms = 0; ms <= MODTEST_SETTLE_MS; ms += 100) {
		if (ms)
			modtest_sleep_ms(100);
		if (read_types(now))
			return KSFT_FAIL;
		if (same_totals(before, now, ms == MODTEST_SETTLE_MS))
			return KSFT_PASS;
	}
	return KSFT_FAIL;
}

/* What the page tables must say; 0 if that is not known. */
static unsigned int protection(const struct execmem_area *area)
{
	if (strcmp(area->state, "live"))
		return 0;
	if (!strcmp(area->pool, "text"))
		return PTDUMP_RX;
	return strcmp(area->pool, "rodata") ? PTDUMP_RW : PTDUMP_R;
}

static int check_mapped(const struct ptdump *pt,
			const struct execmem_area *area)
{
	unsigned int prot = protection(area);
	unsigned long long bad;

	if (!prot || ptdump_check(pt, area->span.start, area->bytes, prot,
				  &bad))
		return KSFT_PASS;
	return modtest_fail("%s: %#llx is %s, not %s", area->name, bad,
			    ptdump_name(ptdump_prot(pt, bad)),
			    ptdump_name(prot));
}

/* Compares what was allocated all the time that the dump took. */
static int check_protection(const struct ptdump *pt,
			    const struct execmem_list *before,
			    const struct execmem_list *after)
{
	const struct execmem_area *area;
	size_t i, checked = 0, text = 0;
	int ret = KSFT_PASS;

	for (i = 0; i < before->nr; i++) {
		area = execmem_find(after, before->areas[i].span.start);
		if (!area || !execmem_same(area, &before->areas[i]))
			continue;
		ret |= check_mapped(pt, area);
		checked++;
		text += protection(area) == PTDUMP_RX;
	}

	ksft_print_msg("%zu allocations, %zu of them of code\n", checked, text);
	if (!text || checked < MODTEST_CORE_TYPES)
		return modtest_fail("the module is not there");
	return ret;
}

/* 0 if there is a dump, else the result of the test case. */
static int read_ptdump(struct ptdump *pt)
{
	int ret = ptdump_read(pt);

	if (ret == -ENOENT) {
		ksft_print_msg("no page tables: CONFIG_PTDUMP_DEBUGFS=n\n");
		return KSFT_SKIP;
	}
	return ret ? modtest_fail("page tables: %s", strerror(-ret)) : 0;
}

int compare_page_tables(void)
{
	struct execmem_list before = { }, after = { };
	const struct ptdump_range *wx;
	struct ptdump pt;
	int ret;

	if (read_list(&before))
		return KSFT_FAIL;

	ret = read_ptdump(&pt);
	if (ret)
		goto out;

	ret = read_list(&after);
	if (!ret)
		ret = check_protection(&pt, &before, &after);
	wx = ptdump_find_wx(&pt);
	if (wx)
		ret = modtest_fail("%#llx-%#llx is writable and executable",
				   wx->first, wx->last);
	ptdump_free(&pt);
out:
	execmem_free(&before);
	execmem_free(&after);
	return ret;
}
