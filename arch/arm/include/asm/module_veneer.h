/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_ARM_MODULE_VENEER_H
#define __ASM_ARM_MODULE_VENEER_H

/* What include/linux/module_veneer.h asks an architecture for */

#include <linux/cache.h>
#include <linux/elf.h>
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/types.h>

/*
 * A veneer loads the program counter from a literal, and takes the state of the
 * target, ARM or Thumb, from bit 0 of that. Code and literals are in cache
 * lines of their own.
 */
#define MODULE_VENEER_GROUP	(L1_CACHE_BYTES / sizeof(u32))

struct module_veneer_group {
	u32	ldr[MODULE_VENEER_GROUP];	/* ldr	pc, lit */
	u32	lit[MODULE_VENEER_GROUP];
};

#define MODULE_VENEER_ALIGN	L1_CACHE_BYTES
#define MODULE_BRANCH_REACH	(IS_ENABLED(CONFIG_THUMB2_KERNEL) ? SZ_16M : SZ_32M)
#define MODULE_RELOC_SECTION	SHT_REL
#define MODULE_RELOC		Elf_Rel

#ifdef CONFIG_DYNAMIC_FTRACE
#define MODULE_VENEER_FIXED	(IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_REGS) + 2)

static inline unsigned long module_veneer_fixed_target(unsigned int i)
{
	switch (i) {
	case 0:
		return FTRACE_ADDR;
	case 1:
		return MCOUNT_ADDR;
	default:
		return FTRACE_REGS_ADDR;
	}
}
#endif

static inline unsigned long module_veneer_offset(unsigned int i)
{
	return i / MODULE_VENEER_GROUP * sizeof(struct module_veneer_group) +
	       i % MODULE_VENEER_GROUP * sizeof(u32);
}

static inline unsigned long module_veneers_size(unsigned int nr)
{
	return DIV_ROUND_UP(nr, MODULE_VENEER_GROUP) *
	       sizeof(struct module_veneer_group);
}

/* A veneer is code of the state that the kernel is built for. */
static inline bool module_reloc_branches(unsigned int type)
{
	switch (type) {
	case R_ARM_PC24:
	case R_ARM_CALL:
	case R_ARM_JUMP24:
		return !IS_ENABLED(CONFIG_THUMB2_KERNEL);
	case R_ARM_THM_CALL:
	case R_ARM_THM_JUMP24:
		return IS_ENABLED(CONFIG_THUMB2_KERNEL);
	default:
		return false;
	}
}

/**
 * module_reloc_addend() - what a branch adds to its symbol
 * @rel: relocation of a branch
 * @text: the section that it is in
 *
 * Context: Any.
 * Return: bytes from the symbol to where the branch goes.
 */
s64 module_reloc_addend(const struct elf32_rel *rel, const void *text);

/**
 * module_veneer_write() - write a veneer
 * @addr: where
 * @target: address that it goes to, with bit 0 set if that is Thumb code
 *
 * Context: Any. Nobody executes it yet.
 */
void module_veneer_write(unsigned long addr, unsigned long target);

static inline unsigned int module_count_erratum(const Elf_Rel *rel,
						unsigned int nr,
						Elf_Shdr *text)
{
	return 0;
}

#endif /* __ASM_ARM_MODULE_VENEER_H */
