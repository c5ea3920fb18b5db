// SPDX-License-Identifier: GPL-2.0
/*
 * The loader's tables about a module's code: exception table, jump labels,
 * static calls, tracepoints, symbols and unwind information must be right for
 * code in core text and in init text, which are apart from each other and
 * from those tables. So must per-CPU data and parameters.
 */
#define _GNU_SOURCE
#include <sched.h>

#include "sections.h"
#include "tracefs.h"

#define EVENT	"events/test_module/test_module_sections"

static int test_load(void)
{
	int ret = modtest_load(SECTIONS, "param=37");

	if (ret)
		return modtest_fail("cannot load " SECTIONS ": %s",
				    strerror(-ret));
	return KSFT_PASS;
}

static int check_num(const char *path, unsigned long long expected)
{
	unsigned long long val;
	int ret = modtest_read_num(path, &val);

	if (ret)
		return modtest_fail("cannot read %s: %s", path, strerror(-ret));
	if (val != expected)
		return modtest_fail("%s is %llu and not %llu", path, val,
				    expected);
	return KSFT_PASS;
}

static int check_write(const char *path, const char *text)
{
	int ret = modtest_write(path, text);

	if (ret)
		return modtest_fail("cannot write %s to %s: %s", text, path,
				    strerror(-ret));
	return KSFT_PASS;
}

/* What the module found when it tried something in its init function. */
static int check_init(const char *name, int expected)
{
	int result;

	if (sections_init(name, &result))
		return modtest_fail("there is no %s in init", name);
	if (result != expected)
		return modtest_fail("%s gave %d in init, not %d", name, result,
				    expected);
	return KSFT_PASS;
}

static int test_param(void)
{
	const char *path = "/sys/module/" SECTIONS "/parameters/param";

	if (check_num(path, 37) || check_write(path, "4711") ||
	    check_num(path, 4711))
		return KSFT_FAIL;
	return KSFT_PASS;
}

/* A fault without its exception table entry would be an oops. */
static int test_extable(void)
{
	unsigned long long val, now;
	int ret, before, has_init;

	ret = modtest_read_num(SECTIONS_DEBUGFS "fault", &val);
	if (ret != -EFAULT)
		return modtest_fail("fault in core text: %s, not EFAULT",
				    strerror(-ret));

	if (check_init("fault", -EFAULT))
		return KSFT_FAIL;

	if (sections_init("extable_entries", &before) ||
	    sections_init("extable_init", &has_init) ||
	    modtest_read_num(SECTIONS_DEBUGFS "extable_entries", &now))
		return modtest_fail("no number of exception table entries");

	/* Those of init text, where it has any, go with it; others stay. */
	if (!now || now + has_init > (unsigned int)before)
		return modtest_fail("%llu exception table entries of %d after init",
				    now, before);
	return KSFT_PASS;
}

static int check_switch(const char *path, unsigned int off, unsigned int on)
{
	int i;

	for (i = 0; i < 20; i++) {
		if (check_write(path, "0") || check_num(path, off) ||
		    check_write(path, "1") || check_num(path, on))
			return KSFT_FAIL;
	}

	return KSFT_PASS;
}

static int test_jump_label(void)
{
	if (check_init("branch_off", 0) || check_init("branch_on", 1))
		return KSFT_FAIL;

	/* Init switched this one on, for good. */
	if (check_num(SECTIONS_DEBUGFS "branch_ro", 1))
		return KSFT_FAIL;

	return check_switch(SECTIONS_DEBUGFS "branch", 0, 1);
}

static int test_static_call(void)
{
	if (check_init("call_first", 1) || check_init("call_second", 2))
		return KSFT_FAIL;

	return check_switch(SECTIONS_DEBUGFS "call", 1, 2);
}

static int check_percpu(int cpu, unsigned long long expected)
{
	const char *path = SECTIONS_DEBUGFS "percpu";
	cpu_set_t one;
	char text[16];

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return modtest_fail("cannot run on CPU %d", cpu);

	snprintf(text, sizeof(text), "%d", 100 + cpu);
	if (check_num(path, expected) || check_write(path, text))
		return modtest_fail("that was on CPU %d", cpu);
	return KSFT_PASS;
}

