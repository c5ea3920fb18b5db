/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_RCULIST_H
#define _TEST_LINUX_RCULIST_H

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>

#define list_add_tail_rcu		list_add_tail
#define list_del_rcu			list_del
#define list_for_each_entry_rcu		list_for_each_entry

#define cmpxchg(ptr, old, new)	__sync_val_compare_and_swap(ptr, old, new)

#endif
