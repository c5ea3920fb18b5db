// SPDX-License-Identifier: GPL-2.0
/*
 * Where executable memory and modules live on MIPS. PAGE_KERNEL can be
 * executed.
 *
 * A 64-bit kernel with 32-bit symbols, and what is compiled like it, has to be
 * in the segments that sign-extended 32-bit addresses reach.
 */

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include "execmem.h"

static struct execmem_info execmem_info __ro_after_init;

struct execmem_info * __init execmem_arch_setup(void)
{
	execmem_info.ranges[EXECMEM_MODULE_TEXT] = (struct execmem_range) {
		.pool	= EXECMEM_POOL_TEXT,
		.start	= PAGE_ALIGN(EXECMEM_START),
		.end	= ALIGN_DOWN(EXECMEM_END, PAGE_SIZE),
		.pgprot	= PAGE_KERNEL,
	};
	return &execmem_info;
}
