// SPDX-License-Identifier: GPL-2.0
/*
 * mm/execmem/run.c: addresses for memory that is executable from the start, and
 * their twins. Everything else, vmalloc's addresses included, is a model.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/bitmap.h>
#include <linux/kasan.h>
#include <linux/rculist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "../../../mm/execmem/internal.h"
#include "fuzz.h"

const char *const fuzz_name = "fuzz_run";

/* Where windows are. */
#define TEXT_START	0x40000000UL
#define TEXT_SIZE	SZ_64M
#define NR_RANGES	4
#define NR_AREAS	96
#define NR_VM_AREAS	256

static struct vm_struct *vm_areas[NR_VM_AREAS];
static struct execmem_range ranges[NR_RANGES];
static struct execmem_area areas[NR_AREAS];
static unsigned int type_of[NR_AREAS];

/* Did something fail on purpose in this call? */
static bool faulty, failed_on_purpose;

static struct {
	unsigned long taken, none, faults, shrunk, runs;
} seen;

/* What run.c needs. */

static bool fault(void)
{
	if (!faulty || !fuzz_once_in(3))
		return false;
	failed_on_purpose = true;
	return true;
}

void *kvzalloc(size_t size, gfp_t gfp)
{
	return fault() ? NULL : calloc(1, size);
}

void kvfree(const void *p)
{
	free((void *)p);
}

int kasan_alloc_module_shadow(void *addr, size_t size, gfp_t gfp)
{
	return fault() ? -ENOMEM : 0;
}

int execmem_no_room(enum execmem_type type, size_t size)
{
	return -ENOMEM;
}

/* __int128 has room for sums of any two addresses. */
static bool overlaps(__int128 a, __int128 a_end, __int128 b, __int128 b_end)
{
	return a < b_end && b < a_end;
}

static unsigned long end_of(const struct vm_struct *vm)
{
	return (unsigned long)vm->addr + vm->size;
}

/* The lowest address for @size bytes, or 0. */
static unsigned long vm_hole(unsigned long size, unsigned long align,
			     unsigned long start, unsigned long end)
{
	unsigned long addr = ALIGN(start, align);
	int i;

	for (i = 0; i < NR_VM_AREAS; i++) {
		if (!vm_areas[i] ||
		    !overlaps(addr, (__int128)addr + size,
			      (unsigned long)vm_areas[i]->addr,
			      end_of(vm_areas[i])))
			continue;
		addr = ALIGN(end_of(vm_areas[i]), align);
		i = -1;
	}
	return (__int128)addr + size <= end ? addr : 0;
}

struct vm_struct *__get_vm_area_node(unsigned long size, unsigned long align,
				     unsigned long shift, unsigned long flags,
				     unsigned long start, unsigned long end,
				     int node, gfp_t gfp, const void *caller)
{
	unsigned long addr;
	int i;

	check(size && size % PAGE_SIZE == 0, "%lx bytes", size);
	if (fault())
		return NULL;
	addr = vm_hole(size, align, start, end);
	if (!addr)
		return NULL;

	for (i = 0; vm_areas[i]; i++)
		check(i < NR_VM_AREAS - 1, "too many areas");
	vm_areas[i] = malloc(sizeof(struct vm_struct));
	vm_areas[i]->addr = (void *)addr;
	vm_areas[i]->size = size;
	return vm_areas[i];
}

void free_vm_area(struct vm_struct *area)
{
	int i;

	for (i = 0; vm_areas[i] != area; i++)
		check(i < NR_VM_AREAS - 1, "freed what is not there");
	vm_areas[i] = NULL;
	free(area);
}

static struct rcu_head *waiting;

void call_rcu(struct rcu_head *rcu, void (*func)(struct rcu_head *rcu))
{
	rcu->func = func;
	rcu->next = waiting;
	waiting = rcu;
}

static void grace_period(void)
{
	while (waiting) {
		struct rcu_head *rcu = waiting;

		waiting = rcu->next;
		rcu->func(rcu);
	}
}

static bool bit(const unsigned long *map, unsigned long nr)
{
	return map[nr / BITS_PER_LONG] >> nr % BITS_PER_LONG & 1;
}

static void flip(unsigned long *map, unsigned int start, unsigned int nr,
		 bool from)
{
	unsigned int i;

	for (i = start; i < start + nr; i++) {
		check(bit(map, i) == from, "page %u is %u", i, !from);
		map[i / BITS_PER_LONG] ^= 1UL << i % BITS_PER_LONG;
	}
}

void bitmap_set(unsigned long *map, unsigned int start, unsigned int nr)
{
	flip(map, start, nr, false);
}

