/* SPDX-License-Identifier: GPL-2.0 */
/* There is one thread: what RCU and its barriers are for cannot happen. */
#ifndef _TEST_LINUX_RCUPDATE_H
#define _TEST_LINUX_RCUPDATE_H

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *rcu);
};

void call_rcu(struct rcu_head *rcu, void (*func)(struct rcu_head *rcu));

#define rcu_read_lock()			do { } while (0)
#define rcu_read_unlock()		do { } while (0)

#endif
