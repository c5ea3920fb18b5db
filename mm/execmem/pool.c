// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of blocks is taken from here, and given back to.
 *
 * Code that is freed is filled with trapping instructions before it becomes a
 * hole (I3). Where that fails it waits: the next one who frees something tries
 * again, and so does who needs room (I4). A block that nobody has anything in
 * is given back by a worker, but for one of each pool.
 */

#define pr_fmt(fmt) "execmem: " fmt

#include <linux/atomic.h>
#include <linux/kasan.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "internal.h"
#include "block.h"

/* Freed, and not filled yet. Under execmem_lock */
static LIST_HEAD(unfilled);

static void release_blocks(struct work_struct *work);
static DECLARE_WORK(release_work, release_blocks);

/* Blocks that are open and that nobody has anything in. Under execmem_lock */
static unsigned int empty_blocks[EXECMEM_POOL_DATA];

/* Count @area in or out of its blocks. */
static void account(const struct execmem_area *area, bool in)
{
	unsigned long addr = area->addr, end = area->addr + area->span, next;
	struct execmem_block *block;

	lockdep_assert_held(&execmem_lock);

	for (; addr < end; addr = next) {
		next = min(end, ALIGN(addr + 1, EXECMEM_BLOCK_SIZE));
		block = area->run->slot[execmem_run_slot(area->run, addr)];
		empty_blocks[area->pool] -= !block->used;
		block->used += in ? next - addr : addr - next;
		empty_blocks[area->pool] += !block->used;
	}
}

/* One hole that is not in use, as most of those who need one do not use it. */
static struct execmem_area *kept_hole;

static struct execmem_area *new_hole(void)
{
	return xchg(&kept_hole, NULL) ?:
	       kzalloc(sizeof(struct execmem_area), GFP_KERNEL);
}

static void free_hole(struct execmem_area *hole)
{
	if (hole)
		kfree(xchg(&kept_hole, hole));
}

/* KASAN is to see who uses one that is gone. */
#define NR_MERGED	(IS_ENABLED(CONFIG_KASAN) ? 1 : 16)

/*
 * What is part of a neighbour now. Each one alone would take the slow path of
 * the slab, as it is hardly ever of the page that objects are taken from.
 */
static void free_merged(struct execmem_area *area)
{
	static unsigned int nr;
	static void *merged[NR_MERGED];

	lockdep_assert_held(&execmem_lock);

	if (area)
		area = xchg(&kept_hole, area);
	if (!area)
		return;
	merged[nr++] = area;
	if (nr < NR_MERGED)
		return;
	kfree_bulk(nr, merged);
	nr = 0;
}

static void make_hole(struct execmem_area *area)
{
	struct execmem_area *rest[2];

	area->freed = ++execmem_frees;
	execmem_hole_give(area, rest);
	free_merged(rest[0]);
	free_merged(rest[1]);
}

static void give_filled(struct execmem_area *area)
{
	enum execmem_pool pool = area->pool;
	bool surplus;

	spin_lock(&execmem_lock);
	account(area, false);
	make_hole(area);
	surplus = empty_blocks[pool] > 1;
	spin_unlock(&execmem_lock);

	if (surplus)
		schedule_work(&release_work);
}

static bool is_code(const struct execmem_area *area)
{
	return area->pool == EXECMEM_POOL_TEXT;
}

static int fill(const struct execmem_area *area)
{
	int err = execmem_fault(area->span);

	return err ?: execmem_arch_write((void *)area->addr, NULL, area->span);
}

static void let_wait(struct execmem_area *area)
{
	spin_lock(&execmem_lock);
	list_add_tail(&area->list, &unfilled);
	spin_unlock(&execmem_lock);
}

/* Was there anything, and could it be filled? */
static bool fill_one(void)
{
	struct execmem_area *area;

	spin_lock(&execmem_lock);
	area = list_first_entry_or_null(&unfilled, struct execmem_area, list);
	if (area)
		list_del(&area->list);
	spin_unlock(&execmem_lock);
	if (!area)
		return false;

	if (fill(area)) {
		let_wait(area);
		return false;
	}
	give_filled(area);
	return true;
}

/* Takes over @area itself, too, whose addresses nobody uses any more. */
void execmem_pool_give(struct execmem_area *area)
{
	kasan_poison_vmalloc((void *)area->addr, area->span);
	if (is_code(area) && fill(area)) {
		let_wait(area);
		return;
	}
	give_filled(area);
	/* I3: what is not filled yet need not wait until room is short. */
	if (!list_empty(&unfilled))
		fill_one();
}

