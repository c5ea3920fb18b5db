// SPDX-License-Identifier: GPL-2.0
/*
 * A module without any code: its text regions are empty, and it lives by the
 * data that it exports.
 */

#include <linux/module.h>

#include "test_module_data.h"

unsigned long test_module_data_counter = TEST_MODULE_DATA_COUNTER;
EXPORT_SYMBOL_GPL(test_module_data_counter);

const unsigned long test_module_data_table[TEST_MODULE_DATA_TABLE_SIZE] =
	TEST_MODULE_DATA_TABLE;
EXPORT_SYMBOL_GPL(test_module_data_table);

unsigned long test_module_data_zeroes[TEST_MODULE_DATA_TABLE_SIZE];
EXPORT_SYMBOL_GPL(test_module_data_zeroes);

MODULE_DESCRIPTION("Test module that consists of data only");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
