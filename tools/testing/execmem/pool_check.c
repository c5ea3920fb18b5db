// SPDX-License-Identifier: GPL-2.0
/*
 * What must be true of memory that was taken, of what is left, and of what is
 * refused: by looking at all of it, each time.
 */

#include <linux/sizes.h>
#include "fuzz_pool.h"

static void check_cannot_grow(const struct call *call, unsigned long start,
			      unsigned long end)
{
	check(!model_can_grow(call, start, end),
	      "%zx bytes in new blocks in %lx-%lx", call->area->span, start,
	      end);
}

/*
 * No room in the first window: whatever was empty, and may have been in the
 * way, is given back.
 */
static void check_all_released(void)
{
	enum execmem_pool pool;

	for_each_pool(pool)
		check(!nr_empty(pool), "%u blocks of %d are empty",
		      nr_empty(pool), pool);
}

/* What is refused had no place. */
void check_refused(const struct call *call)
{
	const struct execmem_range *range = call->range;
	unsigned long addr;

	addr = model_place(call, range->start, range->end) ?:
	       model_place(call, range->fallback_start, range->fallback_end);
	check(!addr, "%zx bytes in a hole at %lx", call->area->span, addr);
	check_cannot_grow(call, range->start, range->end);
	check_cannot_grow(call, range->fallback_start, range->fallback_end);
	check_all_released();
}

/* The blocks that were made in @call, as one */
static struct span new_blocks(const struct call *call)
{
	struct span span = { .start = -1UL };
	unsigned long start;
	int i;

	for (i = 0; i < NR_BLOCKS; i++) {
		if (!fake_blocks[i].vm || fake_blocks[i].maker != call)
			continue;
		start = fake_blocks[i].block->start;
		if (span.start > start)
			span.start = start;
		if (span.end < start + EXECMEM_BLOCK_SIZE)
			span.end = start + EXECMEM_BLOCK_SIZE;
	}
	return span;
}

static bool inside(const struct execmem_area *area, unsigned long start,
		   unsigned long end)
{
	return area->addr >= start && area->addr + area->span <= end;
}

/* There is a block for each of its bytes, and no more of them. */
static void check_grown(const struct call *call, struct span new)
{
	const struct execmem_area *area = call->area;
	unsigned long offset = area->addr - new.start;

	check(inside(area, new.start, new.end), "%lx in %lx-%lx", area->addr,
	      new.start, new.end);
	check(new.end - new.start == nr_blocks(call) * EXECMEM_BLOCK_SIZE,
	      "%lx-%lx", new.start, new.end);
	if (call->range->flags & EXECMEM_RANDOM)
		check(offset % 4096 == 0, "%lx", area->addr);
	else
		check(!offset, "%lx", area->addr);
	seen.grown[area->pool]++;
	seen.random += !!offset;
	seen.made_way += call->swapped;
}

/* It is in the first place of all: others, and failures, may have changed it */
static void check_order(const struct call *call)
{
	const struct execmem_range *range = call->range;
	struct span new = new_blocks(call);
	unsigned long first, second;

	first = model_place(call, range->start, range->end);
	second = model_place(call, range->fallback_start, range->fallback_end);
	if (new.end)
		check_grown(call, new);
	if (call->emptied)
		check_all_released();

	if (!inside(call->area, range->start, range->end)) {
		check(!first, "%lx is in the first window", first);
		check_cannot_grow(call, range->start, range->end);
		check_all_released();
		check(new.end ? !second : call->area->addr == second,
		      "%lx, not %lx", call->area->addr, second);
		return;
	}
	check(!call->emptied || new.end, "%lx is not new", call->area->addr);
	check(new.end ? !first : call->area->addr == first, "%lx, not %lx",
	      call->area->addr, first);
}

