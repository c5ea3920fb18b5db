// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test for veneers of modules.
 */

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <asm/module_veneer.h>
#include "internal.h"
#include "veneer_kunit.h"

#define SEED		20221211
#define TEXT		SZ_64K
#define VENEERS		SZ_32K	/* of these, from where on there are veneers */
#define ROOM		200

struct pair {
	u32 sym;
	s64 addend;
};

/* The number of different pairs, counted without any cleverness */
static unsigned int count_pairs(const struct pair *pairs, unsigned int nr)
{
	unsigned int i, j, different = 0;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < i; j++) {
			if (pairs[i].sym == pairs[j].sym &&
			    pairs[i].addend == pairs[j].addend)
				break;
		}
		different += j == i;
	}
	return different;
}

static unsigned int tally_pairs(struct kunit *test, const struct pair *pairs,
				unsigned int nr, unsigned int nr_syms)
{
	struct veneer_tally tally;
	unsigned int i, sum;

	KUNIT_ASSERT_EQ(test, veneer_tally_begin(&tally, nr_syms), 0);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, veneer_tally_add(&tally, pairs[i].sym,
						       pairs[i].addend), 0);
	sum = veneer_tally_sum(&tally);
	veneer_tally_end(&tally);
	return sum;
}

/* Few symbols and addends, so that most come again */
static void test_tally(struct kunit *test)
{
	struct rnd_state rnd;
	struct pair *pairs;
	unsigned int round, i, nr, nr_syms;

	prandom_seed_state(&rnd, SEED);
	pairs = kunit_kmalloc_array(test, 400, sizeof(*pairs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pairs);

	for (round = 0; round < 200; round++) {
		nr = prandom_u32_state(&rnd) % 400;
		nr_syms = 1 + prandom_u32_state(&rnd) % 130;
		for (i = 0; i < nr; i++) {
			pairs[i].sym = prandom_u32_state(&rnd) % nr_syms;
			pairs[i].addend = (s32)(prandom_u32_state(&rnd) % 7) - 3;
			if (prandom_u32_state(&rnd) % 2)
				pairs[i].addend = 0;
		}
		KUNIT_EXPECT_EQ_MSG(test, tally_pairs(test, pairs, nr, nr_syms),
				    count_pairs(pairs, nr), "round %u", round);
	}
}

/* What does not fit in 32 bits may be counted twice, but is not left out. */
static void test_tally_wide(struct kunit *test)
{
	static const struct pair pairs[] = {
		{ 1, S32_MAX }, { 1, S32_MIN }, { 1, S32_MAX },
		{ 1, S32_MAX + 1LL }, { 1, S32_MIN - 1LL }, { 1, 1LL << 32 },
		{ 2, 1LL << 32 }, { 2, -1 }, { 2, U32_MAX }, { 0, 0 },
	};

	KUNIT_EXPECT_EQ(test, tally_pairs(test, pairs, ARRAY_SIZE(pairs), 3),
			count_pairs(pairs, ARRAY_SIZE(pairs)));
}

struct veneer_test {
	struct module *mod;
	void *text;
};

/* Any address out of reach will do. */
static unsigned long far_target(const struct veneer_test *t, unsigned int i)
{
	return ((unsigned long)t->text + SZ_512M + 4 * i) | veneer_test_state;
}

static struct module_veneers *veneers(struct kunit *test)
{
	struct veneer_test *t = test->priv;

	return &t->mod->arch.veneers[false];
}

/* Each target has one veneer, whatever came between. */
static void test_one_for_each(struct kunit *test)
{
	struct veneer_test *t = test->priv;
	unsigned long loc = (unsigned long)t->text, target, veneer;
	unsigned long seen[ROOM] = { };
	struct rnd_state rnd;
	unsigned int i, n, nr = 0;

	prandom_seed_state(&rnd, SEED);
	for (i = 0; i < 10 * ROOM; i++) {
		n = prandom_u32_state(&rnd) % ROOM;
		target = far_target(t, n);
		KUNIT_ASSERT_EQ(test, module_veneer(t->mod, loc, target,
						    &veneer), 0);
		nr += !seen[n];
		if (seen[n])
			KUNIT_EXPECT_EQ(test, veneer, seen[n]);
		seen[n] = veneer;
		KUNIT_EXPECT_EQ(test, veneer_test_target((void *)veneer),
				target);
	}
	KUNIT_EXPECT_EQ(test, veneers(test)->used, nr);
	module_veneers_end(t->mod);
}

static void test_no_room(struct kunit *test)
{
	struct veneer_test *t = test->priv;
	unsigned long loc = (unsigned long)t->text, veneer;
	unsigned int i;

	for (i = 0; i < ROOM; i++)
		KUNIT_EXPECT_EQ(test, module_veneer(t->mod, loc, far_target(t, i),
						    &veneer), 0);
	KUNIT_EXPECT_EQ(test, module_veneer(t->mod, loc, far_target(t, ROOM), &veneer),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, module_veneer_private(t->mod, loc, &veneer),
			-ERANGE);
	/* The loader refuses the module, and says which branch it is. */
	KUNIT_EXPECT_EQ(test, veneer_test_relocate(t->mod, t->text, veneer_test_any(),
						   far_target(t, ROOM)),
			-ENOEXEC);
	/* Who has one keeps it. */
	KUNIT_EXPECT_EQ(test, module_veneer(t->mod, loc, far_target(t, 0), &veneer), 0);
	KUNIT_EXPECT_EQ(test, veneer_test_target((void *)veneer),
			far_target(t, 0));
	module_veneers_end(t->mod);
}

/* No veneer overlaps another one, and all are where they are said to be. */
static void test_places(struct kunit *test)
{
	struct module_veneers *v = veneers(test);
	struct veneer_test *t = test->priv;
	unsigned long loc = (unsigned long)t->text, veneer[ROOM];
	unsigned int i;

	for (i = 0; i < ROOM; i++) {
		KUNIT_ASSERT_EQ(test, module_veneer(t->mod, loc, far_target(t, i),
						    &veneer[i]), 0);
		KUNIT_EXPECT_TRUE(test, is_module_veneer(t->mod, veneer[i]));
		KUNIT_EXPECT_LT(test, veneer[i] - v->start,
				module_veneers_size(i + 1));
	}
	for (i = 0; i < ROOM; i++)
		KUNIT_EXPECT_EQ(test, veneer_test_target((void *)veneer[i]),
				far_target(t, i));
	KUNIT_EXPECT_FALSE(test, is_module_veneer(t->mod, v->start - 1));
	KUNIT_EXPECT_FALSE(test, is_module_veneer(t->mod, v->start +
						  module_veneers_size(ROOM)));
	module_veneers_end(t->mod);
}

/* A branch that has no veneer is refused, and takes none. */
static void expect_branch(struct kunit *test,
			  const struct veneer_test_branch *b, long distance)
{
	struct veneer_test *t = test->priv;
	unsigned long target = (unsigned long)t->text + distance, dest;
	unsigned int used = veneers(test)->used;
	bool near = veneer_test_reaches(b, distance);
	int err;

	err = veneer_test_relocate(t->mod, t->text, b,
				   target | (b->label ? 0 : b->state));
	KUNIT_EXPECT_EQ_MSG(test, err, near || b->veneer ? 0 : -ENOEXEC,
			    "%s, distance %ld", b->name, distance);
	KUNIT_EXPECT_EQ_MSG(test, veneers(test)->used,
			    used + (!near && b->veneer), "%s, distance %ld",
			    b->name, distance);
	if (b->traced)
		KUNIT_EXPECT_EQ_MSG(test, near,
				    veneer_test_traceable(t->text, target |
							  b->state),
				    "%s, distance %ld", b->name, distance);
	if (err)
		return;

	dest = veneer_test_dest(t->text, b);
	if (near) {
		KUNIT_EXPECT_EQ_MSG(test, dest, target, "%s, distance %ld",
				    b->name, distance);
		return;
	}
	KUNIT_ASSERT_TRUE_MSG(test, is_module_veneer(t->mod, dest),
			      "%s, distance %ld", b->name, distance);
	KUNIT_EXPECT_EQ_MSG(test, veneer_test_target((void *)dest),
			    target | b->state, "%s, distance %ld", b->name,
			    distance);
}

/* Branches go directly up to the limit, and through a veneer behind it. */
static void test_limits(struct kunit *test)
{
	struct veneer_test *t = test->priv;
	unsigned int n;
	int i;

	for (n = 0; n < veneer_test_nr_branches; n++) {
		const struct veneer_test_branch *b = &veneer_test_branches[n];
		long first = veneer_test_first(b), last = veneer_test_last(b);

		for (i = -2; i <= 2; i++) {
			expect_branch(test, b, first + b->step * i);
			expect_branch(test, b, last + b->step * i);
			expect_branch(test, b, b->step * i);
		}
		expect_branch(test, b, SZ_512M);
		/* The next one has its veneers, and none of these. */
		module_veneers_end(t->mod);
	}
}

/* There is room by the count, which tells what was reserved, and no memory. */
static void expect_finished(struct kunit *test, unsigned long target)
{
	struct veneer_test *t = test->priv;
	struct module_veneers *v = veneers(test);
	unsigned int used = v->used;
	unsigned long veneer;

	KUNIT_EXPECT_LT(test, used, v->reserved);
	t->mod->state = MODULE_STATE_COMING;
	KUNIT_EXPECT_EQ(test, module_veneer(t->mod, v->start, target, &veneer),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, module_veneer_private(t->mod, v->start, &veneer),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, v->used, used);
	KUNIT_EXPECT_NULL(test, v->index);
}

/* What no veneer needs is given back, from the end of the last one on. */
static void test_trim(struct kunit *test)
{
	struct veneer_test *t = test->priv;
	struct module_memory *mem = &t->mod->mem[MOD_TEXT];
	struct module_veneers *v = veneers(test);
	unsigned long target, veneer;
	unsigned int size, left;

	size = module_region_size(MOD_TEXT, 4 * PAGE_SIZE);
	left = module_region_size(MOD_TEXT, PAGE_SIZE / 2 +
				  module_veneers_size(1));
	mem->base = module_region_alloc(MOD_TEXT, size);
	KUNIT_ASSERT_FALSE(test, IS_ERR(mem->base));
	mem->size = size;
	v->start = (unsigned long)mem->base + PAGE_SIZE / 2;
	target = ((unsigned long)mem->base + SZ_512M) | veneer_test_state;

	KUNIT_EXPECT_EQ(test, module_veneer(t->mod, v->start, target, &veneer),
			0);
	KUNIT_EXPECT_EQ(test, module_veneers_trim(t->mod), 0);
	KUNIT_EXPECT_LT(test, mem->size, size);
	KUNIT_EXPECT_EQ(test, mem->size, left);
	KUNIT_EXPECT_EQ(test, v->returned, size - left);
	KUNIT_EXPECT_EQ(test, veneer_test_target((void *)veneer), target);
	/* The second time there is nothing left to give. */
	KUNIT_EXPECT_EQ(test, module_veneers_trim(t->mod), 0);
	KUNIT_EXPECT_EQ(test, mem->size, left);

	module_veneers_end(t->mod);
	expect_finished(test, target);
	module_region_free(MOD_TEXT, mem->base);
}

static int veneer_init(struct kunit *test)
{
	struct veneer_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->mod = kunit_kzalloc(test, sizeof(*t->mod), GFP_KERNEL);
	t->text = kunit_kzalloc(test, TEXT, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->mod);
	KUNIT_ASSERT_NOT_NULL(test, t->text);

	t->mod->state = MODULE_STATE_UNFORMED;
	strscpy(t->mod->name, "module_veneer_kunit", sizeof(t->mod->name));
	t->mod->mem[MOD_TEXT].base = t->text;
	t->mod->mem[MOD_TEXT].size = TEXT;
	t->mod->arch.veneers[false] = (struct module_veneers) {
		.start		= (unsigned long)t->text + VENEERS,
		.reserved	= ROOM,
	};
	test->priv = t;
	return 0;
}

static struct kunit_case module_veneer_cases[] = {
	KUNIT_CASE(test_tally),
	KUNIT_CASE(test_tally_wide),
	KUNIT_CASE(test_one_for_each),
	KUNIT_CASE(test_no_room),
	KUNIT_CASE(test_places),
	KUNIT_CASE(test_limits),
	KUNIT_CASE(test_trim),
	{}
};

static struct kunit_suite module_veneer_suite = {
	.name = "module_mem_veneer",
	.init = veneer_init,
	.test_cases = module_veneer_cases,
};

kunit_test_suite(module_veneer_suite);
