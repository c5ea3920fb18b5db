/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_SPINLOCK_H
#define _TEST_LINUX_SPINLOCK_H

#include <linux/lockdep.h>

/* There is one thread: who waits for a lock would wait for ever. */
struct fuzz_lock {
	bool held;
};

#define spinlock_t		struct fuzz_lock

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

#endif
