// SPDX-License-Identifier: GPL-2.0
/*
 * Veneers: calls from a module to the kernel and to another module arrive,
 * wherever the modules are; a module keeps no more room for veneers than it
 * uses; veneers belong to their module for tracers, probes and stack traces.
 *
 * All of that with both modules near the kernel, and with one or both of them
 * far away from it, as execmem.far asks for. What is near by chance is told by
 * the addresses, which say whether there must be veneers, or must be none. Only
 * architectures that have veneers are tested.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <sys/stat.h>

#include "../module/modtest.h"
#include "../module/tracefs.h"

#define CALLEE		"test_module_far"
#define CALLER		"test_module_far_user"
#define MANY		"test_module_far_many"
#define MANY_BRANCHES	1100	/* TEST_MODULE_FAR_BRANCHES */
#define PARAMETERS	"/sys/module/" CALLER "/parameters/"
#define VENEERS		"/sys/kernel/debug/module_veneers"
#define EVENTS		"kprobe_events"
#define STACKS		"/sys/kernel/debug/test_module_veneer"

struct veneers {
	unsigned int reserved;
	unsigned int used;
	unsigned long long bytes;
	unsigned long long used_bytes;
	unsigned long long returned;
};

#define FAR_PARAMETER	"/sys/module/execmem/parameters/far"

/* From the caller to all that it calls: FAR if any of it is */
static enum { NEAR, BETWEEN, FAR } place;

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
	char path[PATH_MAX];
	bool found = false;
	struct stat st;
	char *file;

	if (modtest_find(CALLER, path, sizeof(path)) || stat(path, &st))
		return false;
	file = modtest_slurp(path);
	if (file)
		found = memmem(file, st.st_size, magic, strlen(magic));
	free(file);
	return found;
}

/* The shortest that a branch with a veneer reaches */
static unsigned long long reach(void)
{
	if (sizeof(long) == 8)
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
		       start, end, callee, text,
		       place == FAR ? "far" : place == NEAR ? "near" : "?");
	return KSFT_PASS;
}

static int load_at(const char *name, bool far)
{
	int ret = modtest_write(FAR_PARAMETER, far ? "1" : "0");

	return ret ?: modtest_load(name, "");
}

static int find_veneers(const char *module, const char *region,
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

static int expect_num(const char *path, long long expected)
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

/* From text, by pointer, at the end of a function */
static int run_calls(void)
{
	unsigned long long expected;
	int ret = modtest_read_num(PARAMETERS "expected", &expected);

	if (ret)
		return modtest_fail("cannot read " PARAMETERS "expected: %s",
				    strerror(-ret));
	return expect_num(PARAMETERS "result", expected);
}

static int test_calls(void)
{
	unsigned long long expected;
	int i, ret;

	ret = load_at(CALLEE, callee_far) ?: load_at(CALLER, caller_far);
	if (ret)
		return modtest_fail("cannot load " CALLER ": %s",
				    strerror(-ret));
	if (find_place())
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
 * Of the kernel the text calls kstrtoint() and sprintf(), of the other module
 * three functions, and the tracer has up to three.
 */
static int test_one_each(void)
{
	struct veneers v;
	int ret = find_veneers(CALLER, "text", &v);

	if (ret)
		return modtest_fail("no text of " CALLER ": %s",
				    strerror(-ret));
	if (place == FAR && (v.used < 2 || v.used > 12))
		return modtest_fail("5 functions are called, veneers are %u",
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

static const Elf32_Sym *find_function(const char *file, const char *name)
{
	const Elf32_Ehdr *hdr = (const void *)file;
	const Elf32_Shdr *shdr = (const void *)(file + hdr->e_shoff), *end;
	const Elf32_Shdr *sections = shdr;
	const Elf32_Sym *sym, *last;

	for (end = shdr + hdr->e_shnum; shdr < end; shdr++) {
		if (shdr->sh_type != SHT_SYMTAB)
			continue;
		sym = (const void *)(file + shdr->sh_offset);
		last = sym + shdr->sh_size / sizeof(*sym);
		for (; sym < last; sym++)
			if (ELF32_ST_TYPE(sym->st_info) == STT_FUNC &&
			    !strcmp(file + sections[shdr->sh_link].sh_offset +
				    sym->st_name, name))
				return sym;
	}
	return NULL;
}

/* Bytes up to the last call of a function; an instruction has two or four. */
static int last_call(const char *file, const Elf32_Sym *sym)
{
	const Elf32_Ehdr *hdr = (const void *)file;
	const Elf32_Shdr *sections = (const void *)(file + hdr->e_shoff);
	const unsigned short *insn = (const void *)
		(file + sections[sym->st_shndx].sh_offset +
		 (sym->st_value & ~1U));
	unsigned int i, nr = sym->st_size / sizeof(*insn);
	int found = -1;

	for (i = 0; i + 1 < nr; i += insn[i] >> 11 > 0x1c ? 2 : 1) {
		if (insn[i] >> 11 == 0x1e && (insn[i + 1] & 0xd000) == 0xd000)
			found = i * sizeof(*insn);
	}
	return found;
}

static int thumb_call_offset(void)
{
	const Elf32_Sym *sym;
	char path[PATH_MAX];
	int offset = -1;
	char *file;

	if (modtest_find(CALLER, path, sizeof(path)))
		return -1;
	file = modtest_slurp(path);
	sym = file ? find_function(file, "test_module_far_call") : NULL;
	if (sym)
		offset = last_call(file, sym);
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

/* Calls from exit text are seen by the module that was called. */
static int test_unload(void)
{
	char notes[64];
	int ret = modtest_unload(CALLER);

	if (ret)
		return modtest_fail("cannot unload " CALLER ": %s",
				    strerror(-ret));
	ret = modtest_read("/sys/module/" CALLEE "/parameters/notes", notes,
			   sizeof(notes));
	if (ret || strcmp(notes, "1,1\n"))
		return modtest_fail("calls of init and exit: %s not 1,1",
				    notes);
	ret = modtest_unload(CALLEE);
	if (ret)
		return modtest_fail("cannot unload " CALLEE ": %s",
				    strerror(-ret));
	return KSFT_PASS;
}

static const struct modtest_case cases[] = {
	{ "calls arrive",				test_calls },
	{ "no more room is kept than is used",		test_room },
	{ "room of many that are not needed",		test_many },
	{ "one veneer for each function",		test_one_each },
	{ "function tracer",				test_ftrace },
	{ "probes on calls",				test_kprobes },
	{ "stack trace out of a veneer",		test_stack },
	{ "modules unload",				test_unload },
};

static void run_all(void)
{
	static const char * const names[] = { "near", "far" };
	unsigned int i;
	bool pass;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		pass = cases[i].run() == KSFT_PASS;
		ksft_test_result(pass, "%s, called %s, calls %s\n",
				 cases[i].name, names[callee_far],
				 names[caller_far]);
		fflush(stdout);
	}
}

int main(void)
{
	char before[8] = "";
	int i;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("only root can load modules\n");
	if (access(VENEERS, R_OK))
		ksft_exit_skip("this architecture has no veneers\n");
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
