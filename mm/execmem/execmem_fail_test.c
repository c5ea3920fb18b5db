// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test for executable memory that cannot be had, written or finished:
 * each step fails in turn, by way of fail_execmem.
 */

#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "execmem_test.h"

/* No call takes so many steps here: an end for what would not come to one. */
#define MANY_STEPS	(3 * SZ_2M / PAGE_SIZE)

/* With execmem.blocks=0 each page is a step, which are too many to try all. */
static unsigned int step_after(unsigned int nth)
{
	return nth < 100 ? nth + 1 : nth + 97;
}

/* What is called next fails at its @nth step. */
static void fail_at(unsigned int nth)
{
	current->fail_nth = nth;
}

/* Did it get that far? */
static bool has_failed(void)
{
	bool failed = !current->fail_nth;

	current->fail_nth = 0;
	return failed;
}

static unsigned int live_areas(void)
{
	unsigned int nr = 0;
	struct rb_node *node;

	spin_lock(&execmem_lock);
	for (node = rb_first(&execmem_areas.root); node; node = rb_next(node))
		nr++;
	spin_unlock(&execmem_lock);
	return nr;
}

static bool has_fallback(enum execmem_type type)
{
	const struct execmem_range *range = execmem_range(type);

	return range->fallback_start != range->fallback_end;
}

static bool in_fallback(enum execmem_type type, unsigned long addr, size_t size)
{
	const struct execmem_range *range = execmem_range(type);

	return addr >= range->fallback_start &&
	       addr + size <= range->fallback_end;
}

/* The number of steps that let all of it fail. */
static int alloc_fails(struct kunit *test, enum execmem_type type, size_t size)
{
	const char *name = execmem_type_name(type);
	unsigned int before = live_areas();
	int nth, failures = 0;
	bool failed;
	void *mem;

	for (nth = 1; nth < MANY_STEPS; nth = step_after(nth)) {
		fail_at(nth);
		mem = execmem_alloc(type, size);
		failed = has_failed();
		if (IS_ERR(mem)) {
			KUNIT_EXPECT_TRUE_MSG(test, failed, "%s", name);
			KUNIT_EXPECT_EQ_MSG(test, -ENOMEM, PTR_ERR(mem), "%s",
					    name);
			failures++;
		} else {
			execmem_free(mem);
		}
		KUNIT_EXPECT_EQ_MSG(test, before, live_areas(), "%s step %d",
				    name, nth);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_LT_MSG(test, nth, MANY_STEPS, "%s", name);
	return failures;
}

/*
 * I8: a page of 2 MiB that could not be had has left a block in pieces. It goes
 * when there is one that is whole.
 */
static void make_whole(enum execmem_type type)
{
	void *mem = execmem_alloc(type, 2 * SZ_2M);

	if (!IS_ERR(mem))
		execmem_free(mem);
}

static void test_alloc(struct kunit *test)
{
	unsigned int mistakes = execmem_test_mistakes;
	enum execmem_type type;
	int failures;

	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		if (!execmem_test_has(type))
			continue;
		failures = alloc_fails(test, type, 3 * PAGE_SIZE);
		/* One failure does not stop who has a second range. */
		KUNIT_EXPECT_GE_MSG(test, failures, has_fallback(type) ? 1 : 2,
				    "%s", execmem_type_name(type));
		/* No block has room for that, but what is missing may be met. */
		failures = alloc_fails(test, type, SZ_2M + PAGE_SIZE);
		KUNIT_EXPECT_GE_MSG(test, failures, 1, "%s",
				    execmem_type_name(type));
		make_whole(type);
	}
	KUNIT_EXPECT_EQ(test, mistakes, execmem_test_mistakes);
}

/* The second step is to look for addresses; there may be others elsewhere. */
static void test_fallback(struct kunit *test)
{
	enum execmem_type type = EXECMEM_MODULE_TEXT;
	void *mem;

	if (IS_ENABLED(CONFIG_ARCH_EXECMEM_LINEAR) || execmem_is_rox(type))
		kunit_skip(test, "addresses are not looked for so simply");

	fail_at(2);
	mem = execmem_alloc(type, PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, has_failed());
	if (!has_fallback(type)) {
		KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR_OR_ZERO(mem));
		return;
	}
	KUNIT_ASSERT_FALSE(test, IS_ERR(mem));
	KUNIT_EXPECT_TRUE(test, in_fallback(type, (unsigned long)mem,
					    PAGE_SIZE));
	execmem_free(mem);
}

