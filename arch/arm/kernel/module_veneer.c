// SPDX-License-Identifier: GPL-2.0
/*
 * What a veneer is on ARM; when there is one, kernel/module/veneer.c knows.
 */

#include <linux/bitops.h>
#include <linux/elf.h>
#include <linux/module.h>
#include <asm/module_veneer.h>
#include <asm/opcodes.h>

/* The program counter is two instructions ahead, the literal one line. */
static u32 load_pc(void)
{
	if (IS_ENABLED(CONFIG_THUMB2_KERNEL))
		return __opcode_to_mem_thumb32(0xf8dff000 |
					       (L1_CACHE_BYTES - 4));
	return __opcode_to_mem_arm(0xe59ff000 | (L1_CACHE_BYTES - 8));
}

void module_veneer_write(unsigned long addr, unsigned long target)
{
	u32 *ldr = (void *)addr;

	ldr[0] = load_pc();
	ldr[MODULE_VENEER_GROUP] = target;
}

static s32 thumb_offset(const u16 *insn)
{
	u32 upper = __mem_to_opcode_thumb16(insn[0]);
	u32 lower = __mem_to_opcode_thumb16(insn[1]);
	u32 s = (upper >> 10) & 1;
	u32 i1 = !(((lower >> 13) ^ s) & 1);
	u32 i2 = !(((lower >> 11) ^ s) & 1);

	return sign_extend32(s << 24 | i1 << 23 | i2 << 22 |
			     (upper & 0x3ff) << 12 | (lower & 0x7ff) << 1, 24);
}

s64 module_reloc_addend(const struct elf32_rel *rel, const void *text)
{
	const void *place = text + rel->r_offset;

	switch (ELF32_R_TYPE(rel->r_info)) {
	case R_ARM_THM_CALL:
	case R_ARM_THM_JUMP24:
		return thumb_offset(place) + 4;
	default:
		return sign_extend32(__mem_to_opcode_arm(*(u32 *)place) << 2,
				     25) + 8;
	}
}
