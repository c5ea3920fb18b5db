// SPDX-License-Identifier: GPL-2.0
/*
 * Compares the text of loaded modules, as the kernel has it in memory, with
 * what their files and the state of the kernel say it must be: each patched
 * site by the rule of its kind, and all other bytes.
 *
 * usage: execmem_sites [MODULE...]
 *
 * Without names, the modules of the list below are loaded, and those that were
 * there before are checked with them.
 */

#define _GNU_SOURCE

#include "../module/modtest.h"

#ifndef __x86_64__
int main(void)
{
	ksft_print_header();
	ksft_exit_skip("the rules are those of x86_64\n");
}
#else

#include <asm/cpufeatures.h>

#include "sites.h"

#define SITES_MAX_MODULES	400
#define SITES_MAX_REPORTS	20

/* How often a module is read again when keys may have changed meanwhile. */
#define SITES_TRIES		3

static const char * const wanted_modules[] = {
	"test_text_sites", "test_module_sections", "test_static_keys",
	/* Real ones, where they are built */
	"ext4", "dm_mod", "fuse", "nf_tables", "iptable_filter", "e1000",
	"virtio_net", "xts",
};

static char names[SITES_MAX_MODULES][64];
static int nr_names;

/* What the last comparison of all modules has found. */
static unsigned int sites[SITES_NR_KINDS], wrong[SITES_NR_KINDS];
static unsigned int unknown;

static bool has_module(const char *name)
{
	struct modtest_proc proc;

	return !modtest_proc(name, &proc);
}

/* With what it needs, or by itself where nothing knows what that is */
static int load_one(const char *name)
{
	char command[128];

	if (has_module(name))
		return 0;

	snprintf(command, sizeof(command), "modprobe %s >/dev/null 2>&1", name);
	return system(command) ? modtest_load(name, "") : 0;
}

/* The modules that are loaded, users before what they use */
static int list_modules(void)
{
	FILE *f = fopen("/proc/modules", "r");
	char line[4096];

	if (!f)
		return -errno;

	for (nr_names = 0; nr_names < SITES_MAX_MODULES &&
	     fgets(line, sizeof(line), f); nr_names++)
		snprintf(names[nr_names], sizeof(names[nr_names]), "%.*s",
			 (int)strcspn(line, " "), line);

	fclose(f);
	return nr_names ? 0 : -ENOENT;
}

static void report(const struct sites_module *mod,
		   const struct sites_section *sec, size_t i)
{
	static unsigned int reports;
	size_t n = sec->shdr->sh_size - i, j;
	char want[32] = "", have[32] = "";

	if (reports++ >= SITES_MAX_REPORTS)
		return;

	n = n < 8 ? n : 8;
	for (j = 0; j < n; j++) {
		sprintf(want + 3 * j, " %02x", sec->want[i + j]);
		sprintf(have + 3 * j, " %02x", sec->have[i + j]);
	}
	ksft_print_msg("%s: %s+0x%zx: %s has%s, not%s\n", mod->name, sec->name,
		       i, sites_names[sec->kind[i]], have, want);
}

/* Counts each run of bytes of one kind, in which some differ, once. */
static unsigned int compare(const struct sites_module *mod, bool quiet)
{
	const struct sites_section *sec;
	unsigned int found = 0;
	size_t i, size;

	for (sec = mod->sections; sec < mod->sections + mod->nr_sections;
	     sec++) {
		size = sec->want ? sec->shdr->sh_size : 0;
		for (i = 0; i < size; i++) {
			if (sec->want[i] == sec->have[i])
				continue;
			if (!quiet)
				report(mod, sec, i);
			wrong[sec->kind[i]]++;
			found++;
			while (i + 1 < size && sec->kind[i + 1] == sec->kind[i])
				i++;
		}
	}

	return found;
}

static int look_at(struct sites_module *mod)
{
	int ret = sites_module_read(mod);

	return ret ? ret : sites_expect(mod);
}

static int check_module(const char *name)
{
	struct sites_module mod;
	int kind, try, ret;

	ret = sites_module_open(&mod, name);
	if (ret)
		return ret;

	for (try = 0; try < SITES_TRIES; try++) {
		unsigned int before[SITES_NR_KINDS];
		bool last = try == SITES_TRIES - 1;

		memcpy(before, wrong, sizeof(before));
		ret = look_at(&mod);
		if (ret || !compare(&mod, !last) || last)
			break;
		memcpy(wrong, before, sizeof(wrong));
	}

	for (kind = 0; kind < SITES_NR_KINDS; kind++)
		sites[kind] += mod.sites[kind];
	unknown += mod.unknown;
	sites_module_close(&mod);
	return ret;
}

/* All loaded modules; what is found is judged by kind. */
static int check_all(void)
{
	int i, ret, failed = 0;

	memset(sites, 0, sizeof(sites));
	memset(wrong, 0, sizeof(wrong));
	unknown = 0;

	ret = list_modules();
	if (!ret)
		ret = sites_kernel_read();
	if (ret)
		return ret;

	for (i = 0; i < nr_names; i++) {
		if (!check_module(names[i]))
			continue;
		ksft_print_msg("%s: cannot be judged\n", names[i]);
		failed++;
	}

	return failed || unknown ? -EINVAL : 0;
}

