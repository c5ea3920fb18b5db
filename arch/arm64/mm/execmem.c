// SPDX-License-Identifier: GPL-2.0
/*
 * Where executable memory and modules live on arm64.
 *
 * A direct branch reaches 128 MiB. Modules are that close to the kernel while
 * there is room, and within 2 GiB, by veneers, when there is not. Nothing else
 * takes from that window: BPF programs reach the kernel by absolute addresses,
 * and the slots of kprobes hold no instruction that depends on its own.
 *
 * All of this is writable and not executable until it is finished. The page of
 * a kprobe's slots is finished while it is empty: text patching fills it.
 */

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/pgtable.h>
#include <linux/sizes.h>
#include <asm/execmem.h>
#include <asm/memory.h>
#include <asm/sections.h>

static struct execmem_info execmem_info __ro_after_init;

/* KASAN selects KASAN_VMALLOC here: the shadow comes with any address. */
static void __init place(enum execmem_type type, enum execmem_pool pool,
			 u64 base)
{
	struct execmem_range range = {
		.pool		= pool,
		.start		= base,
		.end		= base + MODULES_VSIZE,
		.pgprot		= PAGE_KERNEL,
		.alignment	= PAGE_SIZE,
	};

	if (IS_ENABLED(CONFIG_ARM64_MODULE_PLTS)) {
		range.fallback_start = base;
		range.fallback_end = base + SZ_2G;
	}
	execmem_info.ranges[type] = range;
}

void __init arm64_place_modules(u64 base)
{
	place(EXECMEM_MODULE_TEXT, EXECMEM_POOL_TEXT, base);
	place(EXECMEM_MODULE_RODATA, EXECMEM_POOL_RODATA, base);
	place(EXECMEM_MODULE_DATA, EXECMEM_POOL_DATA, base);
	place(EXECMEM_FTRACE, EXECMEM_POOL_TEXT, base);
	place(EXECMEM_THUNKS, EXECMEM_POOL_TEXT, base);
	execmem_ranges_moved();
}

static void __init place_anywhere(enum execmem_type type)
{
	execmem_info.ranges[type] = (struct execmem_range) {
		.pool		= EXECMEM_POOL_TEXT,
		.start		= VMALLOC_START,
		.end		= VMALLOC_END,
		.pgprot		= PAGE_KERNEL,
	};
}

struct execmem_info * __init execmem_arch_setup(void)
{
	/* For who comes before kaslr_init(), and where there is no KASLR. */
	arm64_place_modules((u64)_etext - MODULES_VSIZE);

	place_anywhere(EXECMEM_KPROBES);
	place_anywhere(EXECMEM_BPF);
	return &execmem_info;
}
