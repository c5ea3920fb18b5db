// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks: where the pages of code come from, and those of data that is
 * read-only.
 *
 * A block is as large as what one entry of a page table maps above those of
 * single pages, 2 MiB, and if it is for code it is mapped by one if that can
 * be. It gets its page size and its protection once, as a whole, and so does
 * its alias in the direct map (I2): nothing is split, however much code comes
 * and goes in it. All users share it.
 *
 *	direct map   RO    |............block............|
 *	run          ROX   |code|traps|code|code|traps...|
 *	twin         RW           |code|                    while being written
 *
 * Where there is no page of that size, a block is made of smaller ones, but not
 * of single ones all over the memory: what they are taken from would be split.
 */

#define pr_fmt(fmt) "execmem: " fmt

#include <linux/cacheflush.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/tlbflush.h>
#include "../internal.h"
#include "internal.h"
#include "block.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "execmem."

/* If off, code is mapped by pages, which come from anywhere. */
static bool blocks __ro_after_init = true;
module_param(blocks, bool, 0444);

bool execmem_uses_blocks(void)
{
	return IS_ENABLED(CONFIG_EXECMEM_BLOCKS) && blocks;
}

/* The least contiguous pieces that a block is made of, if not of pages */
#define LEAST_ORDER	4

static unsigned int pieces(const struct execmem_block *block)
{
	return EXECMEM_BLOCK_PAGES >> block->order;
}

/* Single pages are what execmem.blocks=0 and what it is compared with have. */
static bool of_pages(const struct execmem_block *block)
{
	return !block->order;
}

static int set_alias(struct page *page, unsigned int order, bool writable)
{
	unsigned long alias = (unsigned long)page_address(page);

	return writable ? set_memory_rw(alias, 1 << order) :
			  set_memory_ro(alias, 1 << order);
}

/* A failure is met by something smaller, but for the last try (I8). */
static gfp_t effort(unsigned int order)
{
	if (!order)
		return GFP_KERNEL;
	return GFP_KERNEL | (order == LEAST_ORDER ? __GFP_RETRY_MAYFAIL :
						    __GFP_NORETRY);
}

static struct page *new_piece(enum execmem_pool pool, unsigned int order)
{
	struct page *page;

	if (execmem_fault(PAGE_SIZE << order))
		return NULL;
	/* The caller tells. */
	page = alloc_pages(effort(order) | __GFP_NOWARN, order);
	/* I3: before there is a way to execute it. */
	if (page && pool == EXECMEM_POOL_TEXT)
		execmem_arch_fill(page_address(page), PAGE_SIZE << order);
	cond_resched();
	return page;
}

/* What cannot be written is not for others, and lost. */
static void free_piece(struct page *page, unsigned int order)
{
	if (!WARN_ON_ONCE(set_alias(page, order, true)))
		__free_pages(page, order);
	cond_resched();
}

static void free_pieces(struct execmem_block *block, unsigned int nr)
{
	while (nr--)
		free_piece(block->piece[nr], block->order);
}

/* I2, I5: each as a whole, and they stay present. */
static int protect_pieces(struct execmem_block *block)
{
	unsigned int i;

	if (of_pages(block))
		return 0;
	for (i = 0; i < pieces(block); i++) {
		if (execmem_fault(PAGE_SIZE) ||
		    set_alias(block->piece[i], block->order, false)) {
			free_pieces(block, pieces(block));
			return -ENOMEM;
		}
	}
	return 0;
}

/* I5: what is smaller than a block is split off only if there is all of it. */
static int new_pieces(struct execmem_block *block)
{
	unsigned int i;

	for (i = 0; i < pieces(block); i++) {
		block->piece[i] = new_piece(block->pool, block->order);
		if (block->piece[i])
			continue;
		while (i--)
			__free_pages(block->piece[i], block->order);
		return -ENOMEM;
	}
	return protect_pieces(block);
}

static int new_pages(struct execmem_block *block, unsigned int order)
{
	int err;

	block->order = order;
	block->piece = kvmalloc_array(pieces(block), sizeof(*block->piece),
				      GFP_KERNEL);
	if (!block->piece)
		return -ENOMEM;
	err = new_pieces(block);
	if (err)
		kvfree(block->piece);
	return err;
}

/* I8: smaller if need be. The next block is tried in full size again. */
static int new_pages_of_any_size(struct execmem_block *block)
{
	int order, err = -ENOMEM;

	if (!execmem_uses_blocks())
		return new_pages(block, 0);
	for (order = EXECMEM_BLOCK_ORDER; err && order >= LEAST_ORDER; order--)
		err = new_pages(block, order);
	return err;
}

/* Without pages: those are taken from others once it has an address. */
struct execmem_block *execmem_block_new(enum execmem_pool pool)
{
	struct execmem_block *block;

