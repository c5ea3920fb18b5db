/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_MODULE_FAR_H
#define _TEST_MODULE_FAR_H

/* Each adds a number of its own, so that a call to another one shows. */
int test_module_far_add(int value);
int test_module_far_add_more(int value);

/* Calls a function of who calls it. */
int test_module_far_call_back(int (*func)(int value), int value);

/* Counts the calls with that number, see parameters of the module. */
void test_module_far_note(unsigned int where);

#define TEST_MODULE_FAR_ADD	1000
#define TEST_MODULE_FAR_MORE	30000
#define TEST_MODULE_FAR_BACK	500000

/* With it test_module_far_call() is called, see test_module_far_regs. */
#define TEST_MODULE_FAR_ARGUMENT	5

/* Branches of test_module_far_many, in text and in exit text */
#define TEST_MODULE_FAR_BRANCHES	1100
#define TEST_MODULE_FAR_EXIT_BRANCHES	100

enum {
	TEST_MODULE_FAR_INIT,
	TEST_MODULE_FAR_EXIT,
	TEST_MODULE_FAR_EXIT_KERNEL,
	TEST_MODULE_FAR_PLACES,
};

#endif /* _TEST_MODULE_FAR_H */
