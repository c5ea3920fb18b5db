// SPDX-License-Identifier: GPL-2.0
/*
 * Runs: the addresses of memory that is executable from its first mapping on.
 *
 * A run is one large area of address space within a range of an architecture.
 * Each has a twin of equal size in vmalloc's area, so that where something can
 * be stored is known from where it will be executed, by a distance that is
 * fixed for the run:
 *
 *	run    ROX   |code| |code|   |code|   |  |     |
 *	               |                |
 *	twin   RW    |    |          |code|               only while it is
 *							   being written
 *
 * A page behind each allocation stays unmapped: code that runs past its end
 * faults. A new run is made when no other one has room, and of the size of the
 * allocation if that is larger. A run that is empty is given back, but for the
 * first one.
 */

#define pr_fmt(fmt) "execmem: " fmt

#include <linux/align.h>
#include <linux/bitmap.h>
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

#define RUN_SIZE	SZ_16M

/* I11: the first allocation of a run starts at one of so many pages. */
#define START_PAGES	1024

/**
 * struct execmem_run - a piece of address space and its twin
 * @list: in runs
 * @rcu: to free it after all who look it up are done
 * @start: first address
 * @size: bytes, whole pages
 * @distance: from an address in the run to the same one in the twin
 * @area: the run
 * @twin: its twin
 * @first: page at which to start looking for room
 * @used: pages that are taken, under run_lock
 * @map: one bit per page, set if it is taken, under run_lock
 */
struct execmem_run {
	struct list_head	list;
	struct rcu_head		rcu;
	unsigned long		start;
	unsigned long		size;
	unsigned long		distance;
	struct vm_struct	*area;
	struct vm_struct	*twin;
	unsigned int		first;
	unsigned int		used;
	unsigned long		map[];
};

/* Changed under run_lock, a leaf (I4); read under RCU. */
static LIST_HEAD(runs);
static DEFINE_SPINLOCK(run_lock);

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

static unsigned long room(struct execmem_run *run, unsigned long from,
			  unsigned long to, unsigned long pages,
			  unsigned int alignment)
{
	unsigned long mask = (alignment >> PAGE_SHIFT) - 1;

	return bitmap_find_next_zero_area_off(run->map, to, from, pages, mask,
					      (run->start >> PAGE_SHIFT) & mask);
}

/* Take @area->size bytes and the page behind them from @run if it has them. */
static bool take(struct execmem_run *run, struct execmem_area *area,
		 unsigned int alignment, unsigned long start, unsigned long end)
{
	unsigned long pages = (area->size >> PAGE_SHIFT) + 1;
	unsigned long from, to, page;

	lockdep_assert_held(&run_lock);

	/* I6: runs may be of another type, whose range is not the same. */
	start = max(start, run->start);
	end = min(end, run->start + run->size);
	if (start >= end)
		return false;
	from = (start - run->start) >> PAGE_SHIFT;
	to = (end - run->start) >> PAGE_SHIFT;

	page = room(run, max_t(unsigned long, from, run->first), to, pages,
		    alignment);
	if (page >= to)
		page = room(run, from, to, pages, alignment);
	if (page >= to)
		return false;

	bitmap_set(run->map, page, pages);
	run->used += pages;
	area->run = run;
	area->addr = run->start + (page << PAGE_SHIFT);
	return true;
}

