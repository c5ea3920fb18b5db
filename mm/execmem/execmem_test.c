// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test for executable memory: the life of an allocation, and all that is
 * refused on the way. What is wrong on purpose gives no warning here, but is
 * counted, see execmem_misused().
 */

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "execmem_test.h"

unsigned int execmem_test_mistakes;

bool execmem_test_counts(void)
{
	if (!execmem_in_test())
		return false;
	execmem_test_mistakes++;
	return true;
}

static const u8 bytes[16] = "fifteen letters";

static void *alloc_text(struct kunit *test, size_t size)
{
	void *mem = execmem_alloc(EXECMEM_MODULE_TEXT, size);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(mem), "%zu bytes: %ld", size,
			       PTR_ERR(mem));
	return mem;
}

static long alloc_err(enum execmem_type type, size_t size)
{
	void *mem = execmem_alloc(type, size);

	if (IS_ERR(mem))
		return PTR_ERR(mem);
	execmem_free(mem);
	return 0;
}

/* Sizes. */

static void test_size_refused(struct kunit *test)
{
	static const size_t bad[] = {
		0, SIZE_MAX, SIZE_MAX - PAGE_SIZE + 2, (size_t)LONG_MAX + 1,
		LONG_MAX,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
				       alloc_err(EXECMEM_MODULE_TEXT, bad[i]));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       alloc_err(EXECMEM_NR_TYPES, PAGE_SIZE));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, alloc_err(-1, PAGE_SIZE));
}

/* What is only too much is no mistake, and is found out without any page. */
static void test_size_too_large(struct kunit *test)
{
	unsigned int before = execmem_test_mistakes;
	enum execmem_type type;

	for (type = 0; type < EXECMEM_NR_TYPES; type++)
		KUNIT_EXPECT_EQ(test, execmem_test_has(type) ? -ENOMEM : -ENODEV,
				alloc_err(type, LONG_MAX - PAGE_SIZE + 1));
	KUNIT_EXPECT_EQ(test, before, execmem_test_mistakes);
}

static size_t in_granules(size_t size)
{
	return ALIGN(size,
		     execmem_granule(execmem_range(EXECMEM_MODULE_TEXT)));
}

/* There are whole granules, up to the last byte and not one more. */
static void test_size_edges(struct kunit *test)
{
	static const size_t sizes[] = {
		1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 2 * PAGE_SIZE - 1,
		2 * PAGE_SIZE, 2 * PAGE_SIZE + 1,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *mem = alloc_text(test, sizes[i]);
		void *end = mem + in_granules(sizes[i]);

		KUNIT_EXPECT_EQ(test, 0, execmem_write(mem, bytes, 1));
		KUNIT_EXPECT_EQ(test, 0, execmem_write(end - 1, bytes, 1));
		EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
				       execmem_write(end, bytes, 1));
		KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
		execmem_free(mem);
	}
}

/* Each type. */

/* I3: traps where it can be executed already, nothing left over elsewhere. */
static void expect_clean(struct kunit *test, enum execmem_type type,
			 const void *mem, size_t size)
{
	void *clean;

	if (execmem_range(type)->pool != EXECMEM_POOL_TEXT)
		return;
	clean = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, clean);
	if (IS_ENABLED(CONFIG_ARCH_HAS_EXECMEM_ROX))
		execmem_arch_fill(clean, size);
	KUNIT_EXPECT_EQ_MSG(test, 0, memcmp(mem, clean, size), "%s",
			    execmem_type_name(type));
}

static void test_type(struct kunit *test, enum execmem_type type)
{
	const struct execmem_range *range = execmem_range(type);
	size_t granule = execmem_granule(range);
	const char *name = execmem_type_name(type);
	unsigned long alignment = range->alignment;
	void *mem, *dst;

	/* Small users of memory that they share begin anywhere in it. */
	if (granule < PAGE_SIZE && type != EXECMEM_MODULE_TEXT)
		alignment = granule;

	mem = execmem_alloc(type, PAGE_SIZE + 1);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(mem), "%s: %ld", name,
			       PTR_ERR(mem));
	KUNIT_EXPECT_TRUE_MSG(test, IS_ALIGNED((unsigned long)mem, alignment),
			      "%s", name);
	expect_clean(test, type, mem, ALIGN(PAGE_SIZE + 1, granule));

	/* Across the border of two pages. */
	dst = mem + PAGE_SIZE - 8;
	if (execmem_test_writes(type))
		KUNIT_EXPECT_EQ_MSG(test, 0, execmem_write(dst, bytes, 16),
				    "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, 0, execmem_finish(mem), "%s", name);
	if (execmem_test_writes(type))
		KUNIT_EXPECT_EQ_MSG(test, 0, memcmp(dst, bytes, 16), "%s",
				    name);
	execmem_free(mem);
}

