/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_KASAN_H
#define _TEST_LINUX_KASAN_H

#include <linux/vmalloc.h>

#define KASAN_VMALLOC_PROT_NORMAL	0x04u

void kasan_poison_vmalloc(const void *start, unsigned long size);
void *kasan_unpoison_vmalloc(const void *start, unsigned long size,
			     unsigned int flags);

/* The model is of CONFIG_KASAN_VMALLOC. */
static inline void kasan_unpoison_range(const void *start, size_t size)
{
}

int kasan_alloc_module_shadow(void *addr, size_t size, gfp_t gfp);

#endif