static void check_twin(const struct execmem_area *area)
{
	unsigned long offset = fuzz_below(area->span);
	unsigned long twin = execmem_twin(area);
	const struct vm_struct *vm = vm_at(twin);

	check((unsigned long)execmem_writable((void *)area->addr + offset) ==
	      twin + offset, "%lx is not at %lx", area->addr, twin);
	if (area->pool != EXECMEM_POOL_TEXT) {
		check(twin == area->addr, "%lx, not %lx", twin, area->addr);
		return;
	}
	check(vm && twin + area->span <= vm_end(vm), "%lx", twin);
	check(twin >= VMALLOC_START && vm_end(vm) <= VMALLOC_END, "%lx", twin);
}

/* I6 */
static void check_window(const struct call *call)
{
	const struct execmem_area *area = call->area;
	const struct execmem_range *range = call->range;
	bool pages = area->type == EXECMEM_MODULE_TEXT ||
		     area->type == EXECMEM_MODULE_RODATA;

	check(inside(area, range->start, range->end) ||
	      inside(area, range->fallback_start, range->fallback_end),
	      "%lx, %zx bytes, in %lx-%lx %lx-%lx", area->addr, area->span,
	      range->start, range->end, range->fallback_start,
	      range->fallback_end);
	check(area->addr % model_align(call) == 0, "%lx", area->addr);
	check(!pages || (area->addr % 4096 == 0 && area->span % 4096 == 0),
	      "%lx, %zx bytes", area->addr, area->span);
}

void check_taken(const struct call *call)
{
	const struct execmem_area *area = call->area;
	const struct vm_struct *vm = vm_at(area->addr);
	struct span span, own = { area->addr, area->addr + area->span };
	int i;

	check_window(call);
	check(area->pool == call->range->pool, "%d", area->pool);
	check(vm_is_run(vm) && area->run && area->run->area == vm, "%lx",
	      area->addr);
	check(area->addr + area->span <= vm_end(vm), "%lx", area->addr);
	check(vm->pool == area->pool, "%lx is of %d", area->addr, vm->pool);
	for (i = 0; i < NR_PIECES; i++) {
		span = span_of(&pieces[i]);
		check(pieces[i].area == area || !overlap(span, own),
		      "%lx and %lx", area->addr, span.start);
	}
	check_granules(area);
	check_twin(area);
	if (!call->disturbed && !call->failed)
		check_order(call);
}

/* Checks of everything. */

static unsigned int check_tree(enum execmem_pool pool)
{
	static struct spans expected;
	struct execmem_area *hole = tree_first(pool);
	const struct span *span;
	int i;

	list_holes(&expected, pool, NULL);
	for (i = 0; i < expected.nr; i++) {
		span = &expected.span[i];
		check(hole, "no hole at %lx-%lx", span->start, span->end);
		check(hole->addr == span->start &&
		      hole->addr + hole->size == span->end,
		      "%lx, %zx bytes, not %lx-%lx", hole->addr, hole->size,
		      span->start, span->end);
		check(hole->run->area == span->vm, "%lx is in %lx", hole->addr,
		      hole->run->start);
		check(hole->pool == pool, "%lx: %d", hole->addr, hole->pool);
		check(hole->freed <= execmem_frees, "%lx", hole->addr);
		hole = tree_next(hole);
	}
	check(!hole, "%lx, %zx bytes", hole->addr, hole->size);
	return expected.nr;
}

static unsigned long used_of(const struct execmem_block *block)
{
	unsigned long start, end, used = 0;
	struct span span;
	int i;

	for (i = 0; i < NR_PIECES; i++) {
		span = span_of(&pieces[i]);
		start = block->start;
		end = start + EXECMEM_BLOCK_SIZE;
		if (span.start >= end || span.end <= start)
			continue;
		if (start < span.start)
			start = span.start;
		if (end > span.end)
			end = span.end;
		used += end - start;
	}
	return used;
}

