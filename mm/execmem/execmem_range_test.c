// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test for the ranges of executable memory: the table of an architecture,
 * the arithmetic that tells what is inside what, and what two windows of
 * addresses take before they are full.
 */

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <trace/events/printk.h>
#include "execmem_test.h"

/* Rows. */

static const struct execmem_range good_range = {
	.pool = EXECMEM_POOL_TEXT,
	.start = SZ_16M,
	.end = SZ_32M,
	.fallback_start = SZ_32M,
	.fallback_end = SZ_64M,
	.alignment = PAGE_SIZE,
};

static void test_row_good(struct kunit *test)
{
	struct execmem_range range = good_range;

	KUNIT_EXPECT_EQ(test, 0,
			execmem_check_range(EXECMEM_MODULE_TEXT, &range));
	range.alignment = SZ_16M;
	KUNIT_EXPECT_EQ(test, 0,
			execmem_check_range(EXECMEM_MODULE_TEXT, &range));
	range.fallback_start = 0;
	range.fallback_end = 0;
	range.flags = EXECMEM_KASAN_SHADOW | EXECMEM_RANDOM;
	KUNIT_EXPECT_EQ(test, 0,
			execmem_check_range(EXECMEM_MODULE_TEXT, &range));

	range.pool = EXECMEM_POOL_DATA;
	KUNIT_EXPECT_EQ(test, 0,
			execmem_check_range(EXECMEM_MODULE_DATA, &range));
	KUNIT_EXPECT_EQ(test, 0,
			execmem_check_range(EXECMEM_MODULE_RODATA, &range));
	range.pool = EXECMEM_POOL_RODATA;
	KUNIT_EXPECT_EQ(test, 0,
			execmem_check_range(EXECMEM_MODULE_RODATA, &range));

	/* "None" is a row that has nothing at all. */
	memset(&range, 0, sizeof(range));
	KUNIT_EXPECT_EQ(test, 0, execmem_check_range(EXECMEM_BPF, &range));
}

/* The last line of the console that names a bad row. */
static struct {
	spinlock_t lock;	/* for the two below: others print, too */
	unsigned int lines;
	char line[128];
} console = {
	.lock = __SPIN_LOCK_UNLOCKED(console.lock),
};

static void probe_console(void *unused, const char *text, size_t len)
{
	unsigned long flags;

	if (!strnstr(text, "execmem: ", len))
		return;
	spin_lock_irqsave(&console.lock, flags);
	console.lines++;
	strscpy(console.line, text, min(len + 1, sizeof(console.line)));
	spin_unlock_irqrestore(&console.lock, flags);
}

