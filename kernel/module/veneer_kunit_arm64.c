// SPDX-License-Identifier: GPL-2.0
/*
 * What instructions say on arm64, for the KUnit tests of veneers.
 */

#include <kunit/test.h>
#include <linux/bitops.h>
#include <linux/cpufeature.h>
#include <linux/elf.h>
#include <linux/moduleloader.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/debug-monitors.h>
#include <asm/insn.h>
#include "veneer_kunit.h"

#define BRANCH(_name, _type, _insn, _reach, ...)			\
	{								\
		.name = _name, .type = _type, .insn = _insn,		\
		.reach = _reach, .step = 4, __VA_ARGS__			\
	}

const struct veneer_test_branch veneer_test_branches[] = {
	BRANCH("bl", R_AARCH64_CALL26, 0x94000000, SZ_128M,
	       .veneer = true, .traced = true),
	BRANCH("b", R_AARCH64_JUMP26, 0x14000000, SZ_128M, .veneer = true),
	BRANCH("b.ne", R_AARCH64_CONDBR19, 0x54000001, SZ_1M),
	BRANCH("cbz x0", R_AARCH64_CONDBR19, 0xb4000000, SZ_1M),
	BRANCH("tbz w0, #0", R_AARCH64_TSTBR14, 0x36000000, SZ_32K),
};

const unsigned int veneer_test_nr_branches = ARRAY_SIZE(veneer_test_branches);

const unsigned int veneer_test_others[] = {
	R_ARM_NONE, R_AARCH64_NONE, R_AARCH64_ABS64, R_AARCH64_ABS32,
	R_AARCH64_PREL64, R_AARCH64_PREL32, R_AARCH64_MOVW_UABS_G0_NC,
	R_AARCH64_LD_PREL_LO19, R_AARCH64_ADR_PREL_LO21,
	R_AARCH64_ADR_PREL_PG_HI21, R_AARCH64_ADR_PREL_PG_HI21_NC,
	R_AARCH64_ADD_ABS_LO12_NC, R_AARCH64_LDST64_ABS_LO12_NC,
};

const unsigned int veneer_test_nr_others = ARRAY_SIZE(veneer_test_others);

const unsigned long veneer_test_state;

int veneer_test_relocate(struct module *mod, void *place,
			 const struct veneer_test_branch *branch,
			 unsigned long target)
{
	Elf_Sym syms[2] = { { }, { .st_value = target } };
	Elf_Rela rela = { .r_info = 1ULL << 32 | branch->type };
	Elf_Shdr sechdrs[4] = {
		[1] = { .sh_addr = (u64)place, .sh_size = 4 },
		[2] = { .sh_addr = (u64)syms, .sh_size = sizeof(syms) },
		[3] = { .sh_addr = (u64)&rela, .sh_size = sizeof(rela),
			.sh_info = 1 },
	};

	*(__le32 *)place = cpu_to_le32(branch->insn);
	return apply_relocate_add(sechdrs, "\0", 2, 3, mod);
}

/* Branches differ in how many bits of them say where they go. */
unsigned long veneer_test_dest(const void *place,
			       const struct veneer_test_branch *branch)
{
	u32 insn = le32_to_cpup(place), shift = 5, bits;

	switch (branch->type) {
	case R_AARCH64_CONDBR19:
		bits = 19;
		break;
	case R_AARCH64_TSTBR14:
		bits = 14;
		break;
	default:
		bits = 26;
		shift = 0;
	}
	if ((insn ^ branch->insn) & ~(GENMASK(bits - 1, 0) << shift))
		return 0;
	return (unsigned long)place +
	       sign_extend64((insn >> shift & GENMASK(bits - 1, 0)) << 2,
			     bits + 1);
}

bool veneer_test_traceable(const void *place, unsigned long target)
{
	return aarch64_insn_gen_branch_imm((unsigned long)place, target,
					   AARCH64_INSN_BRANCH_LINK) !=
	       AARCH64_BREAK_FAULT;
}

