// SPDX-License-Identifier: GPL-2.0
/*
 * Runs: the addresses of blocks.
 *
 * A run is one large area of address space within a range of an architecture,
 * with room for some blocks. One for code has a twin of equal size in vmalloc's
 * area, so that where something can be stored is known from where it will be
 * executed, by a distance that is fixed for the run:
 *
 *	run    ROX   |...block...|           |...block...|
 *	               |                        |
 *	twin   RW    |    |                  |    |        only while it is
 *							   being written
 *
 * A new run is made when no other one has room for a block, and as large as the
 * allocation if that is larger. One without blocks is given back.
 */

#define pr_fmt(fmt) "execmem: " fmt

#include <linux/align.h>
#include <linux/kasan.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include "../internal.h"
#include "internal.h"
#include "block.h"

#define RUN_SIZE	SZ_16M

/* Changed under execmem_lock; read under RCU. */
static LIST_HEAD(runs);

/* Without a lock, and called for many addresses that are in no run (I7). */
void *execmem_writable(void *ptr)
{
	unsigned long addr = (unsigned long)ptr;
	struct execmem_run *run;

	rcu_read_lock();
	list_for_each_entry_rcu(run, &runs, list) {
		if (addr - run->start < run->size) {
			addr += run->distance;
			break;
		}
	}
	rcu_read_unlock();
	return (void *)addr;
}

unsigned long execmem_twin(const struct execmem_area *area)
{
	return area->addr + area->run->distance;
}

static unsigned int nr_slots(const struct execmem_run *run)
{
	return run->size / EXECMEM_BLOCK_SIZE;
}

static struct vm_struct *get_area(unsigned long size, unsigned long align,
				  unsigned long start, unsigned long end)
{
	if (execmem_fault(size))
		return NULL;
	/* A failure is met by something smaller, or told of by the caller. */
	return __get_vm_area_node(size, align, PAGE_SHIFT,
				  VM_MAP | VM_NO_GUARD, start, end,
				  NUMA_NO_NODE, GFP_KERNEL | __GFP_NOWARN,
				  __builtin_return_address(0));
}

/* One place for all twins: their page tables are never freed. */
static unsigned long twin_start(const struct execmem_range *range)
{
	static unsigned long place;
	unsigned long new;

	if (!(range->flags & EXECMEM_RANDOM))
		return VMALLOC_START;

	if (!READ_ONCE(place)) {
		new = get_random_long() % ((VMALLOC_END - VMALLOC_START) / 2);
		cmpxchg(&place, 0, VMALLOC_START + ALIGN(new, PMD_SIZE));
	}
	return READ_ONCE(place);
}

static void free_run(struct execmem_run *run)
{
	if (run->twin)
		free_vm_area(run->twin);
	if (run->area)
		free_vm_area(run->area);
	kvfree(run);
}

static int set_up_twin(struct execmem_run *run,
		       const struct execmem_range *range)
{
	run->twin = get_area(run->size, EXECMEM_BLOCK_SIZE, twin_start(range),
			     VMALLOC_END);
	if (!run->twin)
		return -ENOMEM;
	kasan_poison_vmalloc(run->twin->addr, run->size);
	run->distance = (unsigned long)run->twin->addr - run->start;
	return 0;
}

static int set_up_run(struct execmem_run *run, unsigned long size,
		      const struct execmem_range *range, unsigned long start,
		      unsigned long end)
{
	run->area = get_area(size, EXECMEM_BLOCK_SIZE, start, end);
	if (!run->area)
		return -ENOMEM;
	run->start = (unsigned long)run->area->addr;
	run->size = size;
	run->pool = range->pool;
	if (range->pool == EXECMEM_POOL_TEXT && set_up_twin(run, range))
		return -ENOMEM;
	if ((range->flags & EXECMEM_KASAN_SHADOW) &&
	    kasan_alloc_module_shadow(run->area->addr, size, GFP_KERNEL))
		return -ENOMEM;

	/* What is not allocated is not to be touched. */
	kasan_poison_vmalloc(run->area->addr, size);
	return 0;
}

static struct execmem_run *new_run(unsigned long size,
				   const struct execmem_range *range,
				   unsigned long start, unsigned long end)
{
	unsigned int slots = size / EXECMEM_BLOCK_SIZE;
	struct execmem_run *run;

	run = kvzalloc(struct_size(run, slot, slots), GFP_KERNEL);
	if (!run)
		return NULL;
	if (set_up_run(run, size, range, start, end)) {
		free_run(run);
		return NULL;
	}
	return run;
}

/* I8: something smaller where there is no room for a run as it should be. */
static struct execmem_run *grow(unsigned int nr,
				const struct execmem_range *range,
				unsigned long start, unsigned long end)
{
	unsigned long least = nr * EXECMEM_BLOCK_SIZE;
	unsigned long want = max_t(unsigned long, least, RUN_SIZE);
	struct execmem_run *run;

	for (;;) {
		run = new_run(want, range, start, end);
		if (run || want == least)
			return run;
		want = max(ALIGN(want / 2, EXECMEM_BLOCK_SIZE), least);
	}
}

static bool slots_are_free(const struct execmem_run *run, unsigned int slot,
			   unsigned int nr)
{
	unsigned int i;

	for (i = slot; i < slot + nr; i++) {
		if (run->slot[i])
			return false;
	}
	return true;
}