/* Each breaks one rule, on top of a row that breaks none. */
static const struct {
	enum execmem_type type;
	enum execmem_pool pool;
	unsigned long start, end, fallback_start, fallback_end;
	unsigned int alignment, flags;
	const char *line;
} bad_rows[] = {
	/* What is forgotten must not make a row look like none. */
	{ EXECMEM_BPF, EXECMEM_POOL_NONE, SZ_16M, SZ_32M, 0, 0, PAGE_SIZE, 0,
	  "bpf: no pool: 0x1000000-0x2000000 (err -22)" },
	{ EXECMEM_BPF, EXECMEM_POOL_NONE, 0, 0, SZ_16M, SZ_32M, 0, 0,
	  "bpf: no pool: 0x0-0x0 (err -22)" },
	{ EXECMEM_BPF, EXECMEM_POOL_NONE, 0, 0, 0, 0, 0, EXECMEM_RANDOM,
	  "bpf: no pool: " },
	{ EXECMEM_BPF, EXECMEM_POOL_NONE, 0, 0, 0, 0, PAGE_SIZE, 0,
	  "bpf: no pool: " },
	{ EXECMEM_BPF, EXECMEM_POOL_RODATA, SZ_16M, SZ_32M, 0, 0, PAGE_SIZE, 0,
	  "bpf: is not for that pool: " },
	{ EXECMEM_KPROBES, EXECMEM_POOL_DATA, SZ_16M, SZ_32M, 0, 0, PAGE_SIZE, 0,
	  "kprobes: is not for that pool: " },
	{ EXECMEM_MODULE_DATA, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M, 0, 0,
	  PAGE_SIZE, 0, "module_data: is not for that pool: " },
	{ EXECMEM_MODULE_DATA, EXECMEM_POOL_RODATA, SZ_16M, SZ_32M, 0, 0,
	  PAGE_SIZE, 0, "module_data: is not for that pool: " },
	{ EXECMEM_MODULE_RODATA, EXECMEM_POOL_DATA + 1, SZ_16M, SZ_32M, 0, 0,
	  PAGE_SIZE, 0, "module_rodata: is not for that pool: " },
	{ EXECMEM_FTRACE, EXECMEM_POOL_TEXT, SZ_32M, SZ_16M, 0, 0, PAGE_SIZE, 0,
	  "ftrace: no first range: 0x2000000-0x1000000 (err -22)" },
	{ EXECMEM_FTRACE, EXECMEM_POOL_TEXT, SZ_16M, SZ_16M, SZ_16M, SZ_32M,
	  PAGE_SIZE, 0, "ftrace: no first range: " },
	{ EXECMEM_THUNKS, EXECMEM_POOL_TEXT, SZ_16M + 1, SZ_32M, 0, 0,
	  PAGE_SIZE, 0,
	  "thunks: not of whole pages: 0x1000001-0x2000000 (err -22)" },
	{ EXECMEM_THUNKS, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M - 1, 0, 0,
	  PAGE_SIZE, 0, "thunks: not of whole pages: " },
	{ EXECMEM_BPF, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M, 0, 0, 0, 0,
	  "bpf: alignment is not of pages: " },
	{ EXECMEM_BPF, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M, 0, 0, 64, 0,
	  "bpf: alignment is not of pages: " },
	{ EXECMEM_BPF, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M, 0, 0, 3 * PAGE_SIZE,
	  0, "bpf: alignment is not of pages: " },
	{ EXECMEM_BPF, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M, 0, 0, SZ_32M, 0,
	  "bpf: less than its alignment: " },
	{ EXECMEM_BPF, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M, 0, 0, PAGE_SIZE,
	  BIT(31), "bpf: unknown flags: " },
	{ EXECMEM_MODULE_DATA, EXECMEM_POOL_DATA, SZ_16M, SZ_32M, 0, 0,
	  PAGE_SIZE, EXECMEM_ROX, "module_data: data cannot be ROX: " },
	{ EXECMEM_MODULE_TEXT, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M, SZ_64M,
	  SZ_32M, PAGE_SIZE, 0,
	  "module_text: bad fallback: 0x4000000-0x2000000 (err -22)" },
	{ EXECMEM_MODULE_TEXT, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M, SZ_32M + 1,
	  SZ_64M, PAGE_SIZE, 0, "module_text: bad fallback: " },
	{ EXECMEM_MODULE_TEXT, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M, SZ_32M,
	  SZ_64M - 1, PAGE_SIZE, 0, "module_text: bad fallback: " },
	{ EXECMEM_MODULE_TEXT, EXECMEM_POOL_TEXT, SZ_16M, SZ_32M, SZ_32M,
	  SZ_32M + PAGE_SIZE, SZ_1M, 0,
	  "module_text: fallback less than its alignment: " },
};

static void bad_row(int i, struct execmem_range *range)
{
	*range = (struct execmem_range) {
		.pool		= bad_rows[i].pool,
		.start		= bad_rows[i].start,
		.end		= bad_rows[i].end,
		.fallback_start	= bad_rows[i].fallback_start,
		.fallback_end	= bad_rows[i].fallback_end,
		.alignment	= bad_rows[i].alignment,
		.flags		= bad_rows[i].flags,
	};
}

static void test_row_bad(struct kunit *test)
{
	struct execmem_range range;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		bad_row(i, &range);
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    execmem_check_range(bad_rows[i].type,
							&range),
				    "row %d: %s", i, bad_rows[i].line);
	}

	if (IS_ENABLED(CONFIG_ARCH_HAS_EXECMEM_ROX))
		return;
	range = good_range;
	range.flags = EXECMEM_ROX;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			execmem_check_range(EXECMEM_BPF, &range));
}

