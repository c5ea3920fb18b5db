// SPDX-License-Identifier: GPL-2.0
/*
 * Holes: what is nobody's in the blocks; in those for code it is full of
 * trapping instructions.
 *
 * Those of a pool are in one tree by address, and no two of them touch. What a
 * subtree has to offer is known at its top, so that the lowest hole that has
 * room is found in O(log n) (I7). A hole is an allocation that is no more: to
 * free one takes no memory (I4), and to take a part out of the middle needs one
 * more of them, which the caller brings along.
 *
 * Code that is patched in place has whole pages of its own until it is
 * finished, and everything else comes in small pieces. These are put where no
 * page is whole any more, as long as there is room.
 */

#include <linux/align.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/rbtree_augmented.h>
#include <linux/slab.h>
#include "block.h"

static struct rb_root holes[EXECMEM_POOL_DATA];

static struct rb_root *tree_of(const struct execmem_area *area)
{
	return &holes[area->pool];
}

static struct execmem_area *to_hole(struct rb_node *node)
{
	return rb_entry(node, struct execmem_area, node);
}

static unsigned long end_of(const struct execmem_area *hole)
{
	return hole->addr + hole->size;
}

/* What is left of a hole if it is cut at the first and the last whole page */
static unsigned long whole_pages(const struct execmem_area *hole)
{
	unsigned long start = PAGE_ALIGN(hole->addr);
	unsigned long end = ALIGN_DOWN(end_of(hole), PAGE_SIZE);

	return start < end ? end - start : 0;
}

static struct execmem_room room_of(const struct execmem_area *hole)
{
	unsigned long pages = whole_pages(hole);

	return (struct execmem_room) {
		.pages = pages,
		.scrap = pages ? 0 : hole->size,
	};
}

static bool has(const struct execmem_room *room,
		const struct execmem_room *need)
{
	return (need->pages && room->pages >= need->pages) ||
	       (need->scrap && room->scrap >= need->scrap);
}

static void add_room(struct execmem_room *room, struct rb_node *node)
{
	if (!node)
		return;
	room->pages = max(room->pages, to_hole(node)->best.pages);
	room->scrap = max(room->scrap, to_hole(node)->best.scrap);
}

/* The form that RB_DECLARE_CALLBACKS() asks for: is it what it was? */
static bool update_best(struct execmem_area *hole, bool exit)
{
	struct execmem_room best = room_of(hole);

	add_room(&best, hole->node.rb_left);
	add_room(&best, hole->node.rb_right);
	if (exit && best.pages == hole->best.pages &&
	    best.scrap == hole->best.scrap)
		return true;
	hole->best = best;
	return false;
}

RB_DECLARE_CALLBACKS(static, hole_callbacks, struct execmem_area, node, best,
		     update_best);

static bool subtree_has(struct rb_node *node, const struct execmem_room *need)
{
	return node && has(&to_hole(node)->best, need);
}

static bool hole_has(const struct execmem_area *hole,
		     const struct execmem_room *need)
{
	struct execmem_room room = room_of(hole);

	return has(&room, need);
}

/* The lowest hole below @node that has room; there is one. */
static struct execmem_area *lowest(struct rb_node *node,
				   const struct execmem_room *need)
{
	for (;;) {
		if (subtree_has(node->rb_left, need)) {
			node = node->rb_left;
			continue;
		}
		if (hole_has(to_hole(node), need))
			return to_hole(node);
		node = node->rb_right;
	}
}

/* The lowest hole that has room and does not end at or before @from */
static struct execmem_area *next_hole(const struct rb_root *root,
				      unsigned long from,
				      const struct execmem_room *need)
{
	struct rb_node *node = root->rb_node;
	struct execmem_area *found = NULL;

	while (node) {
		struct execmem_area *hole = to_hole(node);

		if (end_of(hole) <= from) {
			node = node->rb_right;
			continue;
		}
		/* Of those on the way, the last one is the lowest. */
		if (hole_has(hole, need) || subtree_has(node->rb_right, need))
			found = hole;
		node = node->rb_left;
	}

	if (!found || hole_has(found, need))
		return found;
	return lowest(found->node.rb_right, need);
}

/* Where a hole is missing: between which others, and where in the tree */
struct gap {
	struct execmem_area	*before;
	struct execmem_area	*behind;
	struct rb_node		*parent;
	struct rb_node		**link;
};

static struct gap find_gap(struct rb_root *root, unsigned long addr)
{
	struct gap gap = { .link = &root->rb_node };

	while (*gap.link) {
		gap.parent = *gap.link;
		if (addr < to_hole(gap.parent)->addr) {
			gap.behind = to_hole(gap.parent);
			gap.link = &gap.parent->rb_left;
		} else {
			gap.before = to_hole(gap.parent);
			gap.link = &gap.parent->rb_right;
		}
	}
	return gap;
}

static void insert(struct execmem_area *hole, const struct gap *gap)
{
	hole->best = room_of(hole);
	rb_link_node(&hole->node, gap->parent, gap->link);
	hole_callbacks_propagate(gap->parent, NULL);
	rb_insert_augmented(&hole->node, tree_of(hole), &hole_callbacks);
}

static void erase(struct execmem_area *hole)
{
	rb_erase_augmented(&hole->node, tree_of(hole), &hole_callbacks);
}

static void resize(struct execmem_area *hole, unsigned long addr,
		   unsigned long end)
{
	hole->addr = addr;
	hole->size = end - addr;
	hole_callbacks_propagate(&hole->node, NULL);
}

