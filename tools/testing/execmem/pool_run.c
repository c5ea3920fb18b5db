// SPDX-License-Identifier: GPL-2.0
/*
 * The list of runs, which is run.c's own.
 */

#include "../../../mm/execmem/run.c"
#include "fuzz_pool.h"

struct execmem_run *run_at(unsigned long addr)
{
	struct execmem_run *run;

	list_for_each_entry(run, &runs, list) {
		if (addr - run->start < run->size)
			return run;
	}
	return NULL;
}

bool has_slot(const struct execmem_block *block)
{
	const struct execmem_run *run = run_at(block->start);
	unsigned long offset = block->start - (run ? run->start : 0);

	return run && run->slot[offset / EXECMEM_BLOCK_SIZE] == block;
}

static const struct fake_block *fake_of(const struct execmem_block *block)
{
	int i;

	for (i = 0; fake_blocks[i].block != block; i++)
		check(i < NR_BLOCKS - 1, "no block");
	return &fake_blocks[i];
}

/* Is what has a slot a block for it, and is there an end to them? */
static void check_slots_of(const struct execmem_run *run)
{
	const struct vm_struct *vm = vm_at(run->start);
	unsigned int slot, taken = 0;
	const struct execmem_block *block;
	unsigned long addr;

	for (slot = 0; slot < run->size / EXECMEM_BLOCK_SIZE; slot++) {
		block = run->slot[slot];
		if (!block)
			continue;
		taken++;
		addr = run->start + slot * EXECMEM_BLOCK_SIZE;
		fake_of(block);
		check(block->start == addr, "%lx at %lx", block->start, addr);
		check(block->pool == run->pool, "%lx: %d", addr, block->pool);
	}
	check(taken && run->taken == taken, "%lx: %u, not %u", run->start,
	      run->taken, taken);
	check(vm_is_run(vm) && run->area == vm && run->pool == vm->pool,
	      "%lx", run->start);
}

/* Of any state: a run is in the list with its first block, to the last one. */
void check_slots(void)
{
	struct execmem_run *run;

	list_for_each_entry(run, &runs, list)
		check_slots_of(run);
}

/* The addresses are all there, and the twin if it is for code. */
static unsigned int check_areas_of(const struct execmem_run *run)
{
	check((unsigned long)run->area->addr == run->start &&
	      run->area->size == run->size, "%lx", run->start);
	if (run->pool != EXECMEM_POOL_TEXT) {
		check(!run->twin && !run->distance, "%lx has a twin",
		      run->start);
		return 1;
	}
	check(vm_at(run->start + run->distance) == run->twin &&
	      (unsigned long)run->twin->addr == run->start + run->distance &&
	      run->twin->size == run->size, "%lx", run->start);
	return 2;
}

/* Of a state that no call is in the middle of: how many are there? */
unsigned int check_runs(void)
{
	unsigned int nr = 0, areas = 0, slot;
	struct execmem_run *run;
	int i;

	check_slots();
	list_for_each_entry(run, &runs, list) {
		nr++;
		areas += check_areas_of(run);
		for (slot = 0; slot < nr_slots(run); slot++)
			check(!run->slot[slot] ||
			      fake_of(run->slot[slot])->vm == run->area,
			      "%lx has no pages", run->slot[slot]->start);
	}
	for (i = 0; i < NR_VM_AREAS; i++)
		areas -= vm_areas[i] && !vm_areas[i]->foreign;
	check(!areas, "%u areas are not of %u runs", -areas, nr);
	return nr;
}