/* Each kind of bad row is named on the console, in one line. */
static void test_row_named(struct kunit *test)
{
	struct execmem_range range;
	int i;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "needs CONFIG_TRACEPOINTS");
	KUNIT_ASSERT_EQ(test, 0, register_trace_console(probe_console, NULL));

	for (i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		console.lines = 0;
		console.line[0] = '\0';
		bad_row(i, &range);
		execmem_check_range(bad_rows[i].type, &range);
		KUNIT_EXPECT_EQ(test, 1, console.lines);
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(console.line,
						       bad_rows[i].line),
					  "'%s' and not '%s'", console.line,
					  bad_rows[i].line);
	}

	unregister_trace_console(probe_console, NULL);
	tracepoint_synchronize_unregister();
}

/* Tables. */

static void test_table_complete(struct kunit *test)
{
	struct execmem_info *info = kunit_kzalloc(test, sizeof(*info),
						  GFP_KERNEL);
	struct execmem_range *ranges;

	KUNIT_ASSERT_NOT_NULL(test, info);
	ranges = info->ranges;
	ranges[EXECMEM_MODULE_TEXT] = good_range;
	ranges[EXECMEM_MODULE_DATA].start = SZ_64M;
	ranges[EXECMEM_MODULE_DATA].end = SZ_128M;
	ranges[EXECMEM_MODULE_DATA].pool = EXECMEM_POOL_DATA;
	ranges[EXECMEM_BPF].start = SZ_128M;
	ranges[EXECMEM_BPF].end = SZ_256M;
	ranges[EXECMEM_BPF].pool = EXECMEM_POOL_TEXT;
	execmem_complete_ranges(info);

	KUNIT_EXPECT_EQ(test, SZ_16M, ranges[EXECMEM_KPROBES].start);
	KUNIT_EXPECT_EQ(test, SZ_64M, ranges[EXECMEM_KPROBES].fallback_end);
	KUNIT_EXPECT_EQ(test, EXECMEM_POOL_TEXT, ranges[EXECMEM_FTRACE].pool);
	KUNIT_EXPECT_EQ(test, SZ_128M, ranges[EXECMEM_BPF].start);
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, ranges[EXECMEM_BPF].alignment);
	KUNIT_EXPECT_EQ(test, SZ_64M, ranges[EXECMEM_MODULE_RODATA].start);
	KUNIT_EXPECT_EQ(test, EXECMEM_POOL_RODATA,
			ranges[EXECMEM_MODULE_RODATA].pool);
}

/* Data goes where text is, and has nothing of what makes it executable. */
static void test_table_data(struct kunit *test)
{
	struct execmem_info *info = kunit_kzalloc(test, sizeof(*info),
						  GFP_KERNEL);
	struct execmem_range *data;

	KUNIT_ASSERT_NOT_NULL(test, info);
	info->ranges[EXECMEM_MODULE_TEXT] = good_range;
	info->ranges[EXECMEM_MODULE_TEXT].flags = EXECMEM_ROX |
		EXECMEM_RANDOM | EXECMEM_KASAN_SHADOW;
	execmem_complete_ranges(info);

	data = &info->ranges[EXECMEM_MODULE_DATA];
	KUNIT_EXPECT_EQ(test, EXECMEM_POOL_DATA, data->pool);
	KUNIT_EXPECT_EQ(test, good_range.start, data->start);
	KUNIT_EXPECT_EQ(test, good_range.fallback_end, data->fallback_end);
	KUNIT_EXPECT_EQ(test, pgprot_val(PAGE_KERNEL),
			pgprot_val(data->pgprot));
	KUNIT_EXPECT_EQ(test, EXECMEM_KASAN_SHADOW, data->flags);

	data = &info->ranges[EXECMEM_MODULE_RODATA];
	KUNIT_EXPECT_EQ(test, EXECMEM_POOL_RODATA, data->pool);
	KUNIT_EXPECT_EQ(test, good_range.start, data->start);
	KUNIT_EXPECT_EQ(test, EXECMEM_KASAN_SHADOW, data->flags);
}

