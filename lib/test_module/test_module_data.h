/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LIB_TEST_MODULE_DATA_H
#define _LIB_TEST_MODULE_DATA_H

#define TEST_MODULE_DATA_COUNTER	1000
#define TEST_MODULE_DATA_TABLE		{ 2, 3, 5, 7, 11, 13, 17, 19 }
#define TEST_MODULE_DATA_TABLE_SIZE	8

extern unsigned long test_module_data_counter;
extern const unsigned long test_module_data_table[TEST_MODULE_DATA_TABLE_SIZE];
extern unsigned long test_module_data_zeroes[TEST_MODULE_DATA_TABLE_SIZE];

#endif /* _LIB_TEST_MODULE_DATA_H */
