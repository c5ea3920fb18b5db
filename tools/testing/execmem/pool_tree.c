// SPDX-License-Identifier: GPL-2.0
/*
 * The trees of holes, which are hole.c's own.
 */

#include "../../../mm/execmem/hole.c"
#include "fuzz_pool.h"

struct execmem_area *tree_first(enum execmem_pool pool)
{
	struct rb_node *node = rb_first(&holes[pool]);

	return node ? to_hole(node) : NULL;
}

struct execmem_area *tree_next(struct execmem_area *hole)
{
	struct rb_node *node = rb_next(&hole->node);

	return node ? to_hole(node) : NULL;
}

static unsigned long larger(unsigned long a, unsigned long b)
{
	return a > b ? a : b;
}

/* What is best below @node, and known to be. */
static struct execmem_room best_below(struct rb_node *node)
{
	struct execmem_room best = { }, left, right;
	unsigned long first, last;
	struct execmem_area *hole;

	if (!node)
		return best;

	hole = to_hole(node);
	left = best_below(node->rb_left);
	right = best_below(node->rb_right);

	/* Pages by their numbers: the first whole one, and the last. */
	first = (hole->addr + 4095) / 4096;
	last = (hole->addr + hole->size) / 4096;
	if (first < last)
		best.pages = (last - first) * 4096;
	else
		best.scrap = hole->size;
	best.pages = larger(best.pages, larger(left.pages, right.pages));
	best.scrap = larger(best.scrap, larger(left.scrap, right.scrap));

	check(hole->best.pages == best.pages && hole->best.scrap == best.scrap,
	      "%lx, %zx bytes: %lx %lx, not %lx %lx", hole->addr, hole->size,
	      hole->best.pages, hole->best.scrap, best.pages, best.scrap);
	return best;
}

void check_best(void)
{
	enum execmem_pool pool;

	check(!holes[EXECMEM_POOL_NONE].rb_node, "holes of no pool");
	for_each_pool(pool)
		best_below(holes[pool].rb_node);
}
