// SPDX-License-Identifier: GPL-2.0
/*
 * Where executable memory and modules live on PA-RISC. Protection cannot be
 * changed later: code is writable and executable from the start. Data is not
 * executable.
 */

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/mm.h>

static struct execmem_info execmem_info __ro_after_init;

struct execmem_info * __init execmem_arch_setup(void)
{
	execmem_info.ranges[EXECMEM_MODULE_TEXT] = (struct execmem_range) {
		.pool	= EXECMEM_POOL_TEXT,
		.start	= PAGE_ALIGN(VMALLOC_START),
		.end	= ALIGN_DOWN(VMALLOC_END, PAGE_SIZE),
		.pgprot	= PAGE_KERNEL_RWX,
	};
	return &execmem_info;
}