/* Each CPU's copy starts with the value that the file has, and is its own. */
static int test_percpu(void)
{
	int pass, cpu, ret = KSFT_PASS;
	cpu_set_t all;

	if (sched_getaffinity(0, sizeof(all), &all))
		return modtest_fail("no affinity");

	for (pass = 0; pass < 2; pass++) {
		for (cpu = 0; !ret && cpu < CPU_SETSIZE; cpu++)
			if (CPU_ISSET(cpu, &all))
				ret = check_percpu(cpu,
						   pass ? 100 + cpu : 0x7e57);
	}

	sched_setaffinity(0, sizeof(all), &all);
	return ret;
}

static int test_tracepoint(void)
{
	const char *fire = SECTIONS_DEBUGFS "event";

	if (!tracefs_has("events")) {
		ksft_print_msg("CONFIG_EVENT_TRACING=n\n");
		return KSFT_SKIP;
	}

	if (check_write(fire, "4710"))
		return KSFT_FAIL;
	if (tracefs_write(EVENT "/enable", "1"))
		return modtest_fail("cannot enable the event");
	if (check_write(fire, "4711"))
		return KSFT_FAIL;
	if (tracefs_write(EVENT "/enable", "0"))
		return modtest_fail("cannot disable the event");
	if (check_write(fire, "4712"))
		return KSFT_FAIL;

	if (!tracefs_traced("test_module_sections: value=4711"))
		return modtest_fail("the event is not in the trace");
	if (tracefs_traced("test_module_sections: value=4710") ||
	    tracefs_traced("test_module_sections: value=4712"))
		return modtest_fail("an event that was off is in the trace");
	return KSFT_PASS;
}

/*
 * Both functions must be there, in order, and known to be the module's. @alias
 * is another name of @outer, or NULL.
 */
static int check_backtrace(const char *file, const char *inner,
			   const char *outer, const char *alias)
{
	char path[128], *trace, *first, *second;
	int ret = KSFT_FAIL;

	snprintf(path, sizeof(path), SECTIONS_DEBUGFS "%s", file);
	trace = modtest_slurp(path);
	if (!trace)
		return modtest_fail("cannot read %s", file);

	first = strstr(trace, inner);
	second = first ? strstr(first + strlen(inner), outer) : NULL;
	if (first && !second && alias)
		second = strstr(first + strlen(inner), alias);
	if (!second)
		ksft_print_msg("no %s called by %s in:\n%s", inner, outer,
			       trace);
	else if (!strstr(second, "[" SECTIONS "]"))
		ksft_print_msg("no module name in:\n%s", trace);
	else
		ret = KSFT_PASS;

	free(trace);
	return ret;
}

static int test_backtrace(void)
{
	return check_backtrace("backtrace", "sections_backtrace_inner",
			       "sections_backtrace+", NULL);
}

static int test_backtrace_init(void)
{
	int ret = check_backtrace("backtrace_init",
				  "sections_backtrace_init_inner",
				  "sections_backtrace_init+", NULL);

	if (ret)
		return ret;

	/* Which of its two names comes first is for the compiler to choose. */
	return check_backtrace("backtrace_init", "sections_backtrace_init+",
			       "test_module_sections_init+", "init_module+");
}

static int test_unload(void)
{
	int ret = modtest_unload(SECTIONS);

	if (ret)
		return modtest_fail("cannot unload " SECTIONS ": %s",
				    strerror(-ret));
	if (!tracefs_has("events"))
		return KSFT_PASS;
	if (tracefs_has(EVENT))
		return modtest_fail(EVENT " is still there");

	/* The trace has an event whose format went with the module. */
	if (tracefs_traced("value=4711"))
		return modtest_fail("the event can still be read");
	if (tracefs_clear())
		return modtest_fail("cannot clear the trace");
	return KSFT_PASS;
}

static const struct modtest_case cases[] = {
	{ "module with every kind of section loads",	test_load },
	{ "parameter",					test_param },
	{ "exception table",				test_extable },
	{ "jump label",					test_jump_label },
	{ "static call",				test_static_call },
	{ "per-CPU data",				test_percpu },
	{ "tracepoint",					test_tracepoint },
	{ "stack trace from core text",			test_backtrace },
	{ "stack trace from init text",			test_backtrace_init },
	{ "module unloads",				test_unload },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
