// SPDX-License-Identifier: GPL-2.0
/*
 * Where executable memory and modules live on Nios II.
 *
 * A call reaches the 256 MiB segment that it is in, and vmalloc's addresses are
 * in other ones than the kernel. The linear mapping is executable, and begins
 * in the segment of the kernel.
 */

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <asm/page.h>

static struct execmem_info execmem_info __ro_after_init;

struct execmem_info * __init execmem_arch_setup(void)
{
	struct execmem_range *ranges = execmem_info.ranges;
	unsigned long segment_end = ALIGN(PAGE_OFFSET + 1, SZ_256M);
	unsigned long end = (unsigned long)high_memory;

	ranges[EXECMEM_MODULE_TEXT] = (struct execmem_range) {
		.pool	= EXECMEM_POOL_TEXT,
		.start	= PAGE_OFFSET,
		.end	= min(end, segment_end),
		.pgprot	= PAGE_KERNEL,
	};
	ranges[EXECMEM_MODULE_DATA] = (struct execmem_range) {
		.pool	= EXECMEM_POOL_DATA,
		.start	= PAGE_OFFSET,
		.end	= end,
		.pgprot	= PAGE_KERNEL,
	};
	return &execmem_info;
}
