/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_BITMAP_H
#define _TEST_LINUX_BITMAP_H

#include <linux/bitops.h>

void bitmap_set(unsigned long *map, unsigned int start, unsigned int nr);
void bitmap_clear(unsigned long *map, unsigned int start, unsigned int nr);
unsigned long bitmap_find_next_zero_area_off(unsigned long *map,
					     unsigned long size,
					     unsigned long start,
					     unsigned int nr,
					     unsigned long align_mask,
					     unsigned long align_offset);

#endif