static void test_write(struct kunit *test)
{
	u8 *mem = execmem_alloc(EXECMEM_MODULE_TEXT, PAGE_SIZE);
	u8 before[16], bytes[16] = "fifteen letters";
	int err;

	KUNIT_ASSERT_FALSE(test, IS_ERR(mem));
	memcpy(before, mem, 16);
	fail_at(1);
	err = execmem_write(mem, bytes, 16);
	KUNIT_EXPECT_TRUE(test, has_failed());
	KUNIT_EXPECT_EQ(test, -ENOMEM, err);
	KUNIT_EXPECT_EQ(test, 0, memcmp(mem, before, 16));

	/* Nothing has changed: it may be tried again. */
	KUNIT_EXPECT_EQ(test, 0, execmem_write(mem, bytes, 16));
	KUNIT_EXPECT_EQ(test, 0, memcmp(mem, bytes, 16));
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	execmem_free(mem);
}

/* What has failed half way can be freed, and nothing else. */
static void expect_failed_state(struct kunit *test, void *mem)
{
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_finish(mem));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_write(mem, "x", 1));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_shrink(mem, 1));
	EXECMEM_EXPECT_NO_EFFECT(test, execmem_free(mem + PAGE_SIZE));
}

static int finish_fails(struct kunit *test, enum execmem_type type)
{
	const char *name = execmem_type_name(type);
	unsigned int before = live_areas();
	int nth, err, failures = 0;
	bool failed;
	void *mem;

	for (nth = 1; nth < MANY_STEPS; nth++) {
		mem = execmem_alloc(type, 2 * PAGE_SIZE);
		KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(mem), "%s", name);
		fail_at(nth);
		err = execmem_finish(mem);
		failed = has_failed();
		KUNIT_EXPECT_EQ_MSG(test, failed ? -ENOMEM : 0, err,
				    "%s step %d", name, nth);
		if (err) {
			expect_failed_state(test, mem);
			failures++;
		}
		execmem_free(mem);
		KUNIT_EXPECT_EQ_MSG(test, before, live_areas(), "%s step %d",
				    name, nth);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_LT_MSG(test, nth, MANY_STEPS, "%s", name);
	return failures;
}

static void test_finish(struct kunit *test)
{
	enum execmem_type type;
	int failures;

	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		if (!execmem_test_has(type))
			continue;
		failures = finish_fails(test, type);
		if (execmem_range(type)->pool == EXECMEM_POOL_DATA)
			KUNIT_EXPECT_EQ(test, 0, failures);
		else if (execmem_is_code(type) &&
			 !IS_ENABLED(CONFIG_ARCH_EXECMEM_LINEAR))
			KUNIT_EXPECT_GE(test, failures, 1);
	}
}

/* I4: with any allocation failing, what there is can be shrunk and freed. */
static void test_free(struct kunit *test)
{
	void *mem = execmem_alloc(EXECMEM_MODULE_TEXT, 2 * PAGE_SIZE);

	KUNIT_ASSERT_FALSE(test, IS_ERR(mem));
	fail_at(1);
	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem, PAGE_SIZE));
	execmem_free(mem);
	/* Code that cannot be overwritten now waits for that. */
	KUNIT_EXPECT_EQ(test, execmem_is_rox(EXECMEM_MODULE_TEXT),
			has_failed());
}

/*
 * I4: who needs room fills what waits for that, and no lock that he holds is in
 * the way. There is nothing else as large: the rest is in use.
 */
static void test_waiting(struct kunit *test)
{
	enum execmem_type type = EXECMEM_BPF;
	void *mem[4], *again;
	int i, last = ARRAY_SIZE(mem) - 1;

	if (!execmem_is_rox(type))
		kunit_skip(test, "freed code is not filled");
	for (i = 0; i <= last; i++) {
		mem[i] = execmem_alloc(type, SZ_2M);
		KUNIT_ASSERT_FALSE(test, IS_ERR(mem[i]));
	}
	fail_at(1);
	execmem_free(mem[last]);
	KUNIT_EXPECT_TRUE(test, has_failed());

	mutex_lock(&text_mutex);
	again = execmem_alloc(type, SZ_2M);
	mutex_unlock(&text_mutex);
	KUNIT_EXPECT_TRUE(test, execmem_test_overlap(again, mem[last], SZ_2M));
	mem[last] = IS_ERR(again) ? NULL : again;
	for (i = 0; i <= last; i++)
		execmem_free(mem[i]);
}

static void execmem_fail_exit(struct kunit *test)
{
	current->fail_nth = 0;
}

static struct kunit_case execmem_fail_cases[] = {
	KUNIT_CASE(test_alloc),
	KUNIT_CASE(test_fallback),
	KUNIT_CASE(test_write),
	KUNIT_CASE(test_finish),
	KUNIT_CASE(test_free),
	KUNIT_CASE(test_waiting),
	{ }
};

static struct kunit_suite execmem_fail_suite = {
	.name = "execmem_fail",
	.exit = execmem_fail_exit,
	.test_cases = execmem_fail_cases,
};

kunit_test_suite(execmem_fail_suite);