/* Of any state, also of one that some call is in the middle of. */
void check_always(void)
{
	const struct fake_block *fake;
	enum execmem_pool pool;
	unsigned int nr = 0;
	unsigned long used;

	for_each_pool(pool)
		nr += check_tree(pool);
	check_best();
	check_slots();
	if (seen.holes < nr)
		seen.holes = nr;
	for (fake = fake_blocks; fake < fake_blocks + NR_BLOCKS; fake++) {
		if (!fake->block)
			continue;
		/* What has no pages may have lost its slot to another one. */
		used = fake->vm ? used_of(fake->block) : 0;
		check(fake->block->used == used, "%lx: %lx, not %lx",
		      fake->block->start, fake->block->used, used);
		check(!used || fake->block->open, "%lx", fake->block->start);
	}
}

/* Each run has blocks, and each block is in one. */
static void check_blocks(void)
{
	const struct execmem_block *block;
	unsigned int runs = check_runs(), i;
	enum execmem_pool pool;

	check(counts.runs == runs + counts.waiting, "%lu, not %u", counts.runs,
	      runs);
	if (seen.runs < runs)
		seen.runs = runs;
	for (i = 0; i < NR_BLOCKS; i++) {
		block = fake_blocks[i].block;
		check(!block || (fake_blocks[i].vm && block->open &&
				 has_slot(block)), "%lx", block->start);
	}
	for_each_pool(pool)
		check(nr_empty(pool) <= 1 || work_pending(),
		      "%u blocks of %d are empty", nr_empty(pool), pool);
}

/* What debugfs tells */
static void check_largest(void)
{
	unsigned long start = TEXT_START + fuzz_below(TEXT_SIZE), most = 0;
	unsigned long end = start + fuzz_below(TEXT_END - start), from, to;
	enum execmem_pool pool = 1 + fuzz_below(NR_POOLS - 1);
	static struct spans holes;
	int i;

	list_holes(&holes, pool, NULL);
	for (i = 0; i < holes.nr; i++) {
		from = holes.span[i].start;
		from = from > start ? from : start;
		to = holes.span[i].end < end ? holes.span[i].end : end;
		if (from < to && most < to - from)
			most = to - from;
	}
	spin_lock(&execmem_lock);
	check(execmem_hole_largest(pool, start, end) == most, "not %lx", most);
	spin_unlock(&execmem_lock);
}

static void check_told(void)
{
	unsigned long addr = 0, unfilled = 0;
	const struct execmem_block *block;
	int i, nr = 0;

	spin_lock(&execmem_lock);
	while ((block = execmem_run_next_block(addr))) {
		check(block->start >= addr, "%lx", block->start);
		addr = block->start + EXECMEM_BLOCK_SIZE;
		nr++;
	}
	spin_unlock(&execmem_lock);
	for (i = 0; i < NR_BLOCKS; i++)
		nr -= !!fake_blocks[i].block;
	check(!nr, "%d blocks", nr);

	for (i = 0; i < NR_PIECES; i++) {
		if (pieces[i].state == PIECE_GIVEN)
			unfilled += pieces[i].span;
	}
	check(execmem_pool_unfilled() == unfilled, "not %lx", unfilled);
	check_largest();
}

/* Of a state that no call is in the middle of: nothing is lost. */
void check_at_rest(void)
{
	unsigned long objects = 0;
	struct execmem_area *hole;
	enum execmem_pool pool;
	int i;

	check(!execmem_lock.held && !is_releasing(), "locked");
	check_always();
	check_blocks();
	check_told();

	for_each_pool(pool) {
		for (hole = tree_first(pool); hole; hole = tree_next(hole))
			objects++;
	}
	for (i = 0; i < NR_PIECES; i++)
		objects += pieces[i].state != PIECE_NONE;
	for (i = 0; i < NR_BLOCKS; i++)
		objects += fake_blocks[i].block && fake_blocks[i].block->spare;
	objects += counts.kept;
	check(counts.objects == objects, "%lu, not %lu", counts.objects,
	      objects);
}
