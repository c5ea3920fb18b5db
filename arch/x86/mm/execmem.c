// SPDX-License-Identifier: GPL-2.0
/*
 * Where executable memory and modules live on x86.
 *
 * Calls, RIP-relative operands and the tables of patch sites have 32-bit
 * displacements: all of it is within 2 GiB of the kernel, and nothing may come
 * from anywhere else.
 */

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/moduleloader.h>
#include <linux/pgtable.h>
#include <asm/kaslr.h>
#include <asm/setup.h>

/* I11: as many addresses can be the first one. */
#define EXECMEM_STARTS	1024

static struct execmem_info execmem_info __ro_after_init;

/*
 * This early, the random number generator may have no more to go by than the
 * boot loader told. What has placed the kernel does not depend on it.
 */
static unsigned long __init random_offset(void)
{
	if (!kaslr_enabled())
		return 0;
	return (kaslr_get_random_long(NULL) % EXECMEM_STARTS + 1) * PAGE_SIZE;
}

/*
 * With rodata=off text stays writable, and one mapping is enough. So it is with
 * execmem.rox=0, where text is writable until it is finished.
 */
static void __init make_rox(struct execmem_range *range)
{
	if (!rodata_enabled || !execmem_allows_rox())
		return;

	range->flags |= EXECMEM_ROX;
	range->pgprot = PAGE_KERNEL_ROX;
	if (kaslr_enabled())
		range->flags |= EXECMEM_RANDOM;
}

struct execmem_info * __init execmem_arch_setup(void)
{
	struct execmem_range *ranges = execmem_info.ranges;
	unsigned long start = MODULES_VADDR + random_offset();

	ranges[EXECMEM_MODULE_TEXT] = (struct execmem_range) {
		.pool		= EXECMEM_POOL_TEXT,
		.start		= start,
		.end		= MODULES_END,
		.pgprot		= PAGE_KERNEL,
		.alignment	= MODULE_ALIGN,
		.flags		= EXECMEM_KASAN_SHADOW,
	};
	make_rox(&ranges[EXECMEM_MODULE_TEXT]);
	return &execmem_info;
}