static void test_each_type(struct kunit *test)
{
	unsigned int before = execmem_test_mistakes;
	enum execmem_type type;

	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		if (execmem_test_has(type))
			test_type(test, type);
		else
			KUNIT_EXPECT_EQ(test, -ENODEV, alloc_err(type, 1));
	}
	KUNIT_EXPECT_EQ(test, before, execmem_test_mistakes);
}

/* What is stored for an address appears there, before it is finished. */
static void test_writable(struct kunit *test)
{
	u8 *mem = alloc_text(test, 2 * PAGE_SIZE), *to;
	size_t last = 2 * PAGE_SIZE - 1;

	to = execmem_writable(mem);
	*to = 0x11;
	to[last] = 0x22;
	KUNIT_EXPECT_EQ(test, 0x11, mem[0]);
	KUNIT_EXPECT_EQ(test, 0x22, mem[last]);
	KUNIT_EXPECT_PTR_EQ(test, to + last,
			    (u8 *)execmem_writable(mem + last));
	if (execmem_is_rox(EXECMEM_MODULE_TEXT))
		KUNIT_EXPECT_PTR_NE(test, to, mem);
	else
		KUNIT_EXPECT_PTR_EQ(test, to, mem);
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	KUNIT_EXPECT_EQ(test, 0x22, mem[last]);
	execmem_free(mem);

	/* The identity for what is not of execmem. */
	KUNIT_EXPECT_PTR_EQ(test, (void *)test, execmem_writable(test));
	KUNIT_EXPECT_NULL(test, execmem_writable(NULL));
}

/* Writing. */

static void test_write_bounds(struct kunit *test)
{
	u8 *mem = alloc_text(test, 2 * PAGE_SIZE);
	u8 *end = mem + 2 * PAGE_SIZE;
	u8 before[16];

	memcpy(before, end - 16, 16);
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_write(mem - 1, bytes, 2));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       execmem_write(end - 15, bytes, 16));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_write(end, bytes, 1));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       execmem_write(mem + 8, bytes, SIZE_MAX));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       execmem_write(mem + 8, bytes, SIZE_MAX - 7));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       execmem_write(mem, bytes, 2 * PAGE_SIZE + 1));
	/* Not even the part that would have been right. */
	KUNIT_EXPECT_EQ(test, 0, memcmp(before, end - 16, 16));

	KUNIT_EXPECT_EQ(test, 0, execmem_write(end - 16, bytes, 16));
	KUNIT_EXPECT_EQ(test, 0, memcmp(bytes, end - 16, 16));
	KUNIT_EXPECT_EQ(test, 0, execmem_write(mem, bytes, 0));
	execmem_free(mem);
}

static void test_write_elsewhere(struct kunit *test)
{
	u8 *mem = kunit_kzalloc(test, 16, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_write(mem, bytes, 16));
	KUNIT_EXPECT_EQ(test, 0, mem[0]);
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_write(NULL, bytes, 16));
}

/* What is long, and begins and ends anywhere in a page. */
static void test_write_long(struct kunit *test)
{
	size_t len = 5 * PAGE_SIZE - 26, i;
	u8 *src = kunit_kmalloc(test, len, GFP_KERNEL);
	u8 *mem = alloc_text(test, 5 * PAGE_SIZE);
	u8 first = mem[12], last = mem[13 + len];

	KUNIT_ASSERT_NOT_NULL(test, src);
	for (i = 0; i < len; i++)
		src[i] = i * 7 + i / 251;
	KUNIT_EXPECT_EQ(test, 0, execmem_write(mem + 13, src, len));
	KUNIT_EXPECT_EQ(test, 0, memcmp(mem + 13, src, len));
	KUNIT_EXPECT_EQ(test, first, mem[12]);
	KUNIT_EXPECT_EQ(test, last, mem[13 + len]);
	execmem_free(mem);
}

/* Finishing. */

static void test_finish_once(struct kunit *test)
{
	void *mem = alloc_text(test, PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, 0, execmem_write(mem, bytes, 4));
	KUNIT_ASSERT_EQ(test, 0, execmem_finish(mem));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_finish(mem));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_write(mem, "none", 4));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_shrink(mem, 1));
	KUNIT_EXPECT_EQ(test, 0, memcmp(mem, bytes, 4));
	execmem_free(mem);
}

static void test_finish_refused(struct kunit *test)
{
	void *mem = alloc_text(test, 2 * PAGE_SIZE);

	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_finish(mem + 1));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_finish(mem + PAGE_SIZE));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_finish(test));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_finish(NULL));
	/* None of that was acted on. */
	KUNIT_EXPECT_EQ(test, 0, execmem_write(mem, bytes, 4));
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	execmem_free(mem);
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_finish(mem));
}

