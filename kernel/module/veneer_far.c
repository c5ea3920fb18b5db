// SPDX-License-Identifier: GPL-2.0
/*
 * execmem.far: no room for modules where branches reach the kernel, as if there
 * were many already. So all of these go through veneers, and tests need not load
 * more than they want to test. It can be changed at any time; what is there stays
 * where it is.
 */

#define pr_fmt(fmt) "module: " fmt

#include <linux/init.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleloader.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/module_veneer.h>
#include <asm/sections.h>
#include "../../mm/execmem/internal.h"
#include "../../mm/internal.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "execmem."

struct taken {
	struct list_head	list;
	struct vm_struct	*area;
};

static bool far;
static bool ready;
static LIST_HEAD(taken);
static DEFINE_MUTEX(far_mutex);

static int take_piece(unsigned long size, unsigned long start,
		      unsigned long end)
{
	struct taken *piece = kmalloc(sizeof(*piece), GFP_KERNEL);

	if (!piece)
		return -ENOMEM;
	piece->area = __get_vm_area_node(size, PAGE_SIZE, PAGE_SHIFT,
					 VM_MAP | VM_NO_GUARD, start, end,
					 NUMA_NO_NODE,
					 GFP_KERNEL | __GFP_NOWARN,
					 __builtin_return_address(0));
	if (!piece->area) {
		kfree(piece);
		return -ENOSPC;
	}
	list_add(&piece->list, &taken);
	return 0;
}

/* What of a window of module text is within reach of any text of the kernel */
static int take_near(unsigned long start, unsigned long end)
{
	unsigned long reach = MODULE_BRANCH_REACH, size;
	int err;

	start = max(start, PAGE_ALIGN((unsigned long)_stext - reach));
	end = min(end, PAGE_ALIGN_DOWN((unsigned long)_etext + reach));
	if (start >= end)
		return 0;

	for (size = rounddown_pow_of_two(end - start); size >= PAGE_SIZE;
	     size /= 2) {
		do {
			err = take_piece(size, start, end);
		} while (!err);
		if (err != -ENOSPC)
			return err;
	}
	return 0;
}

static int take_all(void)
{
	const struct execmem_range *range = execmem_range(EXECMEM_MODULE_TEXT);
	int err;

	/* What is on its way out would be free afterwards. */
	flush_module_init_free_work();
	vm_unmap_aliases();
	err = take_near(range->start, range->end);
	return err ?: take_near(range->fallback_start, range->fallback_end);
}

static void give_all(void)
{
	struct taken *piece, *next;

	list_for_each_entry_safe(piece, next, &taken, list) {
		list_del(&piece->list);
		free_vm_area(piece->area);
		kfree(piece);
	}
}

static int apply(void)
{
	int err = 0;

	lockdep_assert_held(&far_mutex);

	if (!ready)
		return 0;
	if (far)
		err = take_all();
	else
		give_all();
	if (err)
		pr_err("cannot take addresses near the kernel (err %d)\n", err);
	return err;
}

static int set_far(const char *val, const struct kernel_param *kp)
{
	int err = param_set_bool(val, kp);

	if (err)
		return err;
	mutex_lock(&far_mutex);
	err = apply();
	mutex_unlock(&far_mutex);
	return err;
}

static const struct kernel_param_ops far_ops = {
	.flags	= KERNEL_PARAM_OPS_FL_NOARG,
	.set	= set_far,
	.get	= param_get_bool,
};

module_param_cb(far, &far_ops, &far, 0644);

static int __init veneer_far_init(void)
{
	int err;

	mutex_lock(&far_mutex);
	ready = true;
	err = apply();
	mutex_unlock(&far_mutex);
	return err;
}

/* Addresses are known by then, also those that depend on a seed. */
fs_initcall(veneer_far_init);
