/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of the kernel as /proc/kcore shows it, which is how it is executed.
 * What is not mapped reads as zeros.
 *
 * Functions return 0 or a negative errno.
 */
#ifndef __SELFTEST_MODULE_KCORE_H
#define __SELFTEST_MODULE_KCORE_H

#include <stddef.h>

/* Once, before the others; -ENOENT without CONFIG_PROC_KCORE. */
int kcore_open(void);

int kcore_peek(unsigned long long addr, void *buf, size_t len);

/*
 * How many bytes from @addr on, of @len, are not what x86 has where there is no
 * code, that is, INT3? *@first is the first of them.
 */
long long kcore_count_code(unsigned long long addr, unsigned long long len,
			   unsigned long long *first);

#endif /* __SELFTEST_MODULE_KCORE_H */
