// SPDX-License-Identifier: GPL-2.0
/*
 * Has branches to many places in the kernel: near it there is a lot of room for
 * veneers to be given back. Nobody executes them.
 */

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/stringify.h>

#include "test_module_far.h"

/* In a function, to be assembled for the state that code of modules has */
void test_module_far_many(void);
void test_module_far_many(void)
{
	asm volatile(".set	i, 0\n"
		     ".rept	" __stringify(TEST_MODULE_FAR_BRANCHES) "\n"
		     "	bl	kstrtoint + 4 * i\n"
		     "	.set	i, i + 1\n"
		     ".endr\n");
}

MODULE_DESCRIPTION("Test module with branches to many places");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