void bitmap_clear(unsigned long *map, unsigned int start, unsigned int nr)
{
	flip(map, start, nr, true);
}

unsigned long bitmap_find_next_zero_area_off(unsigned long *map,
					     unsigned long size,
					     unsigned long start,
					     unsigned int nr,
					     unsigned long align_mask,
					     unsigned long align_offset)
{
	unsigned long first, i;

	for (first = start; first + nr <= size; first = i + 1) {
		while ((first + align_offset) & align_mask)
			first++;
		for (i = first; i < first + nr && i < size; i++) {
			if (bit(map, i))
				break;
		}
		if (i == first + nr)
			return first;
	}
	return size + 1;
}

/* Checks. */

static struct vm_struct *vm_at(unsigned long addr)
{
	int i;

	for (i = 0; i < NR_VM_AREAS; i++) {
		if (vm_areas[i] && addr >= (unsigned long)vm_areas[i]->addr &&
		    addr < end_of(vm_areas[i]))
			return vm_areas[i];
	}
	return NULL;
}

/* With the page behind it, which is nobody's. */
static unsigned long taken_until(const struct execmem_area *area)
{
	return area->addr + area->size + PAGE_SIZE;
}

static bool inside(const struct execmem_area *area, unsigned long start,
		   unsigned long end)
{
	return area->addr >= start && taken_until(area) <= end;
}

static void check_area(const struct execmem_area *area,
		       const struct execmem_range *range)
{
	unsigned long twin = execmem_twin(area);
	struct vm_struct *vm = vm_at(area->addr);
	int i;

	check(inside(area, range->start, range->end) ||
	      inside(area, range->fallback_start, range->fallback_end),
	      "%lx, %zx bytes, in %lx-%lx %lx-%lx", area->addr, area->size,
	      range->start, range->end, range->fallback_start,
	      range->fallback_end);
	check(area->addr % range->alignment == 0, "%lx %x", area->addr,
	      range->alignment);
	check(vm && taken_until(area) <= end_of(vm), "%lx", area->addr);
	for (i = 0; i < NR_AREAS; i++) {
		if (&areas[i] != area && areas[i].size)
			check(!overlaps(area->addr, taken_until(area),
					areas[i].addr, taken_until(&areas[i])),
			      "%lx and %lx", area->addr, areas[i].addr);
	}

	vm = vm_at(twin);
	check(vm && twin + area->size <= end_of(vm), "%lx", twin);
	check(twin >= VMALLOC_START && end_of(vm) <= VMALLOC_END, "%lx", twin);
	check((unsigned long)execmem_writable((void *)area->addr) == twin,
	      "%lx is not %lx", area->addr, twin);
	check((unsigned long)execmem_writable((void *)area->addr + area->size -
					      1) == twin + area->size - 1,
	      "%lx is not %lx", area->addr, twin);
}

/* Is there room in the run at @vm for @size bytes and a page? */
static bool room(const struct vm_struct *vm, size_t size,
		 const struct execmem_range *range, unsigned long start,
		 unsigned long end)
{
	__int128 addr = (unsigned long)vm->addr, limit = end_of(vm);
	int i;

	if (addr < start)
		addr = start;
	if (limit > end)
		limit = end;
	addr = (addr + range->alignment - 1) / range->alignment *
		range->alignment;
	for (i = 0; i < NR_AREAS; i++) {
		if (!areas[i].size ||
		    !overlaps(addr, addr + size + PAGE_SIZE, areas[i].addr,
			      taken_until(&areas[i])))
			continue;
		addr = ALIGN(taken_until(&areas[i]),
			     (unsigned long)range->alignment);
		i = -1;
	}
	return addr + size + PAGE_SIZE <= limit;
}

/* Whatever has no place is refused, and nothing else. */
static void check_no_room(size_t size, const struct execmem_range *range,
			  unsigned long start, unsigned long end)
{
	int i;

	if (start == end)
		return;
	for (i = 0; i < NR_VM_AREAS; i++) {
		/* Twins are no place. */
		if (vm_areas[i] && end_of(vm_areas[i]) <= VMALLOC_START)
			check(!room(vm_areas[i], size, range, start, end),
			      "%zx bytes in %lx-%lx", size, start, end);
	}
	if (range->alignment <= PMD_SIZE)
		check(!vm_hole(size + PAGE_SIZE, PMD_SIZE, start, end),
		      "%zx bytes in %lx-%lx", size, start, end);
}

/* Steps. */