static bool take_any(struct execmem_area *area, unsigned int alignment,
		     unsigned long start, unsigned long end)
{
	struct execmem_run *run;
	bool taken = false;

	spin_lock(&run_lock);
	list_for_each_entry(run, &runs, list) {
		taken = take(run, area, alignment, start, end);
		if (taken)
			break;
	}
	spin_unlock(&run_lock);
	return taken;
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

static int set_up_run(struct execmem_run *run, unsigned long size,
		      const struct execmem_range *range, unsigned long start,
		      unsigned long end)
{
	/* I6: what is left between others need not have room for an alignment. */
	unsigned long align = IS_ALIGNED(size, PMD_SIZE) ? PMD_SIZE :
			      range->alignment;

	run->area = get_area(size, align, start, end);
	if (!run->area)
		return -ENOMEM;
	run->twin = get_area(size, align, twin_start(range), VMALLOC_END);
	if (!run->twin)
		return -ENOMEM;
	if ((range->flags & EXECMEM_KASAN_SHADOW) &&
	    kasan_alloc_module_shadow(run->area->addr, size, GFP_KERNEL))
		return -ENOMEM;

	/* What is not allocated is not to be touched. */
	kasan_poison_vmalloc(run->area->addr, size);
	kasan_poison_vmalloc(run->twin->addr, size);

	run->start = (unsigned long)run->area->addr;
	run->size = size;
	run->distance = (unsigned long)run->twin->addr - run->start;
	if (range->flags & EXECMEM_RANDOM)
		run->first = get_random_u32_below(START_PAGES);
	return 0;
}

static struct execmem_run *new_run(unsigned long size,
				   const struct execmem_range *range,
				   unsigned long start, unsigned long end)
{
	struct execmem_run *run;

	run = kvzalloc(struct_size(run, map, BITS_TO_LONGS(size >> PAGE_SHIFT)),
		       GFP_KERNEL);
	if (!run)
		return NULL;
	if (set_up_run(run, size, range, start, end)) {
		free_run(run);
		return NULL;
	}
	return run;
}

/* I8: something smaller where there is no room for a run as it should be. */
static struct execmem_run *grow(size_t size, const struct execmem_range *range,
				unsigned long start, unsigned long end)
{
	unsigned long least = size + PAGE_SIZE;
	unsigned long want = max_t(unsigned long, ALIGN(least, PMD_SIZE),
				   RUN_SIZE);
	struct execmem_run *run;

	for (;;) {
		run = new_run(want, range, start, end);
		if (run || want == least)
			return run;
		want = max(PAGE_ALIGN(want / 2), least);
	}
}

static bool take_new(struct execmem_area *area,
		     const struct execmem_range *range, unsigned long start,
		     unsigned long end)
{
	struct execmem_run *run;
	bool taken;

	if (start >= end || area->size >= end - start)
		return false;
	run = grow(area->size, range, start, end);
	if (!run)
		return false;

	/* Under one lock: others must not take the room that this is for. */
	spin_lock(&run_lock);
	taken = take(run, area, range->alignment, start, end);
	if (taken)
		list_add_tail_rcu(&run->list, &runs);
	spin_unlock(&run_lock);

	if (!taken)
		free_run(run);
	return taken;
}

static bool take_between(struct execmem_area *area,
			 const struct execmem_range *range,
			 unsigned long start, unsigned long end)
{
	return take_any(area, range->alignment, start, end) ||
	       take_new(area, range, start, end);
}

int execmem_run_take(struct execmem_area *area,
		     const struct execmem_range *range)
{
	if (take_between(area, range, range->start, range->end) ||
	    take_between(area, range, range->fallback_start,
			 range->fallback_end))
		return 0;

	return execmem_no_room(area->type, area->size);
}

static void free_run_rcu(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct execmem_run, rcu));
}

/* Was that the last use of a run that is not to be kept? */
static bool put_pages(struct execmem_run *run, unsigned long pages)
{
	lockdep_assert_held(&run_lock);

	run->used -= pages;
	if (run->used || list_is_first(&run->list, &runs))
		return false;
	list_del_rcu(&run->list);
	return true;
}

void execmem_run_give(struct execmem_run *run, unsigned long addr, size_t size)
{
	unsigned long page = (addr - run->start) >> PAGE_SHIFT;
	unsigned long pages = size >> PAGE_SHIFT;
	bool last;

	spin_lock(&run_lock);
	bitmap_clear(run->map, page, pages);
	last = put_pages(run, pages);
	spin_unlock(&run_lock);
	if (!last)
		return;

	/*
	 * Who finds the run in the list until a grace period is over asks for
	 * an address that is not in it: those that were are freed.
	 */
	free_vm_area(run->twin);
	free_vm_area(run->area);
	call_rcu(&run->rcu, free_run_rcu);
}
