// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a region, from execmem.
 */

#include <linux/err.h>
#include <linux/execmem.h>
#include <linux/kmemleak.h>
#include <linux/module.h>
#include <linux/string.h>
#include "internal.h"

/* What a region is to who hands out its memory. */
static enum execmem_type region_memory(enum mod_mem_type type)
{
	switch (type) {
	case MOD_TEXT:
	case MOD_INIT_TEXT:
		return EXECMEM_MODULE_TEXT;
	case MOD_RODATA:
	case MOD_RO_AFTER_INIT:
	case MOD_INIT_RODATA:
		return EXECMEM_MODULE_RODATA;
	default:
		return EXECMEM_MODULE_DATA;
	}
}

/*
 * The pointers to the regions are in struct module, which is in one of them:
 * no region is a leak. Only data can hold pointers to other objects, and what
 * init leaves behind is freed anyway.
 */
static void mark_region(enum mod_mem_type type, const void *base)
{
	if (mod_mem_type_is_init(type))
		kmemleak_ignore(base);
	else
		kmemleak_not_leak(base);
}

unsigned int module_region_size(enum mod_mem_type type, unsigned int size)
{
	if (execmem_is_rox(region_memory(type)))
		return size;
	return strict_align(size);
}

void *module_region_alloc(enum mod_mem_type type, unsigned int size)
{
	void *base = execmem_alloc(region_memory(type), size);

	if (IS_ERR(base))
		return base;
	/* Code comes zeroed or full of traps, and kmemleak does not look at it. */
	if (mod_mem_type_is_text(type))
		return base;

	mark_region(type, base);
	/* What is between the sections is never left as it was. */
	return memset(base, 0, size);
}

void module_region_free(enum mod_mem_type type, void *base)
{
	execmem_free(base);
}
