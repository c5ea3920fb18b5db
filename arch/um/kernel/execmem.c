// SPDX-License-Identifier: GPL-2.0
/*
 * Where modules live on UML. What is mapped there can always be executed.
 */

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/moduleloader.h>
#include <linux/pgtable.h>

static struct execmem_info execmem_info __ro_after_init;

struct execmem_info * __init execmem_arch_setup(void)
{
	execmem_info.ranges[EXECMEM_MODULE_TEXT] = (struct execmem_range) {
		.pool		= EXECMEM_POOL_TEXT,
		.start		= MODULES_VADDR,
		.end		= MODULES_END,
		.pgprot		= PAGE_KERNEL_EXEC,
		.alignment	= MODULE_ALIGN,
		.flags		= EXECMEM_KASAN_SHADOW,
	};
	return &execmem_info;
}
