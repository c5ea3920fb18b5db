/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_MM_H
#define _TEST_LINUX_MM_H

#include <limits.h>
#include <linux/align.h>
#include <linux/bug.h>
#include <linux/const.h>
#include <linux/mm_types.h>

#define PAGE_SHIFT		12
#define PAGE_SIZE		(_AC(1, UL) << PAGE_SHIFT)
#define PAGE_ALIGN(addr)	ALIGN(addr, PAGE_SIZE)
#define PAGE_ALIGNED(addr)	IS_ALIGNED((unsigned long)(addr), PAGE_SIZE)

#endif
