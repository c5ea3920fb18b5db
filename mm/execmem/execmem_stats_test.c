// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test for the accounting of executable memory: what debugfs shows comes
 * out even, whatever has become of an allocation.
 */

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "execmem_test.h"

static struct execmem_stats stats_of(enum execmem_type type)
{
	struct execmem_stats stats;

	spin_lock(&execmem_lock);
	stats = execmem_stats[type];
	spin_unlock(&execmem_lock);
	return stats;
}

static void expect(struct kunit *test, enum execmem_type type,
		   const struct execmem_stats *expected)
{
	struct execmem_stats stats = stats_of(type);
	const char *name = execmem_type_name(type);

	KUNIT_EXPECT_EQ_MSG(test, expected->allocations, stats.allocations,
			    "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, expected->bytes, stats.bytes, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, expected->ever, stats.ever, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, expected->failures, stats.failures, "%s",
			    name);
	KUNIT_EXPECT_EQ_MSG(test, expected->finishes, stats.finishes, "%s",
			    name);
	KUNIT_EXPECT_EQ_MSG(test, expected->finish_failures,
			    stats.finish_failures, "%s", name);
	KUNIT_EXPECT_GE_MSG(test, stats.peak, stats.bytes, "%s", name);
	KUNIT_EXPECT_GE_MSG(test, stats.peak, expected->peak, "%s", name);
}

static void *alloc(struct kunit *test, enum execmem_type type, size_t size)
{
	void *mem = execmem_alloc(type, size);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(mem), "%s: %ld",
			       execmem_type_name(type), PTR_ERR(mem));
	return mem;
}

static void one_life(struct kunit *test, enum execmem_type type)
{
	size_t granule = execmem_granule(execmem_range(type));
	struct execmem_stats expected = stats_of(type);
	void *mem = alloc(test, type, 3 * PAGE_SIZE + 1);

	expected.allocations++;
	expected.ever++;
	expected.bytes += 3 * PAGE_SIZE + granule;
	expected.peak = expected.bytes;
	expect(test, type, &expected);

	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem, PAGE_SIZE + 1));
	expected.bytes -= 2 * PAGE_SIZE;
	expect(test, type, &expected);
	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem, PAGE_SIZE + granule));
	expect(test, type, &expected);

	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	expected.finishes++;
	expect(test, type, &expected);

	execmem_free(mem);
	expected.allocations--;
	expected.bytes -= PAGE_SIZE + granule;
	expect(test, type, &expected);
}

static void test_life(struct kunit *test)
{
	struct execmem_stats before[EXECMEM_NR_TYPES];
	enum execmem_type type, other;

	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		if (!execmem_test_has(type))
			continue;
		for (other = 0; other < EXECMEM_NR_TYPES; other++)
			before[other] = stats_of(other);
		one_life(test, type);
		for (other = 0; other < EXECMEM_NR_TYPES; other++) {
			if (other != type)
				expect(test, other, &before[other]);
		}
	}
}

/* The peak stays where it was, and moves by what goes beyond. */
static void test_peak(struct kunit *test)
{
	enum execmem_type type = EXECMEM_MODULE_TEXT;
	struct execmem_stats before = stats_of(type);
	size_t size = before.peak - before.bytes + PAGE_SIZE;
	void *mem = alloc(test, type, size);

	KUNIT_EXPECT_EQ(test, before.peak + PAGE_SIZE, stats_of(type).peak);
	execmem_free(mem);
	KUNIT_EXPECT_EQ(test, before.peak + PAGE_SIZE, stats_of(type).peak);
	execmem_free(alloc(test, type, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, before.peak + PAGE_SIZE, stats_of(type).peak);
	KUNIT_EXPECT_EQ(test, before.bytes, stats_of(type).bytes);
}

static void test_failure(struct kunit *test)
{
	enum execmem_type type = EXECMEM_MODULE_TEXT;
	struct execmem_stats expected = stats_of(type);

	KUNIT_EXPECT_EQ(test, -ENOMEM,
			PTR_ERR(execmem_alloc(type, LONG_MAX - PAGE_SIZE + 1)));
	expected.failures++;
	expect(test, type, &expected);
}

/* What is refused counts for nothing. */
static void test_refused(struct kunit *test)
{
	enum execmem_type type = EXECMEM_MODULE_TEXT;
	void *mem = alloc(test, type, 2 * PAGE_SIZE);
	struct execmem_stats expected = stats_of(type);

	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, PTR_ERR(execmem_alloc(type, 0)));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_shrink(mem, 0));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       execmem_shrink(mem, 2 * PAGE_SIZE + 1));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_finish(mem + 1));
	EXECMEM_EXPECT_NO_EFFECT(test, execmem_free(mem + PAGE_SIZE));
	expect(test, type, &expected);

	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	expected.finishes++;
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_finish(mem));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_shrink(mem, PAGE_SIZE));
	expect(test, type, &expected);
	execmem_free(mem);
}

#define NR_LIVES	16

/* Many that are alive together, of all sizes and in all states. */
static void test_balance(struct kunit *test)
{
	enum execmem_type type = EXECMEM_MODULE_TEXT;
	struct execmem_stats before = stats_of(type), after;
	void *mem[NR_LIVES];
	int i, finished = 0;

	for (i = 0; i < NR_LIVES; i++) {
		mem[i] = alloc(test, type, (i * 5 % 7 + 1) * PAGE_SIZE);
		if (i % 3 == 1)
			KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem[i], 1));
		if (i % 2)
			continue;
		KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem[i]));
		finished++;
	}
	for (i = 0; i < NR_LIVES; i++)
		execmem_free(mem[i * 7 % NR_LIVES]);

	after = stats_of(type);
	KUNIT_EXPECT_EQ(test, before.allocations, after.allocations);
	KUNIT_EXPECT_EQ(test, before.bytes, after.bytes);
	KUNIT_EXPECT_EQ(test, before.ever + NR_LIVES, after.ever);
	KUNIT_EXPECT_EQ(test, before.finishes + finished, after.finishes);
	KUNIT_EXPECT_EQ(test, before.failures, after.failures);
}

static struct kunit_case execmem_stats_cases[] = {
	KUNIT_CASE(test_life),
	KUNIT_CASE(test_peak),
	KUNIT_CASE(test_failure),
	KUNIT_CASE(test_refused),
	KUNIT_CASE(test_balance),
	{ }
};

static struct kunit_suite execmem_stats_suite = {
	.name = "execmem_stats",
	.test_cases = execmem_stats_cases,
};

kunit_test_suite(execmem_stats_suite);
