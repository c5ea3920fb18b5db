/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of execmem that hand out memory of %EXECMEM_ROX share.
 */
#ifndef _MM_EXECMEM_BLOCK_H
#define _MM_EXECMEM_BLOCK_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include "internal.h"

struct seq_file;

#define EXECMEM_BLOCK_SIZE	PMD_SIZE
#define EXECMEM_BLOCK_ORDER	(PMD_SHIFT - PAGE_SHIFT)
#define EXECMEM_BLOCK_PAGES	BIT(EXECMEM_BLOCK_ORDER)

/**
 * struct execmem_block - one slot of a run, and the pages behind it
 * @start: its first address
 * @used: bytes that are not in holes, under execmem_lock
 * @open: it is part of a hole, or was; under execmem_lock
 * @pool: what for
 * @order: of each piece
 * @spare: to take the block out of a hole that is larger, see
 *	execmem_hole_take_at()
 * @piece: the first page of each piece, by address
 */
struct execmem_block {
	unsigned long		start;
	unsigned long		used;
	bool			open;
	enum execmem_pool	pool;
	unsigned int		order;
	struct execmem_area	*spare;
	struct page		**piece;
};

/**
 * struct execmem_run - a piece of address space, and its twin if it is for code
 * @list: in the list of runs
 * @rcu: to free it after all who look it up are done
 * @start: first address
 * @size: bytes, whole blocks
 * @distance: from an address in the run to the same one in the twin
 * @area: the run
 * @twin: its twin, or NULL
 * @pool: what its blocks are for
 * @taken: slots that are not free, under execmem_lock
 * @slot: what is at each; NULL if it is free, under execmem_lock
 */
struct execmem_run {
	struct list_head	list;
	struct rcu_head		rcu;
	unsigned long		start;
	unsigned long		size;
	unsigned long		distance;
	struct vm_struct	*area;
	struct vm_struct	*twin;
	enum execmem_pool	pool;
	unsigned int		taken;
	struct execmem_block	*slot[];
};

/* block.c */
bool execmem_uses_blocks(void);
struct execmem_block *execmem_block_new(enum execmem_pool pool);
int execmem_block_fill(struct execmem_block *block, pgprot_t prot);
void execmem_block_empty(struct execmem_block *block);
void execmem_block_free(struct execmem_block *block);
int execmem_block_map_pages(const struct execmem_area *area, unsigned long at);

/* run.c */
struct execmem_run *execmem_run_get(struct execmem_block **blocks,
				    unsigned int nr,
				    const struct execmem_range *range,
				    unsigned long start, unsigned long end);
void execmem_run_put(struct execmem_run *run, struct execmem_block *block);
struct execmem_block *execmem_run_empty_block(bool all,
					      struct execmem_run **runp);

static inline unsigned int execmem_run_slot(const struct execmem_run *run,
					    unsigned long addr)
{
	return (addr - run->start) / EXECMEM_BLOCK_SIZE;
}

static inline unsigned long execmem_run_addr(const struct execmem_run *run,
					     unsigned int slot)
{
	return run->start + slot * EXECMEM_BLOCK_SIZE;
}

/* pool.c */
int execmem_pool_take(struct execmem_area *area,
		      const struct execmem_range *range);
void execmem_pool_give(struct execmem_area *area);
unsigned long execmem_pool_first(enum execmem_pool pool);

/* For debugfs, under execmem_lock where a block is told of */
struct execmem_block *execmem_run_next_block(unsigned long addr);
unsigned long execmem_hole_largest(enum execmem_pool pool, unsigned long start,
				   unsigned long end);
unsigned long execmem_pool_unfilled(void);

#endif /* _MM_EXECMEM_BLOCK_H */
