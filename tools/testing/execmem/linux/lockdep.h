/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_LOCKDEP_H
#define _TEST_LINUX_LOCKDEP_H

#include "../fuzz.h"

#define lockdep_assert_held(lock)	check((lock)->held, "not locked")

#endif
