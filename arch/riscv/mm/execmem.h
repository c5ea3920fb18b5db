/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The addresses of modules: a 32-bit kernel has none of their own.
 */
#ifndef _RISCV_MM_EXECMEM_H
#define _RISCV_MM_EXECMEM_H

#include <linux/pgtable.h>

#ifdef MODULES_VADDR
#define EXECMEM_START	MODULES_VADDR
#define EXECMEM_END	MODULES_END
#else
#define EXECMEM_START	VMALLOC_START
#define EXECMEM_END	VMALLOC_END
#endif

#endif /* _RISCV_MM_EXECMEM_H */
