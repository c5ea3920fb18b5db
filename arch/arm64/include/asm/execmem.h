/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_EXECMEM_H
#define __ASM_EXECMEM_H

#include <linux/init.h>
#include <linux/types.h>

#ifdef CONFIG_EXECMEM
/**
 * arm64_place_modules() - choose where modules live
 * @base: first address, whole pages
 *
 * Until a seed is there, modules would be right below the end of the kernel's
 * text.
 *
 * Context: init, before anything can load a module.
 */
void __init arm64_place_modules(u64 base);
#else
static inline void arm64_place_modules(u64 base) { }
#endif /* CONFIG_EXECMEM */

#endif /* __ASM_EXECMEM_H */
