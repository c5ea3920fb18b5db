// SPDX-License-Identifier: GPL-2.0
/*
 * How many veneers can a module need?
 *
 * One for each target, which is a symbol and an addend. Where symbols will be
 * is not known yet: what may be far away counts. Never too few: there is no way
 * back once the module has its memory, and what is too much is given back.
 *
 * Nearly all addends are 0, and a bit for each symbol is enough to count these
 * once. The others are sorted at the end: O(n log n).
 */

#define pr_fmt(fmt) "module: " fmt

#include <linux/bitmap.h>
#include <linux/module.h>
#include <linux/moduleloader.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <kunit/visibility.h>
#include <asm/module_veneer.h>
#include "internal.h"

#define FIRST_KEYS	64

VISIBLE_IF_KUNIT int veneer_tally_begin(struct veneer_tally *tally,
					unsigned int nr_syms)
{
	*tally = (struct veneer_tally) { };
	tally->seen = kvcalloc(BITS_TO_LONGS(nr_syms), sizeof(long),
			       GFP_KERNEL);
	return tally->seen ? 0 : -ENOMEM;
}

VISIBLE_IF_KUNIT void veneer_tally_end(struct veneer_tally *tally)
{
	kvfree(tally->keys);
	kvfree(tally->seen);
}

static int more_keys(struct veneer_tally *tally)
{
	size_t max = tally->max_keys ? 2 * tally->max_keys : FIRST_KEYS;
	u64 *keys = kvmalloc_array(max, sizeof(*keys), GFP_KERNEL);

	if (!keys)
		return -ENOMEM;
	if (tally->nr_keys)
		memcpy(keys, tally->keys, tally->nr_keys * sizeof(*keys));
	kvfree(tally->keys);
	tally->keys = keys;
	tally->max_keys = max;
	return 0;
}

