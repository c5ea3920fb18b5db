/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_PRINTK_H
#define _TEST_LINUX_PRINTK_H

#include <linux/compiler.h>

/* What is said is looked at by the test. */
void __printf(1, 2) fuzz_printk(const char *fmt, ...);

#define pr_err(fmt, ...)	fuzz_printk(pr_fmt(fmt), ##__VA_ARGS__)

#endif