/* A row that is bad is not used; those that are good still are. */
static void test_table_accept(struct kunit *test)
{
	struct execmem_info *info = kunit_kzalloc(test, sizeof(*info),
						  GFP_KERNEL);
	struct execmem_range *ranges;

	KUNIT_ASSERT_NOT_NULL(test, info);
	ranges = info->ranges;
	ranges[EXECMEM_MODULE_TEXT] = good_range;
	ranges[EXECMEM_MODULE_DATA] = good_range;
	ranges[EXECMEM_MODULE_DATA].pool = EXECMEM_POOL_DATA;
	ranges[EXECMEM_BPF].start = SZ_16M;
	ranges[EXECMEM_BPF].end = SZ_32M;
	ranges[EXECMEM_KPROBES] = good_range;
	ranges[EXECMEM_KPROBES].end++;
	execmem_accept_ranges(info);

	KUNIT_EXPECT_EQ(test, EXECMEM_POOL_NONE, ranges[EXECMEM_BPF].pool);
	KUNIT_EXPECT_EQ(test, EXECMEM_POOL_NONE, ranges[EXECMEM_KPROBES].pool);
	KUNIT_EXPECT_EQ(test, EXECMEM_POOL_TEXT,
			ranges[EXECMEM_MODULE_TEXT].pool);
	KUNIT_EXPECT_EQ(test, EXECMEM_POOL_TEXT, ranges[EXECMEM_FTRACE].pool);
	KUNIT_EXPECT_EQ(test, EXECMEM_POOL_RODATA,
			ranges[EXECMEM_MODULE_RODATA].pool);
	KUNIT_EXPECT_EQ(test, EXECMEM_POOL_DATA,
			ranges[EXECMEM_MODULE_DATA].pool);
}

/* What an architecture has no range for is not to be had, and no mistake. */
static void test_table_empty(struct kunit *test)
{
	struct execmem_info *info = kunit_kzalloc(test, sizeof(*info),
						  GFP_KERNEL);
	enum execmem_type type;

	KUNIT_ASSERT_NOT_NULL(test, info);
	execmem_accept_ranges(info);
	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		struct execmem_range *range = &info->ranges[type];

		KUNIT_EXPECT_EQ(test, EXECMEM_POOL_NONE, range->pool);
		KUNIT_EXPECT_EQ(test, 0, execmem_check_range(type, range));
	}
}

/* All rows of this kernel stand the test that they had at boot. */
static void test_table_here(struct kunit *test)
{
	enum execmem_type type;

	for (type = 0; type < EXECMEM_NR_TYPES; type++)
		KUNIT_EXPECT_EQ_MSG(test, 0,
				    execmem_check_range(type,
							execmem_range(type)),
				    "%s", execmem_type_name(type));
	KUNIT_EXPECT_NE(test, EXECMEM_POOL_NONE,
			execmem_range(EXECMEM_MODULE_TEXT)->pool);
}

/* Arithmetic. */

static void test_bad_size(struct kunit *test)
{
	static const struct {
		size_t size, rounded;
		bool bad;
	} sizes[] = {
		{ 0, 0, true },
		{ 1, PAGE_SIZE, false },
		{ PAGE_SIZE - 1, PAGE_SIZE, false },
		{ PAGE_SIZE, PAGE_SIZE, false },
		{ PAGE_SIZE + 1, 2 * PAGE_SIZE, false },
		{ LONG_MAX - PAGE_SIZE + 1, LONG_MAX - PAGE_SIZE + 1, false },
		{ LONG_MAX - PAGE_SIZE + 2, (size_t)LONG_MAX + 1, true },
		{ LONG_MAX, (size_t)LONG_MAX + 1, true },
		{ SIZE_MAX - PAGE_SIZE + 1, SIZE_MAX - PAGE_SIZE + 1, true },
		{ SIZE_MAX - PAGE_SIZE + 2, 0, true },
		{ SIZE_MAX, 0, true },
	};
	size_t rounded;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_EQ_MSG(test, sizes[i].bad,
				    execmem_bad_size(sizes[i].size, PAGE_SIZE,
						     &rounded),
				    "%zu bytes", sizes[i].size);
		KUNIT_EXPECT_EQ_MSG(test, sizes[i].rounded, rounded,
				    "%zu bytes", sizes[i].size);
	}
}

