// SPDX-License-Identifier: GPL-2.0
/*
 * Which allocation is at an address (I7: O(log n) in live allocations).
 */

#include <linux/list.h>
#include <linux/rbtree.h>
#include "internal.h"

static struct execmem_area *to_area(struct rb_node *node)
{
	return rb_entry(node, struct execmem_area, node);
}

/* The one that contains @addr, not only the one that starts there. */
struct execmem_area *execmem_find(struct rb_root *root, unsigned long addr)
{
	struct rb_node *node = root->rb_node;

	while (node) {
		struct execmem_area *area = to_area(node);

		if (addr < area->addr)
			node = node->rb_left;
		else if (addr - area->addr >= area->size)
			node = node->rb_right;
		else
			return area;
	}
	return NULL;
}

bool execmem_has_bytes(const struct execmem_area *area, unsigned long addr,
		       size_t len)
{
	unsigned long offset = addr - area->addr;

	/* No sum of what a caller says: it might wrap (I6). */
	return offset <= area->size && len <= area->size - offset;
}

/* The one behind @area, or NULL */
struct execmem_area *execmem_next(const struct execmem_areas *areas,
				  struct execmem_area *area)
{
	return list_is_last(&area->order, &areas->order) ? NULL :
	       list_next_entry(area, order);
}

/* Right behind @before, if there is nothing between: no search. */
static bool insert_behind(struct execmem_areas *areas,
			  struct execmem_area *before,
			  struct execmem_area *area)
{
	struct execmem_area *next = execmem_next(areas, before);

	if (area->addr < before->addr + before->size ||
	    (next && next->addr < area->addr + area->size))
		return false;

	/* The next one is either above, or the leftmost one to the right. */
	if (before->node.rb_right)
		rb_link_node(&area->node, &next->node, &next->node.rb_left);
	else
		rb_link_node(&area->node, &before->node,
			     &before->node.rb_right);
	list_add(&area->order, &before->order);
	return true;
}

static int search_and_insert(struct execmem_areas *areas,
			     struct execmem_area *area)
{
	struct rb_node **link = &areas->root.rb_node, *parent = NULL;
	struct list_head *before = &areas->order;

	while (*link) {
		struct execmem_area *other = to_area(*link);

		parent = *link;
		if (area->addr + area->size <= other->addr) {
			link = &parent->rb_left;
		} else if (other->addr + other->size <= area->addr) {
			link = &parent->rb_right;
			before = &other->order;
		} else {
			return -EEXIST;
		}
	}

	rb_link_node(&area->node, parent, link);
	list_add(&area->order, before);
	return 0;
}

/* Faster where @area comes right behind @hint, which is another one or NULL. */
int execmem_insert(struct execmem_areas *areas, struct execmem_area *area,
		   struct execmem_area *hint)
{
	int err = 0;

	if (!hint || !insert_behind(areas, hint, area))
		err = search_and_insert(areas, area);
	if (!err)
		rb_insert_color(&area->node, &areas->root);
	return err;
}

void execmem_erase(struct execmem_areas *areas, struct execmem_area *area)
{
	rb_erase(&area->node, &areas->root);
	list_del(&area->order);
}
