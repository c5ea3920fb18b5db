// SPDX-License-Identifier: GPL-2.0
/*
 * A module without any text, and its relation to a module that uses its data.
 */
#define _GNU_SOURCE
#include "modtest.h"

#define DATA	"test_module_data"
#define USER	"test_module_text_user"

static struct modtest_state before;
static struct modtest_region regions[MODTEST_NR_TYPES];

static int test_user_first(void)
{
	int ret = modtest_snapshot(&before);

	if (ret)
		return modtest_fail("cannot take stock: %s", strerror(-ret));

	ret = modtest_load(USER, "");
	if (ret != -ENOENT)
		return modtest_fail("load without " DATA ": %s",
				    strerror(-ret));
	return modtest_settled(&before) ? KSFT_PASS : KSFT_FAIL;
}

static int test_data_only(void)
{
	struct modtest_proc proc;
	unsigned long long plt;
	int first, ret = modtest_load(DATA, "");

	if (ret)
		return modtest_fail("cannot load " DATA ": %s", strerror(-ret));
	if (modtest_regions(DATA, regions))
		return modtest_fail("no memory_size/ and memory_base/");

	/* Veneers for calls that are not there are the loader's business. */
	ret = modtest_sysfs(DATA, "sections/", ".plt", &plt);
	ksft_print_msg("%llu bytes of text, with%s veneers\n",
		       regions[MODTEST_TEXT].size, ret ? "out" : "");
	if (ret && (regions[MODTEST_TEXT].size || regions[MODTEST_TEXT].base))
		return modtest_fail("a module without text has %llu bytes",
				    regions[MODTEST_TEXT].size);
	if (!regions[MODTEST_DATA].size || !regions[MODTEST_RODATA].size)
		return modtest_fail("there is no data or no rodata");

	first = regions[MODTEST_TEXT].size ? MODTEST_TEXT : MODTEST_DATA;
	if (modtest_proc(DATA, &proc))
		return modtest_fail(DATA " is not in /proc/modules");
	if (!proc.addr || proc.addr != regions[first].base)
		return modtest_fail("address in /proc/modules is %#llx",
				    proc.addr);
	return KSFT_PASS;
}

static int test_data_user(void)
{
	unsigned long long counter = 0;
	struct modtest_proc proc;
	int i, ret;

	for (i = 0; i < 3; i++) {
		ret = modtest_load(USER, "");
		if (ret)
			return modtest_fail("cannot load " USER ": %s",
					    strerror(-ret));

		modtest_sysfs(USER, "parameters/", "counter", &counter);
		if (counter != 1001)
			return modtest_fail("counter is %llu", counter);
		if (modtest_proc(DATA, &proc) || proc.refs != 1 ||
		    strcmp(proc.users, USER ","))
			return modtest_fail("%d users of " DATA ": %s",
					    proc.refs, proc.users);

		ret = modtest_unload(DATA);
		if (ret != -EWOULDBLOCK)
			return modtest_fail("unload of " DATA " in use: %s",
					    strerror(-ret));
		if (modtest_unload(USER))
			return modtest_fail("cannot unload " USER);
	}

	return KSFT_PASS;
}

static int test_data_unload(void)
{
	int ret = modtest_unload(DATA);

	if (ret)
		return modtest_fail("cannot unload " DATA ": %s",
				    strerror(-ret));
	return modtest_settled(&before) ? KSFT_PASS : KSFT_FAIL;
}

static const struct modtest_case cases[] = {
	{ "user of a module that is not there",		test_user_first },
	{ "data-only module loads",			test_data_only },
	{ "data-only module has a user",		test_data_user },
	{ "data-only module unloads",			test_data_unload },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
