/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Blocks: what all code shares on x86-64, 2 MiB each. Lines of
 * /sys/kernel/debug/execmem/blocks, below a heading:
 *
 *   0x<start>-0x<end> <pool> <leaf> <pieces> <used> <free> <largest_hole>
 *
 * <leaf> and <pieces> are in KiB: what maps it, and what its memory consists of.
 * Blocks of the pool "rodata" are for data of modules, of which each page is
 * mapped while it is in use. The last line is of other things, and begins with a
 * number that is decimal.
 *
 * execmem_blocks.c	page tables and direct map, and the test cases
 * blocks_state.c	what is right at all times
 * blocks_freed.c	memory that was freed
 * blocks_large.c	modules that are larger than a block
 * blocks_pieces.c	no large page is free
 *
 * Functions return the result of a test case, and say why.
 */
#ifndef __SELFTEST_EXECMEM_BLOCKS_H
#define __SELFTEST_EXECMEM_BLOCKS_H

#include "users.h"

#define BLOCKS_FILE	EXECMEM_DEBUGFS "blocks"
#define BLOCK_BYTES	(2ULL << 20)

/* What the machine and the command line ask for. */
enum blocks_mode {
	BLOCKS_NONE,		/* each allocation has pages of its own */
	BLOCKS_OF_PAGES,	/* blocks, but what they consist of is pages */
	BLOCKS_WHOLE,
};

extern enum blocks_mode blocks_mode;
extern bool blocks_leaves;	/* and one entry of a page table maps each */
extern bool blocks_of_data;	/* for constants, whatever there is for code */
extern bool blocks_in_pieces;	/* some had to do with smaller pages */

struct block {
	struct execmem_span span;
	unsigned long long leaf;
	unsigned long long pieces;
	unsigned long long used;
	unsigned long long free;
	unsigned long long largest;
};

struct block_list {
	struct block *blocks;	/* of code */
	size_t nr;
	struct block *data;	/* of data that is read-only */
	size_t nr_data;
	unsigned long long waiting;	/* bytes that wait to be filled */
};

/* blocks_state.c */
int blocks_read(struct block_list *list);
void blocks_free(struct block_list *list);
const struct block *blocks_find(const struct block_list *list,
				unsigned long long addr);

/* To read what is in memory; a skip where that can be done without. */
int blocks_open_kcore(void);

/* Blocks, allocations and page tables agree, now or soon. */
int blocks_check(void);

/* What nobody has traps, now or soon. */
int blocks_check_holes(void);

/* blocks_freed.c */
int test_freed_text(void);
int test_freed_programs(void);
int test_freed_tracer(void);

/* blocks_large.c: a module, at first in memory */
struct large {
	char *image;		/* the file */
	size_t len;
	const char *text;	/* the section */
	size_t size;
	size_t old_size;	/* before it grew; the loader changes that */
	struct execmem_span span;
	size_t blocks;		/* that there were before it */
	bool loaded;
};

int large_make(struct large *large, size_t size);
int large_load(struct large *large);
int large_check(struct large *large);
int large_unload(struct large *large);	/* and forget it */
int large_make_whole(void);
int test_large_5(void);
int test_large_30(void);

/* blocks_pieces.c */
int test_pieces(void);

#endif /* __SELFTEST_EXECMEM_BLOCKS_H */
