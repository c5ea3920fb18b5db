/* SPDX-License-Identifier: GPL-2.0 */
/* There is one thread: what RCU and its barriers are for cannot happen. */
#ifndef _TEST_LINUX_RCULIST_H
#define _TEST_LINUX_RCULIST_H

#include <linux/kernel.h>
#include <linux/list.h>

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *rcu);
};

void call_rcu(struct rcu_head *rcu, void (*func)(struct rcu_head *rcu));

#define rcu_read_lock()			do { } while (0)
#define rcu_read_unlock()		do { } while (0)
#define list_add_tail_rcu		list_add_tail
#define list_del_rcu			list_del
#define list_for_each_entry_rcu		list_for_each_entry
#define list_is_first(entry, head)	((entry)->prev == (head))
#define lockdep_assert_held(lock)	do { } while (0)

#define cmpxchg(ptr, old, new)	__sync_val_compare_and_swap(ptr, old, new)

#endif
