/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_BUG_H
#define _TEST_LINUX_BUG_H

#include <linux/build_bug.h>
#include "../fuzz.h"

/* What must not happen in a kernel must not happen here. */
#define WARN_ON_ONCE(condition)						\
({									\
	bool __bad = (condition);					\
									\
	check(!__bad, "%s", #condition);				\
	unlikely(__bad);						\
})

#endif
