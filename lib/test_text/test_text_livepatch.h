/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __LIB_TEST_TEXT_LIVEPATCH_H
#define __LIB_TEST_TEXT_LIVEPATCH_H

#include <linux/compiler.h>

/* A symbol of another object, klp_sym__<object>__<symbol>: not defined here. */
#define __klp_sym	__weak

extern unsigned int __klp_sym klp_sym__test_text_target__target_calls;
int __klp_sym klp_sym__test_text_target__target_secret(int val);
int __klp_sym klp_sym__test_text_target__target_other(int val);
unsigned long __klp_sym
klp_sym__vmlinux__kallsyms_lookup_name(const char *name);

#endif /* __LIB_TEST_TEXT_LIVEPATCH_H */
