// SPDX-License-Identifier: GPL-2.0
/*
 * Where executable memory and modules live on powerpc.
 */

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <asm/mmu.h>
#include "execmem.h"

static struct execmem_info execmem_info __ro_after_init;

struct execmem_info * __init execmem_arch_setup(void)
{
	struct execmem_range *text = &execmem_info.ranges[EXECMEM_MODULE_TEXT];
	struct execmem_range *data = &execmem_info.ranges[EXECMEM_MODULE_DATA];

	text->pool = EXECMEM_POOL_TEXT;
	/* Where nothing is protected, nothing has to change later, either. */
	text->pgprot = strict_module_rwx_enabled() ? PAGE_KERNEL :
						     PAGE_KERNEL_EXEC;
	place_text(text);

	data->pool = EXECMEM_POOL_DATA;
	data->pgprot = PAGE_KERNEL;
	data->start = PAGE_ALIGN(VMALLOC_START);
	data->end = ALIGN_DOWN(VMALLOC_END, PAGE_SIZE);
	return &execmem_info;
}
