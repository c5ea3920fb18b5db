// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is executable and read-only from its first mapping on.
 *
 * Its pages are filled with trapping instructions before anyone can execute
 * them, and mapped where they stay. Text of modules, which is patched in
 * place, is also mapped at its twin, writable and not executable, until it is
 * finished; all other types are written by execmem_write() only. So no address
 * is ever both writable and executable, and no address that is executed ever
 * becomes writable (I1).
 */

#include <linux/cacheflush.h>
#include <linux/gfp.h>
#include <linux/kasan.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/tlbflush.h>
#include "../internal.h"
#include "internal.h"

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
	return area->type == EXECMEM_MODULE_TEXT &&
	       area->state != EXECMEM_LIVE;
}

static void free_pages_of_code(struct page **pages, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		__free_page(pages[i]);
	kvfree(pages);
}

static struct page **alloc_pages_of_code(size_t nr)
{
	struct page **pages;
	size_t i;

	pages = kvmalloc_array(nr, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;

	for (i = 0; i < nr; i++) {
		pages[i] = execmem_fault(PAGE_SIZE) ? NULL :
						      alloc_page(GFP_KERNEL);
		if (!pages[i]) {
			free_pages_of_code(pages, i);
			return NULL;
		}
		/* I3: before there is a way to execute it. */
		execmem_arch_fill(page_address(pages[i]), PAGE_SIZE);
		cond_resched();
	}
	return pages;
}

static int map_at(unsigned long addr, size_t size, pgprot_t prot,
		  struct page **pages)
{
	int err = execmem_fault(size);

	if (!err)
		err = vmap_pages_range_noflush(addr, addr + size, prot, pages,
					       PAGE_SHIFT);
	if (err)
		return err;

	flush_cache_vmap(addr, addr + size);
	kasan_unpoison_vmalloc((void *)addr, size, KASAN_VMALLOC_PROT_NORMAL);
	return 0;
}

/* Until the caller has flushed the TLBs of all CPUs, it may still be in use. */
static void unmap_noflush(unsigned long addr, size_t size)
{
	kasan_poison_vmalloc((void *)addr, size);
	flush_cache_vunmap(addr, addr + size);
	vunmap_range_noflush(addr, addr + size);
}

static int map_pages(const struct execmem_area *area, pgprot_t prot,
		     struct page **pages)
{
	int err;

	err = map_at(area->addr, area->size, prot, pages);
	if (err || !has_twin(area))
		return err;
	return map_at(execmem_twin(area), area->size, PAGE_KERNEL, pages);
}

static void unmap_pages_noflush(const struct execmem_area *area, size_t from,
				size_t size)
{
	if (has_twin(area))
		unmap_noflush(execmem_twin(area) + from, size);
	unmap_noflush(area->addr + from, size);
}

/* Not lazily: the pages are given away, or are being executed. */
static void flush_unmapped(const struct execmem_area *area)
{
	flush_tlb_all();

	/*
	 * This takes and drops the lock that readers of /proc/kcore hold from
	 * finding a page to copying it: they are done with the pages now.
	 */
	find_vm_area((void *)area->addr);
}

int execmem_rox_map(struct execmem_area *area,
		    const struct execmem_range *range)
{
	size_t nr = area->size >> PAGE_SHIFT;
	struct page **pages;
	int err;

	/* I7: no lock is held over this. */
	pages = alloc_pages_of_code(nr);
	if (!pages)
		return -ENOMEM;

	err = execmem_run_take(area, range);
	if (err)
		goto err_pages;
	err = map_pages(area, range->pgprot, pages);
	if (err)
		goto err_run;

	kvfree(pages);
	return 0;

err_run:
	unmap_pages_noflush(area, 0, area->size);
	flush_unmapped(area);
	execmem_run_give(area->run, area->addr, area->size + PAGE_SIZE);
err_pages:
	free_pages_of_code(pages, nr);
	return err;
}

/*
 * The aliases of @pages may be read-only, in leaves of their own then: nothing
 * is split or allocated here (I4). A page that cannot be written is not for
 * others, and stays out of @pages.
 */
static void make_writable_noflush(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		if (WARN_ON_ONCE(set_direct_map_default_noflush(page)))
			list_del(&page->lru);
		cond_resched();
	}
}

/* Unmap and free what begins @from bytes into the allocation. */
static void drop_pages(const struct execmem_area *area, size_t from,
		       size_t size)
{
	LIST_HEAD(pages);
	struct page *page, *next;
	size_t i;

	/* I4: the pages themselves remember which they are. */
	for (i = from; i < from + size; i += PAGE_SIZE) {
		page = vmalloc_to_page((void *)area->addr + i);
		if (!WARN_ON_ONCE(!page))
			list_add(&page->lru, &pages);
	}

	/*
	 * One flush for all: nobody may execute a page that is given away, and
	 * its new owner, of whom it may be the stack, must not find it
	 * read-only.
	 */
	unmap_pages_noflush(area, from, size);
	make_writable_noflush(&pages);
	flush_unmapped(area);

	list_for_each_entry_safe(page, next, &pages, lru) {
		__free_page(page);
		cond_resched();
	}
}

int execmem_rox_trim(struct execmem_area *area, size_t size)
{
	size_t rest = area->size - size;

	if (!rest)
		return 0;

	drop_pages(area, size, rest);
	area->size = size;
	/* The page behind what is left stays unmapped, and taken. */
	execmem_run_give(area->run, area->addr + size + PAGE_SIZE, rest);
	return 0;
}

int execmem_rox_seal(struct execmem_area *area)
{
	int err;

	if (has_twin(area))
		unmap_noflush(execmem_twin(area), area->size);

	/*
	 * It is read-only at its own address already. This is for its alias in
	 * the direct map, where it stays readable (I5).
	 */
	err = execmem_fault(area->size);
	if (!err)
		err = set_memory_ro(area->addr, area->size >> PAGE_SHIFT);

	/*
	 * I1: one flush for the twin and the alias. set_memory_ro() has flushed
	 * nothing, because nothing has changed at the address that it was told.
	 */
	flush_tlb_all();
	if (err)
		return err;

	/* I9: once, however much was written. */
	execmem_arch_sync();
	return 0;
}

void execmem_rox_unmap(struct execmem_area *area)
{
	drop_pages(area, 0, area->size);
	execmem_run_give(area->run, area->addr, area->size + PAGE_SIZE);
}
