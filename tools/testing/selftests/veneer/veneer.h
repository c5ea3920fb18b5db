/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What debugfs tells of the veneers of a module, and loading one where no
 * branch reaches the kernel.
 */
#ifndef __SELFTEST_VENEER_H
#define __SELFTEST_VENEER_H

#include "../module/modtest.h"

#define CALLEE		"test_module_far"
#define CALLER		"test_module_far_user"
#define PARAMETERS	"/sys/module/" CALLER "/parameters/"
#define VENEERS		"/sys/kernel/debug/module_veneers"
#define FAR_PARAMETER	"/sys/module/execmem/parameters/far"

#if defined(__aarch64__) || defined(__arm__)
#define HAS_VENEERS	true
#else
#define HAS_VENEERS	false
#endif

struct veneers {
	unsigned int reserved;
	unsigned int used;
	unsigned long long bytes;
	unsigned long long used_bytes;
	unsigned long long returned;
};

/* Ends the test where there is nothing to be tested. */
static inline void veneers_required(void)
{
	if (geteuid())
		ksft_exit_skip("only root can load modules\n");
	if (!access(VENEERS, R_OK))
		return;
	if (HAS_VENEERS)
		ksft_exit_fail_msg("there is no " VENEERS "\n");
	ksft_exit_skip("this architecture has no veneers\n");
}

static inline int load_at(const char *name, bool far)
{
	int ret = modtest_write(FAR_PARAMETER, far ? "1" : "0");

	return ret ?: modtest_load(name, "");
}

static inline int find_veneers(const char *module, const char *region,
			       struct veneers *v)
{
	char line[256], name[128], type[32];
	FILE *f = fopen(VENEERS, "r");
	int ret = -ENOENT;

	if (!f)
		return -errno;
	while (ret && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%127s %31s %u %u %llu %llu %llu", name, type,
			   &v->reserved, &v->used, &v->bytes, &v->used_bytes,
			   &v->returned) == 7 &&
		    !strcmp(name, module) && !strcmp(type, region))
			ret = 0;
	}
	fclose(f);
	return ret;
}

static inline int expect_num(const char *path, long long expected)
{
	unsigned long long val;
	int ret = modtest_read_num(path, &val);

	if (ret)
		return modtest_fail("cannot read %s: %s", path, strerror(-ret));
	if ((long long)val != expected)
		return modtest_fail("%s is %lld and not %lld", path,
				    (long long)val, expected);
	return KSFT_PASS;
}

/* All that CALLER's text calls, and what came back */
static inline int run_calls(void)
{
	unsigned long long expected;
	int ret = modtest_read_num(PARAMETERS "expected", &expected);

	if (ret)
		return modtest_fail("cannot read " PARAMETERS "expected: %s",
				    strerror(-ret));
	return expect_num(PARAMETERS "result", expected);
}

#endif /* __SELFTEST_VENEER_H */
