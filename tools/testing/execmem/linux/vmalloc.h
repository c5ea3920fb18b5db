/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_VMALLOC_H
#define _TEST_LINUX_VMALLOC_H

#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/pgtable.h>
#include <linux/sizes.h>
#include <linux/types.h>

#define GFP_KERNEL	0
#define __GFP_NOWARN	0
#define VM_MAP		0
#define VM_NO_GUARD	0

/* Where twins are: apart from all ranges, as far as it takes. */
#define VMALLOC_START	0x100000000UL
#define VMALLOC_END	0x500000000UL

/**
 * struct vm_struct - some addresses
 * @addr: the first one
 * @size: how many
 * @maker: the call that it is made in
 * @foreign: not of code under test
 * @pool: what it was made for, as an enum execmem_pool
 */
struct vm_struct {
	void *addr;
	unsigned long size;
	const void *maker;
	bool foreign;
	int pool;
};

struct vm_struct *__get_vm_area_node(unsigned long size, unsigned long align,
				     unsigned long shift, unsigned long flags,
				     unsigned long start, unsigned long end,
				     int node, gfp_t gfp, const void *caller);
void free_vm_area(struct vm_struct *area);

#endif
