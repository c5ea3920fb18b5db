// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/execmem/blocks: how full the blocks are, and what maps them
 * in the page tables as they are now.
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include "internal.h"
#include "block.h"

/* How much one entry of a page table maps at @addr, in KiB */
static unsigned long leaf_kib(unsigned long addr)
{
	pmd_t *pmd = pmd_off_k(addr);

	if (pmd_none(*pmd))
		return 0;
	return (pmd_leaf(*pmd) ? PMD_SIZE : PAGE_SIZE) / 1024;
}

static void show_block(struct seq_file *m, const struct execmem_block *block)
{
	unsigned long end = block->start + EXECMEM_BLOCK_SIZE;
	bool shown = execmem_shows_addresses(m);

	seq_printf(m, "0x%016lx-0x%016lx %-6s %5lu %6lu %8lu %8lu %12lu\n",
		   shown ? block->start : 0, shown ? end : 0,
		   block->pool == EXECMEM_POOL_TEXT ? "text" : "rodata",
		   leaf_kib(block->start), (PAGE_SIZE << block->order) / 1024,
		   block->used, EXECMEM_BLOCK_SIZE - block->used,
		   execmem_hole_largest(block->pool, block->start, end));
}

static int blocks_show(struct seq_file *m, void *unused)
{
	struct execmem_block *block;
	unsigned long addr = 0;

	seq_printf(m, "%-37s %-6s %5s %6s %8s %8s %12s\n", "block", "pool",
		   "leaf", "pieces", "used", "free", "largest_hole");
	spin_lock(&execmem_lock);
	while ((block = execmem_run_next_block(addr))) {
		show_block(m, block);
		addr = block->start + EXECMEM_BLOCK_SIZE;
	}
	spin_unlock(&execmem_lock);

	seq_printf(m, "%lu bytes wait to be filled\n",
		   execmem_pool_unfilled());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(blocks);

void execmem_blocks_debugfs(struct dentry *dir)
{
	debugfs_create_file("blocks", 0400, dir, NULL, &blocks_fops);
}