/*
 * The first of @nr free slots of @run between @start and @end, or -1: the lowest
 * if @random is 0, any of them with the same chance otherwise.
 */
static int free_slots(const struct execmem_run *run, unsigned int nr,
		      unsigned long start, unsigned long end,
		      unsigned long random)
{
	unsigned int slot, choices = 0;
	int first = -1;

	for (slot = 0; slot + nr <= nr_slots(run); slot++) {
		/* I6: a run may have been made for another type. */
		if (execmem_run_addr(run, slot) < start ||
		    execmem_run_addr(run, slot + nr) - 1 >= end ||
		    !slots_are_free(run, slot, nr))
			continue;
		if (!random)
			return slot;
		choices++;
		if (random % choices == 0)
			first = slot;
		random = random / choices ?: ULONG_MAX;
	}
	return first;
}

static bool take_slots(struct execmem_run *run, struct execmem_block **blocks,
		       unsigned int nr, const struct execmem_range *range,
		       unsigned long start, unsigned long end)
{
	unsigned long random = range->flags & EXECMEM_RANDOM ?
			       get_random_long() : 0;
	unsigned int i;
	int slot;

	lockdep_assert_held(&execmem_lock);

	slot = free_slots(run, nr, start, end, random);
	if (slot < 0)
		return false;
	for (i = 0; i < nr; i++) {
		blocks[i]->start = execmem_run_addr(run, slot + i);
		run->slot[slot + i] = blocks[i];
	}
	run->taken += nr;
	return true;
}

static struct execmem_run *take_any(struct execmem_block **blocks,
				    unsigned int nr,
				    const struct execmem_range *range,
				    unsigned long start, unsigned long end)
{
	struct execmem_run *run;

	list_for_each_entry(run, &runs, list) {
		if (run->pool == range->pool &&
		    take_slots(run, blocks, nr, range, start, end))
			return run;
	}
	return NULL;
}

/* For debugfs: the open block with the lowest address from @addr on */
struct execmem_block *execmem_run_next_block(unsigned long addr)
{
	struct execmem_block *block, *next = NULL;
	struct execmem_run *run;
	unsigned int i;

	lockdep_assert_held(&execmem_lock);

	list_for_each_entry(run, &runs, list) {
		for (i = 0; i < nr_slots(run); i++) {
			block = run->slot[i];
			if (block && block->open && block->start >= addr &&
			    (!next || block->start < next->start))
				next = block;
		}
	}
	return next;
}

static bool has_nobody(const struct execmem_block *block)
{
	return block && block->open && !block->used;
}

/* I8: rather one that is whole, others may be so the next time. */
static struct execmem_block *kept_block(enum execmem_pool pool)
{
	struct execmem_block *kept = NULL;
	struct execmem_run *run;
	unsigned int i;

	list_for_each_entry(run, &runs, list) {
		for (i = 0; i < nr_slots(run) && run->pool == pool; i++) {
			if (has_nobody(run->slot[i]) &&
			    (!kept || kept->order < run->slot[i]->order))
				kept = run->slot[i];
		}
	}
	return kept;
}

/* One that nobody has anything in; but for one per pool, if not @all. */
struct execmem_block *execmem_run_empty_block(bool all,
					      struct execmem_run **runp)
{
	struct execmem_block *kept;
	struct execmem_run *run;
	unsigned int i;

	lockdep_assert_held(&execmem_lock);

	list_for_each_entry(run, &runs, list) {
		kept = all ? NULL : kept_block(run->pool);
		for (i = 0; i < nr_slots(run); i++) {
			if (!has_nobody(run->slot[i]) || run->slot[i] == kept)
				continue;
			*runp = run;
			return run->slot[i];
		}
	}
	return NULL;
}

/*
 * Addresses for @nr blocks, one behind the other. They are in no hole yet, so
 * that nobody finds them before they are mapped.
 */
struct execmem_run *execmem_run_get(struct execmem_block **blocks,
				    unsigned int nr,
				    const struct execmem_range *range,
				    unsigned long start, unsigned long end)
{
	struct execmem_run *run;

	spin_lock(&execmem_lock);
	run = take_any(blocks, nr, range, start, end);
	spin_unlock(&execmem_lock);
	if (run || start >= end)
		return run;

	run = grow(nr, range, start, end);
	if (!run)
		return NULL;

	/* Under one lock: others must not take the room that this is for. */
	spin_lock(&execmem_lock);
	WARN_ON_ONCE(!take_slots(run, blocks, nr, range, start, end));
	list_add_tail_rcu(&run->list, &runs);
	spin_unlock(&execmem_lock);
	return run;
}

static void free_run_rcu(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct execmem_run, rcu));
}

/* Give back the slot of a block that is empty. */
void execmem_run_put(struct execmem_run *run, struct execmem_block *block)
{
	bool last;

	spin_lock(&execmem_lock);
	run->slot[execmem_run_slot(run, block->start)] = NULL;
	last = !--run->taken;
	if (last)
		list_del_rcu(&run->list);
	spin_unlock(&execmem_lock);
	if (!last)
		return;

	/*
	 * Who finds the run in the list until a grace period is over asks for
	 * an address that is not in it: those that were are freed.
	 */
	if (run->twin)
		free_vm_area(run->twin);
	free_vm_area(run->area);
	call_rcu(&run->rcu, free_run_rcu);
}
