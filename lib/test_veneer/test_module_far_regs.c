// SPDX-License-Identifier: GPL-2.0
/*
 * Traces a function of test_module_far_user with all registers saved: for that
 * the tracer has another entry, which is as far away as the one without.
 */

#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/ptrace.h>

#include "test_module_far.h"

static unsigned int hits;
module_param(hits, uint, 0444);
MODULE_PARM_DESC(hits, "How often the function was called");

static unsigned long argument;
module_param(argument, ulong, 0444);
MODULE_PARM_DESC(argument, "The register of the first argument, at the last call");

static unsigned long wanted = TEST_MODULE_FAR_ARGUMENT;
module_param(wanted, ulong, 0444);
MODULE_PARM_DESC(wanted, "What that register has if all is right");

static void notrace met(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);

	if (!regs)
		return;
	/* It is the first one in struct pt_regs. */
	argument = regs_get_register(regs, 0);
	hits++;
}

static struct ftrace_ops ops = {
	.func	= met,
	.flags	= FTRACE_OPS_FL_SAVE_REGS,
};

static int __init test_module_far_regs_init(void)
{
	static unsigned char name[] __initdata = "test_module_far_call";
	int err = ftrace_set_filter(&ops, name, sizeof(name) - 1, 1);

	if (!err)
		err = register_ftrace_function(&ops);
	if (err)
		ftrace_free_filter(&ops);
	return err;
}
module_init(test_module_far_regs_init);

static void __exit test_module_far_regs_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}
module_exit(test_module_far_regs_exit);

MODULE_DESCRIPTION("Test module that traces another one with its registers");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