static unsigned int count_wrong(void)
{
	unsigned int kind, nr = 0;

	for (kind = 0; kind < SITES_NR_KINDS; kind++)
		nr += wrong[kind];
	return nr;
}

/* What a kind of site needs of the kernel: where that is, some must be. */
static const char * const needs[SITES_NR_KINDS] = {
	[SITES_RELOCATION]	= "_text",
	[SITES_RETPOLINE]	= "__x86_indirect_thunk_array",
	[SITES_RETURN]		= "x86_return_thunk",
	[SITES_ALTERNATIVE]	= "_text",
	[SITES_ENDBR]		= "ibt_selftest",
	[SITES_SMP_LOCK]	= "uniproc_patched",
	[SITES_FTRACE]		= "ftrace_caller",
	[SITES_JUMP_LABEL]	= "arch_jump_label_transform",
	[SITES_STATIC_CALL]	= "arch_static_call_transform",
	[SITES_TRAMPOLINE]	= "arch_static_call_transform",
};

static int judge(unsigned int kind)
{
	if (wrong[kind])
		return modtest_fail("%u places are wrong", wrong[kind]);
	if (kind == SITES_PLAIN || sites[kind])
		return KSFT_PASS;
	if (needs[kind] && sites_symbol("", needs[kind]))
		return modtest_fail("no module has any");
	return KSFT_SKIP;
}

/* Options of the command line, and the features that they ask for. */
static const struct {
	const char *option;
	unsigned int feature;
	bool has;
} asked[] = {
	{ "mitigations=off", X86_FEATURE_RETPOLINE, false },
	{ "mitigations=off", X86_FEATURE_RETHUNK, false },
	{ "mitigations=off", X86_FEATURE_INDIRECT_THUNK_ITS, false },
	{ "spectre_v2=off", X86_FEATURE_RETPOLINE, false },
	{ "spectre_v2=retpoline", X86_FEATURE_RETPOLINE, true },
	{ "spectre_v2=retpoline", X86_FEATURE_RETPOLINE_LFENCE, false },
	{ "spectre_v2=retpoline,generic", X86_FEATURE_RETPOLINE, true },
	{ "spectre_v2=retpoline,lfence", X86_FEATURE_RETPOLINE_LFENCE, true },
	{ "indirect_target_selection=force", X86_FEATURE_RETHUNK, true },
	{ "indirect_target_selection=off", X86_FEATURE_INDIRECT_THUNK_ITS,
	  false },
};

static bool has_option(const char *cmdline, const char *option)
{
	size_t len = strlen(option);
	const char *at;

	for (at = strstr(cmdline, option); at; at = strstr(at + 1, option))
		if ((at == cmdline || at[-1] == ' ') &&
		    (!at[len] || at[len] == ' ' || at[len] == '\n'))
			return true;

	return false;
}

static int case_options(void)
{
	bool one, wrong_code = false;
	char cmdline[4096];
	size_t i;

	if (modtest_read("/proc/cmdline", cmdline, sizeof(cmdline)))
		return modtest_fail("no command line");

	for (i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		if (!has_option(cmdline, asked[i].option) ||
		    sites_cpu_has(asked[i].feature) == asked[i].has)
			continue;
		ksft_print_msg("%s: feature %u*32+%u is %s\n", asked[i].option,
			       asked[i].feature / 32, asked[i].feature % 32,
			       asked[i].has ? "off" : "on");
		wrong_code = true;
	}

	/* Retpolines need no thunks that are aligned. */
	if (has_option(cmdline, "indirect_target_selection=force") &&
	    sites_cpu_has(X86_FEATURE_INDIRECT_THUNK_ITS) ==
	    sites_cpu_has(X86_FEATURE_RETPOLINE)) {
		ksft_print_msg("ITS thunks are not where they are asked for\n");
		wrong_code = true;
	}

	/* One CPU, and no other to come: no lock prefixes. */
	one = has_option(cmdline, "nosmp") || has_option(cmdline, "maxcpus=1");
	one |= sysconf(_SC_NPROCESSORS_CONF) == 1;
	one &= sites_symbol("", "uniproc_patched") &&
	       !has_option(cmdline, "noreplace-smp");
	if (one != sites_uniproc()) {
		ksft_print_msg("code for one CPU: %d\n", !one);
		wrong_code = true;
	}

	ksft_print_msg("retpoline %d, lfence %d, return thunks %d, ITS thunks %d, one CPU %d\n",
		       sites_cpu_has(X86_FEATURE_RETPOLINE),
		       sites_cpu_has(X86_FEATURE_RETPOLINE_LFENCE),
		       sites_cpu_has(X86_FEATURE_RETHUNK),
		       sites_cpu_has(X86_FEATURE_INDIRECT_THUNK_ITS), one);
	return wrong_code ? KSFT_FAIL : KSFT_PASS;
}

/* Code that is patched works, and what is patched late is as it should be. */

#define SITES_PARAM(file)	"/sys/module/test_text_sites/parameters/" file
#define SECTIONS_FILE(file)	"/sys/kernel/debug/test_module_sections/" file