/* For debugfs */
unsigned long execmem_pool_unfilled(void)
{
	struct execmem_area *area;
	unsigned long bytes = 0;

	spin_lock(&execmem_lock);
	list_for_each_entry(area, &unfilled, list)
		bytes += area->span;
	spin_unlock(&execmem_lock);
	return bytes;
}

/*
 * Where the first allocation of each pool has been put by chance, until its
 * block goes; 0 if nobody left it to chance.
 */
static unsigned long first_addr[EXECMEM_POOL_DATA];

unsigned long execmem_pool_first(enum execmem_pool pool)
{
	return first_addr[pool];
}

static bool take(struct execmem_area *area, unsigned long align,
		 unsigned long start, unsigned long end,
		 struct execmem_area **spare)
{
	bool taken;

	spin_lock(&execmem_lock);
	taken = execmem_hole_take(area, align, start, end, spare);
	if (taken)
		account(area, true);
	spin_unlock(&execmem_lock);
	return taken;
}

static bool take_or_fill(struct execmem_area *area, unsigned long align,
			 unsigned long start, unsigned long end,
			 struct execmem_area **spare)
{
	do {
		if (take(area, align, start, end, spare))
			return true;
	} while (fill_one());
	return false;
}

static void free_blocks(struct execmem_block **blocks, unsigned int nr)
{
	while (nr--)
		execmem_block_free(blocks[nr]);
	kfree(blocks);
}

static struct execmem_block **new_blocks(enum execmem_pool pool,
					 unsigned int nr)
{
	struct execmem_block **blocks;
	unsigned int i;

	blocks = kcalloc(nr, sizeof(*blocks), GFP_KERNEL);
	if (!blocks)
		return NULL;
	for (i = 0; i < nr; i++) {
		blocks[i] = execmem_block_new(pool);
		if (!blocks[i]) {
			free_blocks(blocks, i);
			return NULL;
		}
	}
	return blocks;
}

static int fill_blocks(struct execmem_run *run, struct execmem_block **blocks,
		       unsigned int nr, pgprot_t prot)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = execmem_block_fill(blocks[i], prot);
		if (err)
			break;
	}
	if (i == nr)
		return 0;

	while (i--)
		execmem_block_empty(blocks[i]);
	for (i = 0; i < nr; i++)
		execmem_run_put(run, blocks[i]);
	return err;
}

static unsigned long align_of(const struct execmem_area *area,
			      const struct execmem_range *range)
{
	bool pages = area->type == EXECMEM_MODULE_TEXT ||
		     range->pool == EXECMEM_POOL_RODATA;

	return pages ? range->alignment : EXECMEM_GRANULE;
}

/* I11: what is first in a block can be at any of its pages. */
static unsigned long first_place(const struct execmem_area *area,
				 const struct execmem_area *hole,
				 const struct execmem_range *range)
{
	unsigned long step = max(align_of(area, range), PAGE_SIZE);
	unsigned long steps = (hole->span - area->span) / step;

	if (!(range->flags & EXECMEM_RANDOM))
		return hole->addr;
	return hole->addr + get_random_u32_below(steps + 1) * step;
}

/* Under one lock: others must not take the room that this is for. */
static void open_blocks(struct execmem_area *area, struct execmem_area *hole,
			const struct execmem_range *range,
			struct execmem_block **blocks, unsigned int nr,
			struct execmem_area **spare)
{
	unsigned long addr;

	spin_lock(&execmem_lock);
	addr = first_place(area, hole, range);
	if (range->flags & EXECMEM_RANDOM && !first_addr[area->pool])
		first_addr[area->pool] = addr;
	empty_blocks[area->pool] += nr;
	for (; nr; nr--)
		blocks[nr - 1]->open = true;
	/* I10: whose memory this was before is not known. */
	make_hole(hole);
	WARN_ON_ONCE(!execmem_hole_take_at(area, addr, spare));
	account(area, true);
	spin_unlock(&execmem_lock);
}

/* Are there others, or is it to be the last one? Then one is kept. */
static struct execmem_block *detach_empty(bool all, struct execmem_run **runp)
{
	struct execmem_area gone = { .span = EXECMEM_BLOCK_SIZE };
	struct execmem_block *block;