/*
 * Take [@addr, @addr + @size) out of @hole. @spare is used if two holes remain,
 * and becomes @hole if none does.
 */
static void cut(struct execmem_area *hole, unsigned long addr, size_t size,
		struct execmem_area **spare)
{
	unsigned long end = end_of(hole);
	struct gap gap;

	if (addr == hole->addr && addr + size == end) {
		erase(hole);
		kfree(hole);
	} else if (addr == hole->addr) {
		resize(hole, addr + size, end);
	} else {
		resize(hole, hole->addr, addr);
		if (addr + size == end)
			return;
		(*spare)->pool = hole->pool;
		(*spare)->run = hole->run;
		(*spare)->freed = hole->freed;
		(*spare)->addr = addr + size;
		(*spare)->size = end - addr - size;
		gap = find_gap(tree_of(hole), addr);
		insert(*spare, &gap);
		*spare = NULL;
	}
}

/* Where in @hole, and between @start and @end? 0 for nowhere. */
static unsigned long place(const struct execmem_area *hole, size_t size,
			   unsigned long align, unsigned long start,
			   unsigned long end)
{
	unsigned long addr = ALIGN(max(hole->addr, start), align);

	end = min(end, end_of(hole));
	return addr < end && size <= end - addr ? addr : 0;
}

static unsigned long find_room(const struct execmem_area *area,
			       unsigned long align, unsigned long start,
			       unsigned long end,
			       const struct execmem_room *need,
			       struct execmem_area **holep)
{
	const struct rb_root *root = tree_of(area);
	unsigned long addr, from = start;
	struct execmem_area *hole;

	/* Only the first and the last one can be partly out of the window. */
	while ((hole = next_hole(root, from, need)) && hole->addr < end) {
		addr = place(hole, area->span, align, start, end);
		if (addr) {
			*holep = hole;
			return addr;
		}
		from = end_of(hole);
	}
	return 0;
}

bool execmem_hole_take(struct execmem_area *area, unsigned long align,
		       unsigned long start, unsigned long end,
		       struct execmem_area **spare)
{
	size_t size = area->span;
	struct execmem_room scrap = { .scrap = size };
	struct execmem_room pages = {
		.pages = PAGE_ALIGN(size) +
			 (max(align, PAGE_SIZE) - PAGE_SIZE),
	};
	unsigned long first = execmem_pool_first(area->pool);
	struct execmem_area *hole = NULL;
	unsigned long addr = 0;

	lockdep_assert_held(&execmem_lock);

	if (align < PAGE_SIZE && subtree_has(tree_of(area)->rb_node, &scrap))
		addr = find_room(area, align, start, end, &scrap, &hole);
	/* I11: the lowest ones begin where a block does. */
	if (!addr && first > start)
		addr = find_room(area, align, first, end, &pages, &hole);
	if (!addr)
		addr = find_room(area, align, start, end, &pages, &hole);
	if (!addr)
		return false;

	area->addr = addr;
	area->run = hole->run;
	area->freed = hole->freed;
	cut(hole, addr, size, spare);
	return true;
}

/* A run may end where another one begins, and has another twin. */
static bool touch(const struct execmem_area *before,
		  const struct execmem_area *behind)
{
	return before && behind && before->run == behind->run &&
	       end_of(before) == behind->addr;
}

/* For debugfs: the most that is free in one piece between @start and @end */
unsigned long execmem_hole_largest(enum execmem_pool pool, unsigned long start,
				   unsigned long end)
{
	struct execmem_room any = { .pages = PAGE_SIZE, .scrap = 1 };
	unsigned long from = start, most = 0;
	struct execmem_area *hole;

	lockdep_assert_held(&execmem_lock);

	while ((hole = next_hole(&holes[pool], from, &any)) &&
	       hole->addr < end) {
		most = max(most, min(end, end_of(hole)) -
				 max(start, hole->addr));
		from = end_of(hole);
	}
	return most;
}

bool execmem_hole_take_at(struct execmem_area *area, unsigned long addr,
			  struct execmem_area **spare)
{
	struct execmem_area *hole = execmem_find(tree_of(area), addr);

	lockdep_assert_held(&execmem_lock);

	if (!hole || !execmem_has_bytes(hole, addr, area->span))
		return false;

	area->addr = addr;
	area->run = hole->run;
	area->freed = hole->freed;
	cut(hole, addr, area->span, spare);
	return true;
}

void execmem_hole_give(struct execmem_area *area, struct execmem_area **rest)
{
	struct gap gap = find_gap(tree_of(area), area->addr);
	struct execmem_area *before, *behind;

	lockdep_assert_held(&execmem_lock);

	area->size = area->span;
	before = touch(gap.before, area) ? gap.before : NULL;
	behind = touch(area, gap.behind) ? gap.behind : NULL;
	rest[0] = before || behind ? area : NULL;
	rest[1] = before && behind ? behind : NULL;
	if (before)
		before->freed = max(before->freed, area->freed);
	if (behind)
		behind->freed = max(behind->freed, area->freed);
	if (before && behind) {
		before->freed = max(before->freed, behind->freed);
		erase(behind);
		resize(before, before->addr, end_of(behind));
	} else if (before) {
		resize(before, before->addr, end_of(area));
	} else if (behind) {
		resize(behind, area->addr, end_of(behind));
	} else {
		insert(area, &gap);
	}
}
