// SPDX-License-Identifier: GPL-2.0
/*
 * What instructions say on ARM, for the KUnit tests of veneers.
 */

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/elf.h>
#include <linux/moduleloader.h>
#include <linux/sizes.h>
#include <asm/insn.h>
#include <asm/opcodes.h>
#include "veneer_kunit.h"

#define IS_THUMB	IS_ENABLED(CONFIG_THUMB2_KERNEL)

/* In a Thumb-2 kernel the veneers are none for ARM code. */
#define ARM_BRANCH(_name, _type, _insn, ...)				\
	{								\
		.name = _name, .type = _type, .insn = _insn,		\
		.bias = 8, .reach = SZ_32M, .step = 4,			\
		.veneer = !IS_THUMB, __VA_ARGS__			\
	}

#define THUMB_BRANCH(_name, _type, _insn, ...)				\
	{								\
		.name = _name, .type = _type, .insn = _insn,		\
		.bias = 4, .reach = SZ_16M, .step = 2, .state = 1,	\
		.veneer = true, __VA_ARGS__				\
	}

/* All of them go to themselves. */
const struct veneer_test_branch veneer_test_branches[] = {
	ARM_BRANCH("bl (PC24)", R_ARM_PC24, 0xebfffffe),
	ARM_BRANCH("blne (PC24)", R_ARM_PC24, 0x1bfffffe),
	ARM_BRANCH("bl (CALL)", R_ARM_CALL, 0xebfffffe, .traced = !IS_THUMB),
	ARM_BRANCH("b (JUMP24)", R_ARM_JUMP24, 0xeafffffe),
	ARM_BRANCH("bne (JUMP24)", R_ARM_JUMP24, 0x1afffffe),
	THUMB_BRANCH("bl (THM_CALL)", R_ARM_THM_CALL, 0xf7fffffe,
		     .traced = true),
	THUMB_BRANCH("bl (THM_CALL) to a label", R_ARM_THM_CALL, 0xf7fffffe,
		     .label = true),
	THUMB_BRANCH("b.w (THM_JUMP24)", R_ARM_THM_JUMP24, 0xf7ffbffe),
	THUMB_BRANCH("b.w (THM_JUMP24) to a label", R_ARM_THM_JUMP24,
		     0xf7ffbffe, .label = true),
};

/* The loader of an ARM kernel does not know Thumb code. */
const unsigned int veneer_test_nr_branches =
	ARRAY_SIZE(veneer_test_branches) - (IS_THUMB ? 0 : 4);

const unsigned int veneer_test_others[] = {
	R_ARM_NONE, R_ARM_ABS32, R_ARM_REL32, R_ARM_TARGET1, R_ARM_V4BX,
	R_ARM_PREL31, R_ARM_MOVW_ABS_NC, R_ARM_MOVT_ABS, R_ARM_MOVW_PREL_NC,
	R_ARM_MOVT_PREL, R_ARM_THM_MOVW_ABS_NC, R_ARM_THM_MOVT_ABS,
	IS_THUMB ? R_ARM_NONE : R_ARM_THM_CALL,
	IS_THUMB ? R_ARM_NONE : R_ARM_THM_JUMP24,
};

const unsigned int veneer_test_nr_others = ARRAY_SIZE(veneer_test_others);

const unsigned long veneer_test_state = IS_THUMB;

static void write_branch(void *place, const struct veneer_test_branch *branch,
			 u32 insn)
{
	if (branch->state)
		*(u32 *)place = __opcode_to_mem_thumb32(insn);
	else
		*(u32 *)place = __opcode_to_mem_arm(insn);
}

int veneer_test_relocate(struct module *mod, void *place,
			 const struct veneer_test_branch *branch,
			 unsigned long target)
{
	Elf_Sym syms[2] = { { }, {
		.st_value = target,
		.st_info = branch->label ? STT_NOTYPE : STT_FUNC,
	} };
	Elf_Rel rel = { .r_info = 1 << 8 | branch->type };
	Elf_Shdr sechdrs[4] = {
		[1] = { .sh_addr = (u32)place, .sh_size = 4 },
		[2] = { .sh_addr = (u32)syms, .sh_size = sizeof(syms) },
		[3] = { .sh_addr = (u32)&rel, .sh_size = sizeof(rel),
			.sh_info = 1 },
	};

	write_branch(place, branch, branch->insn);
	return apply_relocate(sechdrs, "\0", 2, 3, mod);
}

static unsigned long thumb_dest(const u16 *insn, u32 want)
{
	u32 first = __mem_to_opcode_thumb16(insn[0]);
	u32 second = __mem_to_opcode_thumb16(insn[1]);
	u32 s = first >> 10 & 1;
	u32 i1 = ~(second >> 13 ^ s) & 1;
	u32 i2 = ~(second >> 11 ^ s) & 1;

	if ((first & 0xf800) != 0xf000 || ((second ^ want) & 0xd000))
		return 0;
	return (unsigned long)insn + 4 +
	       sign_extend32(s << 24 | i1 << 23 | i2 << 22 |
			     (first & 0x3ff) << 12 | (second & 0x7ff) << 1, 24);
}

unsigned long veneer_test_dest(const void *place,
			       const struct veneer_test_branch *branch)
{
	u32 insn;

	if (branch->state)
		return thumb_dest(place, branch->insn);
	insn = __mem_to_opcode_arm(*(u32 *)place);
	if (insn >> 24 != branch->insn >> 24)
		return 0;
	return (unsigned long)place + 8 + sign_extend32(insn << 2, 25);
}

bool veneer_test_traceable(const void *place, unsigned long target)
{
	return arm_gen_branch_link((unsigned long)place, target, false);
}

unsigned long veneer_test_target(const void *veneer)
{
	unsigned long pc = (unsigned long)veneer;
	u32 insn;

	if (IS_THUMB) {
		insn = __mem_to_opcode_thumb32(*(u32 *)veneer);
		if (insn >> 12 != 0xf8dff)
			return 0;
		pc += 4;
	} else {
		insn = __mem_to_opcode_arm(*(u32 *)veneer);
		if (insn >> 12 != 0xe59ff)
			return 0;
		pc += 8;
	}
	/* ldr pc, [pc, #...] */
	return *(u32 *)(pc + (insn & 0xfff));
}

static u32 thumb_offset(u32 offset)
{
	u32 s = offset >> 24 & 1;
	u32 j1 = ~(offset >> 23 ^ s) & 1;
	u32 j2 = ~(offset >> 22 ^ s) & 1;

	return s << 26 | (offset >> 12 & 0x3ff) << 16 | j1 << 13 | j2 << 11 |
	       (offset >> 1 & 0x7ff);
}

s64 veneer_test_addend(Elf_Rel *rel, void *place,
		       const struct veneer_test_branch *branch, s64 addend)
{
	u32 insn;

	if (branch->state)
		insn = (branch->insn & 0xf800d000) | thumb_offset(addend - 4);
	else
		insn = (branch->insn & 0xff000000) |
		       ((u32)(addend - 8) >> 2 & 0x00ffffff);
	write_branch(place, branch, insn);
	return (s32)(veneer_test_dest(place, branch) - (unsigned long)place);
}

bool veneer_test_erratum(unsigned int type, u64 offset, u64 align)
{
	return false;
}
