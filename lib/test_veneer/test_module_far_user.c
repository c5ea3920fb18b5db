// SPDX-License-Identifier: GPL-2.0
/*
 * Calls the kernel and another module: from text, init text and exit text,
 * directly, in the end of a function, and by pointers. Where the kernel is out
 * of reach all of that goes through veneers, one for each function and region.
 *
 * What the calls return is told by parameters.
 */

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include "test_module_far.h"

static int init_result;
module_param(init_result, int, 0444);
MODULE_PARM_DESC(init_result, "What calls from init text returned, added");

/* Of this module, for the other one to call */
static int called_back(int value)
{
	return value + TEST_MODULE_FAR_BACK;
}

static int (*pointer)(int value) = test_module_far_add;

/* No compiler sees through this. */
static int call_pointer(int value)
{
	return READ_ONCE(pointer)(value);
}

noinline int test_module_far_tail(int value);
noinline int test_module_far_tail(int value)
{
	return test_module_far_add_more(value);
}

noinline int test_module_far_call(int value);
noinline int test_module_far_call(int value)
{
	return test_module_far_add(value) + 1;
}

/* To the kernel: a function that no compiler knows how to do without */
static int call_kernel(const char *number)
{
	int value;

	return kstrtoint(number, 10, &value) ? -EINVAL : value;
}

static int call_all(void)
{
	return test_module_far_call(TEST_MODULE_FAR_ARGUMENT) +
	       test_module_far_tail(0) + call_pointer(0) +
	       test_module_far_call_back(called_back, 0) + call_kernel("7");
}

#define RESULT	(TEST_MODULE_FAR_ADD + TEST_MODULE_FAR_ARGUMENT + 1 + \
		 TEST_MODULE_FAR_MORE + TEST_MODULE_FAR_ADD + \
		 TEST_MODULE_FAR_BACK + 7)

static int get_result(char *buffer, const struct kernel_param *kp)
{
	int len = sprintf(buffer, "%d\n", call_all());

	/* No jump: a stack trace from there would not show who called this. */
	barrier();
	return len;
}

static const struct kernel_param_ops result_ops = {
	.get = get_result,
};

module_param_cb(result, &result_ops, NULL, 0444);
MODULE_PARM_DESC(result, "What calls from text return, added");

/* Many calls to the other module, for who counts instructions */
static int set_loops(const char *val, const struct kernel_param *kp)
{
	unsigned int i, loops;
	int value = 0, err = kstrtouint(val, 10, &loops);

	if (err)
		return err;
	for (i = 0; i < loops; i++)
		value = test_module_far_add(value);
	return value == (int)(loops * TEST_MODULE_FAR_ADD) ? 0 : -EINVAL;
}

static const struct kernel_param_ops loops_ops = {
	.set = set_loops,
};

module_param_cb(loops, &loops_ops, NULL, 0200);
MODULE_PARM_DESC(loops, "How often to call the other module now");

static int expected = RESULT;
module_param(expected, int, 0444);
MODULE_PARM_DESC(expected, "What both are if all is right");

static int __init test_module_far_user_init(void)
{
	int value;

	test_module_far_note(TEST_MODULE_FAR_INIT);
	if (kstrtoint("7", 10, &value))
		return -EINVAL;
	/* Also from init text to text, which can be in the other window. */
	init_result = value + test_module_far_tail(0) + call_pointer(0) +
		      test_module_far_add(TEST_MODULE_FAR_ARGUMENT + 1) +
		      test_module_far_call_back(called_back, 0);
	return 0;
}
module_init(test_module_far_user_init);

static void __exit test_module_far_user_exit(void)
{
	unsigned int value;

	test_module_far_note(TEST_MODULE_FAR_EXIT);
	/* Init text, which this may be laid with, does not call it. */
	if (!kstrtouint("7", 10, &value) && value == 7)
		test_module_far_note(TEST_MODULE_FAR_EXIT_KERNEL);
}
module_exit(test_module_far_user_exit);

MODULE_DESCRIPTION("Test module that calls the kernel and another module");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
