// SPDX-License-Identifier: GPL-2.0
/*
 * What instructions say on ARM, for the KUnit test of veneers.
 */

#include <linux/bitops.h>
#include <linux/elf.h>
#include <linux/moduleloader.h>
#include <linux/sizes.h>
#include <asm/opcodes.h>
#include "veneer_kunit.h"

#define IS_THUMB	IS_ENABLED(CONFIG_THUMB2_KERNEL)

/* ARM: the loader does not use the last one backwards. */
const long veneer_test_first = IS_THUMB ? 4 - SZ_16M : 8 - SZ_32M + 4;
const long veneer_test_last = IS_THUMB ? 4 + SZ_16M - 2 : 8 + SZ_32M - 4;
const unsigned long veneer_test_state = IS_THUMB;

int veneer_test_relocate(struct module *mod, void *place, unsigned long target)
{
	Elf_Sym syms[2] = { { }, {
		.st_value = target, .st_info = STT_FUNC,
	} };
	Elf_Rel rel = {
		.r_info = 1 << 8 | (IS_THUMB ? R_ARM_THM_CALL : R_ARM_CALL),
	};
	Elf_Shdr sechdrs[4] = {
		[1] = { .sh_addr = (u32)place, .sh_size = 4 },
		[2] = { .sh_addr = (u32)syms, .sh_size = sizeof(syms) },
		[3] = { .sh_addr = (u32)&rel, .sh_size = sizeof(rel),
			.sh_info = 1 },
	};

	/* bl to itself */
	if (IS_THUMB)
		*(u32 *)place = __opcode_to_mem_thumb32(0xf7fffffe);
	else
		*(u32 *)place = __opcode_to_mem_arm(0xebfffffe);
	return apply_relocate(sechdrs, "\0", 2, 3, mod);
}

static unsigned long thumb_call(const u16 *insn)
{
	u32 first = __mem_to_opcode_thumb16(insn[0]);
	u32 second = __mem_to_opcode_thumb16(insn[1]);
	u32 s = first >> 10 & 1;
	u32 i1 = ~(second >> 13 ^ s) & 1;
	u32 i2 = ~(second >> 11 ^ s) & 1;

	if ((first & 0xf800) != 0xf000 || (second & 0xd000) != 0xd000)
		return 0;
	return (unsigned long)insn + 4 +
	       sign_extend32(s << 24 | i1 << 23 | i2 << 22 |
			     (first & 0x3ff) << 12 | (second & 0x7ff) << 1, 24);
}

unsigned long veneer_test_call(const void *place)
{
	u32 insn;

	if (IS_THUMB)
		return thumb_call(place);
	insn = __mem_to_opcode_arm(*(u32 *)place);
	if (insn >> 24 != 0xeb)
		return 0;
	return (unsigned long)place + 8 + sign_extend32(insn << 2, 25);
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
