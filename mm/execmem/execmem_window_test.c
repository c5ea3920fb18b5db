// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test for windows of addresses: what fits exactly does fit, at both
 * ends; the second window is taken when the first one is full, and only then;
 * and what is given back can be had again.
 */

#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include "execmem_test.h"

/* So many allocations, and the unmapped page behind each, fill a window. */
#define SLOTS		4

/* Where windows may start whatever the unit of the addresses is. */
#define STEP		SZ_2M

/**
 * struct windows - what the tests of this file have
 * @range: near and far window, of text, free; the far one is lower
 * @slot: bytes of an allocation with the page behind it
 * @areas: to fill both, and more
 */
struct windows {
	struct execmem_range range;
	size_t slot;
	struct execmem_area *areas[2 * SLOTS + 1];
};

static int map(struct windows *w, int nr, size_t size)
{
	struct execmem_area *area = kzalloc(sizeof(*area), GFP_KERNEL);

	w->areas[nr] = area;
	if (!area)
		return -ENOMEM;
	area->type = EXECMEM_MODULE_TEXT;
	area->state = EXECMEM_WRITING;
	area->size = size;
	return execmem_map(area, &w->range);
}

static void unmap(struct windows *w, int nr)
{
	execmem_unmap(w->areas[nr], &w->range);
}

static unsigned long end_of(const struct windows *w, int nr)
{
	return w->areas[nr]->addr + w->areas[nr]->size + PAGE_SIZE;
}

/* Addresses that nobody has, where the kernel would look for some anyway. */
static int windows_init(struct kunit *test)
{
	struct windows *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	unsigned long addr;
	int err;

	if (!w)
		return -ENOMEM;
	test->priv = w;
	if (IS_ENABLED(CONFIG_ARCH_EXECMEM_LINEAR))
		return 0;

	w->range = *execmem_range(EXECMEM_MODULE_TEXT);
	/* By pages: blocks are not to be had between two of them. */
	w->range.flags &= ~(EXECMEM_RANDOM | EXECMEM_ROX);
	w->range.pgprot = PAGE_KERNEL;
	w->slot = max_t(size_t, 2 * PAGE_SIZE, w->range.alignment);

	err = map(w, 0, 2 * STEP + SLOTS * w->slot);
	if (err)
		return err;
	addr = ALIGN(w->areas[0]->addr, STEP);
	unmap(w, 0);

	w->range.fallback_start = addr;
	w->range.fallback_end = addr + SLOTS * w->slot;
	w->range.start = addr + STEP;
	w->range.end = addr + STEP + SLOTS * w->slot;
	return 0;
}

#define SKIP_IF_LINEAR(test)						\
do {									\
	if (IS_ENABLED(CONFIG_ARCH_EXECMEM_LINEAR))			\
		kunit_skip(test, "no windows in the linear mapping");	\
} while (0)

static void expect_exact(struct kunit *test, unsigned long start,
			 unsigned long end)
{
	struct windows *w = test->priv;
	size_t size = end - start - PAGE_SIZE;

	KUNIT_ASSERT_EQ(test, 0, map(w, 0, size));
	KUNIT_EXPECT_EQ(test, start, w->areas[0]->addr);
	KUNIT_EXPECT_EQ(test, end, end_of(w, 0));
	unmap(w, 0);
}

static void test_exact(struct kunit *test)
{
	struct windows *w = test->priv;
	struct execmem_range *range = &w->range;

	SKIP_IF_LINEAR(test);
	expect_exact(test, range->start, range->end);
	/* One page more fits in neither. */
	KUNIT_EXPECT_EQ(test, -ENOMEM, map(w, 0, SLOTS * w->slot));
	KUNIT_EXPECT_EQ(test, -ENOMEM, map(w, 0, SLOTS * w->slot + PAGE_SIZE));

	/* The far one alone, when the near one is a page too small. */
	range->end -= PAGE_SIZE;
	expect_exact(test, range->fallback_start, range->fallback_end);
	/* And the near one alone. */
	range->fallback_end = range->fallback_start;
	expect_exact(test, range->start, range->end);
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			map(w, 0, SLOTS * w->slot - PAGE_SIZE));
}

/* Take all slots of one window: each is inside, and both ends are reached. */
static void fill(struct kunit *test, int first, unsigned long start,
		 unsigned long end)
{
	struct windows *w = test->priv;
	unsigned long low = ULONG_MAX, high = 0;
	int i;

	for (i = first; i < first + SLOTS; i++) {
		KUNIT_ASSERT_EQ(test, 0, map(w, i, w->slot - PAGE_SIZE));
		low = min(low, w->areas[i]->addr);
		high = max(high, end_of(w, i));
	}
	KUNIT_EXPECT_EQ(test, start, low);
	KUNIT_EXPECT_EQ(test, end, high);
}

static void test_full(struct kunit *test)
{
	struct windows *w = test->priv;
	struct execmem_range *range = &w->range;
	unsigned long near, far;
	int i;

	SKIP_IF_LINEAR(test);
	fill(test, 0, range->start, range->end);
	fill(test, SLOTS, range->fallback_start, range->fallback_end);
	KUNIT_EXPECT_EQ(test, -ENOMEM, map(w, 2 * SLOTS, PAGE_SIZE));

	/*
	 * It recovers, and the near one comes first again. A hole between two
	 * areas has to be larger than what vmalloc is to align.
	 */
	far = w->areas[SLOTS + 2]->addr;
	unmap(w, SLOTS + 2);
	unmap(w, SLOTS + 3);
	KUNIT_ASSERT_EQ(test, 0, map(w, SLOTS + 2, w->slot - PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, far, w->areas[SLOTS + 2]->addr);
	near = w->areas[1]->addr;
	unmap(w, 1);
	unmap(w, 2);
	KUNIT_ASSERT_EQ(test, 0, map(w, 1, w->slot - PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, near, w->areas[1]->addr);

	for (i = 0; i < 2 * SLOTS; i++) {
		if (i != 2 && i != SLOTS + 3)
			unmap(w, i);
	}
}

static void test_full_without_fallback(struct kunit *test)
{
	struct windows *w = test->priv;
	struct execmem_range *range = &w->range;
	int i;

	SKIP_IF_LINEAR(test);
	range->fallback_start = 0;
	range->fallback_end = 0;
	fill(test, 0, range->start, range->end);
	KUNIT_EXPECT_EQ(test, -ENOMEM, map(w, SLOTS, PAGE_SIZE));
	for (i = 0; i < SLOTS; i++)
		unmap(w, i);
	expect_exact(test, range->start, range->end);
}

/* A window is whole again after what was shrunk in it is freed. */
static void test_trim(struct kunit *test)
{
	struct windows *w = test->priv;
	struct execmem_area *area;

	SKIP_IF_LINEAR(test);
	KUNIT_ASSERT_EQ(test, 0, map(w, 0, SLOTS * w->slot - PAGE_SIZE));
	area = w->areas[0];
	KUNIT_EXPECT_EQ(test, 0, execmem_trim(area, &w->range, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, area->size);
	KUNIT_EXPECT_EQ(test, w->range.start, area->addr);
	unmap(w, 0);
	expect_exact(test, w->range.start, w->range.end);
}

static struct kunit_case execmem_window_cases[] = {
	KUNIT_CASE(test_exact),
	KUNIT_CASE(test_full),
	KUNIT_CASE(test_full_without_fallback),
	KUNIT_CASE(test_trim),
	{ }
};

static struct kunit_suite execmem_window_suite = {
	.name = "execmem_window",
	.init = windows_init,
	.test_cases = execmem_window_cases,
};

kunit_test_suite(execmem_window_suite);
