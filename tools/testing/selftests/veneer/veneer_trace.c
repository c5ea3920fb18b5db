// SPDX-License-Identifier: GPL-2.0
/*
 * Tracing of functions that are near the kernel or far away from it: of init
 * text, whose region has veneers of its own, and by the tracer's entry that
 * saves all registers.
 */
#define _GNU_SOURCE
#include "veneer.h"
#include "../module/tracefs.h"

#define REGS		"test_module_far_regs"
#define REGS_PARAMETERS	"/sys/module/" REGS "/parameters/"
#define FILTER		"set_ftrace_filter"

static bool far;

static void unload(void)
{
	modtest_unload(REGS);
	modtest_unload(CALLER);
	modtest_unload(CALLEE);
}

static int load_both(void)
{
	int ret;

	unload();
	ret = load_at(CALLEE, far) ?: load_at(CALLER, far);
	if (ret)
		return modtest_fail("cannot load " CALLER ": %s",
				    strerror(-ret));
	return KSFT_PASS;
}

/* No function is traced until there is a module to be traced. */
static int trace_module(void)
{
	int fd = open(TRACEFS FILTER, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return tracefs_write(FILTER, "*:mod:" CALLER) ?: tracefs_clear() ?:
	       tracefs_write("current_tracer", "function");
}

/* What was traced goes with the tracer. */
static void trace_nothing(void)
{
	tracefs_write("current_tracer", "nop");
	tracefs_write("tracing_on", "1");
}

static int expect_traced(const char *what)
{
	if (!tracefs_traced(what))
		return modtest_fail("%s is not in the trace", what);
	return KSFT_PASS;
}

/* The function of init text is traced under one of its two names. */
static int test_init(void)
{
	int ret;

	unload();
	ret = trace_module();
	if (ret)
		return modtest_fail("cannot trace " CALLER ": %s",
				    strerror(-ret));
	ret = load_both();
	/* Reading must come to an end, also if by mistake all is traced. */
	tracefs_write("tracing_on", "0");
	if (!ret && !tracefs_traced(": " CALLER "_init <-"))
		ret = expect_traced(": init_module <-");
	ret = ret ?: expect_traced("test_module_far_tail <-");
	trace_nothing();
	return ret ?: run_calls();
}

static int check_regs(void)
{
	unsigned long long hits, wanted;

	if (run_calls())
		return KSFT_FAIL;
	if (modtest_read_num(REGS_PARAMETERS "hits", &hits) ||
	    modtest_read_num(REGS_PARAMETERS "wanted", &wanted))
		return modtest_fail("cannot read what " REGS " has seen");
	if (!hits)
		return modtest_fail("no call was seen");
	return expect_num(REGS_PARAMETERS "argument", wanted);
}

static int test_regs(void)
{
	int ret = load_both();

	if (ret)
		return ret;
	ret = load_at(REGS, far);
	if (ret)
		return modtest_fail("cannot load " REGS ": %s", strerror(-ret));
	ret = check_regs();
	if (modtest_unload(REGS))
		return modtest_fail("cannot unload " REGS);
	return ret ?: run_calls();
}

/* Both at once: the entry that saves registers then serves both. */
static int test_both(void)
{
	int ret = load_both();

	if (!ret && load_at(REGS, far))
		ret = modtest_fail("cannot load " REGS);
	if (!ret && trace_module())
		ret = modtest_fail("cannot trace " CALLER);
	ret = ret ?: check_regs();
	tracefs_write("tracing_on", "0");
	ret = ret ?: expect_traced("test_module_far_call <-") ?:
	      expect_traced("test_module_far_tail <-");
	trace_nothing();
	unload();
	return ret;
}

static const struct modtest_case cases[] = {
	{ "init text is traced",		test_init },
	{ "tracing with all registers",		test_regs },
	{ "tracing with and without them",	test_both },
};

static void run_all(void)
{
	const char *where = far ? "far" : "near";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ksft_test_result(cases[i].run() == KSFT_PASS, "%s, %s\n",
				 cases[i].name, where);
		fflush(stdout);
	}
}

int main(void)
{
	char before[8] = "";

	ksft_print_header();
	veneers_required();
	if (!tracefs_has(FILTER))
		ksft_exit_fail_msg("there is no function tracer\n");
	ksft_set_plan(2 * ARRAY_SIZE(cases));

	modtest_read(FAR_PARAMETER, before, sizeof(before));
	run_all();
	far = true;
	run_all();
	modtest_write(FAR_PARAMETER, before);
	ksft_finished();
}
