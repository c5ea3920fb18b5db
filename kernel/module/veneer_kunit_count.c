// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test for counting the veneers of a module: of modules that are made up,
 * section by section and relocation by relocation, and counted again here in
 * the simplest way there is.
 */

#include <kunit/test.h>
#include <linux/align.h>
#include <linux/elf.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleloader.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/module_veneer.h>
#include "internal.h"
#include "veneer_kunit.h"

#define MAX_SECTIONS	12	/* besides those with relocations */
#define MAX_SYMBOLS	40
#define MAX_RELOCS	30	/* of one section */
#define CONTENTS	SZ_16K	/* of a section, as far as it has relocations */
#define IMAGE		SZ_512K
#define ROUNDS		150
#define BIG		(MODULE_BRANCH_REACH / 2)
#define SYM_SHIFT	(BITS_PER_LONG == 64 ? 32 : 8)	/* in r_info */

/* A region is what the two kinds of text become, or none. */
enum region { CORE, INIT, NONE };

#define EXIT	(IS_ENABLED(CONFIG_MODULE_UNLOAD) ? CORE : INIT)
#define AX	(SHF_ALLOC | SHF_EXECINSTR)

static const struct kind {
	const char *name;
	unsigned long flags;
	enum region region;
} kinds[] = {
	{ ".text", AX, CORE },
	{ ".text.unlikely", AX, CORE },
	{ ".text.hot", AX, CORE },
	{ ".init.text", AX, INIT },
	{ ".init.text.more", AX, INIT },
	{ ".exit.text", AX, EXIT },
	{ ".exit.text.more", AX, EXIT },
	{ ".data", SHF_ALLOC | SHF_WRITE, NONE },
	{ ".init.data", SHF_ALLOC | SHF_WRITE, NONE },
	{ ".rodata", SHF_ALLOC, NONE },
	{ ".note", SHF_EXECINSTR, NONE },
	{ MODULE_VENEER_TRACED, SHF_ALLOC, NONE },
};

struct reloc {
	const struct veneer_test_branch *branch;	/* NULL: none */
	unsigned int type;
	unsigned int section;
	unsigned int sym;
	u64 offset;
	s64 addend;
};

/**
 * struct fake - a module that is made up
 * @rnd: where all of it comes from
 * @image: the file
 * @used: bytes of it
 * @mod: for messages
 * @info: the load
 * @shdrs: its section headers; relocations are behind all others
 * @kind: what the other sections are
 * @syms: its symbols, in the image
 * @nr_sections: how many sections there are, without relocations
 * @nr_syms: how many symbols
 * @relocs: all relocations
 * @nr_relocs: how many of them
 * @pos: where a section is placed
 * @sym_pos: where a symbol is that is in no section
 * @nr_erratum: how many veneers serve one ADRP each, of all modules so far
 * @targets: what branches of a region have veneers for, when it is placed
 */
struct fake {
	struct rnd_state rnd;
	void *image;
	size_t used;
	struct module mod;
	struct load_info info;
	Elf_Shdr shdrs[2 * MAX_SECTIONS];
	const struct kind *kind[MAX_SECTIONS];
	Elf_Sym *syms;
	unsigned int nr_sections;
	unsigned int nr_syms;
	struct reloc relocs[MAX_SECTIONS * MAX_RELOCS];
	unsigned int nr_relocs;
	s64 pos[MAX_SECTIONS];
	s64 sym_pos[MAX_SYMBOLS];
	unsigned int nr_erratum;
	s64 targets[MAX_SECTIONS * MAX_RELOCS];
};

static u32 rnd(struct fake *f, u32 ceil)
{
	return prandom_u32_state(&f->rnd) % ceil;
}

static size_t take(struct fake *f, size_t size)
{
	size_t start = f->used;

	f->used += ALIGN(size, 8);
	return start;
}

