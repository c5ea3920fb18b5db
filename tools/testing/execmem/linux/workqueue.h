/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_WORKQUEUE_H
#define _TEST_LINUX_WORKQUEUE_H

#include <linux/types.h>

struct work_struct {
	void (*func)(struct work_struct *work);
};

#define DECLARE_WORK(name, function)	\
	struct work_struct name = { .func = function }

bool schedule_work(struct work_struct *work);

#endif
