// SPDX-License-Identifier: GPL-2.0
/*
 * Veneers: calls from a module to the kernel and to another module arrive,
 * wherever the modules are; a module keeps no more room for veneers than it
 * uses; veneers belong to their module for tracers, probes and stack traces.
 *
 * All of that with both modules near the kernel, and with one or both of them
 * far away from it, as execmem.far asks for. Where they are is told by the
 * addresses, which say whether there must be veneers, or must be none. KASLR can
 * put far away what was to be near; without it this is a failure. Only
 * architectures that have veneers are tested.
 */
#define _GNU_SOURCE
#include "veneer.h"
#include "module_file.h"
#include "../module/tracefs.h"

#define MANY		"test_module_far_many"
#define MANY_BRANCHES	1100	/* TEST_MODULE_FAR_BRANCHES */
#define EVENTS		"kprobe_events"
#define STACKS		"/sys/kernel/debug/test_module_veneer"
#define OPTIMIZATION	"/proc/sys/debug/kprobes-optimization"
#define SECTIONS	"/sys/module/" CALLER "/sections/"
#define PREL31_REACH	0x40000000ULL

/* From the caller to all that it calls: FAR if any of it is */
static enum place { NEAR, BETWEEN, FAR } place;

static const char * const places[] = { "near", "?", "far" };

/* Which of the two is to be far away */
static bool callee_far, caller_far;

static unsigned long long symbol(const char *name)
{
	unsigned long long addr;
	char line[256], found[128];
	FILE *f = fopen("/proc/kallsyms", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %*c %127s", &addr, found) == 2 &&
		    !strcmp(found, name)) {
			fclose(f);
			return addr;
		}
	}
	if (f)
		fclose(f);
	return 0;
}

static unsigned long long distance(unsigned long long a, unsigned long long b)
{
	return a > b ? a - b : b - a;
}

/* Told by the version magic of a module, which is in its file */
static bool is_thumb(void)
{
	static const char magic[] = " thumb2 ";
	size_t size;
	char *file = module_file(CALLER, &size);
	bool found = file && memmem(file, size, magic, strlen(magic));

	free(file);
	return found;
}

/* The shortest that a branch with a veneer reaches */
static unsigned long long reach(void)
{
	if (IS_64BIT)
		return 128 << 20;
	return (is_thumb() ? 16 : 32) << 20;
}

static int find_place(void)
{
	unsigned long long text, callee, near, start, end, slack = 1 << 20;
	int ret = modtest_sysfs(CALLER, "sections/", ".text", &text) ?:
		  modtest_sysfs(CALLEE, "sections/", ".text", &callee);

	start = symbol("_stext");
	end = symbol("_etext");
	if (ret || !start || !end)
		return modtest_fail("cannot find where text is");
	near = reach();
	place = BETWEEN;
	if (distance(text, callee) >= near + slack ||
	    (distance(text, start) >= near && distance(text, end) >= near))
		place = FAR;
	else if (distance(text, start) <= near && distance(text, end) <= near &&
		 distance(text, callee) < near - slack)
		place = NEAR;
	ksft_print_msg("kernel %llx-%llx, called %llx, calls %llx: %s\n",
		       start, end, callee, text, places[place]);
	return KSFT_PASS;
}

/* Is the window of modules next to the kernel, and nowhere else? */
static bool window_is_near(void)
{
	char cmdline[4096];

	if (!IS_64BIT)
		return true;
	return !modtest_read("/proc/cmdline", cmdline, sizeof(cmdline)) &&
	       strstr(cmdline, "nokaslr");
}

/*
 * With KASLR two modules can be near each other and only one of them the
 * kernel, or all of them far away from it.
 */
static int check_place(void)
{
	enum place wanted = callee_far || caller_far ? FAR : NEAR;

	if (find_place())
		return KSFT_FAIL;
	if (!caller_far && !window_is_near())
		return KSFT_PASS;
	if (place != wanted)
		return modtest_fail("what is called is %s and not %s",
				    places[place], places[wanted]);
	return KSFT_PASS;
}

