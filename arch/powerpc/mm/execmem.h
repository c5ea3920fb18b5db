/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The addresses of code: Book3s/32 and 8xx have some of their own for it.
 */
#ifndef _POWERPC_MM_EXECMEM_H
#define _POWERPC_MM_EXECMEM_H

#include <linux/build_bug.h>
#include <linux/execmem.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include <asm/sections.h>

#ifdef MODULES_VADDR
/*
 * Book3s/32 tells by the segment whether code can run, and 8xx has its page
 * tables ready for a part of the addresses only: code has an area of its own.
 */
static inline void place_text(struct execmem_range *text)
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
static inline void place_text(struct execmem_range *text)
{
	text->start = PAGE_ALIGN(VMALLOC_START);
	text->end = ALIGN_DOWN(VMALLOC_END, PAGE_SIZE);
}
#endif /* MODULES_VADDR */

#endif /* _POWERPC_MM_EXECMEM_H */
