// SPDX-License-Identifier: GPL-2.0
/*
 * What there is, granule by granule, and where something is to be taken from:
 * by looking at all of it, each time.
 */

#include <stdlib.h>
#include <string.h>
#include <linux/sizes.h>
#include "fuzz_pool.h"

#define GRANULE		64UL
#define GRANULES	(TEXT_SIZE / GRANULE)
#define MAX_HOLES	ARRAY_SIZE(((struct spans *)NULL)->span)

struct piece pieces[NR_PIECES];

/* Of each granule: is it full of traps, poisoned, and when was it freed? */
static bool traps[GRANULES], poisoned[GRANULES];
static unsigned long freed[GRANULES];

static size_t granule(unsigned long addr)
{
	return (addr - TEXT_START) / GRANULE;
}

/* Is nothing in @map, which has one bool for each granule, anything else? */
static bool all(const bool *map, unsigned long addr, size_t size, bool value)
{
	return !memchr(map + granule(addr), !value, size / GRANULE);
}

/* Whatever is freed, or new, gets a number that is not lower than this one. */
static void set_freed(unsigned long addr, size_t size)
{
	size_t i;

	for (i = granule(addr); i < granule(addr + size); i++)
		freed[i] = execmem_frees + 1;
}

static struct piece *given_at(unsigned long addr)
{
	int i;

	for (i = 0; i < NR_PIECES; i++) {
		if (pieces[i].state == PIECE_GIVEN && pieces[i].addr == addr)
			return &pieces[i];
	}
	return NULL;
}

/* It becomes a hole next, and nobody looks at it in between. */
static void forget_given(struct piece *piece, size_t size)
{
	check(piece->span == size, "%lx, %zx bytes", piece->addr, size);
	set_freed(piece->addr, size);
	*piece = (struct piece) { };
}

/* Twins are not looked at. This is all that is done to data that is given. */
void model_poison(unsigned long addr, size_t size, bool poison)
{
	struct piece *piece;

	check(addr % GRANULE == 0 && size % GRANULE == 0, "%lx, %zx bytes",
	      addr, size);
	if (addr >= TEXT_END)
		return;
	memset(poisoned + granule(addr), poison, size / GRANULE);
	piece = poison ? given_at(addr) : NULL;
	if (piece && piece->pool == EXECMEM_POOL_RODATA)
		forget_given(piece, size);
}

void model_open(unsigned long addr, enum execmem_pool pool)
{
	check(all(poisoned, addr, EXECMEM_BLOCK_SIZE, true), "%lx", addr);
	memset(traps + granule(addr), pool == EXECMEM_POOL_TEXT,
	       EXECMEM_BLOCK_SIZE / GRANULE);
	set_freed(addr, EXECMEM_BLOCK_SIZE);
}

bool overlap(struct span a, struct span b)
{
	return a.start < b.end && b.start < a.end;
}

/* What @piece has of the addresses; one that is being taken may have some. */
struct span span_of(const struct piece *piece)
{
	struct span span = { };

	if (piece->state == PIECE_USED || piece->state == PIECE_GIVEN) {
		span.start = piece->addr;
		span.end = piece->addr + piece->span;
	} else if (piece->state == PIECE_TAKING && piece->area->run) {
		span.start = piece->area->addr;
		span.end = piece->area->addr + piece->area->span;
	}
	return span;
}

void model_close(unsigned long addr, enum execmem_pool pool)
{
	struct span block = { addr, addr + EXECMEM_BLOCK_SIZE };
	struct span span;
	int i;

	for (i = 0; i < NR_PIECES; i++) {
		span = span_of(&pieces[i]);
		check(!overlap(span, block), "%lx-%lx is in use", span.start,
		      span.end);
	}
	/* Nobody writes to data that is nobody's. */
	check(all(traps, addr, EXECMEM_BLOCK_SIZE, pool == EXECMEM_POOL_TEXT),
	      "%lx", addr);
	check(all(poisoned, addr, EXECMEM_BLOCK_SIZE, true), "%lx", addr);
	memset(traps + granule(addr), false, EXECMEM_BLOCK_SIZE / GRANULE);
}

