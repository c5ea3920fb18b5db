// SPDX-License-Identifier: GPL-2.0
/*
 * The ranges of architectures that say nothing about theirs.
 */

#include <linux/mm.h>
#include <linux/vmalloc.h>
#include "internal.h"

static struct execmem_info generic_info __ro_after_init;

struct execmem_info * __init __weak execmem_arch_setup(void)
{
	struct execmem_range *text = &generic_info.ranges[EXECMEM_MODULE_TEXT];

	/* On some architectures VMALLOC_END is the last address, not the end. */
	text->pool = EXECMEM_POOL_TEXT;
	text->start = PAGE_ALIGN(VMALLOC_START);
	text->end = ALIGN_DOWN(VMALLOC_END, PAGE_SIZE);

	/* What cannot be made executable later has to be so from the start. */
	text->pgprot = IS_ENABLED(CONFIG_ARCH_HAS_SET_MEMORY) ?
		PAGE_KERNEL : PAGE_KERNEL_EXEC;
	return &generic_info;
}
