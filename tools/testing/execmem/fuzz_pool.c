// SPDX-License-Identifier: GPL-2.0
/*
 * mm/execmem/hole.c, pool.c and run.c: blocks of memory that is executable from
 * the start, and of data that is read-only, their addresses, and what is taken
 * from them and given back. Both want the same addresses. Pages, page tables,
 * vmalloc's addresses, the allocator, work and time are fakes, see fuzz_pool.h.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sizes.h>
#include "fuzz_pool.h"

const char *const fuzz_name = "fuzz_pool";

#define NR_RANGES	6
#define NR_FOREIGN	4

static const enum execmem_type types[NR_RANGES] = {
	EXECMEM_MODULE_TEXT, EXECMEM_BPF, EXECMEM_MODULE_RODATA,
	EXECMEM_MODULE_TEXT, EXECMEM_KPROBES, EXECMEM_MODULE_RODATA,
};

static struct execmem_range ranges[NR_RANGES];

struct seen seen;

/* What it is like until the next restart, or for some rounds */
static bool fails_at_times, fills_up;
static unsigned int favourite;

static struct piece *any_piece(enum piece_state state)
{
	unsigned int first = fuzz_below(NR_PIECES), i;

	for (i = 0; i < NR_PIECES; i++) {
		struct piece *piece = &pieces[(first + i) % NR_PIECES];

		if (piece->state == state)
			return piece;
	}
	return NULL;
}

static unsigned int count(enum piece_state state)
{
	unsigned int nr = 0, i;

	for (i = 0; i < NR_PIECES; i++)
		nr += pieces[i].state == state;
	return nr;
}

/* Of any kind there is, but what is large would soon have all of the room. */
static size_t any_size(enum execmem_type type)
{
	size_t size;

	switch (fuzz_below(32)) {
	case 0:
		size = 1 + fuzz_below(6 * SZ_1M);
		break;
	case 1:
		/* About what blocks and pages are. */
		size = EXECMEM_BLOCK_SIZE * fuzz_below(3) +
		       PAGE_SIZE * fuzz_below(3) + 64 * fuzz_below(3);
		break;
	case 2 ... 15:
		size = 1 + fuzz_below(40 * PAGE_SIZE);
		break;
	default:
		size = 1 + fuzz_below(3 * PAGE_SIZE);
		break;
	}
	size = size ? ALIGN(size, 64) : 64;
	return type == EXECMEM_MODULE_TEXT || type == EXECMEM_MODULE_RODATA ?
	       PAGE_ALIGN(size) : size;
}

/* This is the caller's: it does not fail, and nothing comes in between. */
static struct execmem_area *new_area(enum execmem_type type, size_t size)
{
	struct execmem_area *area = calloc(1, sizeof(*area));

	check(area, "out of memory");
	counts.objects++;
	area->type = type;
	area->size = size;
	area->span = size;
	return area;
}

/* One in @times calls has failures: in its first steps, or in later ones. */
static unsigned int odds(unsigned int times)
{
	if (!fails_at_times || !fuzz_once_in(times))
		return 0;
	return 1 + fuzz_below(16);
}

/* It is refused, and as it was: this is not where it may go on. */
static void check_not_taken(const struct call *call, int err,
			    const struct execmem_area *before, bool releasing)
{
	check(!memcmp(call->area, before, sizeof(*before)), "not as it was");
	check(err == -ENOSPC || err == -ENOMEM, "%d", err);
	check(err == -ENOSPC || call->failed, "what failed?");
	/* Before there is none, what is on its way out is waited for. */
	check(err == -ENOMEM || !releasing, "it has not waited");
	seen.faults += call->failed;
	if (!call->failed && !call->disturbed) {
		check_refused(call);
		seen.refused[call->range->pool]++;
	}
}

/* -EINTR if it has to wait: others do not go on here before it is over. */
static int try_to_take(struct call *call)
{
	if (!setjmp(call->wait))
		return execmem_pool_take(call->area, call->range);
	abandon_call(call);
	return -EINTR;
}

