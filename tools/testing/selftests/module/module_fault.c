// SPDX-License-Identifier: GPL-2.0
/*
 * Lets the first, the second, the third, ... allocation of a module load fail,
 * until a load has no allocation left to fail. Each load must either be
 * refused and leave nothing, or do without that allocation and work.
 */
#define _GNU_SOURCE
#include "faults.h"

/* There are a few hundred; without this, a bug might go on forever. */
#define MAX_STEPS	5000
#define MIN_STEPS	20

static struct modtest_state before;

static int test_setup(void)
{
	if (!faults_setup())
		return KSFT_FAIL;

	modtest_kmemleak_start();
	return KSFT_PASS;
}

/* True if the @nth allocation of the load was reached, and failed. */
static bool load_with_fault(const char *path, int nth, int *result)
{
	bool reached;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		*result = -errno;
		return false;
	}

	*result = faults_start(nth);
	if (*result) {
		close(fd);
		return false;
	}
	*result = syscall(__NR_finit_module, fd, "", 0) ? -errno : 0;
	reached = faults_stop();

	close(fd);
	return reached;
}

/* The outcome of a load that had its @nth allocation fail. */
static int check_result(const char *name, int nth, int result)
{
	int ret;

	if (result && result != -ENOMEM)
		return modtest_fail("allocation %d: %s", nth,
				    strerror(-result));
	if (!result) {
		ret = modtest_unload(name);
		if (ret)
			return modtest_fail("allocation %d: unload: %s", nth,
					    strerror(-ret));
	}
	if (!modtest_settled(&before))
		return modtest_fail("allocation %d: that was left", nth);
	return KSFT_PASS;
}

static int check_module(const char *name)
{
	int nth, result, refused = 0, ret = KSFT_PASS;
	char path[PATH_MAX];

	if (modtest_find(name, path, sizeof(path)))
		return modtest_fail("there is no module %s", name);

	/* The first load may set up what stays, as a cache or a directory. */
	if (modtest_load_file(path, "") || modtest_unload(name))
		return modtest_fail("%s does not load and unload", name);
	modtest_sleep_ms(500);
	if (modtest_snapshot(&before))
		return modtest_fail("cannot take stock");

	for (nth = 1; nth < MAX_STEPS; nth++) {
		if (!load_with_fault(path, nth, &result))
			break;
		if (result)
			refused++;
		ret = check_result(name, nth, result);
		if (ret)
			break;
		if (nth % 50 == 0) {
			ksft_print_msg("%s: %d allocations\n", name, nth);
			fflush(stdout);
		}
	}

	ksft_print_msg("%s: %d allocations failed, %d loads refused\n", name,
		       nth - 1, refused);
	modtest_free(&before);
	if (ret)
		return ret;
	if (result || modtest_unload(name))
		return modtest_fail("the load without a fault: %s",
				    strerror(-result));
	if (nth == MAX_STEPS || refused <= MIN_STEPS)
		return modtest_fail("that is not the number to expect");
	return KSFT_PASS;
}

static int test_sections(void)
{
	return check_module("test_module_sections");
}

static int test_data(void)
{
	return check_module("test_module_data");
}

static int test_many(void)
{
	return check_module("test_module_many_07");
}

static const struct modtest_case cases[] = {
	{ "fault injection is set up",			test_setup },
	{ "module with every kind of section",		test_sections },
	{ "data-only module",				test_data },
	{ "small module",				test_many },
	{ "kmemleak finds no fault",			modtest_lost },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