/* What the compiler made of the calls, in the file of the module */
static int test_file(void)
{
	static const struct {
		const char *section, *symbol;
		bool jump;
	} wanted[] = {
		{ ".text", "test_module_far_add", false },
		{ ".text", "test_module_far_add_more", true },
		{ ".text", "test_module_far_call_back", false },
		{ ".text", "kstrtoint", false },
		{ ".init.text", "test_module_far_add", false },
		{ ".init.text", "kstrtoint", false },
		{ ".exit.text", "test_module_far_note", false },
		{ ".exit.text", "kstrtouint", false },
	};
	unsigned int call = IS_64BIT ? R_AARCH64_CALL26 :
			    is_thumb() ? R_ARM_THM_PC22 : R_ARM_CALL;
	unsigned int jump = IS_64BIT ? R_AARCH64_JUMP26 :
			    is_thumb() ? R_ARM_THM_JUMP24 : R_ARM_JUMP24;
	int ret = KSFT_PASS;
	unsigned int i;
	size_t size;
	char *file = module_file(CALLER, &size);

	if (!file)
		return modtest_fail("cannot read the file of " CALLER);
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (!file_branches(file, wanted[i].section,
				   wanted[i].jump ? jump : call,
				   wanted[i].symbol))
			ret = modtest_fail("%s has no %s of %s()",
					   wanted[i].section,
					   wanted[i].jump ? "jump" : "call",
					   wanted[i].symbol);
	}
	free(file);
	return ret;
}

static int test_calls(void)
{
	unsigned long long expected;
	int i, ret;

	ret = load_at(CALLEE, callee_far) ?: load_at(CALLER, caller_far);
	if (ret)
		return modtest_fail("cannot load " CALLER ": %s",
				    strerror(-ret));
	if (check_place())
		return KSFT_FAIL;
	ret = modtest_read_num(PARAMETERS "expected", &expected);
	if (ret)
		return modtest_fail("cannot read " PARAMETERS "expected: %s",
				    strerror(-ret));
	if (expect_num(PARAMETERS "init_result", expected))
		return KSFT_FAIL;
	for (i = 0; i < 3; i++) {
		if (run_calls())
			return KSFT_FAIL;
	}
	return KSFT_PASS;
}

/* No more than a page is kept that no veneer needs. */
static int check_room(const char *module, const char *region,
		      struct veneers *v)
{
	unsigned long long page = sysconf(_SC_PAGESIZE);
	int ret = find_veneers(module, region, v);

	if (ret)
		return modtest_fail("no %s of %s in " VENEERS ": %s", region,
				    module, strerror(-ret));
	if (v->used > v->reserved)
		return modtest_fail("%s has %u veneers, reserved are %u",
				    region, v->used, v->reserved);
	if (v->bytes > v->returned + v->used_bytes + page)
		return modtest_fail("%s keeps %llu of %llu bytes for %llu",
				    region, v->bytes - v->returned, v->bytes,
				    v->used_bytes);
	return KSFT_PASS;
}

static int check_region(const char *region)
{
	struct veneers v;
	int ret = check_room(CALLER, region, &v);

	if (ret)
		return ret;
	if (place == FAR && !v.used)
		return modtest_fail("%s is far away and has no veneer", region);
	if (place == NEAR && v.used)
		return modtest_fail("%s is near and has %u veneers", region,
				    v.used);
	return KSFT_PASS;
}

static int test_room(void)
{
	return check_region("text") ?: check_region("init_text");
}

static int check_many(void)
{
	struct veneers v;
	int ret = check_room(MANY, "text", &v);

	if (ret)
		return ret;
	ksft_print_msg("%u of %u veneers, %llu bytes returned\n", v.used,
		       v.reserved, v.returned);
	if (v.reserved < MANY_BRANCHES)
		return modtest_fail("%u veneers cannot be enough", v.reserved);
	if (caller_far && v.used < MANY_BRANCHES)
		return modtest_fail("not all branches have a veneer");
	return KSFT_PASS;
}

/* So many that there is more than a page to give back. */
static int test_many(void)
{
	int ret = modtest_load(MANY, "");

	if (ret)
		return modtest_fail("cannot load " MANY ": %s", strerror(-ret));
	ret = check_many();
	if (modtest_unload(MANY))
		return modtest_fail("cannot unload " MANY);
	return ret;
}

/*
 * Of the kernel the text calls kstrtoint(), kstrtouint() and sprintf(), of the
 * other module four functions, and the tracer has up to three.
 */