static int works(void)
{
	unsigned long long failed;

	if (modtest_read_num(SITES_PARAM("failed"), &failed))
		return modtest_fail("test_text_sites is not loaded");
	if (failed)
		return modtest_fail("%llu pieces of code fail", failed);
	return KSFT_PASS;
}

static int set_late(bool late)
{
	if (modtest_write(SITES_PARAM("late"), late ? "1" : "0"))
		return modtest_fail("keys cannot be changed");
	if (has_module("test_module_sections") &&
	    (modtest_write(SECTIONS_FILE("branch"), late ? "1" : "0") ||
	     modtest_write(SECTIONS_FILE("call"), late ? "1" : "0")))
		return modtest_fail("the key of a section cannot be changed");
	if (check_all())
		return KSFT_FAIL;
	if (count_wrong())
		return modtest_fail("%u places are wrong", count_wrong());
	return works();
}

static int case_late(void)
{
	int ret = set_late(true), back = set_late(false);

	return ret == KSFT_PASS ? back : ret;
}

/* A byte that is wrong is seen, and taken for what it is. */
static int damage(struct sites_module *mod, unsigned int kind)
{
	struct sites_section *sec;
	size_t i;

	for (sec = mod->sections; sec < mod->sections + mod->nr_sections;
	     sec++) {
		for (i = 0; sec->kind && i < sec->shdr->sh_size; i++) {
			if (sec->kind[i] != kind)
				continue;
			memset(wrong, 0, sizeof(wrong));
			sec->have[i] ^= 0xcc;
			compare(mod, true);
			sec->have[i] ^= 0xcc;
			if (wrong[kind] == 1 && count_wrong() == 1)
				return 0;
			ksft_print_msg("%s: a wrong byte is not seen\n",
				       sites_names[kind]);
			return -EINVAL;
		}
	}

	return 0;
}

static int case_damage(void)
{
	struct sites_module mod;
	unsigned int kind;
	int ret;

	if (sites_module_open(&mod, "test_text_sites"))
		return KSFT_FAIL;

	ret = look_at(&mod);
	for (kind = 0; !ret && kind < SITES_NR_KINDS; kind++)
		ret = damage(&mod, kind);

	sites_module_close(&mod);
	return ret ? KSFT_FAIL : KSFT_PASS;
}

static int load_all(int nr, char **given)
{
	size_t i;
	int ret = 0;

	for (i = 0; nr && i < (size_t)nr; i++) {
		if (load_one(given[i])) {
			ksft_print_msg("%s does not load\n", given[i]);
			ret = KSFT_FAIL;
		}
	}

	for (i = 0; !nr && i < sizeof(wanted_modules) / sizeof(char *); i++) {
		if (!load_one(wanted_modules[i]))
			continue;
		ksft_print_msg("%s is not there\n", wanted_modules[i]);
		if (!i)
			ret = KSFT_FAIL;
	}

	return ret ? ret : works();
}

/* Those that were not there before, users before what they use */
static int unload(char **before, int nr_before)
{
	int i, j, tries, left = 0;

	for (tries = 0; tries < 20; tries++) {
		left = 0;
		for (i = 0; i < nr_names; i++) {
			for (j = 0; j < nr_before; j++)
				if (!strcmp(before[j], names[i]))
					break;
			if (j == nr_before && has_module(names[i]) &&
			    modtest_unload(names[i]))
				left++;
		}
		if (!left)
			return KSFT_PASS;
		modtest_sleep_ms(200);
	}

	return modtest_fail("%d modules are left", left);
}

static void result(int ret, const char *name, unsigned int nr)
{
	if (ret == KSFT_PASS)
		ksft_test_result_pass("%s: %u\n", name, nr);
	else if (ret == KSFT_SKIP)
		ksft_test_result_skip("%s: no module has any\n", name);
	else
		ksft_test_result_fail("%s: %u\n", name, nr);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char *before[SITES_MAX_MODULES];
	int i, nr_before = 0, ret;
	unsigned int kind;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("only root can read /proc/kcore\n");
	if (access("/proc/kcore", R_OK))
		ksft_exit_skip("no /proc/kcore: CONFIG_PROC_KCORE\n");
	ksft_set_plan(SITES_NR_KINDS + 6);

	if (!list_modules())
		for (i = 0; i < nr_names; i++)
			before[nr_before++] = strdup(names[i]);

	result(load_all(argc - 1, argv + 1), "modules load and work",
	       argc - 1);
	ret = check_all();
	result(ret ? KSFT_FAIL : KSFT_PASS, "modules are judged", nr_names);
	result(case_options(), "the kernel does what its options ask for", 0);
	for (kind = 0; kind < SITES_NR_KINDS; kind++)
		result(judge(kind), sites_names[kind], sites[kind]);
	result(case_late(), "text that is patched late", nr_names);
	result(case_damage(), "a wrong byte of each kind is seen", 0);

	ret = list_modules() ? KSFT_FAIL : unload(before, nr_before);
	result(ret, "modules unload", nr_names);
	ksft_finished();
}

#endif /* __x86_64__ */
