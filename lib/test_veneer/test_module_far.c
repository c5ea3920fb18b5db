// SPDX-License-Identifier: GPL-2.0
/*
 * Is called by test_module_far_user, by all the ways that one module calls
 * another one.
 */

#include <linux/module.h>

#include "test_module_far.h"

static uint notes[TEST_MODULE_FAR_PLACES];
module_param_array(notes, uint, NULL, 0444);
MODULE_PARM_DESC(notes, "Calls from init text, from exit text, and there of the kernel");

int test_module_far_add(int value)
{
	return value + TEST_MODULE_FAR_ADD;
}
EXPORT_SYMBOL_GPL(test_module_far_add);

int test_module_far_add_more(int value)
{
	return value + TEST_MODULE_FAR_MORE;
}
EXPORT_SYMBOL_GPL(test_module_far_add_more);

int test_module_far_call_back(int (*func)(int value), int value)
{
	return func(value);
}
EXPORT_SYMBOL_GPL(test_module_far_call_back);

void test_module_far_note(unsigned int where)
{
	if (where < ARRAY_SIZE(notes))
		notes[where]++;
}
EXPORT_SYMBOL_GPL(test_module_far_note);

MODULE_DESCRIPTION("Test module that another one calls");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
