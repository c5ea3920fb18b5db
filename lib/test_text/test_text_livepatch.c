// SPDX-License-Identifier: GPL-2.0
/*
 * A patch for test_text_target that is loaded before it.
 *
 * It refers to static functions and data of that module, and to a function of
 * the kernel that is not exported. C has no word for that: here they are weak
 * symbols that nobody defines, called klp_sym__<object>__<symbol>, of which
 * tools/testing/selftests/execmem/execmem_livepatch makes livepatch symbols and
 * relocations, see Documentation/livepatch/module-elf-format.rst. As it is
 * built, this module refuses to load.
 */

#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "test_text_livepatch.h"

/* A relocation in data, which would be constant otherwise, and in constants */
static int (*livepatch_other)(int val) __section(".data") =
	klp_sym__test_text_target__target_other;
static unsigned int * const livepatch_calls =
	&klp_sym__test_text_target__target_calls;

/* 10: 30 + 50 + 1000 * the number of calls since @target_calls was zero. */
static noinline int livepatch_answer(int val)
{
	int (*other)(int val) = READ_ONCE(livepatch_other);
	int ret;

	klp_sym__test_text_target__target_calls = 0;
	ret = klp_sym__test_text_target__target_secret(val) + other(val);
	return ret + 1000 * *READ_ONCE(livepatch_calls);
}

static int kernel_get(char *buf, const struct kernel_param *kp)
{
	unsigned long addr;

	addr = klp_sym__vmlinux__kallsyms_lookup_name("linux_banner");
	return sysfs_emit(buf, "%d\n", addr != 0);
}

static const struct kernel_param_ops kernel_ops = {
	.get = kernel_get,
};
module_param_cb(kernel, &kernel_ops, NULL, 0400);
MODULE_PARM_DESC(kernel, "Whether a function that is not exported is found");

static struct klp_func livepatch_funcs[] = {
	{
		.old_name = "target_answer",
		.new_func = livepatch_answer,
	},
	{ }
};

static struct klp_object livepatch_objects[] = {
	{
		.name = "test_text_target",
		.funcs = livepatch_funcs,
	},
	{ }
};

static struct klp_patch livepatch_patch = {
	.mod = THIS_MODULE,
	.objs = livepatch_objects,
};

static bool __init livepatch_is_converted(void)
{
	const struct klp_modinfo *info = THIS_MODULE->klp_info;
	unsigned int i;

	for (i = 0; i < info->hdr.e_shnum; i++)
		if (info->sechdrs[i].sh_flags & SHF_RELA_LIVEPATCH)
			return true;

	return false;
}

static int __init test_text_livepatch_init(void)
{
	if (!livepatch_is_converted()) {
		pr_err("relocations are not those of a livepatch\n");
		return -ENOEXEC;
	}

	return klp_enable_patch(&livepatch_patch);
}
module_init(test_text_livepatch_init);

static void __exit test_text_livepatch_exit(void)
{
}
module_exit(test_text_livepatch_exit);

MODULE_DESCRIPTION("Test livepatch with late relocations");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_INFO(test, "Y");
