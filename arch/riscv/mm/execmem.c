// SPDX-License-Identifier: GPL-2.0
/*
 * Where executable memory and modules live on RISC-V with an MMU.
 *
 * Pairs of instructions reach 2 GiB: modules are that close below the end of a
 * 64-bit kernel, and BPF programs right below its start. On 32-bit they reach
 * everything: modules have all of vmalloc's addresses, BPF the last of them.
 * The slots of kprobes hold no instruction that depends on its own address.
 */

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/pgtable.h>
#include <linux/sizes.h>
#include <asm/sections.h>
#include "execmem.h"

static struct execmem_info execmem_info __ro_after_init;

struct execmem_info * __init execmem_arch_setup(void)
{
	struct execmem_range *ranges = execmem_info.ranges;

	ranges[EXECMEM_MODULE_TEXT] = (struct execmem_range) {
		.pool	= EXECMEM_POOL_TEXT,
		.start	= EXECMEM_START,
		.end	= EXECMEM_END,
		.pgprot	= PAGE_KERNEL,
	};
	ranges[EXECMEM_KPROBES] = (struct execmem_range) {
		.pool	= EXECMEM_POOL_TEXT,
		.start	= VMALLOC_START,
		.end	= VMALLOC_END,
		.pgprot	= PAGE_KERNEL,
	};
	ranges[EXECMEM_BPF] = (struct execmem_range) {
		.pool	= EXECMEM_POOL_TEXT,
		.start	= BPF_JIT_REGION_START,
		.end	= BPF_JIT_REGION_END,
		.pgprot	= PAGE_KERNEL,
	};
	return &execmem_info;
}