static void take(struct piece *piece)
{
	unsigned int nr = fuzz_once_in(2) ? favourite : fuzz_below(NR_RANGES);
	struct call call = { .range = &ranges[nr] };
	bool releasing = is_releasing();
	struct execmem_area *area, before;
	int err;

	area = new_area(types[nr], any_size(types[nr]));
	memcpy(&before, area, sizeof(before));
	*piece = (struct piece) {
		.state = PIECE_TAKING,
		.whole = true,
		.pool = ranges[nr].pool,
		.area = area,
		.range = &ranges[nr],
	};
	call.area = area;
	begin_call(&call, odds(6));
	err = try_to_take(&call);
	check(area->span == before.span && area->size == before.size, "%zx",
	      area->span);

	check(!call.doomed || err == -ENOMEM, "%d, not -ENOMEM", err);
	if (!err) {
		check_taken(&call);
		seen.taken[area->pool]++;
		seen.scrap += area->addr % PAGE_SIZE != 0;
		piece->addr = area->addr;
		piece->span = area->span;
		piece->state = PIECE_USED;
		model_dirty(piece);
	} else {
		if (err != -EINTR)
			check_not_taken(&call, err, &before, releasing);
		*piece = (struct piece) { };
		kfree(area);
	}
	end_call(&call);
}

/* What is in @piece then is not known: others may be in between. */
static void give(struct piece *piece)
{
	struct call call = { };

	piece->state = PIECE_GIVEN;
	begin_call(&call, odds(2));
	execmem_pool_give(piece->area);
	end_call(&call);
	seen.given++;
}

/* As text of modules gives back what it does not need when it is finished. */
static void trim(struct piece *piece)
{
	size_t size = 64 * fuzz_below(piece->span / 64);
	struct piece *tail = any_piece(PIECE_NONE);
	struct execmem_area *area = piece->area;

	piece->whole = false;
	if (!size || !tail)
		return;
	*tail = *piece;
	tail->addr += size;
	tail->span -= size;
	tail->area = new_area(area->type, 0);
	tail->area->addr = tail->addr;
	tail->area->span = tail->span;
	tail->area->run = area->run;
	tail->area->pool = area->pool;

	area->size = size;
	area->span = size;
	piece->span = size;
	give(tail);
	seen.trimmed++;
}

/* Addresses of nobody are their own place to store to. */
static void look_elsewhere(void)
{
	unsigned long addr = fuzz_once_in(2) ? fuzz_number() :
			     TEXT_START + fuzz_below(TEXT_SIZE);
	const struct vm_struct *vm = vm_areas[fuzz_below(NR_VM_AREAS)];

	/* What is nearest to being in a run, too. */
	if (vm)
		addr = fuzz_once_in(2) ? vm_end(vm) :
					 (unsigned long)vm->addr - 1;
	if (!vm_is_run(vm_at(addr)))
		check((unsigned long)execmem_writable((void *)addr) == addr,
		      "%lx", addr);
}

/* All that one of the pools has: then it is in the way of the other one. */
static void give_pool(enum execmem_pool pool)
{
	int i;

	for (i = 0; i < NR_PIECES; i++) {
		if (pieces[i].state == PIECE_USED && pieces[i].pool == pool)
			give(&pieces[i]);
	}
}

static void step(void)
{
	struct piece *piece;

	if (fuzz_once_in(fills_up ? 6 : 2)) {
		piece = any_piece(PIECE_USED);
		if (!piece)
			return;
		if (piece->area->type == EXECMEM_MODULE_TEXT && piece->whole &&
		    fuzz_once_in(2))
			trim(piece);
		else
			give(piece);
	} else {
		piece = any_piece(PIECE_NONE);
		if (piece)
			take(piece);
	}
	check_always();
}

