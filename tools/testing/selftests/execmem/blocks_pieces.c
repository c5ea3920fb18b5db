// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is in pieces: there is no page of 2 MiB, or not even of 64 KiB,
 * while a module is loaded that needs new blocks. Larger ones are refused to who
 * asks for them in this thread.
 */
#define _GNU_SOURCE
#include "../module/faults.h"
#include "blocks.h"

#define FAULT		"fail_page_alloc"
#define MAKE_IT_FAIL	"/proc/thread-self/make-it-fail"

static bool refuse_pages(const char *min_order)
{
	return faults_set(FAULT, "min-order", min_order) &&
	       faults_set(FAULT, "ignore-gfp-wait", "N") &&
	       faults_set(FAULT, "ignore-gfp-highmem", "N") &&
	       faults_set(FAULT, "verbose", "0") &&
	       faults_set(FAULT, "task-filter", "Y") &&
	       faults_set(FAULT, "times", "-1") &&
	       faults_set(FAULT, "probability", "100") &&
	       !modtest_write(MAKE_IT_FAIL, "1");
}

static bool have_pages(void)
{
	bool ok = !modtest_write(MAKE_IT_FAIL, "0");

	return faults_set(FAULT, "probability", "0") &&
	       faults_set(FAULT, "task-filter", "N") &&
	       faults_set(FAULT, "min-order", "1") && ok;
}

/* How many of the blocks of code are in pieces of so many KiB? */
static size_t count_pieces(unsigned long long kib)
{
	struct block_list list;
	size_t i, nr = 0;

	if (blocks_read(&list))
		return 0;
	for (i = 0; i < list.nr; i++)
		nr += list.blocks[i].pieces == kib;
	blocks_free(&list);
	return nr;
}

/* Loaded, with @kib of one piece, and right; and given back. */
static int load_in_pieces(const char *min_order, unsigned long long kib)
{
	struct large large = { };
	size_t before, nr;
	int ret;

	ret = large_make(&large, 5 << 20);
	if (ret)
		return ret;
	blocks_in_pieces = true;
	before = count_pieces(kib);
	ret = refuse_pages(min_order) ? large_load(&large) : KSFT_FAIL;
	if (!have_pages())
		ret = KSFT_FAIL;
	nr = count_pieces(kib) - before;
	ksft_print_msg("%zu blocks are in pieces of %llu KiB\n", nr, kib);
	if (!ret)
		ret = large_check(&large);
	if (!ret && !nr)
		ret = modtest_fail("there should be some");
	return ret | large_unload(&large);
}

/* I8: the next largest piece */
static int pieces_of_half(void)
{
	return load_in_pieces("9", 1024);
}

static int pieces_of_least(void)
{
	return load_in_pieces("5", 64);
}

/* I5: and nothing smaller, what they are taken from would be split. */
static int refused(void)
{
	struct large large = { };
	int err = 0, ret;

	ret = large_make(&large, 5 << 20);
	if (ret)
		return ret;
	if (!refuse_pages("4"))
		ret = KSFT_FAIL;
	else if (!syscall(__NR_init_module, large.image, large.len, ""))
		ret = modtest_fail("it was loaded");
	else
		err = errno;
	if (!have_pages())
		ret = KSFT_FAIL;
	if (!ret && err != ENOMEM)
		ret = modtest_fail("not for want of memory: %s", strerror(err));
	if (!ret)
		ret = blocks_check();
	if (!ret)
		ret = large_load(&large) ?: large_check(&large);
	return ret | large_unload(&large);
}

/* What is empty is kept, but for that new blocks are whole again. */
static int whole_again(void)
{
	struct large large = { };
	size_t before = count_pieces(2048), nr;
	int ret;

	ret = large_make(&large, 5 << 20);
	if (!ret)
		ret = large_load(&large);
	nr = count_pieces(2048);
	if (!ret)
		ret = large_check(&large);
	if (!ret && nr <= before)
		ret = modtest_fail("%zu blocks were whole, %zu are", before,
				   nr);
	return ret | large_unload(&large);
}

int test_pieces(void)
{
	if (blocks_mode != BLOCKS_WHOLE) {
		ksft_print_msg("blocks are of pages anyway\n");
		return KSFT_SKIP;
	}
	return pieces_of_half() | pieces_of_least() | refused() | whole_again();
}
