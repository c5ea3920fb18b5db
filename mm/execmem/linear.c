// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of the linear mapping, for architectures whose code cannot branch to
 * the kernel from where vmalloc() has its addresses, and whose linear mapping
 * is executable. It has one protection for ever: nothing is sealed.
 */

#include <linux/cacheflush.h>
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include "internal.h"

static bool fits(const struct execmem_range *range, unsigned long addr,
		 size_t size)
{
	return addr >= range->start && addr < range->end &&
	       size <= range->end - addr;
}

static int map_area(struct execmem_area *area,
		    const struct execmem_range *range)
{
	void *p;

	if (execmem_fault(area->size))
		return -ENOMEM;
	p = alloc_pages_exact(area->size, GFP_KERNEL | __GFP_ZERO);
	if (!p)
		return -ENOMEM;
	/* There may be more memory than code can be in. */
	if (!fits(range, (unsigned long)p, area->size)) {
		free_pages_exact(p, area->size);
		return -ENOMEM;
	}

	/* The page allocator does not tell; data of modules has pointers. */
	kmemleak_alloc(p, area->size, 1, GFP_KERNEL);
	area->addr = (unsigned long)p;
	return 0;
}

int execmem_map(struct execmem_area *area, const struct execmem_range *range)
{
	int err = map_area(area, range);

	if (err)
		kfree(area);
	return err;
}

int execmem_trim(struct execmem_area *area, const struct execmem_range *range,
		 size_t size)
{
	void *tail = (void *)area->addr + size;

	if (size == area->size)
		return 0;

	kmemleak_free_part(tail, area->size - size);
	free_pages_exact(tail, area->size - size);
	area->size = size;
	return 0;
}

int execmem_seal(struct execmem_area *area, const struct execmem_range *range)
{
	if (range->pool == EXECMEM_POOL_TEXT)
		flush_icache_range(area->addr, area->addr + area->size);
	return 0;
}

void execmem_unmap(struct execmem_area *area,
		   const struct execmem_range *range)
{
	kmemleak_free((void *)area->addr);
	free_pages_exact((void *)area->addr, area->size);
	kfree(area);
}