/* Most modules are small; in a big one a branch may not reach its own region. */
static void make_section(struct fake *f, unsigned int i, bool big)
{
	const struct kind *kind = &kinds[rnd(f, ARRAY_SIZE(kinds))];
	Elf_Shdr *shdr = &f->shdrs[i];
	size_t name = take(f, strlen(kind->name) + 1);

	strcpy(f->image + name, kind->name);
	f->kind[i] = kind;
	*shdr = (Elf_Shdr) {
		.sh_name	= name,
		.sh_type	= SHT_PROGBITS,
		.sh_flags	= kind->flags,
		.sh_addralign	= 4U << rnd(f, 5),
		.sh_size	= CONTENTS,
		.sh_offset	= take(f, CONTENTS),
	};
	if (big && !rnd(f, 3))
		shdr->sh_size += BIG + 4 * rnd(f, BIG / 4);
}

static void make_symbols(struct fake *f)
{
	unsigned int i;

	f->nr_syms = 1 + rnd(f, MAX_SYMBOLS);
	f->shdrs[1] = (Elf_Shdr) {
		.sh_type	= SHT_SYMTAB,
		.sh_size	= f->nr_syms * sizeof(*f->syms),
		.sh_offset	= take(f, f->nr_syms * sizeof(*f->syms)),
	};
	f->info.index.sym = 1;
	f->syms = f->image + f->shdrs[1].sh_offset;
	memset(f->syms, 0, f->shdrs[1].sh_size);

	for (i = 1; i < f->nr_syms; i++) {
		Elf_Sym *sym = &f->syms[i];

		switch (rnd(f, 8)) {
		case 0 ... 2:
			sym->st_shndx = SHN_UNDEF;
			break;
		case 3:
			sym->st_shndx = SHN_ABS;
			break;
		default:
			sym->st_shndx = 2 + rnd(f, f->nr_sections - 2);
			sym->st_value = 4 * rnd(f, f->shdrs[sym->st_shndx].sh_size / 4);
		}
	}
}

/* Few different ones, and now and then one of more than 32 bits */
static s64 random_addend(struct fake *f)
{
	switch (rnd(f, 16)) {
	case 0 ... 7:
		return 0;
	case 8 ... 13:
		return 4 * ((s64)rnd(f, 7) - 3);
	case 14:
		return 4 * ((s64)rnd(f, SZ_1M) - SZ_512K);
	default:
		return ((s64)rnd(f, 3) - 1) << 33;
	}
}

static void make_reloc(struct fake *f, unsigned int section, u64 offset,
		       MODULE_RELOC *rel)
{
	struct reloc *r = &f->relocs[f->nr_relocs++];
	unsigned int i = rnd(f, veneer_test_nr_branches +
				veneer_test_nr_others / 2);
	void *place = f->image + f->shdrs[section].sh_offset + offset;

	*r = (struct reloc) {
		.section = section, .offset = offset,
		.sym = rnd(f, f->nr_syms), .addend = random_addend(f),
	};
	if (i < veneer_test_nr_branches) {
		r->branch = &veneer_test_branches[i];
		r->type = r->branch->type;
		r->addend = veneer_test_addend(rel, place, r->branch,
					       r->addend);
	} else {
		r->type = veneer_test_others[rnd(f, veneer_test_nr_others)];
	}
	rel->r_offset = offset;
	rel->r_info = (unsigned long)r->sym << SYM_SHIFT | r->type;
}

