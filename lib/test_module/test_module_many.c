// SPDX-License-Identifier: GPL-2.0
/*
 * One of twenty modules that are loaded and unloaded at the same time. Each
 * has every region, and its data regions are of another size than those of
 * the others, so that what one leaves is not just what the next one needs.
 */

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/string.h>

#define MANY_SIZE	((TEST_MODULE_MANY_ID - 100) * 768)
#define MANY_FILL	(TEST_MODULE_MANY_ID & 0xff)

static DEFINE_PER_CPU(unsigned int, many_percpu) = TEST_MODULE_MANY_ID;
static unsigned char many_data[MANY_SIZE] = { MANY_FILL };
static unsigned char many_bss[MANY_SIZE * 2];
static const unsigned char many_rodata[MANY_SIZE] = { MANY_FILL };
static unsigned char *many_ro_after_init __ro_after_init;
static unsigned char many_init_data[MANY_SIZE] __initdata = { MANY_FILL };
static const unsigned char many_init_rodata[MANY_SIZE] __initconst = {
	MANY_FILL
};

/* Kept out of line so that exit code and init code meet in core text. */
static noinline int many_check(const unsigned char *p)
{
	size_t i;

	if (p[0] != MANY_FILL)
		return -EINVAL;

	for (i = 1; i < MANY_SIZE; i++)
		if (p[i])
			return -EINVAL;

	return 0;
}

static int __init test_module_many_init(void)
{
	if (many_check(many_data) || many_check(many_rodata) ||
	    many_check(many_init_data) || many_check(many_init_rodata))
		return -EINVAL;

	if (memchr_inv(many_bss, 0, sizeof(many_bss)))
		return -EINVAL;

	if (raw_cpu_read(many_percpu) != TEST_MODULE_MANY_ID)
		return -EINVAL;

	many_ro_after_init = many_bss;
	memset(many_bss, MANY_FILL, sizeof(many_bss));
	return 0;
}
module_init(test_module_many_init);

static void __exit test_module_many_exit(void)
{
	WARN_ON(many_check(many_data) || many_check(many_rodata));
	WARN_ON(memchr_inv(many_ro_after_init, MANY_FILL, sizeof(many_bss)));
}
module_exit(test_module_many_exit);

MODULE_DESCRIPTION("One of many test modules that are loaded together");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
