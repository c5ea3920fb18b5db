// SPDX-License-Identifier: GPL-2.0
/*
 * What a veneer is on arm64; when there is one, kernel/module/veneer.c knows.
 */

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <asm/brk-imm.h>
#include <asm/debug-monitors.h>
#include <asm/insn.h>
#include <asm/module_veneer.h>

/* Where the target is out of reach, code that traps takes its place. */
static void load_address(struct module_veneer *veneer, unsigned long target,
			 enum aarch64_insn_register reg)
{
	u32 adrp, add;

	adrp = aarch64_insn_gen_adr((unsigned long)veneer, target, reg,
				    AARCH64_INSN_ADR_TYPE_ADRP);
	add = aarch64_insn_gen_add_sub_imm(reg, reg, target % SZ_4K,
					   AARCH64_INSN_VARIANT_64BIT,
					   AARCH64_INSN_ADSB_ADD);
	veneer->adrp = cpu_to_le32(adrp);
	veneer->add = cpu_to_le32(add);
	veneer->stop = cpu_to_le32(AARCH64_BREAK_FAULT);
}

void module_veneer_write(unsigned long addr, unsigned long target)
{
	struct module_veneer *veneer = (void *)addr;
	u32 br = aarch64_insn_gen_branch_reg(AARCH64_INSN_REG_16,
					     AARCH64_INSN_BRANCH_NOLINK);

	load_address(veneer, target, AARCH64_INSN_REG_16);
	veneer->br = cpu_to_le32(br);
}

int module_erratum_write(unsigned long addr, __le32 *place,
			 unsigned long target, u32 *insn)
{
	struct module_veneer *veneer = (void *)addr;
	u32 reg, br;

	reg = aarch64_insn_decode_register(AARCH64_INSN_REGTYPE_RD,
					   le32_to_cpup(place));
	load_address(veneer, target, reg);
	br = aarch64_insn_gen_branch_imm((unsigned long)&veneer->br,
					 (unsigned long)(place + 1),
					 AARCH64_INSN_BRANCH_NOLINK);
	veneer->br = cpu_to_le32(br);
	*insn = aarch64_insn_gen_branch_imm((unsigned long)place, addr,
					    AARCH64_INSN_BRANCH_NOLINK);

	if (veneer->adrp == cpu_to_le32(AARCH64_BREAK_FAULT) ||
	    br == AARCH64_BREAK_FAULT || *insn == AARCH64_BREAK_FAULT)
		return -ERANGE;
	return 0;
}

/*
 * The alignment that keeps an instruction away from the end of 4 KiB: what is 0
 * of bits 11 to 3 of its offset stays 0 in its address then. The lowest of
 * these bits will do.
 */
static u64 safe_alignment(u64 offset)
{
	return 2ULL << ffz(offset | 7);
}

unsigned int module_count_erratum(const Elf_Rela *rel, unsigned int nr,
				  Elf_Shdr *text)
{
	unsigned int count = 0;
	u64 align;

	if (!IS_ENABLED(CONFIG_ARM64_ERRATUM_843419) ||
	    !cpus_have_const_cap(ARM64_WORKAROUND_843419))
		return 0;

	for (; nr; nr--, rel++) {
		switch (ELF64_R_TYPE(rel->r_info)) {
		case R_AARCH64_ADR_PREL_PG_HI21_NC:
		case R_AARCH64_ADR_PREL_PG_HI21:
			break;
		default:
			continue;
		}
		align = safe_alignment(rel->r_offset);
		if (align > SZ_4K)
			count++;
		else
			text->sh_addralign = max(text->sh_addralign, align);
	}
	return count;
}