/* adrp xN, ...; add xN, xN, #...: what is in the register then? */
static unsigned long loaded_address(const __le32 *insn, u32 reg)
{
	u64 page = (unsigned long)insn & ~0xfffULL;
	u32 adrp = le32_to_cpu(insn[0]), add = le32_to_cpu(insn[1]);
	u64 imm = (adrp >> 5 & 0x7ffff) << 2 | (adrp >> 29 & 3);

	if ((adrp & 0x9f00001f) != (0x90000000 | reg) ||
	    (add & 0xffc003ff) != (0x91000000 | reg << 5 | reg))
		return 0;
	return page + sign_extend64(imm << 12, 32) + (add >> 10 & 0xfff);
}

unsigned long veneer_test_target(const void *veneer)
{
	const __le32 *insn = veneer;

	/* br x16 */
	if (le32_to_cpu(insn[2]) != 0xd61f0200)
		return 0;
	return loaded_address(insn, 16);
}

s64 veneer_test_addend(Elf_Rela *rel, void *place,
		       const struct veneer_test_branch *branch, s64 addend)
{
	rel->r_addend = addend;
	return addend;
}

bool veneer_test_erratum(unsigned int type, u64 offset, u64 align)
{
	u64 base;

	if (!IS_ENABLED(CONFIG_ARM64_ERRATUM_843419) ||
	    !cpus_have_const_cap(ARM64_WORKAROUND_843419) ||
	    (type != R_AARCH64_ADR_PREL_PG_HI21 &&
	     type != R_AARCH64_ADR_PREL_PG_HI21_NC))
		return false;

	for (base = 0; base < SZ_4K; base += align) {
		if (((base + offset) & 0xfff) >= 0xff8)
			return true;
	}
	return false;
}

#define REACH_PAGES	(SZ_128M / PAGE_SIZE + 2)

/*
 * The instruction and its veneer, which are 128 MiB apart, need not be backed by
 * as much memory: one page is mapped again and again, and another one from the
 * middle on.
 */