	if (execmem_fault(sizeof(*block)))
		return NULL;
	block = kzalloc(sizeof(*block), GFP_KERNEL);
	if (!block)
		return NULL;
	block->spare = kzalloc(sizeof(*block->spare), GFP_KERNEL);
	if (!block->spare) {
		kfree(block);
		return NULL;
	}
	block->pool = pool;
	return block;
}

void execmem_block_free(struct execmem_block *block)
{
	kfree(block->spare);
	kfree(block);
}

static struct page *page_at(const struct execmem_block *block,
			    unsigned long addr)
{
	unsigned int i = (addr - block->start) >> PAGE_SHIFT;

	return block->piece[i >> block->order] +
	       (i & ((1U << block->order) - 1));
}

/* What CPU and command line leave */
static bool maps_large(pgprot_t prot)
{
	return vmap_allows_huge() && arch_vmap_pmd_supported(prot);
}

/* One entry for all of it, or one for each page */
static unsigned int map_shift(const struct execmem_block *block, pgprot_t prot)
{
	if (block->order < EXECMEM_BLOCK_ORDER || !maps_large(prot))
		return PAGE_SHIFT;
	return PMD_SHIFT;
}

/* I8: small mappings are no fault, but somebody may look for large ones. */
static void tell_size(const struct execmem_block *block, pgprot_t prot)
{
	if (!maps_large(prot))
		pr_info_once("no large mappings, blocks are mapped by pages\n");
	else if (block->order < EXECMEM_BLOCK_ORDER)
		pr_info_once("no %lu KiB in one piece, a block is mapped by pages\n",
			     EXECMEM_BLOCK_SIZE / 1024);
}

static int map_block(const struct execmem_block *block, pgprot_t prot)
{
	struct page **pages;
	unsigned int i;
	int err;

	pages = kvmalloc_array(EXECMEM_BLOCK_PAGES, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < EXECMEM_BLOCK_PAGES; i++)
		pages[i] = page_at(block, block->start + i * PAGE_SIZE);
	err = execmem_fault(EXECMEM_BLOCK_SIZE);
	if (!err)
		err = vmap_pages_range_noflush(block->start,
					       block->start + EXECMEM_BLOCK_SIZE,
					       prot, pages,
					       map_shift(block, prot));
	kvfree(pages);
	flush_cache_vmap(block->start, block->start + EXECMEM_BLOCK_SIZE);
	if (err || !of_pages(block))
		return err;
	/* At this address it is read-only. This is for the aliases of pages. */
	err = set_memory_ro(block->start, EXECMEM_BLOCK_PAGES);
	/* I5: which are not flushed where nothing changes at the address. */
	flush_tlb_all();
	return err;
}

/* Nobody is in it, and nobody will be: not lazily, the pages are given away. */
static void unmap_block(const struct execmem_block *block)
{
	unsigned long start = block->start;

	flush_cache_vunmap(start, start + EXECMEM_BLOCK_SIZE);
	vunmap_range_noflush(start, start + EXECMEM_BLOCK_SIZE);
	flush_tlb_all();

	/*
	 * This takes and drops the lock that readers of /proc/kcore hold from
	 * finding a page to copying it: they are done with the pages now.
	 */
	find_vm_area((void *)start);
}

/* Give a block that has its place pages; those for code are mapped at once. */
int execmem_block_fill(struct execmem_block *block, pgprot_t prot)
{
	int err = new_pages_of_any_size(block);

	if (err || block->pool != EXECMEM_POOL_TEXT)
		return err;
	if (execmem_uses_blocks())
		tell_size(block, prot);
	err = map_block(block, prot);
	if (err)
		execmem_block_empty(block);
	return err;
}

void execmem_block_empty(struct execmem_block *block)
{
	unmap_block(block);
	free_pieces(block, pieces(block));
	kvfree(block->piece);
	block->piece = NULL;
}

/*
 * Map the pages of @area at @at, writable, one by one. The blocks that they are
 * in stay where they are as long as there is @area.
 */
int execmem_block_map_pages(const struct execmem_area *area, unsigned long at)
{
	size_t i, nr = area->span >> PAGE_SHIFT;
	struct execmem_run *run = area->run;
	struct page **pages;
	unsigned long addr;
	int err;

	pages = kvmalloc_array(nr, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		addr = area->addr + i * PAGE_SIZE;
		pages[i] = page_at(run->slot[execmem_run_slot(run, addr)],
				   addr);
	}
	err = execmem_fault(area->span);
	if (!err)
		err = vmap_pages_range_noflush(at, at + area->span, PAGE_KERNEL,
					       pages, PAGE_SHIFT);
	kvfree(pages);
	flush_cache_vmap(at, at + area->span);
	return err;
}
