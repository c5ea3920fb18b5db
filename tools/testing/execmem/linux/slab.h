/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/vmalloc.h>

void *kvzalloc(size_t size, gfp_t gfp);
void kvfree(const void *p);
