/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_SLAB_H
#define _TEST_LINUX_SLAB_H

#include <linux/vmalloc.h>

void *kzalloc(size_t size, gfp_t gfp);
void *kcalloc(size_t nr, size_t size, gfp_t gfp);
void kfree(const void *p);
void kfree_bulk(size_t nr, void **p);
void *kvzalloc(size_t size, gfp_t gfp);
void kvfree(const void *p);

#endif
