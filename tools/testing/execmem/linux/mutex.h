/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_MUTEX_H
#define _TEST_LINUX_MUTEX_H

/* There is one thread: who would wait for another one goes away instead. */
struct mutex { const void *owner; };

#define DEFINE_MUTEX(name)	struct mutex name = { }

void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

#endif