static size_t any_size(void)
{
	unsigned long pages = 1 + fuzz_below(fuzz_once_in(16) ? 6000 : 40);

	return pages * PAGE_SIZE;
}

static void take(unsigned int nr)
{
	unsigned int type = fuzz_below(NR_RANGES);
	const struct execmem_range *range = &ranges[type];
	struct execmem_area area = { .size = any_size() };
	int err;

	faulty = fuzz_once_in(8);
	failed_on_purpose = false;
	err = execmem_run_take(&area, range);
	faulty = false;

	if (err) {
		check(err == -ENOMEM, "%d", err);
		seen.faults += failed_on_purpose;
		if (failed_on_purpose)
			return;
		seen.none++;
		check_no_room(area.size, range, range->start, range->end);
		check_no_room(area.size, range, range->fallback_start,
			      range->fallback_end);
		return;
	}
	areas[nr] = area;
	type_of[nr] = type;
	check_area(&areas[nr], range);
	seen.taken++;
}

/* As execmem_rox_unmap() and execmem_rox_trim() do. */
static void give(unsigned int nr)
{
	struct execmem_area *area = &areas[nr];
	size_t size = area->size;

	area->size = 0;
	execmem_run_give(area->run, area->addr, size + PAGE_SIZE);
}

static void shrink(unsigned int nr)
{
	struct execmem_area *area = &areas[nr];
	size_t rest = fuzz_below(area->size / PAGE_SIZE) * PAGE_SIZE;

	if (!rest)
		return;
	area->size -= rest;
	execmem_run_give(area->run, area->addr + area->size + PAGE_SIZE, rest);
	check_area(area, &ranges[type_of[nr]]);
	seen.shrunk++;
}

static void any_window(unsigned long *start, unsigned long *end)
{
	unsigned long pages = TEXT_SIZE / PAGE_SIZE, first, nr;

	first = fuzz_below(fuzz_once_in(2) ? pages : 16 * 512);
	nr = fuzz_below(fuzz_once_in(2) ? 64 : pages - first) + 1;
	if (nr > pages - first)
		nr = pages - first;
	*start = TEXT_START + first * PAGE_SIZE;
	*end = *start + nr * PAGE_SIZE;
}

static unsigned int count_runs(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < NR_VM_AREAS; i++)
		nr += vm_areas[i] && end_of(vm_areas[i]) <= VMALLOC_START;
	return nr;
}

static void free_all(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < NR_AREAS; i++) {
		if (areas[i].size)
			give(i);
	}
	grace_period();

	/* One run is kept, with its twin. */
	for (i = 0; i < NR_VM_AREAS; i++)
		nr += !!vm_areas[i];
	check(nr == 0 || (nr == 2 && count_runs() == 1), "%u areas, %u runs",
	      nr, count_runs());
}

static void restart(void)
{
	struct execmem_range *range;

	free_all();
	for (range = ranges; range < ranges + NR_RANGES; range++) {
		memset(range, 0, sizeof(*range));
		any_window(&range->start, &range->end);
		if (fuzz_once_in(2))
			any_window(&range->fallback_start,
				   &range->fallback_end);
		range->alignment = PAGE_SIZE << (fuzz_once_in(3) ?
						 fuzz_below(5) : 0);
		range->flags = EXECMEM_ROX;
		if (fuzz_once_in(2))
			range->flags |= EXECMEM_RANDOM;
		if (fuzz_once_in(2))
			range->flags |= EXECMEM_KASAN_SHADOW;
	}
}

/* Addresses of nobody are their own place to store to. */
static void look_elsewhere(void)
{
	unsigned long addr = fuzz_number();
	struct vm_struct *vm = vm_at(addr);

	if (!vm || end_of(vm) > VMALLOC_START)
		check((unsigned long)execmem_writable((void *)addr) == addr,
		      "%lx", addr);
}

void fuzz_round(void)
{
	unsigned int nr = fuzz_below(NR_AREAS), runs;

	if (fuzz_once_in(500) || !ranges[0].end)
		restart();

	if (!areas[nr].size)
		take(nr);
	else if (fuzz_once_in(3))
		shrink(nr);
	else
		give(nr);

	if (fuzz_once_in(4))
		grace_period();
	look_elsewhere();

	runs = count_runs();
	if (runs > seen.runs)
		seen.runs = runs;
}

void fuzz_end(void)
{
	free_all();
	printf("%s: %lu taken, %lu shrunk, %lu had no room, %lu made to fail; ",
	       fuzz_name, seen.taken, seen.shrunk, seen.none, seen.faults);
	printf("at most %lu runs\n", seen.runs);
}