static void *map_reach(struct kunit *test)
{
	struct page **pages, *page;
	unsigned int i;
	void *p;

	pages = kvmalloc_array(REACH_PAGES, sizeof(*pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	page = alloc_pages(GFP_KERNEL, 1);
	for (i = 0; i < REACH_PAGES; i++)
		pages[i] = page + (i >= REACH_PAGES / 2);
	p = page ? vmap(pages, REACH_PAGES, VM_MAP, PAGE_KERNEL) : NULL;
	kvfree(pages);
	if (!p && page)
		__free_pages(page, 1);
	return p;
}

static void unmap_reach(void *p)
{
	struct page *page = vmalloc_to_page(p);

	vunmap(p);
	__free_pages(page, 1);
}

#define ADRP_X3		0x90000003

static const struct veneer_test_branch erratum_branch = {
	.type = R_AARCH64_JUMP26, .insn = 0x14000000,
};

/*
 * From the place to the veneer, which loads an address so many pages away, and
 * back to what is next
 */
static void expect_erratum(struct kunit *test, void *place, long distance,
			   long pages)
{
	bool near = distance >= -SZ_128M && distance <= SZ_128M - 4;
	bool loads = pages >= -SZ_1M && pages < SZ_1M;
	__le32 *veneer = place + distance;
	unsigned long target;
	u32 insn;
	int err;

	target = ((unsigned long)veneer & ~0xfffUL) + pages * SZ_4K;
	*(__le32 *)place = cpu_to_le32(ADRP_X3);
	err = module_erratum_write((unsigned long)veneer, place, target, &insn);
	KUNIT_EXPECT_EQ_MSG(test, err, near && loads ? 0 : -ERANGE,
			    "distance %ld, %ld pages", distance, pages);
	if (!near || !loads)
		return;

	*(__le32 *)place = cpu_to_le32(insn);
	KUNIT_EXPECT_PTR_EQ(test, (void *)veneer,
			    (void *)veneer_test_dest(place, &erratum_branch));
	KUNIT_EXPECT_EQ(test, loaded_address(veneer, 3), target);
	KUNIT_EXPECT_PTR_EQ(test, place + 4,
			    (void *)veneer_test_dest(veneer + 2,
						     &erratum_branch));
}

/* Veneers of ADRP, on both sides of each limit */
static void test_erratum_limits(struct kunit *test)
{
	void *p = map_reach(test), *last;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, p);
	last = p + (REACH_PAGES - 1) * PAGE_SIZE;
	for (i = -2; i <= 2; i++) {
		expect_erratum(test, p + 0x800, SZ_128M - 4 + 4 * i, i);
		expect_erratum(test, last + 0x800, -SZ_128M + 4 * i, i);
		expect_erratum(test, p + 0x800, SZ_32K + 0x40, -SZ_1M + i);
		expect_erratum(test, p + 0x800, SZ_32K + 0x40, SZ_1M - 1 + i);
	}
	unmap_reach(p);
}

static const struct veneer_test_branch adrp = {
	.type = R_AARCH64_ADR_PREL_PG_HI21, .insn = ADRP_X3,
};

static const struct veneer_test_branch adrp_nc = {
	.type = R_AARCH64_ADR_PREL_PG_HI21_NC, .insn = ADRP_X3,
};

/* What becomes of an ADRP: itself, an ADR, a branch to a veneer, or an error */
static void test_erratum_relocation(struct kunit *test)
{
	struct module *mod = kunit_kzalloc(test, sizeof(*mod), GFP_KERNEL);
	struct module_veneers *v = mod ? &mod->arch.veneers[false] : NULL;
	void *text = kunit_kzalloc(test, SZ_64K, GFP_KERNEL), *place;
	unsigned long near = (unsigned long)text + SZ_64K;
	unsigned long far = (unsigned long)text + SZ_16M;
	unsigned long beyond = (unsigned long)text + 2UL * SZ_4G;

	KUNIT_ASSERT_NOT_NULL(test, mod);
	KUNIT_ASSERT_NOT_NULL(test, text);
	place = text + 0xff8;
	if (!is_forbidden_offset_for_adrp(place))
		kunit_skip(test, "no erratum 843419 here");
	strscpy(mod->name, "module_veneer_kunit", sizeof(mod->name));
	mod->state = MODULE_STATE_UNFORMED;
	v->start = (unsigned long)text + SZ_32K;
	v->reserved = 2;

	KUNIT_EXPECT_EQ(test, veneer_test_relocate(mod, place - 4, &adrp, far), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpup(place - 4) & 0x9f00001f, ADRP_X3);
	KUNIT_EXPECT_EQ(test, veneer_test_relocate(mod, place, &adrp, near), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpup(place) & 0x9f00001f, 0x10000003);
	KUNIT_EXPECT_EQ(test, v->used, 0);

	KUNIT_EXPECT_EQ(test, veneer_test_relocate(mod, place, &adrp, far), 0);
	KUNIT_EXPECT_EQ(test, v->used, 1);
	KUNIT_EXPECT_EQ(test, veneer_test_dest(place, &erratum_branch), v->start);
	KUNIT_EXPECT_EQ(test, loaded_address((void *)v->start, 3), far);
	KUNIT_EXPECT_EQ(test, veneer_test_dest((void *)v->start + 8,
					       &erratum_branch),
			(unsigned long)place + 4);

	/* Not to be left undone, even by what checks no overflow */
	KUNIT_EXPECT_EQ(test, veneer_test_relocate(mod, place, &adrp_nc, beyond),
			-ENOEXEC);
	KUNIT_EXPECT_EQ(test, v->used, 2);
	KUNIT_EXPECT_EQ(test, veneer_test_relocate(mod, place, &adrp, far),
			-ENOEXEC);
	KUNIT_EXPECT_EQ(test, veneer_test_relocate(mod, place, &adrp_nc, far),
			-ENOEXEC);
}

static struct kunit_case veneer_arm64_cases[] = {
	KUNIT_CASE(test_erratum_limits),
	KUNIT_CASE(test_erratum_relocation),
	{}
};

static struct kunit_suite veneer_arm64_suite = {
	.name = "module_mem_veneer_arm64",
	.test_cases = veneer_arm64_cases,
};

kunit_test_suite(veneer_arm64_suite);
