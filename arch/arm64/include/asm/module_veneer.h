/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_MODULE_VENEER_H
#define __ASM_MODULE_VENEER_H

/* What include/linux/module_veneer.h asks an architecture for */

#include <linux/elf.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/types.h>

/*
 * The procedure call standard lets x16 and x17 be altered at each branch that a
 * relocation may make a long one, and a landing pad for calls takes a branch by
 * x16. A veneer is branched to directly and needs no landing pad itself.
 *
 * The last instruction keeps the CPU from going on behind the branch. With it a
 * veneer never has its ADRP where erratum 843419 forbids one, in the last two
 * instructions of 4 KiB.
 */
struct module_veneer {
	__le32	adrp;	/* adrp	x16, target			*/
	__le32	add;	/* add	x16, x16, :lo12:target		*/
	__le32	br;	/* br	x16				*/
	__le32	stop;	/* brk					*/
};

#define MODULE_VENEER_ALIGN	sizeof(struct module_veneer)
#define MODULE_BRANCH_REACH	SZ_128M
#define MODULE_RELOC_SECTION	SHT_RELA
#define MODULE_RELOC		Elf_Rela

#ifdef CONFIG_DYNAMIC_FTRACE
#define MODULE_VENEER_FIXED	(IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_REGS) + 1)

static inline unsigned long module_veneer_fixed_target(unsigned int i)
{
	return i ? FTRACE_REGS_ADDR : FTRACE_ADDR;
}
#endif

static inline unsigned long module_veneer_offset(unsigned int i)
{
	return i * sizeof(struct module_veneer);
}

static inline unsigned long module_veneers_size(unsigned int nr)
{
	return nr * sizeof(struct module_veneer);
}

static inline bool module_reloc_branches(unsigned int type)
{
	return type == R_AARCH64_JUMP26 || type == R_AARCH64_CALL26;
}

static inline s64 module_reloc_addend(const Elf_Rela *rel,
				      const void *text)
{
	return rel->r_addend;
}

/**
 * module_veneer_write() - write a veneer
 * @addr: where
 * @target: address that it goes to, up to 4 GiB away
 *
 * Context: Any. Nobody executes it yet.
 */
void module_veneer_write(unsigned long addr, unsigned long target);

/**
 * module_erratum_write() - have an ADRP done elsewhere
 * @addr: of the veneer
 * @place: of the instruction
 * @target: address that it loads, in whole pages
 * @insn: receives the branch to the veneer, to be put in the place of the
 *	instruction
 *
 * Context: Any. Nobody executes it yet.
 * Return: 0, or -ERANGE if the veneer does not reach the target, or the branches
 * do not reach each other.
 */
int module_erratum_write(unsigned long addr, __le32 *place,
			 unsigned long target, u32 *insn);

/**
 * module_count_erratum() - veneers that ADRP instructions may need
 * @rel: relocations of a section
 * @nr: how many
 * @text: the section, whose alignment may grow
 *
 * Context: Any.
 * Return: how many.
 */
unsigned int module_count_erratum(const Elf_Rela *rel, unsigned int nr,
				  Elf_Shdr *text);

#endif /* __ASM_MODULE_VENEER_H */
