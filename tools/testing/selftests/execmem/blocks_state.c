// SPDX-License-Identifier: GPL-2.0
/*
 * What is right about blocks at all times: the list of them, the allocations
 * that are in them, the page tables, and what is between the allocations.
 */
#define _GNU_SOURCE
#include "../module/kcore.h"
#include "../module/sections.h"
#include "blocks.h"

enum blocks_mode blocks_mode;
bool blocks_leaves;
bool blocks_of_data;
bool blocks_in_pieces;

/* All of one moment, or nearly so. */
struct state {
	struct execmem_type types[EXECMEM_NR_TYPES];
	struct execmem_list list;
	struct block_list blocks;
	struct ptdump pt;
	unsigned long long code;	/* bytes that nobody has */
	bool explain;
};

/* Why a check failed is told when time is up, and not before. */
#define state_fail(state, fmt, ...)					\
({									\
	if ((state)->explain)						\
		ksft_print_msg(fmt "\n", ##__VA_ARGS__);		\
	false;								\
})

static bool parse_block(const char *line, struct block_list *list)
{
	struct block block;
	char pool[8];
	int end = 0;

	if (sscanf(line, "0x%llx-0x%llx %7s %llu %llu %llu %llu %llu%n",
		   &block.span.start, &block.span.end, pool, &block.leaf,
		   &block.pieces, &block.used, &block.free, &block.largest,
		   &end) != 8 || line[end])
		return false;

	if (!strcmp(pool, "text"))
		list->blocks[list->nr++] = block;
	else if (!strcmp(pool, "rodata"))
		list->data[list->nr_data++] = block;
	else
		return false;
	return true;
}

/* What is not about a block is for the reader. */
static int parse_blocks(char *text, struct block_list *list)
{
	char *line, *save, *rest;
	unsigned long long bytes;
	size_t max = 1;
	int waits = 0;

	for (line = text; *line; line++)
		max += *line == '\n';
	list->blocks = calloc(max, sizeof(*list->blocks));
	list->data = calloc(max, sizeof(*list->data));
	if (!list->blocks || !list->data || strncmp(text, "block ", 6))
		return -EINVAL;

	strtok_r(text, "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save))) {
		if (parse_block(line, list))
			continue;
		bytes = strtoull(line, &rest, 10);
		if (!strcmp(rest, " bytes wait to be filled")) {
			list->waiting = bytes;
			waits++;
		}
		if (*rest == 'x')
			return -EINVAL;
	}
	return waits == 1 ? 0 : -EINVAL;
}

void blocks_free(struct block_list *list)
{
	free(list->blocks);
	free(list->data);
	memset(list, 0, sizeof(*list));
}

/* Other machines have none, and no file, either. */
int blocks_read(struct block_list *list)
{
	char *text;
	int ret;

	memset(list, 0, sizeof(*list));
	if (!users_machine("x86_64"))
		return 0;

	text = modtest_slurp(BLOCKS_FILE);
	if (!text)
		return modtest_fail(BLOCKS_FILE ": %s", strerror(errno));
	ret = parse_blocks(text, list);
	free(text);
	if (!ret)
		return 0;
	blocks_free(list);
	return modtest_fail(BLOCKS_FILE " is not as it should be");
}

const struct block *blocks_find(const struct block_list *list,
				unsigned long long addr)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (addr >= list->blocks[i].span.start &&
		    addr < list->blocks[i].span.end)
			return &list->blocks[i];
	return NULL;
}

static void free_state(struct state *state)
{
	execmem_free(&state->list);
	blocks_free(&state->blocks);
	ptdump_free(&state->pt);
}

static int read_state(struct state *state)
{
	int ret;

	memset(state, 0, sizeof(*state));
	ret = execmem_read_types(state->types);
	if (!ret)
		ret = execmem_read(&state->list);
	if (!ret)
		ret = ptdump_read(&state->pt);
	if (ret)
		ksft_print_msg("debugfs: %s\n", strerror(-ret));
	else
		ret = blocks_read(&state->blocks);
	if (ret)
		free_state(state);
	return ret;
}

static bool is_code(const struct execmem_area *area)
{
	return !strcmp(area->pool, "text");
}

/* How much of [@a->start, @a->end) is in @b? */
static unsigned long long overlap(const struct execmem_span *a,
				  const struct execmem_span *b)
{
	unsigned long long start = a->start > b->start ? a->start : b->start;
	unsigned long long end = a->end < b->end ? a->end : b->end;

	return start < end ? end - start : 0;
}

