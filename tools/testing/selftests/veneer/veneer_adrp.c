// SPDX-License-Identifier: GPL-2.0
/*
 * Erratum 843419 of arm64: on a CPU that has it no ADRP is in the last two
 * instructions of 4 KiB. There is an ADR where that reaches, and a veneer where
 * it does not. On all others everything stays as it is in the file. What is
 * loaded from there is right on both.
 */
#define _GNU_SOURCE
#include "veneer.h"

#define ADRP		"test_module_far_adrp"
#define ADRP_PARAMETERS	"/sys/module/" ADRP "/parameters/"
#define MIDR	"/sys/devices/system/cpu/cpu%d/regs/identification/midr_el1"

#define CORTEX_A53	0x410fd030	/* r0p0 to r0p4 have it */
#define BRAHMA_B53	0x420f1000	/* r0p0 has it */

#define NR_PLACES	6
#define FIRST_NEAR	2		/* In reach of ADR */
#define END_NEAR	4
#define FAR_VENEERS	2		/* Of each region */

static bool has_erratum;

/* The kernel goes by that, too: it is enough that one CPU has it. */
static bool find_erratum(void)
{
	unsigned long long midr;
	char path[PATH_MAX];
	bool found = false;
	int i;

	for (i = 0; !found; i++) {
		snprintf(path, sizeof(path), MIDR, i);
		if (modtest_read_num(path, &midr))
			break;
		found = midr == BRAHMA_B53 ||
			((midr & ~0xfULL) == CORTEX_A53 && (midr & 0xf) <= 4);
	}
	if (!i)
		ksft_print_msg("there is no CPU in sysfs\n");
	return found;
}

static int read_numbers(const char *name, unsigned long long num[])
{
	char path[PATH_MAX], text[256], *p = text;
	int i;

	snprintf(path, sizeof(path), ADRP_PARAMETERS "%s", name);
	if (modtest_read(path, text, sizeof(text)))
		return modtest_fail("cannot read %s", path);
	for (i = 0; i < NR_PLACES; i++, p++)
		num[i] = strtoull(p, &p, 0);
	return p[-1] == '\n' ? KSFT_PASS : modtest_fail("%s: %s", path, text);
}

/* Loaded before, far away or not: ADRP reaches data from anywhere. */
static int test_values(void)
{
	unsigned long long value[NR_PLACES], expected[NR_PLACES];
	int i, ret = KSFT_PASS;

	if (read_numbers("values", value) || read_numbers("expected", expected))
		return KSFT_FAIL;
	for (i = 0; i < NR_PLACES; i++)
		if (value[i] != expected[i])
			ret = modtest_fail("place %d loads %llx and not %llx",
					   i, value[i], expected[i]);
	return ret;
}

static const char *instruction(unsigned long long insn)
{
	if ((insn & 0x9f000000) == 0x90000000)
		return "adrp";
	if ((insn & 0x9f000000) == 0x10000000)
		return "adr";
	if ((insn & 0xfc000000) == 0x14000000)
		return "b";
	return "?";
}

static int test_instructions(void)
{
	unsigned long long insn[NR_PLACES], offset[NR_PLACES];
	const char *wanted;
	int i, ret = KSFT_PASS;

	if (read_numbers("insns", insn) || read_numbers("offsets", offset))
		return KSFT_FAIL;
	for (i = 0; i < NR_PLACES; i++) {
		if (offset[i] != (i % 2 ? 0xffc : 0xff8))
			ret = modtest_fail("place %d is at %llx", i, offset[i]);
		wanted = !has_erratum ? "adrp" :
			 i >= FIRST_NEAR && i < END_NEAR ? "adr" : "b";
		if (strcmp(instruction(insn[i]), wanted))
			ret = modtest_fail("place %d has %llx: %s and not %s",
					   i, insn[i], instruction(insn[i]),
					   wanted);
	}
	return ret;
}

/* The core text branches to nowhere, init text to nothing but core text. */
static int check_used(const char *region)
{
	unsigned int wanted = has_erratum ? FAR_VENEERS : 0;
	struct veneers v;

	if (find_veneers(ADRP, region, &v))
		return modtest_fail("no %s of " ADRP " in " VENEERS, region);
	if (v.used != wanted)
		return modtest_fail("%s has %u veneers and not %u", region,
				    v.used, wanted);
	if (v.reserved < v.used)
		return modtest_fail("%s has room for %u", region, v.reserved);
	return KSFT_PASS;
}

static int test_used(void)
{
	return check_used("text") ?: check_used("init_text");
}

static const struct modtest_case cases[] = {
	{ "what ADRP loads is right",			test_values },
	{ "no ADRP where the CPU must not have one",	test_instructions },
	{ "a veneer for each, where there is none",	test_used },
};

static void run_all(bool far)
{
	const char *cpu = has_erratum ? "with" : "without";
	const char *where = far ? "far" : "near";
	int ret = load_at(ADRP, far);
	unsigned int i;

	if (ret)
		ksft_print_msg("cannot load " ADRP ": %s\n", strerror(-ret));
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		ksft_test_result(!ret && cases[i].run() == KSFT_PASS,
				 "%s, %s the erratum, %s\n", cases[i].name,
				 cpu, where);
	ksft_test_result(!modtest_unload(ADRP), "it unloads, %s\n", where);
	fflush(stdout);
}

int main(void)
{
	char before[8] = "";

	ksft_print_header();
	veneers_required();
	if (sizeof(long) != 8)
		ksft_exit_skip("the erratum is one of arm64\n");
	modtest_unload(ADRP);
	has_erratum = find_erratum();
	ksft_set_plan(2 * (ARRAY_SIZE(cases) + 1));

	modtest_read(FAR_PARAMETER, before, sizeof(before));
	run_all(false);
	run_all(true);
	modtest_write(FAR_PARAMETER, before);
	ksft_finished();
}