/* Each is at a place of its own: some architectures keep the addend there. */
static void make_relocs(struct fake *f, unsigned int section)
{
	Elf_Shdr *relsec = &f->shdrs[f->info.hdr->e_shnum++];
	unsigned int nr = rnd(f, MAX_RELOCS), i;
	long step = veneer_test_branches[veneer_test_nr_branches - 1].step;
	u64 offset = 0;

	*relsec = (Elf_Shdr) {
		.sh_type	= MODULE_RELOC_SECTION,
		.sh_info	= section,
		.sh_link	= f->info.index.sym,
		.sh_offset	= take(f, nr * sizeof(MODULE_RELOC)),
	};
	for (i = 0; i < nr; i++) {
		offset += 4 + step * rnd(f, 60);
		/* Where an ADRP may not be on some CPUs */
		if (!rnd(f, 8) && offset < CONTENTS / 2)
			offset = ALIGN(offset, SZ_4K) + SZ_4K - 4 - 4 * rnd(f, 3);
		if (offset > CONTENTS - 4)
			break;
		make_reloc(f, section, offset, f->image + relsec->sh_offset +
			   i * sizeof(MODULE_RELOC));
	}
	relsec->sh_size = i * sizeof(MODULE_RELOC);
}

static void make_fake(struct fake *f)
{
	bool big = !rnd(f, 4);
	unsigned int i;

	f->used = 0;
	f->nr_relocs = 0;
	f->info.hdr = f->image + take(f, sizeof(Elf_Ehdr));
	f->info.sechdrs = f->shdrs;
	f->info.secstrings = f->image;
	f->nr_sections = 3 + rnd(f, MAX_SECTIONS - 2);
	memset(f->shdrs, 0, sizeof(f->shdrs));
	for (i = 2; i < f->nr_sections; i++)
		make_section(f, i, big);
	make_symbols(f);
	f->info.hdr->e_shnum = f->nr_sections;
	for (i = 2; i < f->nr_sections; i++)
		make_relocs(f, i);
}

/* Which section does it go to? 0 if none, or out of that of its symbol. */
static unsigned int goes_to(const struct fake *f, const struct reloc *r)
{
	const Elf_Sym *sym = &f->syms[r->sym];
	s64 offset = (s64)sym->st_value + r->addend;

	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx >= f->nr_sections ||
	    offset < 0 || offset > f->shdrs[sym->st_shndx].sh_size)
		return 0;
	return sym->st_shndx;
}

/* May it go through a veneer, in this region? */
static bool has_veneer(const struct fake *f, const struct reloc *r,
		       enum region region)
{
	return f->kind[r->section]->region == region && r->branch &&
	       r->branch->veneer && goes_to(f, r) != r->section;
}

static bool is_big(const struct fake *f, enum region region)
{
	unsigned int i;

	for (i = 2; i < f->nr_sections; i++) {
		if (f->kind[i]->region == region && f->shdrs[i].sh_size > BIG)
			return true;
	}
	return false;
}

static bool may_be_far(const struct fake *f, const struct reloc *r,
		       enum region region)
{
	unsigned int section = goes_to(f, r);

	if (!has_veneer(f, r, region))
		return false;
	return !section || f->kind[section]->region != region ||
	       is_big(f, region);
}

/* What does not fit in 32 bits counts each time. */
static bool counts_again(const struct fake *f, unsigned int i,
			 enum region region)
{
	const struct reloc *a = &f->relocs[i], *b;

	if (a->addend != (s32)a->addend)
		return false;
	for (b = f->relocs; b < a; b++) {
		if (b->sym == a->sym && b->addend == a->addend &&
		    may_be_far(f, b, region))
			return true;
	}
	return false;
}

static unsigned int count_pairs(const struct fake *f, enum region region)
{
	unsigned int i, nr = 0;

	for (i = 0; i < f->nr_relocs; i++)
		nr += may_be_far(f, &f->relocs[i], region) &&
		      !counts_again(f, i, region);
	return nr;
}

/* With the alignment that the section has by now */
static unsigned int count_erratum(const struct fake *f, enum region region)
{
	unsigned int i, nr = 0;

	for (i = 0; i < f->nr_relocs; i++) {
		const struct reloc *r = &f->relocs[i];

		nr += f->kind[r->section]->region == region &&
		      veneer_test_erratum(r->type, r->offset,
					  f->shdrs[r->section].sh_addralign);
	}
	return nr;
}