	spin_lock(&execmem_lock);
	block = execmem_run_empty_block(all, runp);
	if (block) {
		block->open = false;
		empty_blocks[block->pool]--;
		gone.pool = block->pool;
		if (first_addr[gone.pool] - block->start < gone.span)
			first_addr[gone.pool] = 0;
		WARN_ON_ONCE(!execmem_hole_take_at(&gone, block->start,
						   &block->spare));
	}
	spin_unlock(&execmem_lock);
	return block;
}

/* A leaf: no other lock is taken under it but those of mm. */
static DEFINE_MUTEX(release_lock);

static void release_empty(bool all)
{
	struct execmem_block *block;
	struct execmem_run *run;

	/* Whoever needs the room must not miss what is on its way out. */
	mutex_lock(&release_lock);
	while ((block = detach_empty(all, &run))) {
		execmem_block_empty(block);
		execmem_run_put(run, block);
		execmem_block_free(block);
	}
	mutex_unlock(&release_lock);
}

static void release_blocks(struct work_struct *work)
{
	release_empty(false);
}

/* Is there nobody in a block that is in the way? */
static struct execmem_run *get_slots(struct execmem_block **blocks,
				     unsigned int nr,
				     const struct execmem_range *range,
				     unsigned long start, unsigned long end)
{
	struct execmem_run *run;

	run = execmem_run_get(blocks, nr, range, start, end);
	if (run)
		return run;
	release_empty(true);
	return execmem_run_get(blocks, nr, range, start, end);
}

static int grow(struct execmem_area *area, const struct execmem_range *range,
		unsigned long start, unsigned long end,
		struct execmem_area **spare)
{
	unsigned int nr = DIV_ROUND_UP(area->span, EXECMEM_BLOCK_SIZE);
	struct execmem_block **blocks;
	struct execmem_area *hole;
	int err = -ENOMEM;

	/* I7: no lock is held over this. */
	hole = kzalloc(sizeof(*hole), GFP_KERNEL);
	blocks = new_blocks(range->pool, nr);
	if (!hole || !blocks)
		goto err;

	/* Before pages are taken from others for what has no place anyway. */
	hole->run = get_slots(blocks, nr, range, start, end);
	if (!hole->run) {
		err = -ENOSPC;
		goto err;
	}
	err = fill_blocks(hole->run, blocks, nr, range->pgprot);
	if (err)
		goto err;

	hole->pool = range->pool;
	hole->addr = blocks[0]->start;
	hole->span = nr * EXECMEM_BLOCK_SIZE;
	open_blocks(area, hole, range, blocks, nr, spare);
	kfree(blocks);
	return 0;

err:
	if (blocks)
		free_blocks(blocks, nr);
	kfree(hole);
	return err;
}

static int take_between(struct execmem_area *area,
			const struct execmem_range *range,
			unsigned long align, unsigned long start,
			unsigned long end, struct execmem_area **spare)
{
	if (start >= end)
		return -ENOSPC;
	if (take_or_fill(area, align, start, end, spare))
		return 0;
	return grow(area, range, start, end, spare);
}

static void unpoison(const struct execmem_area *area,
		     const struct execmem_range *range)
{
	void *p = (void *)area->addr;

	kasan_unpoison_vmalloc(p, area->span, KASAN_VMALLOC_PROT_NORMAL);
	/* Variables of a module that is gone had red zones here. */
	if (!IS_ENABLED(CONFIG_KASAN_VMALLOC) &&
	    (range->flags & EXECMEM_KASAN_SHADOW))
		kasan_unpoison_range(p, area->span);
}

int execmem_pool_take(struct execmem_area *area,
		      const struct execmem_range *range)
{
	unsigned long align = align_of(area, range);
	struct execmem_area *spare;
	int err;

	if (execmem_fault(sizeof(*spare)))
		return -ENOMEM;
	spare = new_hole();
	if (!spare)
		return -ENOMEM;
	area->pool = range->pool;

	err = take_between(area, range, align, range->start, range->end,
			   &spare);
	if (err == -ENOSPC)
		err = take_between(area, range, align, range->fallback_start,
				   range->fallback_end, &spare);
	free_hole(spare);
	if (err) {
		area->pool = EXECMEM_POOL_NONE;
		return err;
	}

	unpoison(area, range);
	return 0;
}