static int test_one_each(void)
{
	struct veneers v;
	int ret = find_veneers(CALLER, "text", &v);

	if (ret)
		return modtest_fail("no text of " CALLER ": %s",
				    strerror(-ret));
	if (place == FAR && (v.used < 2 || v.used > 12))
		return modtest_fail("7 functions are called, veneers are %u",
				    v.used);
	return KSFT_PASS;
}

static int expect_traced(const char *what)
{
	if (!tracefs_traced(what))
		return modtest_fail("%s is not in the trace", what);
	return KSFT_PASS;
}

/* The call sites of a module that is far away go by a veneer, too. */
static int test_ftrace(void)
{
	int ret;

	ret = tracefs_write("set_ftrace_filter", ":mod:" CALLER);
	if (!ret)
		ret = tracefs_clear();
	if (!ret)
		ret = tracefs_write("current_tracer", "function");
	if (ret)
		return modtest_fail("cannot trace " CALLER ": %s",
				    strerror(-ret));
	ret = run_calls() ?: expect_traced("test_module_far_call") ?:
	      expect_traced("test_module_far_tail");
	/* That clears the trace, too. */
	tracefs_write("current_tracer", "nop");
	return ret ?: run_calls();
}

static int thumb_call_offset(void)
{
	const Elf_Sym *sym;
	int offset = -1;
	size_t size;
	char *file = module_file(CALLER, &size);

	sym = file ? file_function(file, "test_module_far_call") : NULL;
	if (sym)
		offset = file_thumb_call(file, sym);
	free(file);
	return offset;
}

/*
 * Probes the first instructions: one of them is the call. In Thumb code it is
 * the call alone, as the base does not get a PUSH right there.
 */
static int test_kprobes(void)
{
	int i, ret, made = 0, nr = is_thumb() ? 1 : 6, first = 0;
	char text[128];

	if (is_thumb())
		first = thumb_call_offset();
	if (first < 0)
		return modtest_fail("no call in test_module_far_call()");
	for (i = 0; i < nr; i++) {
		snprintf(text, sizeof(text),
			 "p:far%d " CALLER ":test_module_far_call+%d\n", i,
			 first + 4 * i);
		made += !tracefs_write(EVENTS, text);
	}
	ret = made < (nr + 1) / 2 ?
		modtest_fail("%d of %d probes could be set", made, nr) : 0;
	tracefs_clear();
	if (tracefs_write("events/kprobes/enable", "1"))
		ret = modtest_fail("cannot enable probes");
	ret = ret ?: run_calls() ?: expect_traced("test_module_far_call+");
	tracefs_write("events/kprobes/enable", "0");
	for (i = 0; i < nr; i++) {
		snprintf(text, sizeof(text), "-:far%d\n", i);
		tracefs_write(EVENTS, text);
	}
	/* What was traced goes with the probes. */
	return ret ?: run_calls();
}

/*
 * Who stops in a veneer and looks back sees its module, and then who called the
 * function that branched there.
 */
static int check_stacks(const struct veneers *v)
{
	char *stacks = modtest_slurp(STACKS), *line, *next;
	unsigned int hits, nr = 0, met = 0, known = 0, whole = 0;

	for (line = stacks; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		next += *next ? (*next = 0, 1) : 0;
		if (sscanf(line, "veneer %*u hits %u", &hits) == 1) {
			nr++;
			met += hits > 0;
			if (hits && *next == ' ')
				known += !!strstr(next, "[" CALLER "]\n");
		}
		whole += !!strstr(line, " param_attr_show+");
	}
	free(stacks);
	if (nr != v->used)
		return modtest_fail("%u of %u veneers are probed", nr, v->used);
	if (!met)
		return modtest_fail("nobody came through a veneer");
	if (known < met || whole < met)
		return modtest_fail("of %u stacks %u know the module, %u are whole",
				    met, known, whole);
	return KSFT_PASS;
}

static int test_stack(void)
{
	struct veneers v;
	int ret;

	if (find_veneers(CALLER, "text", &v))
		return modtest_fail("cannot find the veneers");
	if (!v.used)
		return place == FAR ? KSFT_FAIL : KSFT_PASS;
	ret = modtest_write(STACKS, CALLER);
	if (ret)
		return modtest_fail("cannot probe %u veneers: %s", v.used,
				    strerror(-ret));
	ret = run_calls() ?: check_stacks(&v);
	modtest_write(STACKS, "-");
	return ret ?: run_calls();
}