/* Only code that was given is filled, as a whole, and once. */
void model_fill(unsigned long addr, size_t size)
{
	struct piece *piece = given_at(addr);

	check(piece && piece->pool == EXECMEM_POOL_TEXT, "%lx, %zx bytes", addr,
	      size);
	check(all(poisoned, addr, size, true), "%lx", addr);
	forget_given(piece, size);
	memset(traps + granule(addr), true, size / GRANULE);
}

void model_dirty(const struct piece *piece)
{
	memset(traps + granule(piece->addr), false, piece->span / GRANULE);
}

/* Holes, as they are to be. */

static int compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void add(struct spans *spans, struct span span)
{
	struct span *last = spans->nr ? &spans->span[spans->nr - 1] : NULL;

	if (span.start >= span.end)
		return;
	if (last && last->vm && last->vm == span.vm &&
	    last->end == span.start) {
		last->end = span.end;
		return;
	}
	check(spans->nr < MAX_HOLES, "too many");
	spans->span[spans->nr++] = span;
}

static void sort(struct spans *spans)
{
	qsort(spans->span, spans->nr, sizeof(*spans->span), compare);
}

/* All of @pool in use, by address; what is taken in @before is not yet. */
static void list_used(struct spans *used, enum execmem_pool pool,
		      const struct call *before)
{
	int i;

	used->nr = 0;
	for (i = 0; i < NR_PIECES; i++) {
		if (pieces[i].pool == pool &&
		    (!before || pieces[i].state != PIECE_TAKING ||
		     pieces[i].area != before->area))
			add(used, span_of(&pieces[i]));
	}
	sort(used);
}

static void list_blocks(struct spans *blocks, enum execmem_pool pool,
			const struct call *before)
{
	const struct fake_block *fake;
	struct span span;

	blocks->nr = 0;
	for (fake = fake_blocks; fake < fake_blocks + NR_BLOCKS; fake++) {
		if (!fake->vm || !fake->block->open || fake->vm->pool != pool ||
		    (before && fake->maker == before))
			continue;
		span.start = fake->block->start;
		span.end = span.start + EXECMEM_BLOCK_SIZE;
		span.vm = fake->vm;
		check(blocks->nr < MAX_HOLES, "too many");
		blocks->span[blocks->nr++] = span;
	}
	sort(blocks);
}

/* Blocks without what is in use, and one hole where two would touch in a run */
void list_holes(struct spans *holes, enum execmem_pool pool,
		const struct call *before)
{
	static struct spans used, blocks;
	const struct span *block, *piece;
	struct span hole;

	list_used(&used, pool, before);
	list_blocks(&blocks, pool, before);
	holes->nr = 0;
	piece = used.span;
	for (block = blocks.span; block < blocks.span + blocks.nr; block++) {
		hole = *block;
		for (; piece < used.span + used.nr &&
		     piece->start < block->end; piece++) {
			hole.end = piece->start;
			add(holes, hole);
			if (piece->end > hole.start)
				hole.start = piece->end;
			/* It may go on in the next block. */
			if (piece->end > block->end)
				break;
		}
		hole.end = block->end;
		add(holes, hole);
	}
}

/* Where memory is to be taken from. */

static bool has_page(const struct span *hole)
{
	return (hole->start + 4095) / 4096 < hole->end / 4096;
}

static unsigned long whole_pages(const struct span *hole)
{
	return has_page(hole) ? hole->end / 4096 * 4096 -
				(hole->start + 4095) / 4096 * 4096 : 0;
}

static bool is_text(const struct execmem_area *area)
{
	return area->type == EXECMEM_MODULE_TEXT;
}

unsigned long model_align(const struct call *call)
{
	return is_text(call->area) ||
	       call->range->pool == EXECMEM_POOL_RODATA ?
	       call->range->alignment : GRANULE;
}

