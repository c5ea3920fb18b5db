// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test for memory that is executable from its first mapping on: what is
 * in it, and where it can be stored to, before and after it is finished. Stores
 * that have to fault are made by copy_to_kernel_nofault().
 */

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "execmem_test.h"

#define PAGES	3
#define SIZE	(PAGES * PAGE_SIZE)

static void need_rox(struct kunit *test, enum execmem_type type)
{
	/* rodata=off: text is writable for ever, and has no twin. */
	if (!execmem_protects_modules())
		kunit_skip(test, "modules are not protected");
	if (!execmem_allows_rox())
		kunit_skip(test, "execmem.rox=0");
	KUNIT_ASSERT_TRUE(test, execmem_is_rox(type));
}

static void *rox_alloc(struct kunit *test, enum execmem_type type)
{
	void *mem;

	need_rox(test, type);
	mem = execmem_alloc(type, SIZE);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(mem), "%s: %ld",
			       execmem_type_name(type), PTR_ERR(mem));
	return mem;
}

static int store(void *dst)
{
	u8 byte = 0x90;

	return copy_to_kernel_nofault(dst, &byte, 1);
}

/* What is there now; KASAN objects to reads of memory that was given back. */
static u8 peek(const void *src)
{
	u8 byte = 0;

	return copy_from_kernel_nofault(&byte, src, 1) ? 0 : byte;
}

/* The @nr-th page of @mem in the direct map */
static void *alias(void *mem, int nr)
{
	return page_address(vmalloc_to_page(mem + nr * PAGE_SIZE));
}

/* I1: nowhere at its own address, whatever the type. */
static void test_never_writable(struct kunit *test)
{
	enum execmem_type type;
	void *mem;

	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		if (!execmem_is_code(type))
			continue;
		mem = rox_alloc(test, type);
		KUNIT_EXPECT_EQ(test, -EFAULT, store(mem));
		KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
		KUNIT_EXPECT_EQ(test, -EFAULT, store(mem + SIZE - 1));
		execmem_free(mem);
	}
}

/* I3 */
static void test_filled(struct kunit *test)
{
	u8 *traps = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	void *mem = rox_alloc(test, EXECMEM_MODULE_TEXT);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, traps);
	execmem_arch_fill(traps, PAGE_SIZE);
	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, 0, memcmp(mem + i * PAGE_SIZE, traps,
						PAGE_SIZE));
	execmem_free(mem);
}

static void test_twin(struct kunit *test)
{
	u8 *mem = rox_alloc(test, EXECMEM_MODULE_TEXT);
	u8 *twin = execmem_writable(mem);
	long distance = twin - mem;

	KUNIT_EXPECT_NE(test, 0L, distance);
	KUNIT_EXPECT_PTR_EQ(test, mem + SIZE - 1 + distance,
			    (u8 *)execmem_writable(mem + SIZE - 1));

	KUNIT_EXPECT_EQ(test, 0, store(twin + SIZE - 1));
	KUNIT_EXPECT_EQ(test, (u8)0x90, mem[SIZE - 1]);
	/* Only what is not finished has pages there. */
	KUNIT_EXPECT_EQ(test, -EFAULT, store(twin - 1));
	KUNIT_EXPECT_EQ(test, -EFAULT, store(twin + SIZE));

	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	KUNIT_EXPECT_EQ(test, -EFAULT, store(twin));
	KUNIT_EXPECT_EQ(test, -EFAULT, store(twin + SIZE - 1));
	execmem_free(mem);
}

/* What is given back is not to be stored to once others may have it. */
static void test_twin_trimmed(struct kunit *test)
{
	u8 *mem = rox_alloc(test, EXECMEM_MODULE_TEXT);
	u8 *twin = execmem_writable(mem);

	KUNIT_EXPECT_EQ(test, 0, store(twin + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, store(twin + PAGE_SIZE - 1));
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	KUNIT_EXPECT_EQ(test, -EFAULT, store(twin + PAGE_SIZE));
	/* I3: nothing is left of what was stored there. */
	KUNIT_EXPECT_NE(test, (u8)0x90, peek(mem + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, (u8)0x90, mem[PAGE_SIZE - 1]);
	execmem_free(mem);
	KUNIT_EXPECT_EQ(test, -EFAULT, store(twin));
	KUNIT_EXPECT_NE(test, (u8)0x90, peek(mem + PAGE_SIZE - 1));
}

/* Only the text of modules is written in place. */
static void test_no_twin(struct kunit *test)
{
	enum execmem_type type;
	void *mem;

	for (type = EXECMEM_KPROBES; type < EXECMEM_NR_TYPES; type++) {
		mem = rox_alloc(test, type);
		KUNIT_EXPECT_EQ(test, -EFAULT, store(execmem_writable(mem)));
		execmem_free(mem);
	}
}

/* I2, I5: read-only all the time, and there to be read. */
static void test_alias(struct kunit *test)
{
	void *mem = rox_alloc(test, EXECMEM_MODULE_TEXT);
	int i;

	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, -EFAULT, store(alias(mem, i)));
	KUNIT_EXPECT_EQ(test, 0, store(execmem_writable(mem)));
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, -EFAULT, store(alias(mem, i)));
	KUNIT_EXPECT_EQ(test, (u8)0x90, *(u8 *)alias(mem, 0));
	execmem_free(mem);
}

