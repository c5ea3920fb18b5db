// SPDX-License-Identifier: GPL-2.0
/*
 * Has branches to many places in the kernel: near it there is a lot of room for
 * veneers to be given back. Nobody executes them.
 */

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "test_module_far.h"

/* Within functions, to be assembled for the state that code of modules has */
static __always_inline void branches(const int nr)
{
	asm volatile(".set	i, 0\n"
		     ".rept	%c0\n"
		     "	bl	kstrtoint + 4 * i\n"
		     "	.set	i, i + 1\n"
		     ".endr\n" : : "i" (nr));
}

void test_module_far_many(void);
void test_module_far_many(void)
{
	branches(TEST_MODULE_FAR_BRANCHES);
}

/* Laid with init text where modules cannot go: that region needs them, too. */
static void __exit __used test_module_far_many_exit(void)
{
	branches(TEST_MODULE_FAR_EXIT_BRANCHES);
}

MODULE_DESCRIPTION("Test module with branches to many places");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