VISIBLE_IF_KUNIT int veneer_tally_add(struct veneer_tally *tally,
				      unsigned int sym, s64 addend)
{
	int err;

	if (!addend) {
		tally->nr += !__test_and_set_bit(sym, tally->seen);
		return 0;
	}
	/* No compiler writes that: it need not be recognised when it repeats. */
	if (addend != (s32)addend) {
		tally->nr++;
		return 0;
	}
	if (tally->nr_keys == tally->max_keys) {
		err = more_keys(tally);
		if (err)
			return err;
	}
	tally->keys[tally->nr_keys++] = (u64)sym << 32 | (u32)addend;
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

VISIBLE_IF_KUNIT unsigned int veneer_tally_sum(struct veneer_tally *tally)
{
	unsigned int nr = tally->nr;
	size_t i;

	if (!tally->nr_keys)
		return nr;
	sort(tally->keys, tally->nr_keys, sizeof(*tally->keys), compare_keys,
	     NULL);
	for (nr++, i = 1; i < tally->nr_keys; i++)
		nr += tally->keys[i] != tally->keys[i - 1];
	return nr;
}

static bool is_text(const Elf_Shdr *shdr)
{
	return (shdr->sh_flags & (SHF_ALLOC | SHF_EXECINSTR)) ==
	       (SHF_ALLOC | SHF_EXECINSTR);
}

static bool in_region(const struct load_info *info, unsigned int section,
		      bool init)
{
	const Elf_Shdr *shdr = &info->sechdrs[section];

	return is_text(shdr) &&
	       module_init_layout_section(info->secstrings +
					  shdr->sh_name) == init;
}

/* Bytes of text that a region has at most, without its veneers */
static u64 text_size(const struct load_info *info, bool init)
{
	u64 size = 0;
	unsigned int i;

	for (i = 1; i < info->hdr->e_shnum; i++) {
		const Elf_Shdr *shdr = &info->sechdrs[i];

		if (shdr->sh_size && in_region(info, i, init))
			size += (u64)shdr->sh_size + shdr->sh_addralign;
	}
	return size;
}

/*
 * Does a branch of a region reach all of that region, veneers and all? Where
 * each instruction is a branch to somewhere else these take four times as much
 * as the text.
 */
static bool is_small(u64 size)
{
	return size < MODULE_BRANCH_REACH / 8;
}

struct count {
	const struct load_info	*info;
	bool			init;
	bool			small;
	struct veneer_tally	tally;
};

/*
 * Within a section no veneer could be placed any nearer; ld has seen to it that
 * the branch reaches, or cannot have. An addend may lead out of the section of
 * its symbol, to anywhere.
 */
static bool may_be_far(const struct count *count, const Elf_Sym *sym,
		       s64 addend, unsigned int section)
{
	const struct load_info *info = count->info;
	unsigned int to = sym->st_shndx;

	if (to == SHN_UNDEF || to >= info->hdr->e_shnum ||
	    (u64)sym->st_value + addend > info->sechdrs[to].sh_size)
		return true;
	if (to == section)
		return false;
	return !count->small || !in_region(info, to, count->init);
}

static int count_branches(struct count *count, const Elf_Shdr *relsec)
{
	const struct load_info *info = count->info;
	const Elf_Shdr *symsec = &info->sechdrs[info->index.sym];
	const Elf_Sym *syms = (void *)info->hdr + symsec->sh_offset;
	const MODULE_RELOC *rel = (void *)info->hdr + relsec->sh_offset;
	const MODULE_RELOC *end = rel + relsec->sh_size / sizeof(*rel);
	const void *text = (void *)info->hdr +
			   info->sechdrs[relsec->sh_info].sh_offset;
	unsigned int sym;
	s64 addend;
	int err;

	for (; rel < end; rel++) {
		if (!module_reloc_branches(ELF_R_TYPE(rel->r_info)))
			continue;
		sym = ELF_R_SYM(rel->r_info);
		addend = module_reloc_addend(rel, text);
		if (!may_be_far(count, &syms[sym], addend, relsec->sh_info))
			continue;
		err = veneer_tally_add(&count->tally, sym, addend);
		if (err)
			return err;
	}
	return 0;
}

static bool relocates(const struct load_info *info, const Elf_Shdr *relsec,
		      bool init)
{
	return relsec->sh_type == MODULE_RELOC_SECTION &&
	       relsec->sh_info < info->hdr->e_shnum &&
	       in_region(info, relsec->sh_info, init);
}

/* Comes before text_size(): alignments may grow. */
static unsigned int count_erratum(const struct load_info *info, bool init)
{
	unsigned int i, nr = 0;

	for (i = 1; i < info->hdr->e_shnum; i++) {
		const Elf_Shdr *relsec = &info->sechdrs[i];

		if (!relocates(info, relsec, init))
			continue;
		nr += module_count_erratum((void *)info->hdr +
					   relsec->sh_offset,
					   relsec->sh_size /
					   sizeof(MODULE_RELOC),
					   &info->sechdrs[relsec->sh_info]);
	}
	return nr;
}

static int count_region(struct count *count)
{
	const struct load_info *info = count->info;
	unsigned int i;
	int err;

	for (i = 1; i < info->hdr->e_shnum; i++) {
		const Elf_Shdr *relsec = &info->sechdrs[i];

		if (!relocates(info, relsec, count->init))
			continue;
		err = count_branches(count, relsec);
		if (err)
			return err;
	}
	return 0;
}

/* Is there anything in the module that calls the tracer? */
static unsigned int fixed_veneers(const struct load_info *info)
{
	return module_is_traced(info) ? MODULE_VENEER_FIXED : 0;
}

int module_count_veneers(const struct module *mod,
			 const struct load_info *info, bool init,
			 unsigned int *nr)
{
	unsigned int erratum = count_erratum(info, init);
	u64 size = text_size(info, init);
	struct count count = {
		.info	= info,
		.init	= init,
		.small	= is_small(size),
	};
	size_t nr_syms = info->sechdrs[info->index.sym].sh_size /
			 sizeof(Elf_Sym);
	int err;

	*nr = 0;
	if (!size)
		return 0;

	err = veneer_tally_begin(&count.tally, nr_syms);
	if (!err)
		err = count_region(&count);
	if (!err)
		*nr = veneer_tally_sum(&count.tally) + erratum +
		      fixed_veneers(info);
	else
		pr_err("%s: no memory to count the veneers of %zu symbols (err %d)\n",
		       mod->name, nr_syms, err);
	veneer_tally_end(&count.tally);
	return err;
}
