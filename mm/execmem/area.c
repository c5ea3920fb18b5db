// SPDX-License-Identifier: GPL-2.0
/*
 * Which allocation is at an address (I7: O(log n) in live allocations).
 */

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

int execmem_insert(struct rb_root *root, struct execmem_area *area)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		struct execmem_area *other = to_area(*link);

		parent = *link;
		if (area->addr + area->size <= other->addr)
			link = &parent->rb_left;
		else if (other->addr + other->size <= area->addr)
			link = &parent->rb_right;
		else
			return -EEXIST;
	}

	rb_link_node(&area->node, parent, link);
	rb_insert_color(&area->node, root);
	return 0;
}
