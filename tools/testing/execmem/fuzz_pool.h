/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of fuzz_pool share:
 *
 *	fuzz_pool.c	takes and gives memory, at random
 *	pool_fake.c	what hole.c, pool.c and run.c call: pages, addresses,
 *			memory, work, time, and all that comes in between
 *	pool_model.c	what there is, and where something is to be taken from
 *	pool_check.c	what must be true then
 *	pool_tree.c	looks into the trees of hole.c
 *	pool_run.c	looks into the list of run.c
 */
#ifndef _FUZZ_POOL_H
#define _FUZZ_POOL_H

#include <setjmp.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "../../../mm/execmem/internal.h"
#include "../../../mm/execmem/block.h"
#include "fuzz.h"

/* Where windows are, and in which steps they are looked at. */
#define TEXT_START	0x40000000UL
#define TEXT_SIZE	((unsigned long)SZ_64M)
#define TEXT_END	(TEXT_START + TEXT_SIZE)

#define NR_PIECES	192
#define NR_BLOCKS	64
#define NR_VM_AREAS	80

/* For arrays that have something for each pool with blocks */
#define NR_POOLS	EXECMEM_POOL_DATA

#define for_each_pool(pool)						\
	for ((pool) = EXECMEM_POOL_TEXT; (pool) < NR_POOLS; (pool)++)

/**
 * enum piece_state - where a piece of memory is
 * @PIECE_NONE: nowhere
 * @PIECE_TAKING: in execmem_pool_take()
 * @PIECE_USED: taken
 * @PIECE_GIVEN: execmem_pool_give() has it, and it was not filled yet
 */
enum piece_state {
	PIECE_NONE,
	PIECE_TAKING,
	PIECE_USED,
	PIECE_GIVEN,
};

/**
 * struct piece - something that was taken
 * @state: see there
 * @whole: it is as it was taken, and its pages are nobody else's
 * @pool: of @range
 * @area: what execmem knows of it, not to be looked at once it is given
 * @range: where it was asked for
 * @addr: first address
 * @span: bytes
 */
struct piece {
	enum piece_state		state;
	bool				whole;
	enum execmem_pool		pool;
	struct execmem_area		*area;
	const struct execmem_range	*range;
	unsigned long			addr;
	size_t				span;
};

/**
 * struct call - a call that others may come in between of
 * @outer: what it came in between of itself
 * @area: of execmem_pool_take(), or NULL
 * @range: of execmem_pool_take()
 * @odds: one in how many steps that can fail does, or 0 for none
 * @failed: something failed on purpose
 * @doomed: that was memory, which no other window would help against
 * @disturbed: others came in between, or it did: all may have changed
 * @emptied: it gave back blocks that nobody had anything in
 * @swapped: some of them were of another pool
 * @wait: where to go when it would wait for what it came in between of
 */
struct call {
	struct call			*outer;
	struct execmem_area		*area;
	const struct execmem_range	*range;
	unsigned int			odds;
	bool				failed;
	bool				doomed;
	bool				disturbed;
	bool				emptied;
	bool				swapped;
	jmp_buf				wait;
};

/**
 * struct fake_block - a block that execmem_block_new() made
 * @block: what it returned; NULL if there is none
 * @vm: the area that it is in; NULL if it has no pages
 * @maker: the call that it is made in
 */
struct fake_block {
	struct execmem_block		*block;
	const struct vm_struct		*vm;
	const struct call		*maker;
};

/**
 * struct counts - what there is
 * @objects: of kzalloc() and kcalloc()
 * @kept: of these, not in use
 * @runs: of kvzalloc()
 * @waiting: for a grace period
 */
struct counts {
	unsigned long			objects;
	unsigned long			kept;
	unsigned long			runs;
	unsigned long			waiting;
};

/* How often each thing happened */
struct seen {
	unsigned long taken[NR_POOLS], grown[NR_POOLS], refused[NR_POOLS];
	unsigned long made_way, waited, random, scrap, faults, trimmed, given;
	unsigned long late, released, between, holes, runs;
};

extern struct seen seen;

/* fuzz_pool.c: something happens on another CPU */
void fuzz_others(void);

/* pool_fake.c */
extern struct fake_block fake_blocks[NR_BLOCKS];
extern struct vm_struct *vm_areas[NR_VM_AREAS];
extern struct counts counts;
extern bool fuzz_crowded;
void begin_call(struct call *call, unsigned int odds);
void end_call(struct call *call);

/* Give back the memory of one that would wait: nothing else is its own yet. */
void abandon_call(struct call *call);

/* Is somebody giving back blocks? */
bool is_releasing(void);

bool work_pending(void);
void run_work(void);
void grace_period(void);
unsigned long vm_end(const struct vm_struct *vm);
struct vm_struct *vm_at(unsigned long addr);
unsigned long vm_hole(unsigned long size, unsigned long align,
		      unsigned long start, unsigned long end,
		      const struct call *before);
struct vm_struct *vm_add(unsigned long addr, unsigned long size);

/* Is @vm a run, of code under test? */
bool vm_is_run(const struct vm_struct *vm);

/* Does nobody have anything in @fake, is it not on its way out either? */
bool is_empty(const struct fake_block *fake);
unsigned int nr_empty(enum execmem_pool pool);

/* pool_model.c */

/* In @start to @end; @vm is what it is in, if that matters */
struct span {
	unsigned long start;
	unsigned long end;
	const struct vm_struct *vm;
};

struct spans {
	unsigned int nr;
	struct span span[NR_PIECES + NR_BLOCKS];
};

extern struct piece pieces[NR_PIECES];
void model_poison(unsigned long addr, size_t size, bool poison);
void model_open(unsigned long addr, enum execmem_pool pool);
void model_close(unsigned long addr, enum execmem_pool pool);
void model_fill(unsigned long addr, size_t size);
void model_dirty(const struct piece *piece);

/* In the state from before @call, or that of now without one */
void list_holes(struct spans *holes, enum execmem_pool pool,
		const struct call *before);
bool model_has_hole(const struct call *call);
bool model_has_slots(const struct call *call, unsigned long start,
		     unsigned long end);
bool model_can_grow(const struct call *call, unsigned long start,
		    unsigned long end);
unsigned long model_place(const struct call *call, unsigned long start,
			  unsigned long end);
unsigned long model_align(const struct call *call);
unsigned int nr_blocks(const struct call *call);
struct span span_of(const struct piece *piece);
bool overlap(struct span a, struct span b);
void check_granules(const struct execmem_area *area);

/* pool_check.c */
void check_taken(const struct call *call);
void check_refused(const struct call *call);
void check_always(void);
void check_at_rest(void);

/* pool_tree.c */
struct execmem_area *tree_first(enum execmem_pool pool);
struct execmem_area *tree_next(struct execmem_area *hole);
void check_best(void);

/* pool_run.c */
struct execmem_run *run_at(unsigned long addr);
bool has_slot(const struct execmem_block *block);
void check_slots(void);
unsigned int check_runs(void);

#endif
