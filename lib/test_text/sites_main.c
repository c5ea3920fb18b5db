// SPDX-License-Identifier: GPL-2.0
/*
 * Runs all code of this module that is patched, when it is loaded and whenever
 * the parameter "failed" is read, which gives the number of pieces of code that
 * do not return what they should.
 */

#include <linux/errno.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>

#include "sites.h"

static DEFINE_MUTEX(sites_mutex);
static bool sites_late;

static int sites_run(const struct sites_check *check)
{
	int got, want, failed = 0;

	for (; check->name; check++) {
		want = sites_late ? check->want_late : check->want;
		got = check->run();
		if (got == want)
			continue;
		pr_err("%s returned %d, not %d\n", check->name, got, want);
		failed++;
	}

	return failed;
}

static int sites_run_all(void)
{
	return sites_run(sites_alternatives) + sites_run(sites_branches) +
	       sites_run(sites_thunks);
}

static int failed_get(char *buf, const struct kernel_param *kp)
{
	int ret;

	mutex_lock(&sites_mutex);
	ret = sysfs_emit(buf, "%d\n", sites_run_all());
	mutex_unlock(&sites_mutex);
	return ret;
}

static const struct kernel_param_ops failed_ops = {
	.get = failed_get,
};
module_param_cb(failed, &failed_ops, NULL, 0400);
MODULE_PARM_DESC(failed, "How many pieces of code return something wrong");

static int late_set(const char *val, const struct kernel_param *kp)
{
	bool late;
	int ret = kstrtobool(val, &late);

	if (ret)
		return ret;

	mutex_lock(&sites_mutex);
	sites_set_late(late);
	sites_late = late;
	mutex_unlock(&sites_mutex);
	return 0;
}

static const struct kernel_param_ops late_ops = {
	.set = late_set,
	.get = param_get_bool,
};
module_param_cb(late, &late_ops, &sites_late, 0600);
MODULE_PARM_DESC(late, "Whether keys and calls are not what they were at load");

static int __init test_text_sites_init(void)
{
	int failed = sites_alternatives_init() + sites_branches_init() +
		     sites_run_all();

	return failed ? -EINVAL : 0;
}
module_init(test_text_sites_init);

static void __exit test_text_sites_exit(void)
{
}
module_exit(test_text_sites_exit);

MODULE_DESCRIPTION("Test module with code of each kind that is patched");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
