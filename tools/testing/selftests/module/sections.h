/* SPDX-License-Identifier: GPL-2.0 */
/* What test_module_sections (lib/test_module) says about itself. */
#ifndef __SELFTEST_MODULE_SECTIONS_H
#define __SELFTEST_MODULE_SECTIONS_H

#include "modtest.h"

#define SECTIONS		"test_module_sections"
#define SECTIONS_DEBUGFS	"/sys/kernel/debug/" SECTIONS "/"

/* An object, and the names of the regions that held and hold it. */
struct sections_object {
	unsigned long long addr;
	char at_init[16];
	char now[16];
};

static inline int sections_object(const char *name, struct sections_object *obj)
{
	char line[256], found[32];
	FILE *f = fopen(SECTIONS_DEBUGFS "objects", "r");
	int ret = -ENOENT;

	if (!f)
		return -errno;

	while (ret && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%31s %llx %15s %15s", found, &obj->addr,
			   obj->at_init, obj->now) == 4 && !strcmp(found, name))
			ret = 0;
	}

	fclose(f);
	return ret;
}

/* What the module found when it tried @name in its init function. */
static inline int sections_init(const char *name, int *result)
{
	char line[256], found[32];
	FILE *f = fopen(SECTIONS_DEBUGFS "init", "r");
	int ret = -ENOENT;

	if (!f)
		return -errno;

	while (ret && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%31s %d", found, result) == 2 &&
		    !strcmp(found, name))
			ret = 0;
	}

	fclose(f);
	return ret;
}

/* Module memory is protected, unless the kernel was told otherwise. */
static inline bool sections_strict_rwx(void)
{
	unsigned long long strict;
	char cmdline[4096];

	if (modtest_read_num(SECTIONS_DEBUGFS "strict_rwx", &strict) || !strict)
		return false;

	return modtest_read("/proc/cmdline", cmdline, sizeof(cmdline)) ||
	       !strstr(cmdline, "rodata=off");
}

#endif /* __SELFTEST_MODULE_SECTIONS_H */
