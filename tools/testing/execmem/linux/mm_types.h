/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_MM_TYPES_H
#define _TEST_LINUX_MM_TYPES_H

#include <linux/init.h>

typedef struct { unsigned long pgprot; } pgprot_t;

#define PAGE_KERNEL	((pgprot_t) { 0x63 })

#endif