static unsigned int count_fixed(const struct fake *f)
{
	unsigned int i;

	for (i = 2; i < f->nr_sections; i++) {
		if (f->kind[i] == &kinds[ARRAY_SIZE(kinds) - 1])
			return MODULE_VENEER_FIXED;
	}
	return 0;
}

static bool is_there(const struct fake *f, enum region region)
{
	unsigned int i;

	for (i = 2; i < f->nr_sections; i++) {
		if (f->kind[i]->region == region)
			return true;
	}
	return false;
}

/* Near the first region, or out of reach */
static s64 random_place(struct fake *f)
{
	s64 near = 4 * (s64)rnd(f, MODULE_BRANCH_REACH / 4);

	return rnd(f, 3) ? near + (16LL << 32) + ((s64)rnd(f, 64) << 32) :
			   near - MODULE_BRANCH_REACH / 2;
}

/* One of the ways that things may come to be */
static void place_all(struct fake *f)
{
	s64 next[] = { [CORE] = 0, [INIT] = random_place(f) & ~0xfffLL };
	unsigned int i;

	for (i = 2; i < f->nr_sections; i++) {
		enum region region = f->kind[i]->region;

		if (region == NONE) {
			f->pos[i] = random_place(f);
			continue;
		}
		f->pos[i] = ALIGN(next[region], (s64)f->shdrs[i].sh_addralign);
		next[region] = f->pos[i] + f->shdrs[i].sh_size;
	}
	for (i = 0; i < f->nr_syms; i++)
		f->sym_pos[i] = random_place(f);
}

static s64 target_of(const struct fake *f, const struct reloc *r)
{
	const Elf_Sym *sym = &f->syms[r->sym];

	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx >= f->nr_sections)
		return f->sym_pos[r->sym] + r->addend;
	return f->pos[sym->st_shndx] + (s64)sym->st_value + r->addend;
}

static bool is_far(const struct fake *f, const struct reloc *r)
{
	s64 place = f->pos[r->section] + (s64)r->offset;

	return !veneer_test_reaches(r->branch, target_of(f, r) - place);
}

/* How many targets are out of reach, as everything is placed now? */
static unsigned int count_far(struct fake *f, enum region region)
{
	unsigned int i, j, nr = 0;

	for (i = 0; i < f->nr_relocs; i++) {
		const struct reloc *r = &f->relocs[i];
		s64 target = target_of(f, r);

		if (!has_veneer(f, r, region) || !is_far(f, r))
			continue;
		for (j = 0; j < nr && f->targets[j] != target; j++)
			;
		if (j == nr)
			f->targets[nr++] = target;
	}
	return nr;
}

/* The room that a region gets is what is said, and enough however it is placed. */
static unsigned int check_region(struct kunit *test, struct fake *f,
				 enum region region, unsigned int round)
{
	unsigned int nr, erratum, besides = 0, i;

	KUNIT_ASSERT_EQ(test, module_count_veneers(&f->mod, &f->info,
						   region == INIT, &nr), 0);
	/* Now that alignments are what they will be */
	erratum = count_erratum(f, region);
	f->nr_erratum += erratum;
	if (is_there(f, region))
		besides = erratum + count_fixed(f);
	KUNIT_EXPECT_EQ_MSG(test, nr, count_pairs(f, region) + besides,
			    "round %u, region %u", round, region);
	for (i = 0; i < 4; i++) {
		place_all(f);
		KUNIT_EXPECT_GE_MSG(test, nr, count_far(f, region) + besides,
				    "round %u, region %u, place %u", round,
				    region, i);
	}
	return nr - besides;
}

static void test_random(struct kunit *test)
{
	static const u32 seeds[] = { 20221211, 19700101, 4711 };
	struct fake *f = test->priv;
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(seeds); i++) {
		unsigned int nr = 0;

		prandom_seed_state(&f->rnd, seeds[i]);
		f->nr_erratum = 0;
		for (round = 0; round < ROUNDS; round++) {
			make_fake(f);
			KUNIT_ASSERT_LE(test, f->used, (size_t)IMAGE);
			nr += check_region(test, f, CORE, round);
			nr += check_region(test, f, INIT, round);
		}
		kunit_info(test, "seed %u: %u modules, %u veneers of branches, %u of ADRP\n",
			   seeds[i], ROUNDS, nr, f->nr_erratum);
		KUNIT_EXPECT_GT(test, nr, 0U);
	}
}

