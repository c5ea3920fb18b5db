/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_PRINTK_H
#define _TEST_LINUX_PRINTK_H

/* What is said is looked at by the test. */
__attribute__((format(printf, 1, 2)))
void fuzz_printk(const char *fmt, ...);

#define pr_err(fmt, ...)	fuzz_printk(pr_fmt(fmt), ##__VA_ARGS__)

#endif
