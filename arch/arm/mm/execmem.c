// SPDX-License-Identifier: GPL-2.0
/*
 * Where executable memory and modules live on ARM with an MMU.
 *
 * A branch reaches 32 MiB, or 16 MiB in Thumb-2 code: the module area is that
 * close below the kernel. What is farther away needs veneers, also to find its
 * way back.
 */

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <asm/memory.h>
#include <asm/sections.h>

static struct execmem_info execmem_info __ro_after_init;

/*
 * The text of an XIP kernel is mapped in the module area, so that modules
 * reach it by direct branches, too: what is behind it is left.
 */
static unsigned long __init modules_start(void)
{
	if (!IS_ENABLED(CONFIG_XIP_KERNEL))
		return MODULES_VADDR;
	return ((unsigned long)_exiprom + ~PMD_MASK) & PMD_MASK;
}

static void __init place(enum execmem_type type, enum execmem_pool pool)
{
	struct execmem_range range = {
		.pool	= pool,
		.start	= modules_start(),
		.end	= MODULES_END,
		.pgprot	= PAGE_KERNEL,
	};

	if (IS_ENABLED(CONFIG_ARM_MODULE_PLTS)) {
		range.fallback_start = VMALLOC_START;
		range.fallback_end = VMALLOC_END;
	}
	execmem_info.ranges[type] = range;
}

struct execmem_info * __init execmem_arch_setup(void)
{
	place(EXECMEM_MODULE_TEXT, EXECMEM_POOL_TEXT);
	place(EXECMEM_MODULE_DATA, EXECMEM_POOL_DATA);
	return &execmem_info;
}