/*
 * Two sections, and a branch from one to the other one: it counts as soon as the
 * region is not small, whatever made it so.
 */
static unsigned int count_two(struct kunit *test, struct fake *f, u32 size,
			      unsigned int type)
{
	MODULE_RELOC *rel = f->image + SZ_4K;
	unsigned int nr, i;

	f->info = (struct load_info) {
		.hdr = f->image, .sechdrs = f->shdrs, .secstrings = f->image,
		.index.sym = 1,
	};
	memset(f->image, 0, 2 * SZ_4K);
	memset(f->shdrs, 0, sizeof(f->shdrs));
	for (i = 2; i < 4; i++) {
		f->shdrs[i] = (Elf_Shdr) {
			.sh_flags = AX, .sh_size = i == 2 ? size : 8,
			.sh_addralign = 4, .sh_offset = SZ_8K,
		};
		f->shdrs[i + 2] = (Elf_Shdr) {
			.sh_type = MODULE_RELOC_SECTION, .sh_info = i,
			.sh_size = sizeof(*rel),
			.sh_offset = SZ_4K + (i - 2) * sizeof(*rel),
		};
	}
	f->shdrs[1].sh_size = 2 * sizeof(Elf_Sym);
	f->shdrs[1].sh_offset = SZ_2K;
	f->syms = f->image + SZ_2K;
	f->syms[1].st_shndx = 2;

	/* ADRP is kept from the end of 4 KiB by an alignment of as much. */
	rel[0] = (MODULE_RELOC) { .r_offset = 0x7f8, .r_info = type };
	rel[1].r_info = 1UL << SYM_SHIFT | veneer_test_any()->type;
	veneer_test_addend(&rel[1], f->image + SZ_8K, veneer_test_any(), 0);
	f->info.hdr->e_shnum = 6;
	KUNIT_ASSERT_EQ(test, module_count_veneers(&f->mod, &f->info, false,
						   &nr), 0);
	return nr;
}

static void test_small(struct kunit *test)
{
	struct fake *f = test->priv;
	unsigned int i, j, nr;

	for (i = 0; i < veneer_test_nr_others; i++) {
		for (j = 0; j < 5000; j += 4) {
			nr = count_two(test, f, MODULE_BRANCH_REACH / 8 - j,
				       veneer_test_others[i]);
			/* ADRP may have veneers, but not there. */
			KUNIT_EXPECT_EQ_MSG(test, nr,
					    MODULE_BRANCH_REACH / 8 - j + 8 +
					    f->shdrs[2].sh_addralign +
					    f->shdrs[3].sh_addralign >=
					    MODULE_BRANCH_REACH / 8,
					    "relocation %u, %u less",
					    veneer_test_others[i], j);
		}
	}
}

static int count_init(struct kunit *test)
{
	struct fake *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->image = vzalloc(IMAGE);
	KUNIT_ASSERT_NOT_NULL(test, f->image);
	strscpy(f->mod.name, "module_veneer_kunit", sizeof(f->mod.name));
	test->priv = f;
	return 0;
}

static void count_exit(struct kunit *test)
{
	struct fake *f = test->priv;

	if (f)
		vfree(f->image);
}

static struct kunit_case module_veneer_count_cases[] = {
	KUNIT_CASE(test_random),
	KUNIT_CASE(test_small),
	{}
};

static struct kunit_suite module_veneer_count_suite = {
	.name = "module_mem_veneer_count",
	.init = count_init,
	.exit = count_exit,
	.test_cases = module_veneer_count_cases,
};

kunit_test_suite(module_veneer_count_suite);
