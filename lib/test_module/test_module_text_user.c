// SPDX-License-Identifier: GPL-2.0
/*
 * Uses the data of test_module_data from code of its own, so that this module
 * holds a reference on a module which has no text.
 */

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "test_module_data.h"

static ulong counter;
module_param(counter, ulong, 0444);
MODULE_PARM_DESC(counter, "Counter of test_module_data after the increment");

static const unsigned long table[] = TEST_MODULE_DATA_TABLE;

static int __init test_module_text_user_init(void)
{
	size_t i;

	BUILD_BUG_ON(ARRAY_SIZE(table) != TEST_MODULE_DATA_TABLE_SIZE);

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (test_module_data_table[i] != table[i])
			return -EINVAL;
		if (test_module_data_zeroes[i])
			return -EINVAL;
	}

	counter = ++test_module_data_counter;
	return 0;
}
module_init(test_module_text_user_init);

static void __exit test_module_text_user_exit(void)
{
	test_module_data_counter--;
}
module_exit(test_module_text_user_exit);

MODULE_DESCRIPTION("Test module that uses a module which has no text");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