static bool check_shape(const struct state *state, const struct block *block)
{
	if (block->span.start % BLOCK_BYTES ||
	    block->span.end - block->span.start != BLOCK_BYTES ||
	    block->used + block->free != BLOCK_BYTES ||
	    block->largest > block->free)
		return state_fail(state, "block %#llx: the numbers do not fit",
				  block->span.start);
	return true;
}

/* Data that is read-only is in pages whose alias was that from the start. */
static bool check_data(const struct state *state)
{
	const struct execmem_area *area;
	unsigned long long inside;
	size_t i, b;

	for (b = 0; b < state->blocks.nr_data; b++) {
		if (!check_shape(state, &state->blocks.data[b]))
			return false;
		if (state->blocks.data[b].pieces != 2048 && !blocks_in_pieces)
			return state_fail(state, "block %#llx: pieces of %llu KiB",
					  state->blocks.data[b].span.start,
					  state->blocks.data[b].pieces);
	}

	for (i = 0; i < state->list.nr; i++) {
		area = &state->list.areas[i];
		if (strcmp(area->name, "module_rodata"))
			continue;
		inside = 0;
		for (b = 0; b < state->blocks.nr_data; b++)
			inside += overlap(&area->span,
					  &state->blocks.data[b].span);
		if (inside != area->bytes)
			return state_fail(state, "%#llx: %llu of %llu bytes are in blocks of data",
					  area->span.start, inside,
					  area->bytes);
	}
	return true;
}

/* Is it to be mapped by one leaf? */
static bool has_leaf(const struct block *block)
{
	return blocks_leaves && block->pieces == 2048;
}

static bool pieces_fit(unsigned long long kib)
{
	if (blocks_mode != BLOCKS_WHOLE)
		return kib == 4;
	return kib == 2048 || (blocks_in_pieces && kib >= 64 && kib < 2048);
}

static bool check_numbers(const struct state *state, const struct block *block)
{
	unsigned long long leaf = has_leaf(block) ? 2048 : 4, sum = 0;
	size_t i;

	if (!check_shape(state, block))
		return false;
	if (block->leaf != leaf || !pieces_fit(block->pieces))
		return state_fail(state, "block %#llx: leaf %llu, pieces %llu KiB",
				  block->span.start, block->leaf,
				  block->pieces);

	for (i = 0; i < state->list.nr; i++)
		if (is_code(&state->list.areas[i]))
			sum += overlap(&block->span,
				       &state->list.areas[i].span);
	if (sum > block->used)
		return state_fail(state, "block %#llx: %llu bytes are used, of %llu allocated",
				  block->span.start, block->used, sum);
	return true;
}

/* One entry, or one for each page; and all of it can only be executed. */
static bool check_mapping(const struct state *state, const struct block *block)
{
	unsigned long long addr = block->span.start;
	const struct ptdump_range *range;

	while (addr < block->span.end) {
		range = ptdump_find(&state->pt, addr);
		if (!range || range->prot != PTDUMP_RX)
			return state_fail(state, "block: %#llx is %s", addr,
					  ptdump_name(range ? range->prot : 0));
		if (range->pages == has_leaf(block))
			return state_fail(state, "block: %#llx is mapped by %s",
					  addr, range->pages ? "pages" :
						"a larger leaf");
		if (range->last == ~0ULL)
			break;
		addr = range->last + 1;
	}
	return true;
}

/* Code is in blocks, however many it spans. */
static bool check_places(const struct state *state)
{
	const struct execmem_area *area;
	const struct block *block;
	unsigned long long addr;
	size_t i;

	for (i = 0; i < state->list.nr; i++) {
		area = &state->list.areas[i];
		addr = area->span.start;
		while (is_code(area) && addr < area->span.end) {
			block = blocks_find(&state->blocks, addr);
			if (!block)
				return state_fail(state, "%s: %#llx is in no block",
						  area->name, addr);
			addr = block->span.end;
		}
	}
	return true;
}

/* Whose is what is executable at @addr? The end of that, or 0 for nobody's. */
static unsigned long long owned_until(const struct state *state,
				      unsigned long long addr)
{
	const struct execmem_area *area;
	const struct block *block;

	if (blocks_mode != BLOCKS_NONE) {
		block = blocks_find(&state->blocks, addr);
		return block ? block->span.end : 0;
	}
	area = execmem_find(&state->list, addr);
	return area && is_code(area) ? area->span.end : 0;
}