void fuzz_others(void)
{
	switch (fuzz_below(4)) {
	case 0:
		grace_period();
		break;
	case 1:
		run_work();
		break;
	default:
		step();
		break;
	}
}

/*
 * Room is as short as can be: all that was not filled is, and what is empty is
 * given back.
 */
static void ask_for_too_much(void)
{
	static const struct execmem_range none = {
		.start = TEXT_END,
		.end = TEXT_END + PAGE_SIZE,
		.pool = EXECMEM_POOL_TEXT,
		.alignment = PAGE_SIZE,
	};
	struct execmem_area *area;
	struct call call = { .range = &none };

	area = new_area(EXECMEM_MODULE_TEXT, 2 * PAGE_SIZE);
	call.area = area;
	begin_call(&call, 0);
	check(execmem_pool_take(area, &none) == -ENOSPC, "no error");
	check_refused(&call);
	end_call(&call);
	kfree(area);
	check(!count(PIECE_GIVEN), "not filled");
	check_at_rest();
}

/* Nothing is left, or one block of each pool, and its run. */
static void give_all(void)
{
	unsigned int nr = 0, i;
	enum execmem_pool pool;
	struct piece *piece;

	while ((piece = any_piece(PIECE_USED)))
		give(piece);
	fuzz_crowded = false;
	run_work();
	grace_period();
	check_at_rest();
	if (!count(PIECE_GIVEN) && fuzz_once_in(2)) {
		for_each_pool(pool)
			nr += nr_empty(pool);
	} else {
		ask_for_too_much();
		check(counts.objects == counts.kept, "%lu left", counts.objects);
	}
	for (i = 0; i < NR_BLOCKS; i++)
		nr -= !!fake_blocks[i].block;
	check(!nr, "%d blocks", -nr);
}

static void any_window(unsigned long *start, unsigned long *end)
{
	unsigned long pages = TEXT_SIZE / PAGE_SIZE, first, nr;

	first = fuzz_below(fuzz_once_in(2) ? pages : 16 * 512);
	nr = fuzz_below(fuzz_once_in(3) ? 64 : pages - first) + 1;
	if (nr > pages - first)
		nr = pages - first;
	*start = TEXT_START + first * PAGE_SIZE;
	*end = *start + nr * PAGE_SIZE;
}

/* With room for that many blocks, if nobody else is there */
static void any_blocks(unsigned long *start, unsigned long *end)
{
	unsigned long slots = 1 + fuzz_below(fuzz_once_in(2) ? 4 : 12);

	*start = TEXT_START + fuzz_below(16) * EXECMEM_BLOCK_SIZE;
	*end = *start + slots * EXECMEM_BLOCK_SIZE;
	if (fuzz_once_in(2))
		*start -= (*start != TEXT_START) * fuzz_below(512) * PAGE_SIZE;
	if (fuzz_once_in(2))
		*end += fuzz_below(512) * PAGE_SIZE;
}

/* What others have there, so that runs are not as large as they should be */
static void any_obstacles(void)
{
	unsigned long addr;
	unsigned int i;

	for (i = 0; i < NR_VM_AREAS; i++) {
		if (vm_areas[i] && vm_areas[i]->foreign)
			free_vm_area(vm_areas[i]);
	}
	for (i = 0; fuzz_once_in(2) && i < NR_FOREIGN; i++) {
		addr = TEXT_START + ALIGN(fuzz_below(TEXT_SIZE), PAGE_SIZE);
		if (vm_hole(PAGE_SIZE, PAGE_SIZE, addr, addr + PAGE_SIZE, NULL))
			vm_add(addr, PAGE_SIZE)->foreign = true;
	}
}