/* A table of the unwinder is in reach of its text, and goes with it. */
static int check_unwind(const char *table, const struct modtest_region *text)
{
	const char *of = table + strlen(".ARM.exidx");
	unsigned long long addr, code;

	/* Of the same length: .ARM.extab */
	if (modtest_sysfs(CALLER, "sections/", table, &addr) ||
	    modtest_sysfs(CALLER, "sections/", *of ? of : ".text", &code))
		return modtest_fail("cannot find %s and its text", table);
	if (distance(addr, code) >= PREL31_REACH)
		return modtest_fail("%s is at %llx, its text at %llx", table,
				    addr, code);
	/* Init text is gone by now. */
	if (strncmp(of, ".init", 5) && !modtest_within(text, addr))
		return modtest_fail("%s is not in the region of text", table);
	return KSFT_PASS;
}

static int test_unwind(void)
{
	struct modtest_region regions[MODTEST_NR_TYPES];
	int ret = KSFT_PASS, nr = 0;
	struct dirent *entry;
	DIR *dir;

	if (IS_64BIT)
		return KSFT_SKIP;
	if (modtest_regions(CALLER, regions))
		return modtest_fail("cannot read the regions of " CALLER);
	dir = opendir(SECTIONS);
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, ".ARM.ex", 7))
			continue;
		nr++;
		if (check_unwind(entry->d_name, &regions[MODTEST_TEXT]))
			ret = KSFT_FAIL;
	}
	if (dir)
		closedir(dir);
	/* Of text, init text and exit text */
	return nr < 3 ? modtest_fail("%d tables of the unwinder", nr) : ret;
}

/*
 * Probes that were optimized go by and by. The next module may be at the same
 * addresses, and kprobes do not expect a new probe where an old one still is.
 */
static void wait_for_probes(void)
{
	modtest_write(OPTIMIZATION, "0");
	modtest_write(OPTIMIZATION, "1");
}

/* Calls from exit text are seen by the module that was called. */
static int test_unload(void)
{
	char notes[64] = "";
	int ret;

	wait_for_probes();
	ret = modtest_unload(CALLER);
	if (ret)
		return modtest_fail("cannot unload " CALLER ": %s",
				    strerror(-ret));
	modtest_read("/sys/module/" CALLEE "/parameters/notes", notes,
		     sizeof(notes));
	ret = modtest_unload(CALLEE);
	if (ret)
		return modtest_fail("cannot unload " CALLEE ": %s",
				    strerror(-ret));
	if (strcmp(notes, "1,1,1\n"))
		return modtest_fail("calls of init and exit: %s not 1,1,1",
				    notes);
	return KSFT_PASS;
}

static const struct modtest_case cases[] = {
	{ "calls are what they are meant to be",	test_file },
	{ "calls arrive",				test_calls },
	{ "no more room is kept than is used",		test_room },
	{ "room of many that are not needed",		test_many },
	{ "one veneer for each function",		test_one_each },
	{ "function tracer",				test_ftrace },
	{ "probes on calls",				test_kprobes },
	{ "stack trace out of a veneer",		test_stack },
	{ "tables of the unwinder",			test_unwind },
	{ "modules unload",				test_unload },
};

static void run_all(void)
{
	static const char * const names[] = { "near", "far" };
	unsigned int i;
	char name[128];

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(name, sizeof(name), "%s, called %s, calls %s",
			 cases[i].name, names[callee_far], names[caller_far]);
		switch (cases[i].run()) {
		case KSFT_PASS:
			ksft_test_result_pass("%s\n", name);
			break;
		case KSFT_SKIP:
			ksft_test_result_skip("%s\n", name);
			break;
		default:
			ksft_test_result_fail("%s\n", name);
		}
		fflush(stdout);
	}
}

int main(void)
{
	char before[8] = "";
	int i;

	ksft_print_header();
	veneers_required();
	modtest_unload(CALLER);
	modtest_unload(CALLEE);
	ksft_set_plan(4 * ARRAY_SIZE(cases));

	modtest_read(FAR_PARAMETER, before, sizeof(before));
	for (i = 0; i < 4; i++) {
		callee_far = i & 1;
		caller_far = i & 2;
		run_all();
	}
	modtest_write(FAR_PARAMETER, before);
	ksft_finished();
}