/* Where modules go nothing else can be executed. */
static bool check_others(const struct state *state)
{
	const struct execmem_span *text =
		&state->types[EXECMEM_MODULE_TEXT].range;
	const struct ptdump_range *range;
	unsigned long long addr, end;
	size_t i;

	for (i = 0; i < state->pt.nr; i++) {
		range = &state->pt.ranges[i];
		if (!(range->prot & PTDUMP_X) || range->first < text->start ||
		    range->last >= text->end)
			continue;
		for (addr = range->first; addr <= range->last; addr = end) {
			end = owned_until(state, addr);
			if (!end)
				return state_fail(state, "%#llx is executable, and of nobody",
						  addr);
		}
	}
	return true;
}

static bool check_state(struct state *state)
{
	const struct ptdump_range *wx = ptdump_find_wx(&state->pt);
	size_t i;

	if (wx && sections_strict_rwx())
		return state_fail(state, "%#llx-%#llx is writable and executable",
				  wx->first, wx->last);
	for (i = 0; i < state->blocks.nr; i++)
		if (!check_numbers(state, &state->blocks.blocks[i]) ||
		    !check_mapping(state, &state->blocks.blocks[i]))
			return false;
	if (blocks_mode == BLOCKS_NONE && state->blocks.nr)
		return state_fail(state, "there are blocks");
	if (blocks_of_data && !check_data(state))
		return false;
	if (!blocks_of_data && state->blocks.nr_data)
		return state_fail(state, "there are blocks of data");
	if (blocks_mode != BLOCKS_NONE && !check_places(state))
		return false;
	/* Elsewhere the kernel itself may be between modules. */
	return !users_machine("x86_64") || check_others(state);
}

/* What is allocated meanwhile, or on its way out, is right a moment later. */
static int settle(bool (*check)(struct state *state))
{
	struct state state;
	bool right = false;
	int ms;

	for (ms = 0; !right && ms <= MODTEST_SETTLE_MS; ms += 200) {
		if (ms)
			modtest_sleep_ms(200);
		if (read_state(&state))
			return KSFT_FAIL;
		state.explain = ms + 200 > MODTEST_SETTLE_MS;
		right = check(&state);
		free_state(&state);
	}
	return right ? KSFT_PASS : KSFT_FAIL;
}

int blocks_check(void)
{
	return settle(check_state);
}

int blocks_open_kcore(void)
{
	int ret = kcore_open();

	if (!ret)
		return KSFT_PASS;
	ksft_print_msg("/proc/kcore: %s\n", strerror(-ret));
	return users_machine("x86_64") || ret != -ENOENT ? KSFT_FAIL :
		KSFT_SKIP;
}

/* What could not be filled waits for that; what it is nobody tells. */
static bool check_hole(struct state *state, unsigned long long start,
		       unsigned long long end)
{
	unsigned long long first;
	long long code = kcore_count_code(start, end - start, &first);

	if (code < 0)
		return state_fail(state, "/proc/kcore: %#llx: %s", start,
				  strerror(-code));
	state->code += code;
	if (state->code > state->blocks.waiting)
		return state_fail(state, "%#llx is nobody's, and does not trap",
				  first);
	return true;
}

/* Areas are sorted: what is between the end of one and the next is a hole. */
static bool check_block_holes(struct state *state, const struct block *block)
{
	unsigned long long from = block->span.start;
	const struct execmem_area *area;
	size_t i;

	for (i = 0; i < state->list.nr; i++) {
		area = &state->list.areas[i];
		if (!is_code(area) || !overlap(&block->span, &area->span))
			continue;
		if (from < area->span.start &&
		    !check_hole(state, from, area->span.start))
			return false;
		from = area->span.end;
	}
	return from >= block->span.end ||
	       check_hole(state, from, block->span.end);
}

static bool check_holes(struct state *state)
{
	size_t i;

	for (i = 0; i < state->blocks.nr; i++)
		if (!check_block_holes(state, &state->blocks.blocks[i]))
			return false;
	return true;
}

int blocks_check_holes(void)
{
	int ret;

	if (blocks_mode == BLOCKS_NONE) {
		ksft_print_msg("there are no blocks\n");
		return KSFT_SKIP;
	}
	ret = blocks_open_kcore();
	return ret ? ret : settle(check_holes);
}