/* Shrinking. */

static void test_shrink(struct kunit *test)
{
	u8 *mem = alloc_text(test, 4 * PAGE_SIZE), *end;

	KUNIT_EXPECT_EQ(test, 0, execmem_write(mem, bytes, 16));
	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem, 3 * PAGE_SIZE + 1));
	end = mem + in_granules(3 * PAGE_SIZE + 1);
	KUNIT_EXPECT_EQ(test, 0, execmem_write(end - 1, bytes, 1));
	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem, PAGE_SIZE + 1));
	end = mem + in_granules(PAGE_SIZE + 1);
	KUNIT_EXPECT_EQ(test, 0, execmem_write(end - 4, bytes, 4));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_write(end, bytes, 4));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       execmem_write(end - 2, bytes, 4));
	/* Blocks stay as they are. */
	if (!IS_ENABLED(CONFIG_ARCH_EXECMEM_LINEAR) &&
	    !execmem_is_rox(EXECMEM_MODULE_TEXT)) {
		KUNIT_EXPECT_NOT_NULL(test, vmalloc_to_page(mem + PAGE_SIZE));
		KUNIT_EXPECT_NULL(test, vmalloc_to_page(mem + 2 * PAGE_SIZE));
		KUNIT_EXPECT_NULL(test, vmalloc_to_page(mem + 3 * PAGE_SIZE));
	}
	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem, in_granules(1)));
	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem, 1));
	KUNIT_EXPECT_EQ(test, 0, memcmp(mem, bytes, 16));
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	execmem_free(mem);
}

static void test_shrink_refused(struct kunit *test)
{
	u8 *mem = alloc_text(test, 4 * PAGE_SIZE);
	u8 *end = mem + 4 * PAGE_SIZE;

	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_shrink(mem, 0));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_shrink(mem, SIZE_MAX));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       execmem_shrink(mem, 4 * PAGE_SIZE + 1));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_shrink(mem + 1, 1));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       execmem_shrink(mem + PAGE_SIZE, 1));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_shrink(test, 1));
	/* It is as large as before, and still to be finished. */
	KUNIT_EXPECT_EQ(test, 0, execmem_write(end - 1, bytes, 1));
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	execmem_free(mem);
}

/* Freeing. */

static void test_free_refused(struct kunit *test)
{
	void *mem = alloc_text(test, 2 * PAGE_SIZE);

	EXECMEM_EXPECT_NO_EFFECT(test, execmem_free(mem + 1));
	EXECMEM_EXPECT_NO_EFFECT(test, execmem_free(mem + PAGE_SIZE));
	EXECMEM_EXPECT_NO_EFFECT(test, execmem_free(mem + 2 * PAGE_SIZE));
	EXECMEM_EXPECT_NO_EFFECT(test, execmem_free(test));
	KUNIT_EXPECT_EQ(test, 0, execmem_write(mem + PAGE_SIZE, bytes, 1));
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	EXECMEM_EXPECT_NO_EFFECT(test, execmem_free(mem + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, bytes[0], ((u8 *)mem)[PAGE_SIZE]);
	execmem_free(mem);

	EXECMEM_EXPECT_NO_EFFECT(test, execmem_free(mem));
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_write(mem, bytes, 1));
}

/* From each state, and what is no allocation at all. */
static void test_free(struct kunit *test)
{
	unsigned int before = execmem_test_mistakes;
	void *mem = alloc_text(test, PAGE_SIZE);

	execmem_free(mem);
	mem = alloc_text(test, 4 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem, PAGE_SIZE));
	execmem_free(mem);
	mem = alloc_text(test, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	execmem_free(mem);
	execmem_free(NULL);
	KUNIT_EXPECT_EQ(test, before, execmem_test_mistakes);
}

static struct kunit_case execmem_cases[] = {
	KUNIT_CASE(test_size_refused),
	KUNIT_CASE(test_size_too_large),
	KUNIT_CASE(test_size_edges),
	KUNIT_CASE(test_each_type),
	KUNIT_CASE(test_writable),
	KUNIT_CASE(test_write_bounds),
	KUNIT_CASE(test_write_elsewhere),
	KUNIT_CASE(test_write_long),
	KUNIT_CASE(test_finish_once),
	KUNIT_CASE(test_finish_refused),
	KUNIT_CASE(test_shrink),
	KUNIT_CASE(test_shrink_refused),
	KUNIT_CASE(test_free_refused),
	KUNIT_CASE(test_free),
	{ }
};

static struct kunit_suite execmem_suite = {
	.name = "execmem",
	.test_cases = execmem_cases,
};

kunit_test_suite(execmem_suite);

MODULE_LICENSE("GPL");
