// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is executable and read-only from its first mapping on.
 *
 * It is mapped where it stays, and full of trapping instructions. Text of
 * modules, which is patched in place, is also mapped at its twin, writable and
 * not executable, until it is finished; all other types are written by
 * execmem_write() only. So no address is ever both writable and executable, and
 * no address that is executed ever becomes writable (I1).
 *
 * Text of modules begins at a page and has whole pages of its own until it is
 * finished, so that no twin has somebody else's code in it. What it does not
 * need of the last one is given back then.
 */

#define pr_fmt(fmt) "execmem: " fmt

#include <linux/cacheflush.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/tlbflush.h>
#include "../internal.h"
#include "internal.h"
#include "block.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "execmem."

/* If off, memory for code is what it is on other architectures. */
static bool rox __ro_after_init = true;
module_param(rox, bool, 0444);

bool execmem_allows_rox(void)
{
	return rox;
}

static bool has_twin(const struct execmem_area *area)
{
	return area->run && area->type == EXECMEM_MODULE_TEXT &&
	       area->state != EXECMEM_LIVE;
}

static int map_twin(const struct execmem_area *area)
{
	unsigned long twin = execmem_twin(area);
	int err = execmem_block_map_pages(area, twin);

	if (err)
		return err;
	kasan_unpoison_vmalloc((void *)twin, area->span,
			       KASAN_VMALLOC_PROT_NORMAL);
	return 0;
}

/* Not lazily: others get the pages, or they are being executed. */
static void unmap_twin(const struct execmem_area *area)
{
	unsigned long twin = execmem_twin(area);

	kasan_poison_vmalloc((void *)twin, area->span);
	flush_cache_vunmap(twin, twin + area->span);
	vunmap_range_noflush(twin, twin + area->span);
}

int execmem_rox_map(struct execmem_area *area,
		    const struct execmem_range *range)
{
	int err = execmem_pool_take(area, range);

	if (err) {
		if (err == -ENOSPC)
			err = execmem_no_room(area->type, area->size);
		else
			pr_warn_ratelimited("%s: no memory for %zu bytes (err %d)\n",
					    execmem_type_name(area->type),
					    area->size, err);
		kfree(area);
		return err;
	}
	if (!has_twin(area))
		return 0;

	err = map_twin(area);
	if (err)
		execmem_rox_unmap(area);
	return err;
}

int execmem_rox_trim(struct execmem_area *area, size_t size)
{
	/* Until it is finished, all of its pages can be stored to. */
	area->size = size;
	return 0;
}

/* What is behind the end. Where that fails it stays with @area. */
static void give_tail(struct execmem_area *area)
{
	size_t size = ALIGN(area->size, EXECMEM_GRANULE);
	struct execmem_area *tail;

	if (size == area->span)
		return;
	tail = kzalloc(sizeof(*tail), GFP_KERNEL);
	if (!tail)
		return;

	tail->addr = area->addr + size;
	tail->span = area->span - size;
	tail->run = area->run;
	tail->pool = area->pool;
	area->span = size;
	execmem_pool_give(tail);
}

int execmem_rox_seal(struct execmem_area *area)
{
	int err = execmem_fault(area->size);

	if (!err && has_twin(area))
		unmap_twin(area);
	return err;
}

/* Must what was changed be flushed from the TLBs of all CPUs? */
static bool needs_flush(const struct execmem_area *area)
{
	return area->pool == EXECMEM_POOL_RODATA || has_twin(area);
}

void execmem_sealed(struct execmem_area **areas, unsigned int nr)
{
	bool flush = false, code = false;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		flush |= needs_flush(areas[i]);
		code |= areas[i]->pool == EXECMEM_POOL_TEXT;
	}
	/* I1: one for twins and data. */
	if (flush)
		flush_tlb_all();
	if (code)
		execmem_arch_sync();
	/* Who had a twin needed the flush. */
	for (i = 0; flush && i < nr; i++) {
		if (has_twin(areas[i]))
			give_tail(areas[i]);
	}
}

void execmem_rox_unmap(struct execmem_area *area)
{
	if (has_twin(area)) {
		unmap_twin(area);
		flush_tlb_all();
	}
	execmem_pool_give(area);
}