static void test_range_has(struct kunit *test)
{
	struct execmem_range range = good_range;

	KUNIT_EXPECT_TRUE(test, execmem_range_has(&range, SZ_16M));
	KUNIT_EXPECT_TRUE(test, execmem_range_has(&range, SZ_32M));
	KUNIT_EXPECT_FALSE(test, execmem_range_has(&range, SZ_32M + 1));
	KUNIT_EXPECT_FALSE(test, execmem_range_has(&range, SIZE_MAX));
	range.fallback_start = range.fallback_end;
	KUNIT_EXPECT_TRUE(test, execmem_range_has(&range, SZ_16M));
	KUNIT_EXPECT_FALSE(test, execmem_range_has(&range, SZ_16M + 1));
}

static void test_has_bytes(struct kunit *test)
{
	struct execmem_area area = { .addr = SZ_16M, .size = 2 * PAGE_SIZE };
	unsigned long end = SZ_16M + 2 * PAGE_SIZE;

	KUNIT_EXPECT_TRUE(test, execmem_has_bytes(&area, SZ_16M, 0));
	KUNIT_EXPECT_TRUE(test, execmem_has_bytes(&area, SZ_16M, area.size));
	KUNIT_EXPECT_TRUE(test, execmem_has_bytes(&area, end - 1, 1));
	KUNIT_EXPECT_FALSE(test, execmem_has_bytes(&area, end - 1, 2));
	KUNIT_EXPECT_FALSE(test, execmem_has_bytes(&area, SZ_16M - 1, 1));
	KUNIT_EXPECT_FALSE(test, execmem_has_bytes(&area, end + 1, 0));
	KUNIT_EXPECT_FALSE(test, execmem_has_bytes(&area, SZ_16M,
						   area.size + 1));
	KUNIT_EXPECT_FALSE(test, execmem_has_bytes(&area, SZ_16M + 8,
						   SIZE_MAX));
	KUNIT_EXPECT_FALSE(test, execmem_has_bytes(&area, SZ_16M + 8,
						   -8UL));

	/* The last pages that there are. */
	area.addr = -2 * PAGE_SIZE;
	KUNIT_EXPECT_TRUE(test, execmem_has_bytes(&area, -1UL, 1));
	KUNIT_EXPECT_FALSE(test, execmem_has_bytes(&area, -1UL, 2));
	KUNIT_EXPECT_FALSE(test, execmem_has_bytes(&area, 1, 1));
}

/* Look-up. */

#define NR_AREAS	64

static void test_find(struct kunit *test)
{
	struct execmem_area *areas;
	struct execmem_areas all = EXECMEM_AREAS_INIT(all);
	int i, nr;

	areas = kunit_kcalloc(test, NR_AREAS, sizeof(*areas), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, areas);

	/* Two pages in use, then one free; entered in no order. */
	for (i = 0; i < NR_AREAS; i++) {
		nr = i * 37 % NR_AREAS;
		areas[nr].addr = SZ_16M + nr * 3 * PAGE_SIZE;
		areas[nr].size = 2 * PAGE_SIZE;
		KUNIT_ASSERT_EQ(test, 0,
				execmem_insert(&all, &areas[nr], NULL));
	}

	for (i = 0; i < NR_AREAS; i++) {
		unsigned long addr = areas[i].addr;

		KUNIT_EXPECT_PTR_EQ(test, &areas[i],
				    execmem_find(&all.root, addr));
		KUNIT_EXPECT_PTR_EQ(test, &areas[i],
				    execmem_find(&all.root,
						 addr + 2 * PAGE_SIZE - 1));
		KUNIT_EXPECT_NULL(test, execmem_find(&all.root,
						     addr + 2 * PAGE_SIZE));
		KUNIT_EXPECT_NULL(test, execmem_find(&all.root, addr - 1));
	}
}

