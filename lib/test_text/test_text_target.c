// SPDX-License-Identifier: GPL-2.0
/*
 * What test_text_livepatch patches. The parameter "answer" calls
 * target_answer(), "calls" is how often target_secret() was called.
 */

#include <linux/module.h>
#include <linux/moduleparam.h>

static unsigned int target_calls;
module_param_named(calls, target_calls, uint, 0400);
MODULE_PARM_DESC(calls, "Number of calls of target_secret()");

/*
 * The patch calls these two, by the names that they have here: so the compiler
 * must not make variants of them.
 */
static noinline __noclone __used int target_secret(int val)
{
	target_calls++;
	return val * 3;
}

static noinline __noclone __used int target_other(int val)
{
	return val * 5;
}

static noinline __noclone int target_answer(int val)
{
	return val;
}

static int answer_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", target_answer(10));
}

static const struct kernel_param_ops answer_ops = {
	.get = answer_get,
};
module_param_cb(answer, &answer_ops, NULL, 0400);
MODULE_PARM_DESC(answer, "What target_answer() returns for 10");

static int __init test_text_target_init(void)
{
	return 0;
}
module_init(test_text_target_init);

static void __exit test_text_target_exit(void)
{
}
module_exit(test_text_target_exit);

MODULE_DESCRIPTION("Test module that is patched when it is loaded");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
