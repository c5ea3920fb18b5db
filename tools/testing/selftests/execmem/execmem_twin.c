// SPDX-License-Identifier: GPL-2.0
/*
 * What can be stored to module text, and where, in its life. On x86-64 it is
 * never writable at its own address, but at its twin's, and there only until
 * it is finished. Elsewhere, and with execmem.rox=0, there is one address, and
 * that becomes read-only.
 */
#define _GNU_SOURCE
#include "test_execmem.h"

#define ROX	"/sys/module/execmem/parameters/rox"

struct life {
	const char *name;
	int rox;	/* what to expect of x86-64, see is_rox() */
	int plain;	/* and of others */
};

static const struct life lives[] = {
	{ "rox",		1,		0 },
	{ "twin",		1,		0 },
	{ "writing_final",	-EFAULT,	0 },
	{ "writing_twin",	0,		0 },
	{ "writing_seen",	1,		1 },
	{ "finish",		0,		0 },
	{ "live_final",		-EFAULT,	-EFAULT },
	{ "live_twin",		-EFAULT,	-EFAULT },
	{ "live_seen",		1,		1 },
};

static struct modtest_region regions[MODTEST_NR_TYPES];
static bool strict;

static int test_start(void)
{
	int ret;

	users_mount();
	if (!test_execmem_there())
		ksft_exit_skip("nothing to test with\n");

	ret = modtest_load(SECTIONS, "");
	if (!ret)
		ret = modtest_regions(SECTIONS, regions);
	if (ret)
		return modtest_fail(SECTIONS ": %s", strerror(-ret));

	strict = sections_strict_rwx();
	return KSFT_PASS;
}

/* x86-64, unless the administrator wants it to be like the others. */
static bool is_rox(void)
{
	char rox[4];

	return users_machine("x86_64") &&
	       (modtest_read(ROX, rox, sizeof(rox)) || rox[0] != 'N');
}

static int check_life(const struct life *life)
{
	int expected = is_rox() ? life->rox : life->plain;
	int found, ret = test_execmem_life(life->name, &found);

	if (ret)
		return modtest_fail("%s: %s", life->name, strerror(-ret));
	if (found != expected)
		return modtest_fail("%s is %d, not %d", life->name, found,
				    expected);
	return KSFT_PASS;
}

static int test_life(void)
{
	int ret = KSFT_PASS;
	size_t i;

	if (!strict) {
		ksft_print_msg("modules are not protected\n");
		return KSFT_SKIP;
	}
	for (i = 0; i < ARRAY_SIZE(lives); i++)
		ret |= check_life(&lives[i]);
	return ret;
}

static int test_alias(void)
{
	static const struct life alias = { "live_alias", -EFAULT, -EFAULT };

	if (!strict || !test_execmem_has_ro_alias()) {
		ksft_print_msg("the direct map is writable\n");
		return KSFT_SKIP;
	}
	return check_life(&alias);
}

/* Text that the loader has relocated and patched through its twin. */
static int test_module(void)
{
	const struct modtest_region *text = &regions[MODTEST_TEXT];
	unsigned long long off, page = sysconf(_SC_PAGESIZE);

	if (!strict)
		return KSFT_SKIP;
	for (off = 0; off < text->size; off += page)
		if (!test_execmem_is_sealed(text->base + off))
			return KSFT_FAIL;
	return test_execmem_is_sealed(text->base + text->size - 1) ?
		KSFT_PASS : KSFT_FAIL;
}

/* All of the above would pass if the test could not store anything. */
static int test_data(void)
{
	unsigned long long data = regions[MODTEST_DATA].base;
	int ret = test_execmem_store("final", data);

	if (ret)
		return modtest_fail("data of the module: %s", strerror(-ret));
	ret = test_execmem_store("twin", data);
	if (ret)
		return modtest_fail("twin of data: %s", strerror(-ret));
	return KSFT_PASS;
}

static int test_rodata(void)
{
	int ret;

	if (!strict)
		return KSFT_SKIP;
	ret = test_execmem_store("final", regions[MODTEST_RODATA].base);
	return ret == -EFAULT ? KSFT_PASS : modtest_fail("store: %d", ret);
}

static int test_end(void)
{
	int ret = modtest_unload(SECTIONS);

	return ret ? modtest_fail("unload: %s", strerror(-ret)) : KSFT_PASS;
}

static const struct modtest_case cases[] = {
	{ "module loads",				test_start },
	{ "text is written and finished",		test_life },
	{ "its alias in the direct map",		test_alias },
	{ "text of a module",				test_module },
	{ "data of a module is writable",		test_data },
	{ "rodata of a module is not",			test_rodata },
	{ "module unloads",				test_end },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