static void test_insert_overlap(struct kunit *test)
{
	struct execmem_area area = { .addr = SZ_16M, .size = 4 * PAGE_SIZE };
	struct execmem_area other = { .size = 2 * PAGE_SIZE };
	struct execmem_area behind = { .size = 2 * PAGE_SIZE };
	struct execmem_areas all = EXECMEM_AREAS_INIT(all);

	KUNIT_ASSERT_EQ(test, 0, execmem_insert(&all, &area, NULL));
	other.addr = SZ_16M + 3 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, -EEXIST, execmem_insert(&all, &other, NULL));
	other.addr = SZ_16M - PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, -EEXIST, execmem_insert(&all, &other, NULL));
	other.addr = SZ_16M + PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, -EEXIST, execmem_insert(&all, &other, NULL));
	/* Right before and right behind is no overlap. */
	other.addr = SZ_16M - 2 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, 0, execmem_insert(&all, &other, NULL));
	behind.addr = SZ_16M + 4 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, 0, execmem_insert(&all, &behind, NULL));
}

/* Right behind the hint there is no search: it must end at the same place. */
static void test_insert_hint(struct kunit *test)
{
	struct execmem_area *areas, *hint = NULL;
	struct execmem_area other = { .size = 2 * PAGE_SIZE };
	struct execmem_areas all = EXECMEM_AREAS_INIT(all);
	int i, odd;

	areas = kunit_kcalloc(test, NR_AREAS, sizeof(*areas), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, areas);

	/* Behind the last one, then between two, with and without a child. */
	for (odd = 0; odd < 2; odd++) {
		for (i = odd; i < NR_AREAS; i += 2) {
			areas[i].addr = SZ_16M + i * PAGE_SIZE;
			areas[i].size = PAGE_SIZE;
			hint = odd ? &areas[i - 1] : hint;
			KUNIT_ASSERT_EQ(test, 0,
					execmem_insert(&all, &areas[i], hint));
			hint = &areas[i];
		}
	}
	for (i = 0; i < NR_AREAS; i++) {
		KUNIT_EXPECT_PTR_EQ(test, &areas[i],
				    execmem_find(&all.root, areas[i].addr));
		KUNIT_EXPECT_PTR_EQ(test, i ? &areas[i] : NULL,
				    i ? execmem_next(&all, &areas[i - 1]) : NULL);
	}
	KUNIT_EXPECT_NULL(test, execmem_next(&all, &areas[NR_AREAS - 1]));

	other.addr = areas[NR_AREAS - 1].addr;
	for (i = 0; i < NR_AREAS; i++)
		KUNIT_EXPECT_EQ(test, -EEXIST,
				execmem_insert(&all, &other, &areas[i]));
	other.addr += PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, 0, execmem_insert(&all, &other, &areas[0]));
	KUNIT_EXPECT_PTR_EQ(test, &other, execmem_next(&all, &areas[NR_AREAS - 1]));
}

static struct kunit_case execmem_range_cases[] = {
	KUNIT_CASE(test_row_good),
	KUNIT_CASE(test_row_bad),
	KUNIT_CASE(test_row_named),
	KUNIT_CASE(test_table_complete),
	KUNIT_CASE(test_table_data),
	KUNIT_CASE(test_table_accept),
	KUNIT_CASE(test_table_empty),
	KUNIT_CASE(test_table_here),
	KUNIT_CASE(test_bad_size),
	KUNIT_CASE(test_range_has),
	KUNIT_CASE(test_has_bytes),
	KUNIT_CASE(test_find),
	KUNIT_CASE(test_insert_overlap),
	KUNIT_CASE(test_insert_hint),
	{ }
};

static struct kunit_suite execmem_range_suite = {
	.name = "execmem_range",
	.test_cases = execmem_range_cases,
};

kunit_test_suite(execmem_range_suite);