static void any_range(struct execmem_range *range, enum execmem_type type)
{
	memset(range, 0, sizeof(*range));
	any_window(&range->start, &range->end);
	if (fuzz_once_in(2))
		any_window(&range->fallback_start, &range->fallback_end);
	range->pool = type == EXECMEM_MODULE_RODATA ? EXECMEM_POOL_RODATA :
						      EXECMEM_POOL_TEXT;
	range->pgprot.pgprot = range - ranges;
	range->alignment = PAGE_SIZE << (fuzz_once_in(3) ? fuzz_below(5) : 0);
	if (range->pool == EXECMEM_POOL_TEXT)
		range->flags = EXECMEM_ROX;
	if (fuzz_once_in(2))
		range->flags |= EXECMEM_RANDOM;
	if (fuzz_once_in(2))
		range->flags |= EXECMEM_KASAN_SHADOW;
}

/* As architectures have it: all that belongs to modules is close together. */
static void share_windows(void)
{
	unsigned long start, end, fallback_start, fallback_end;
	struct execmem_range *range;

	any_blocks(&start, &end);
	any_blocks(&fallback_start, &fallback_end);
	for (range = ranges; range < ranges + NR_RANGES; range++) {
		if (fuzz_once_in(8))
			continue;
		range->start = start;
		range->end = end;
		range->fallback_start = 0;
		range->fallback_end = 0;
		if (fuzz_once_in(3)) {
			range->fallback_start = fallback_start;
			range->fallback_end = fallback_end;
		}
	}
}

static void restart(void)
{
	int i;

	give_all();
	for (i = 0; i < NR_RANGES; i++)
		any_range(&ranges[i], types[i]);
	if (!fuzz_once_in(3))
		share_windows();
	any_obstacles();
	fails_at_times = fuzz_once_in(2);
	fuzz_crowded = fuzz_once_in(3);
}

void fuzz_round(void)
{
	if (!ranges[0].end || fuzz_once_in(300))
		restart();
	if (fuzz_once_in(100))
		fills_up = !fills_up;
	if (fuzz_once_in(40))
		give_pool(1 + fuzz_below(NR_POOLS - 1));
	if (fuzz_once_in(40))
		favourite = fuzz_below(NR_RANGES);

	step();
	if (fuzz_once_in(8))
		run_work();
	if (fuzz_once_in(4))
		grace_period();
	/* What waits is no use, and what does is not what is to be tested. */
	if (count(PIECE_GIVEN) > NR_PIECES / 2)
		ask_for_too_much();
	look_elsewhere();
	check_at_rest();
}

static unsigned long both(const unsigned long *seen)
{
	return seen[EXECMEM_POOL_TEXT] + seen[EXECMEM_POOL_RODATA];
}

/* A fuzzer that sees one answer only is no use. */
static void check_seen(void)
{
	enum execmem_pool pool;

	if (both(seen.grown) < 1000)
		return;
	check(seen.random, "never at random");
	check(seen.made_way, "no pool made way for another one");
	check(seen.waited, "nobody had to wait");
	check(seen.late && seen.faults && seen.scrap, "no failures");
	for_each_pool(pool)
		check(seen.grown[pool] && seen.refused[pool], "%d", pool);
}

void fuzz_end(void)
{
	give_all();
	check_seen();
	printf("%s: %lu + %lu taken, %lu + %lu of them in a new block, ",
	       fuzz_name, seen.taken[EXECMEM_POOL_TEXT],
	       seen.taken[EXECMEM_POOL_RODATA], seen.grown[EXECMEM_POOL_TEXT],
	       seen.grown[EXECMEM_POOL_RODATA]);
	printf("%lu where another pool made way, %lu at random, ",
	       seen.made_way, seen.random);
	printf("%lu not at a page; %lu + %lu refused, %lu made to fail, ",
	       seen.scrap, seen.refused[EXECMEM_POOL_TEXT],
	       seen.refused[EXECMEM_POOL_RODATA], seen.faults);
	printf("%lu had to wait; %lu given, %lu trimmed, %lu filled late, ",
	       seen.waited, seen.given, seen.trimmed, seen.late);
	printf("%lu blocks freed; %lu times others came in between; ",
	       seen.released, seen.between);
	printf("at most %lu runs, %lu holes\n", seen.runs, seen.holes);
}
