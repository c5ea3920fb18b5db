// SPDX-License-Identifier: GPL-2.0
/*
 * Where executable memory and modules live on LoongArch: in an area of their
 * own. PAGE_KERNEL can be executed.
 */

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/sizes.h>

static struct execmem_info execmem_info __ro_after_init;

struct execmem_info * __init execmem_arch_setup(void)
{
	execmem_info.ranges[EXECMEM_MODULE_TEXT] = (struct execmem_range) {
		.pool	= EXECMEM_POOL_TEXT,
		.start	= MODULES_VADDR,
		.end	= MODULES_END,
		.pgprot	= PAGE_KERNEL,
	};
	return &execmem_info;
}
