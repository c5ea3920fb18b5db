// SPDX-License-Identifier: GPL-2.0
/*
 * Where executable memory and modules live on powerpc.
 */

#include <linux/build_bug.h>
#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include <asm/mmu.h>
#include <asm/sections.h>

static struct execmem_info execmem_info __ro_after_init;

#ifdef MODULES_VADDR
/*
 * Book3s/32 tells by the segment whether code can run, and 8xx has its page
 * tables ready for a part of the addresses only: code has an area of its own.
 */
static void __init place_text(struct execmem_range *text)
{
	/* From here on, branches reach the kernel without trampolines. */
	unsigned long near = PAGE_ALIGN((unsigned long)_etext - SZ_32M);

	BUILD_BUG_ON(TASK_SIZE > MODULES_VADDR);

	text->start = MODULES_VADDR;
	text->end = MODULES_END;
	if (MODULES_VADDR < PAGE_OFFSET && MODULES_END > near) {
		text->start = near;
		text->fallback_start = MODULES_VADDR;
		text->fallback_end = MODULES_END;
	}
}
#else
static void __init place_text(struct execmem_range *text)
{
	text->start = PAGE_ALIGN(VMALLOC_START);
	text->end = ALIGN_DOWN(VMALLOC_END, PAGE_SIZE);
}
#endif /* MODULES_VADDR */

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
