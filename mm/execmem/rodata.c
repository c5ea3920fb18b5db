// SPDX-License-Identifier: GPL-2.0
/*
 * Data of modules that becomes read-only.
 *
 * Its pages are those of blocks that no code is in, and whose alias in the
 * direct map is read-only as a whole. In the block each page is mapped only
 * while somebody has it, by an entry of its own that is writable until the data
 * is finished: to protect it there changes nothing anywhere else, and splits
 * nothing.
 *
 * An address has the same page as long as there is the block. So nothing is
 * flushed when data is freed: what a CPU still knows of it leads to the page
 * that is there, and where it allows less than it should now, the CPU looks
 * again before it faults in earnest. What it must not allow any more is flushed
 * when data is finished, and when the block goes.
 */

#include <linux/cacheflush.h>
#include <linux/gfp.h>
#include <linux/kasan.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/vmalloc.h>
#include "../internal.h"
#include "internal.h"
#include "block.h"

/* Data that stays writable for ever is not for pages that are read-only. */
static bool is_for_blocks(enum execmem_type type)
{
	return execmem_uses_blocks() && execmem_protects(type);
}

static void unmap_pages(const struct execmem_area *area)
{
	unsigned long end = area->addr + area->span;

	flush_cache_vunmap(area->addr, end);
	vunmap_range_noflush(area->addr, end);
}

bool execmem_rodata_take(struct execmem_area *area,
			 const struct execmem_range *range)
{
	return is_for_blocks(area->type) && !execmem_pool_take(area, range);
}

int execmem_rodata_map(struct execmem_area *area)
{
	int err = execmem_block_map_pages(area, area->addr);

	if (err) {
		unmap_pages(area);
		execmem_pool_give(area);
		return err;
	}
	/* What is read-only after init has pointers. */
	kmemleak_alloc((void *)area->addr, area->size, 1, GFP_KERNEL);
	return 0;
}

static int protect_page(pte_t *pte, unsigned long addr, void *unused)
{
	set_pte_at(&init_mm, addr, pte, pte_wrprotect(*pte));
	return 0;
}

/* For all to see once the caller has flushed the TLBs of all CPUs. */
int execmem_rodata_seal(const struct execmem_area *area)
{
	int err = execmem_fault(area->size);

	return err ?: apply_to_existing_page_range(&init_mm, area->addr,
						   area->span, protect_page,
						   NULL);
}

void execmem_rodata_unmap(struct execmem_area *area)
{
	kmemleak_free((void *)area->addr);
	unmap_pages(area);
	execmem_pool_give(area);
}
