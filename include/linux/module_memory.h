/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Typed memory of a loadable module.
 *
 * The sections of a module are gathered in up to seven regions. Each region
 * holds one kind of content, is an allocation of its own, and carries one
 * protection for as long as it lives:
 *
 *	region			holds			protection once live
 *	-----------------------------------------------------------------
 *	MOD_TEXT		code			read-only, executable
 *	MOD_DATA		writable data		writable
 *	MOD_RODATA		constants, tables	read-only
 *	MOD_RO_AFTER_INIT	written by init only	read-only after init
 *	MOD_INIT_TEXT		code for init		read-only, executable
 *	MOD_INIT_DATA		writable data for init	writable
 *	MOD_INIT_RODATA		constants for init	read-only
 *
 * The three init regions are freed once the module's init function has
 * returned. A region that nothing went into has a size of 0, no memory, and a
 * base of NULL; it contains no address. MOD_TEXT can be such a region: a
 * module is free to consist of data only. MOD_DATA cannot, since it holds
 * the struct module itself.
 *
 * The regions of one module need not be adjacent, and those of several modules
 * interleave. An address belongs to a module if one of the regions contains
 * it, which is what within_module() tells:
 *
 *	for_each_mod_mem_type(type) {
 *		const struct module_memory *mem = &mod->mem[type];
 *
 *		if (mem->size)
 *			dump_region(mem->base, mem->size);
 *	}
 *
 * Protection follows the type with CONFIG_STRICT_MODULE_RWX and rodata=on only.
 */
#ifndef _LINUX_MODULE_MEMORY_H
#define _LINUX_MODULE_MEMORY_H

#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/rbtree_latch.h>
#include <linux/types.h>

struct module;

/*
 * Out-of-tree code cannot tell from LINUX_VERSION_CODE whether struct module
 * of a 6.1 kernel has typed regions: it can from this macro.
 */
#define MODULE_MEMORY_TYPED	1

/**
 * enum mod_mem_type - what a region of a module holds
 * @MOD_TEXT: code
 * @MOD_DATA: writable data, the core symbol table and struct module
 * @MOD_RODATA: constants, and tables that only the loader writes
 * @MOD_RO_AFTER_INIT: data that is read-only once init has returned
 * @MOD_INIT_TEXT: code that is freed after init
 * @MOD_INIT_DATA: writable data that is freed after init
 * @MOD_INIT_RODATA: constants that are freed after init
 * @MOD_MEM_NUM_TYPES: number of types
 * @MOD_INVALID: no region takes such a section
 */
enum mod_mem_type {
	MOD_TEXT = 0,
	MOD_DATA,
	MOD_RODATA,
	MOD_RO_AFTER_INIT,
	MOD_INIT_TEXT,
	MOD_INIT_DATA,
	MOD_INIT_RODATA,

	MOD_MEM_NUM_TYPES,
	MOD_INVALID = -1,
};

/* The classes of types that for_class_mod_mem_type() knows, as sets of bits. */
#define __mod_mem_class_text		(BIT(MOD_TEXT) | BIT(MOD_INIT_TEXT))
#define __mod_mem_class_core		(BIT(MOD_INIT_TEXT) - 1)
#define __mod_mem_class_core_data	(__mod_mem_class_core & \
					 ~__mod_mem_class_text)
#define __mod_mem_class_init		(BIT(MOD_MEM_NUM_TYPES) - \
					 BIT(MOD_INIT_TEXT))
#define __mod_mem_class_data		((BIT(MOD_MEM_NUM_TYPES) - 1) & \
					 ~__mod_mem_class_text)

static inline bool __mod_mem_type_in(enum mod_mem_type type,
				     unsigned long class)
{
	return type > MOD_INVALID && type < MOD_MEM_NUM_TYPES &&
	       class & BIT(type);
}

/* The first type of @class from @type on. */
static inline enum mod_mem_type __mod_mem_type_next(enum mod_mem_type type,
						    unsigned long class)
{
	unsigned long left = class >> type;

	return left ? type + __ffs(left) : MOD_MEM_NUM_TYPES;
}

#define mod_mem_type_is_text(type)	\
	__mod_mem_type_in(type, __mod_mem_class_text)
#define mod_mem_type_is_data(type)	\
	__mod_mem_type_in(type, __mod_mem_class_data)
#define mod_mem_type_is_core(type)	\
	__mod_mem_type_in(type, __mod_mem_class_core)
#define mod_mem_type_is_core_data(type)	\
	__mod_mem_type_in(type, __mod_mem_class_core_data)
#define mod_mem_type_is_init(type)	\
	__mod_mem_type_in(type, __mod_mem_class_init)

/* Declares @type and visits each type in turn. */
#define for_each_mod_mem_type(type)				\
	for (enum mod_mem_type type = MOD_TEXT;			\
	     type < MOD_MEM_NUM_TYPES; type++)

/* Same for the types of one class: text, data, core, core_data or init. */
#define for_class_mod_mem_type(type, class)			\
	for (enum mod_mem_type type =				\
	     __mod_mem_type_next(MOD_TEXT, __mod_mem_class_##class); \
	     type < MOD_MEM_NUM_TYPES;				\
	     type = __mod_mem_type_next(type + 1, __mod_mem_class_##class))

struct mod_tree_node {
	struct module *mod;
	struct latch_tree_node node;
};

/**
 * struct module_memory - one region of a module
 * @base: first byte, NULL if the region is empty
 * @size: bytes, 0 if the region is empty; whole pages where
 *	CONFIG_STRICT_MODULE_RWX is set, but for text if execmem_is_rox()
 * @mtn: node in the tree that __module_address() searches; empty regions
 *	are never in it
 */
struct module_memory {
	void *base;
	unsigned int size;

#ifdef CONFIG_MODULES_TREE_LOOKUP
	struct mod_tree_node mtn;
#endif
};

#ifdef CONFIG_MODULES_TREE_LOOKUP
/* A lookup in the tree touches the regions and little else. */
#define __module_memory_align	____cacheline_aligned
#else
#define __module_memory_align
#endif

#endif /* _LINUX_MODULE_MEMORY_H */