/* The lowest address for @call, in holes with or without a whole page, or 0 */
static unsigned long place_in(const struct spans *holes, bool pages,
			      const struct call *call, unsigned long start,
			      unsigned long end)
{
	unsigned long align = model_align(call), addr, limit, need;
	size_t span = call->area->span;
	const struct span *hole;

	/* With so many whole pages it fits wherever these begin. */
	need = (span + 4095) / 4096 * 4096 + (align > 4096 ? align - 4096 : 0);
	for (hole = holes->span; hole < holes->span + holes->nr; hole++) {
		if (pages ? whole_pages(hole) < need : has_page(hole))
			continue;
		addr = hole->start > start ? hole->start : start;
		addr = (addr + align - 1) / align * align;
		limit = hole->end < end ? hole->end : end;
		if (addr < limit && span <= limit - addr)
			return addr;
	}
	return 0;
}

/*
 * Small users take what is no whole page, where that is enough for them. Whole
 * pages are taken behind the first allocation as long as there are some.
 */
static unsigned long place(const struct spans *holes, const struct call *call,
			   unsigned long start, unsigned long end)
{
	unsigned long first = execmem_pool_first(call->range->pool), addr = 0;

	if (model_align(call) < 4096)
		addr = place_in(holes, false, call, start, end);
	if (!addr && first > start)
		addr = place_in(holes, true, call, first, end);
	return addr ?: place_in(holes, true, call, start, end);
}

unsigned long model_place(const struct call *call, unsigned long start,
			  unsigned long end)
{
	static struct spans holes;

	list_holes(&holes, call->range->pool, call);
	return place(&holes, call, start, end);
}

bool model_has_hole(const struct call *call)
{
	return model_place(call, call->range->start, call->range->end);
}

unsigned int nr_blocks(const struct call *call)
{
	return (call->area->span + EXECMEM_BLOCK_SIZE - 1) / EXECMEM_BLOCK_SIZE;
}

static bool slot_is_free(unsigned long addr, const struct call *before)
{
	const struct fake_block *fake;

	for (fake = fake_blocks; fake < fake_blocks + NR_BLOCKS; fake++) {
		if (fake->vm && fake->maker != before &&
		    fake->block->start == addr)
			return false;
	}
	return true;
}

/* Was there room for all that @call needs in one of the runs of its pool? */
bool model_has_slots(const struct call *call, unsigned long start,
		     unsigned long end)
{
	unsigned long addr;
	unsigned int nr;
	int i;

	for (i = 0; i < NR_VM_AREAS; i++) {
		if (!vm_is_run(vm_areas[i]) || vm_areas[i]->maker == call ||
		    vm_areas[i]->pool != call->range->pool)
			continue;
		nr = 0;
		addr = (unsigned long)vm_areas[i]->addr;
		for (; addr < vm_end(vm_areas[i]); addr += EXECMEM_BLOCK_SIZE) {
			if (addr >= start && addr + EXECMEM_BLOCK_SIZE <= end &&
			    slot_is_free(addr, call))
				nr++;
			else
				nr = 0;
			if (nr == nr_blocks(call))
				return true;
		}
	}
	return false;
}

/* Was there, or could there be, a run with room for it? */
bool model_can_grow(const struct call *call, unsigned long start,
		    unsigned long end)
{
	return start < end &&
	       (model_has_slots(call, start, end) ||
		vm_hole(nr_blocks(call) * EXECMEM_BLOCK_SIZE,
			EXECMEM_BLOCK_SIZE, start, end, call));
}

/* It is as nobody else left it, and as it was filled if it is code. */
void check_granules(const struct execmem_area *area)
{
	size_t first = granule(area->addr), i;

	check(all(traps, area->addr, area->span,
		  area->pool == EXECMEM_POOL_TEXT), "%lx, %zx bytes",
	      area->addr, area->span);
	check(all(poisoned, area->addr, area->span, false), "%lx, %zx bytes",
	      area->addr, area->span);
	/* I10 */
	check(area->freed <= execmem_frees, "%lu", area->freed);
	for (i = first; i < first + area->span / GRANULE; i++)
		check(area->freed >= freed[i], "%lx: %lu, not %lu", area->addr,
		      area->freed, freed[i]);
}
