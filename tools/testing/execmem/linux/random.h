/* SPDX-License-Identifier: GPL-2.0 */
#include "../fuzz.h"

#define get_random_long()		fuzz_random()
#define get_random_u32_below(limit)	((unsigned int)fuzz_below(limit))
