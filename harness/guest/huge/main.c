// SPDX-License-Identifier: GPL-2.0
/*
 * Calls text of many MiB from the first to the last byte of it: each MiB has a
 * function, which calls the kernel and the next one.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/stringify.h>

#define CONCAT(a, b)	a##b
#define NAME(a, b)	CONCAT(a, b)
#define first		NAME(HUGE, _first)

/* Returns how many of them called the next one, and added int_sqrt(9). */
unsigned long first(unsigned long sum);

static unsigned long result;
module_param(result, ulong, 0444);

static int get_again(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%lu\n", first(0));
}

static const struct kernel_param_ops again_ops = { .get = get_again };
module_param_cb(again, &again_ops, NULL, 0444);

static int __init huge_init(void)
{
	result = first(0);
	return 0;
}
module_init(huge_init);

static void __exit huge_exit(void)
{
	if (first(0) != result)
		pr_err("%s: called again it returns something else\n",
		       __stringify(HUGE));
}
module_exit(huge_exit);

MODULE_DESCRIPTION("Test module of many MiB");
MODULE_LICENSE("GPL");
