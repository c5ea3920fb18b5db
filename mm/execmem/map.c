// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is an area of vmalloc's for each allocation: writable and not
 * executable until it is sealed, where the architecture can tell.
 */

#define pr_fmt(fmt) "execmem: " fmt

#include <linux/cacheflush.h>
#include <linux/kasan.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "internal.h"

/* Or is it an area of its own? */
static bool is_of_blocks(const struct execmem_area *area)
{
	return IS_ENABLED(CONFIG_ARCH_HAS_EXECMEM_ROX) && area->run;
}

static void *map_between(unsigned long start, unsigned long end, size_t size,
			 const struct execmem_range *range, gfp_t gfp)
{
	unsigned long flags = 0;
	void *p;

	if (size > end - start || execmem_fault(size))
		return NULL;
	if (range->flags & EXECMEM_KASAN_SHADOW)
		flags |= VM_DEFER_KMEMLEAK;

	p = __vmalloc_node_range(size, range->alignment, start, end, gfp,
				 range->pgprot, flags, NUMA_NO_NODE,
				 __builtin_return_address(0));
	if (p && (range->flags & EXECMEM_KASAN_SHADOW) &&
	    kasan_alloc_module_shadow(p, size, gfp) < 0) {
		vfree(p);
		return NULL;
	}
	/* Code has no tag, and ranges are compared without one. */
	return kasan_reset_tag(p);
}

static void prepare_code(void *p, size_t size)
{
	/* Code is not where pointers to other objects are kept. */
	kmemleak_ignore(p);
	/* I3, where the architecture can tell: it may stay writable. */
	if (IS_ENABLED(CONFIG_ARCH_HAS_EXECMEM_ROX))
		execmem_arch_fill(p, size);
}

static int map_area(struct execmem_area *area,
		    const struct execmem_range *range)
{
	/* Not with all that vmalloc would say: one line tells who lacks what. */
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	void *p;

	/* I3: all of it is executable one day, also what nobody writes. */
	if (range->pool == EXECMEM_POOL_TEXT)
		gfp |= __GFP_ZERO;

	p = map_between(range->start, range->end, area->size, range, gfp);
	if (!p)
		p = map_between(range->fallback_start, range->fallback_end,
				area->size, range, gfp);
	if (!p)
		return execmem_no_room(area->type, area->size);

	if (range->pool == EXECMEM_POOL_TEXT)
		prepare_code(p, area->size);
	area->addr = (unsigned long)p;
	return 0;
}

int execmem_map(struct execmem_area *area, const struct execmem_range *range)
{
	int err;

	if (range_is_rox(range))
		return execmem_rox_map(area, range);

	if (IS_ENABLED(CONFIG_ARCH_HAS_EXECMEM_ROX) &&
	    range->pool == EXECMEM_POOL_RODATA &&
	    execmem_rodata_take(area, range))
		return execmem_rodata_map(area);

	/* I8: there need not be blocks. */
	err = map_area(area, range);
	if (err)
		kfree(area);
	return err;
}

int execmem_trim(struct execmem_area *area, const struct execmem_range *range,
		 size_t size)
{
	if (range_is_rox(range))
		return execmem_rox_trim(area, size);
	if (size == area->size)
		return 0;
	/* What else is in its pages stays writable as long as it is. */
	if (!is_of_blocks(area))
		vmalloc_trim((void *)area->addr, size);
	area->size = size;
	return 0;
}

static int make_ro(struct execmem_area *area)
{
	int err = execmem_fault(area->size);

	return err ?: set_memory_ro(area->addr, area->size >> PAGE_SHIFT);
}

static int make_x(struct execmem_area *area)
{
	int err = execmem_fault(area->size);

	return err ?: set_memory_x(area->addr, area->size >> PAGE_SHIFT);
}

static int seal_text(struct execmem_area *area)
{
	int err;

	/* I9: once for all of it, before anyone can get here. */
	flush_icache_range(area->addr, area->addr + area->size);

	set_vm_flush_reset_perms((void *)area->addr);
	if (execmem_protects(area->type)) {
		/* I1: read-only first, so that it is never W and X. */
		err = make_ro(area);
		if (err)
			return err;
	}
	return make_x(area);
}

static int seal_rodata(struct execmem_area *area)
{
	int err, pages = area->size >> PAGE_SHIFT;

	if (!execmem_protects(area->type))
		return 0;
	if (is_of_blocks(area))
		return execmem_rodata_seal(area);

	set_vm_flush_reset_perms((void *)area->addr);
	err = make_ro(area);
	/* A part that did change must not fault where the rest does not. */
	if (err && set_memory_rw(area->addr, pages))
		pr_err("%s: a part of %zu bytes at %pS is read-only\n",
		       execmem_type_name(area->type), area->size,
		       (void *)area->addr);
	return err;
}

int execmem_seal(struct execmem_area *area, const struct execmem_range *range)
{
	if (range_is_rox(range))
		return execmem_rox_seal(area);

	switch (range->pool) {
	case EXECMEM_POOL_TEXT:
		return seal_text(area);
	case EXECMEM_POOL_RODATA:
		return seal_rodata(area);
	default:
		return 0;
	}
}

void execmem_unmap(struct execmem_area *area,
		   const struct execmem_range *range)
{
	if (range_is_rox(range)) {
		execmem_rox_unmap(area);
		return;
	}
	if (is_of_blocks(area)) {
		execmem_rodata_unmap(area);
		return;
	}
	vfree((void *)area->addr);
	kfree(area);
}