/* Data that is finished is read-only through both of its mappings. */
static void test_rodata(struct kunit *test)
{
	void *mem;
	int i;

	if (!execmem_protects_modules())
		kunit_skip(test, "modules are not protected");
	mem = execmem_alloc(EXECMEM_MODULE_RODATA, SIZE);
	KUNIT_ASSERT_FALSE(test, IS_ERR(mem));
	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, 0, store(mem + i * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	for (i = 0; i < PAGES; i++) {
		KUNIT_EXPECT_EQ(test, -EFAULT, store(mem + i * PAGE_SIZE));
		KUNIT_EXPECT_EQ(test, -EFAULT, store(alias(mem, i)));
	}
	execmem_free(mem);
}

/* More than half of a block each: there is one in it, and no room for others. */
static void take_blocks(struct kunit *test, void **mem, int nr, size_t size)
{
	int i;

	need_rox(test, EXECMEM_BPF);
	for (i = 0; i < nr; i++) {
		mem[i] = execmem_alloc(EXECMEM_BPF, size);
		KUNIT_ASSERT_FALSE(test, IS_ERR(mem[i]));
	}
}

/* I10: after the predictors were flushed it counts who has been there since. */
static void test_uses(struct kunit *test)
{
	void *mem[4], *again;
	int i;

	take_blocks(test, mem, 4, SZ_2M);
	/* Whose the pages of a new block were is not known. */
	KUNIT_EXPECT_TRUE(test, execmem_was_used(mem[3]));
	execmem_forget_uses();
	KUNIT_EXPECT_FALSE(test, execmem_was_used(mem[3]));

	execmem_free(mem[3]);
	again = execmem_alloc(EXECMEM_BPF, SZ_2M);
	/* Nothing else is as large. */
	KUNIT_EXPECT_TRUE(test, execmem_test_overlap(again, mem[3], SZ_2M));
	KUNIT_EXPECT_TRUE(test, execmem_was_used(again));
	execmem_forget_uses();
	KUNIT_EXPECT_FALSE(test, execmem_was_used(again));

	mem[3] = IS_ERR(again) ? NULL : again;
	for (i = 0; i < 4; i++)
		execmem_free(mem[i]);
}

/*
 * I11: there are 256 places, and hardly two are the same, but where a block is
 * empty that was not given back yet.
 */
static void test_places(struct kunit *test)
{
	bool seen[PTRS_PER_PMD] = { };
	int i, page, others = 0;
	void *mem[12];

	if (!(execmem_range(EXECMEM_BPF)->flags & EXECMEM_RANDOM))
		kunit_skip(test, "nothing is random");
	take_blocks(test, mem, ARRAY_SIZE(mem), SZ_1M + PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(mem); i++) {
		page = ((unsigned long)mem[i] & (SZ_2M - 1)) >> PAGE_SHIFT;
		others += !seen[page];
		seen[page] = true;
		execmem_free(mem[i]);
	}
	KUNIT_EXPECT_GE(test, others, 5);
}

/* Small pieces share pages, also with text that is finished. */
static void test_small(struct kunit *test)
{
	u8 *text = rox_alloc(test, EXECMEM_MODULE_TEXT), *end;
	bool shared = false;
	int nr = 0, max = 2048;
	u8 **pieces;

	pieces = kunit_kcalloc(test, max, sizeof(*pieces), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pieces);
	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(text, 100));
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(text));
	end = PTR_ALIGN(text + 100, PAGE_SIZE);

	/* Others may have left parts of pages, too, at lower addresses. */
	while (nr < max && !shared) {
		u8 *piece = execmem_alloc(EXECMEM_BPF, 50);

		KUNIT_ASSERT_FALSE(test, IS_ERR(piece));
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)piece,
						   EXECMEM_GRANULE));
		shared = piece > text && piece < end;
		pieces[nr++] = piece;
	}
	KUNIT_EXPECT_TRUE(test, shared);
	while (nr)
		execmem_free(pieces[--nr]);
	execmem_free(text);
}

static struct kunit_case execmem_rox_cases[] = {
	KUNIT_CASE(test_never_writable),
	KUNIT_CASE(test_filled),
	KUNIT_CASE(test_twin),
	KUNIT_CASE(test_twin_trimmed),
	KUNIT_CASE(test_no_twin),
	KUNIT_CASE(test_alias),
	KUNIT_CASE(test_rodata),
	KUNIT_CASE(test_uses),
	KUNIT_CASE(test_places),
	KUNIT_CASE(test_small),
	{ }
};

static struct kunit_suite execmem_rox_suite = {
	.name = "execmem_rox",
	.test_cases = execmem_rox_cases,
};

kunit_test_suite(execmem_rox_suite);

MODULE_LICENSE("GPL");
