/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_PGTABLE_H
#define _TEST_LINUX_PGTABLE_H

#include <linux/mm.h>

#define PMD_SHIFT	21
#define PMD_SIZE	(_AC(1, UL) << PMD_SHIFT)

#endif
