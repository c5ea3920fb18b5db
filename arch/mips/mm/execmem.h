/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The addresses of modules: not all kernels have some of their own.
 */
#ifndef _MIPS_MM_EXECMEM_H
#define _MIPS_MM_EXECMEM_H

#include <linux/pgtable.h>

#ifdef MODULE_START
#define EXECMEM_START	MODULE_START
#define EXECMEM_END	MODULE_END
#else
#define EXECMEM_START	VMALLOC_START
#define EXECMEM_END	VMALLOC_END
#endif

#endif /* _MIPS_MM_EXECMEM_H */
