// SPDX-License-Identifier: GPL-2.0
/*
 * Modules whose text is larger than a block. They are made here: a section of
 * the text of a small one gets so many bytes behind its functions. That with
 * exit code comes behind it, and calls them. Each of the bytes tells where it
 * should be.
 */
#define _GNU_SOURCE
#include <linux/elf.h>
#include <sys/stat.h>

#include "../module/kcore.h"
#include "blocks.h"

#if __SIZEOF_LONG__ == 8
#define elf_hdr		elf64_hdr
#define elf_shdr	elf64_shdr
#else
#define elf_hdr		elf32_hdr
#define elf_shdr	elf32_shdr
#endif

#define SMALL		"test_module_many_01"
#define CHUNK		65536

/* The first one of code that stays; which that is depends on the compiler. */
static struct elf_shdr *find_text(char *image)
{
	struct elf_hdr *ehdr = (void *)image;
	struct elf_shdr *shdrs = (void *)(image + ehdr->e_shoff);
	const char *names = image + shdrs[ehdr->e_shstrndx].sh_offset;
	int i;

	for (i = 1; i < ehdr->e_shnum; i++)
		if ((shdrs[i].sh_flags & SHF_EXECINSTR) && shdrs[i].sh_size &&
		    !strncmp(names + shdrs[i].sh_name, ".text", 5))
			return &shdrs[i];
	return NULL;
}

int large_make(struct large *large, size_t size)
{
	unsigned int *word, *end;
	char path[PATH_MAX], *small;
	struct elf_shdr *text;
	struct stat st;
	size_t off;

	if (modtest_find(SMALL, path, sizeof(path)) || stat(path, &st))
		return modtest_fail("there is no module " SMALL);
	small = modtest_slurp(path);
	off = (st.st_size + 4095) / 4096 * 4096;
	large->len = off + size;
	large->image = calloc(1, large->len);
	if (!small || !large->image)
		return modtest_fail("no memory");
	memcpy(large->image, small, st.st_size);
	free(small);

	text = find_text(large->image);
	if (!text || text->sh_size >= size)
		return modtest_fail(SMALL " has no text");
	memcpy(large->image + off, large->image + text->sh_offset,
	       text->sh_size);
	large->old_size = text->sh_size;
	large->size = size;
	large->text = large->image + off;
	text->sh_offset = off;
	text->sh_size = size;

	end = (unsigned int *)(large->image + large->len);
	word = (unsigned int *)(large->text + (large->old_size + 3) / 4 * 4);
	for (; word < end; word++)
		*word = (end - word) * 2654435761U;
	return KSFT_PASS;
}

/* What cannot be called is compared as well. */
static int check_contents(const struct large *large)
{
	size_t off = large->old_size, i, n;
	char buf[CHUNK];
	int ret = blocks_open_kcore();

	if (ret)
		return ret == KSFT_SKIP ? KSFT_PASS : ret;
	for (; !ret && off < large->size; off += n) {
		n = large->size - off < CHUNK ? large->size - off : CHUNK;
		ret = kcore_peek(large->span.start + off, buf, n);
		if (ret || !memcmp(buf, large->text + off, n))
			continue;
		for (i = 0; buf[i] == large->text[off + i]; i++)
			;
		return modtest_fail("byte %zu of the text is wrong", off + i);
	}
	return ret ? modtest_fail("/proc/kcore: %s", strerror(-ret)) : 0;
}

/* One block behind the other, and as few as can be; they are checked, too. */
static int check_blocks(const struct large *large)
{
	unsigned long long first = large->span.start / BLOCK_BYTES;
	unsigned long long last = (large->span.end - 1) / BLOCK_BYTES, nr;
	struct block_list list;
	int ret;

	ret = blocks_check();
	if (ret || blocks_mode == BLOCKS_NONE)
		return ret;

	if (blocks_read(&list))
		return KSFT_FAIL;
	for (nr = first; nr <= last; nr++)
		if (!blocks_find(&list, nr * BLOCK_BYTES))
			ret = modtest_fail("%#llx is in no block",
					   nr * BLOCK_BYTES);
	ksft_print_msg("%#llx-%#llx: %llu blocks\n", large->span.start,
		       large->span.end, last - first + 1);
	if (first == last)
		ret = modtest_fail("it is in one block");
	blocks_free(&list);
	return ret;
}

int large_check(struct large *large)
{
	struct modtest_region regions[MODTEST_NR_TYPES];
	struct execmem_type types[EXECMEM_NR_TYPES];
	const struct execmem_type *type;

	if (modtest_regions(SMALL, regions) || execmem_read_types(types))
		return modtest_fail("cannot tell where " SMALL " is");
	large->span.start = regions[MODTEST_TEXT].base;
	large->span.end = large->span.start + regions[MODTEST_TEXT].size;
	if (regions[MODTEST_TEXT].size < large->size)
		return modtest_fail("text has %llu bytes",
				    regions[MODTEST_TEXT].size);

	type = &types[EXECMEM_MODULE_TEXT];
	if (!execmem_inside(&large->span, &type->range) &&
	    !execmem_inside(&large->span, &type->fallback))
		return modtest_fail("%#llx-%#llx is out of range",
				    large->span.start, large->span.end);
	return check_contents(large) | check_blocks(large);
}

static int count_blocks(size_t *nr)
{
	struct block_list list;
	int ret = blocks_read(&list);

	*nr = list.nr;
	blocks_free(&list);
	return ret;
}

/* One that is empty is kept, and none before. */
static int check_given_back(size_t before)
{
	size_t nr = 0;
	int ms;

	for (ms = 0; ms <= MODTEST_SETTLE_MS; ms += 100) {
		if (ms)
			modtest_sleep_ms(100);
		if (count_blocks(&nr))
			return KSFT_FAIL;
		if (nr <= before + 1)
			return KSFT_PASS;
	}
	return modtest_fail("there were %zu blocks, there are %zu", before, nr);
}

int large_load(struct large *large)
{
	if (count_blocks(&large->blocks))
		return KSFT_FAIL;
	if (syscall(__NR_init_module, large->image, large->len, ""))
		return modtest_fail("cannot load %zu bytes of text: %s",
				    large->size, strerror(errno));
	large->loaded = true;
	return KSFT_PASS;
}

int large_unload(struct large *large)
{
	int ret = KSFT_PASS;

	free(large->image);
	if (!large->loaded)
		return ret;
	if (modtest_unload(SMALL))
		return modtest_fail("cannot unload it");
	ret = check_given_back(large->blocks);
	return ret | blocks_check();
}

static int test_large(size_t mib)
{
	struct large large = { };
	int ret = large_make(&large, mib << 20);

	if (!ret)
		ret = large_load(&large);
	if (!ret)
		ret = large_check(&large);
	return ret | large_unload(&large);
}

/* Faults of a test before may have left a block that is empty, and in pieces. */
int large_make_whole(void)
{
	struct large large = { };
	int ret = large_make(&large, 5 << 20);

	if (!ret)
		ret = large_load(&large);
	blocks_in_pieces = true;
	ret |= large_unload(&large);
	blocks_in_pieces = false;
	return ret;
}

int test_large_5(void)
{
	return test_large(5);
}

int test_large_30(void)
{
	if (sizeof(long) == 4) {
		ksft_print_msg("a branch does not reach from end to end\n");
		return KSFT_SKIP;
	}
	return test_large(30);
}
