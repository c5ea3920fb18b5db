/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_MODULE_VENEER_H
#define _LINUX_MODULE_VENEER_H

/*
 * Veneers: how a module branches to what its branch instructions do not reach.
 *
 * A veneer is a few instructions that load an address and go there. The text
 * of a module, and its init text, have their own at their ends, so that each
 * branch reaches them wherever the module is placed:
 *
 *	MOD_TEXT				MOD_INIT_TEXT
 *	.text .text.unlikely .exit.text .plt	.init.text .init.plt
 *
 * The sections have the names they always had, and the linker script of modules
 * makes them. A load goes through these steps:
 *
 *  1. How many veneers can there be at most? That is one for each symbol and
 *     addend that a branch of the region goes to and that may turn out to be
 *     far away. It is as much room as the region gets (module_veneers_reserve()).
 *  2. The regions have got their places. Where the tracer is out of reach, the
 *     first veneers go to its entries, for good (module_veneers_begin()).
 *  3. The architecture relocates a branch that does not reach, and asks for
 *     the veneer to its target. It is written when it is asked for first
 *     (module_veneer()).
 *  4. What was not needed is given back (module_veneers_trim()).
 *
 * From then on nothing is written to a veneer but by text patching.
 *
 * What the architecture has to say is in its <asm/module_veneer.h>:
 *
 *	MODULE_VENEER_ALIGN	of the first one, a power of two
 *	MODULE_VENEER_FIXED	entries of the tracer that get one, if there is one
 *	MODULE_BRANCH_REACH	bytes that the shortest branch with a veneer reaches
 *	MODULE_RELOC_SECTION	SHT_REL or SHT_RELA
 *	MODULE_RELOC		what such a section has
 *
 *	module_veneer_offset()	where a veneer is, counted from the first one
 *	module_veneers_size()	how many bytes that many take
 *	module_veneer_write()	write one
 *	module_veneer_fixed_target() which entry of the tracer
 *	module_reloc_branches()	may this relocation need a veneer?
 *	module_reloc_addend()	what is added to the symbol
 *	module_count_erratum()	veneers that a section needs besides
 */

#include <linux/errno.h>
#include <linux/types.h>

struct module;
struct module_veneer_slot;

/**
 * struct module_veneers - the veneers of one region
 * @start: address of the first one
 * @section: that they are in
 * @reserved: how many there is room for
 * @used: how many have been written
 * @fixed: how many of these, at the start, lead to the tracer
 * @returned: bytes of the region that were given back at the end
 * @bits: of the number of slots in @index
 * @index: which veneer leads where, while the module is being relocated
 */
struct module_veneers {
	unsigned long			start;
	unsigned int			section;
	unsigned int			reserved;
	unsigned int			used;
	unsigned int			fixed;
	unsigned int			returned;
	unsigned int			bits;
	struct module_veneer_slot	*index;
};

#ifdef CONFIG_MODULE_VENEERS
/**
 * module_veneer() - the veneer that leads from a place to a target
 * @mod: a module that is being relocated
 * @loc: address of the branch, in one of its text regions
 * @target: where the veneer goes, as the veneer of the architecture wants it
 * @veneer: receives the address of the veneer
 *
 * Context: Process context, may sleep. The caller is relocating @mod.
 * Return: 0, -ENOMEM, or -ERANGE if the module is finished, there is no room for
 * one more, or CONFIG_MODULE_VENEERS is off: then nothing reaches the target.
 */
int module_veneer(struct module *mod, unsigned long loc, unsigned long target,
		  unsigned long *veneer);

/**
 * module_veneer_private() - room for a veneer that serves one place only
 * @mod: a module that is being relocated
 * @loc: address of that place, in one of its text regions
 * @veneer: receives the address, where the caller writes the veneer
 *
 * Context: Any. The caller is relocating @mod.
 * Return: 0, or -ERANGE if the module is finished, there is no room for one
 * more, or CONFIG_MODULE_VENEERS is off.
 */
int module_veneer_private(struct module *mod, unsigned long loc,
			  unsigned long *veneer);

/**
 * module_veneer_fixed() - the veneer that leads to an entry of the tracer
 * @mod: the module, loaded or being loaded
 * @loc: address in one of its text regions
 * @target: what module_veneer_fixed_target() said
 *
 * Context: Any. @mod cannot go away.
 * Return: the address, or 0 if there is none.
 */
unsigned long module_veneer_fixed(const struct module *mod, unsigned long loc,
				  unsigned long target);

/**
 * is_module_veneer() - is this an address in a veneer?
 * @mod: the module that @addr is in
 * @addr: an address
 *
 * Context: Any. @mod cannot go away.
 * Return: true if it is.
 */
bool is_module_veneer(const struct module *mod, unsigned long addr);
#else
static inline int module_veneer(struct module *mod, unsigned long loc,
				unsigned long target, unsigned long *veneer)
{
	return -ERANGE;
}

static inline int module_veneer_private(struct module *mod, unsigned long loc,
					unsigned long *veneer)
{
	return -ERANGE;
}

static inline unsigned long module_veneer_fixed(const struct module *mod,
						unsigned long loc,
						unsigned long target)
{
	return 0;
}

static inline bool is_module_veneer(const struct module *mod,
				    unsigned long addr)
{
	return false;
}
#endif

#endif /* _LINUX_MODULE_VENEER_H */
