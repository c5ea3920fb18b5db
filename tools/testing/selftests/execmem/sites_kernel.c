// SPDX-License-Identifier: GPL-2.0
/* What the rules need to know of the running kernel. */

#define _GNU_SOURCE

#include <asm/cpufeatures.h>

#include "../module/kcore.h"
#include "../module/modtest.h"
#include "sites.h"

#define SITES_WORDS	(NCAPINTS + NBUGINTS)

static char *kallsyms;
static struct sites_symbol *by_name;
static size_t nr_symbols;

static uint32_t features[SITES_WORDS];

/* /proc/kallsyms */

static int compare_name(const void *a, const void *b)
{
	return strcmp(((const struct sites_symbol *)a)->name,
		      ((const struct sites_symbol *)b)->name);
}

/* "<address> <type> <name>", and behind a tab "[<module>]" */
static bool parse_symbol(char *line, struct sites_symbol *sym)
{
	char *name, *module, *end;

	sym->addr = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;

	sym->type = end[1];
	name = end + 3;
	module = strchr(name, '\t');
	sym->name = name;
	sym->module = "";
	if (module) {
		*module = '\0';
		sym->module = module + 2;
		module[strlen(module + 2) + 1] = '\0';
	}
	return true;
}

static int read_symbols(void)
{
	char *line, *save;
	size_t max = 1;

	free(kallsyms);
	free(by_name);
	nr_symbols = 0;

	kallsyms = modtest_slurp("/proc/kallsyms");
	if (!kallsyms)
		return -errno;

	for (line = kallsyms; *line; line++)
		max += *line == '\n';
	by_name = calloc(max, sizeof(*by_name));
	if (!by_name)
		return -ENOMEM;

	for (line = strtok_r(kallsyms, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		nr_symbols += parse_symbol(line, &by_name[nr_symbols]);

	qsort(by_name, nr_symbols, sizeof(*by_name), compare_name);
	return 0;
}

/* The first of the symbols that are called @name. */
static const struct sites_symbol *first_symbol(const char *name)
{
	size_t low = 0, high = nr_symbols, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (strcmp(by_name[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}

	if (low == nr_symbols || strcmp(by_name[low].name, name))
		return NULL;
	return &by_name[low];
}

static bool next_symbol(const struct sites_symbol *sym, const char *name)
{
	return sym && sym < by_name + nr_symbols && !strcmp(sym->name, name);
}

const struct sites_symbol *sites_symbol(const char *module, const char *name)
{
	const struct sites_symbol *sym;

	for (sym = first_symbol(name); next_symbol(sym, name); sym++)
		if (!strcmp(sym->module, module))
			return sym;

	return NULL;
}

/* A module's symbol is exported if there is an entry for it. */
static bool is_exported(const struct sites_symbol *sym)
{
	char name[600];

	snprintf(name, sizeof(name), "__ksymtab_%s", sym->name);
	return *sym->module && sites_symbol(sym->module, name);
}

uint64_t sites_global(const char *name)
{
	const struct sites_symbol *sym;

	for (sym = first_symbol(name); next_symbol(sym, name); sym++)
		if ((sym->type >= 'A' && sym->type <= 'Z') || is_exported(sym))
			return sym->addr;

	return 0;
}

int sites_peek(uint64_t addr, void *buf, size_t len)
{
	return kcore_peek(addr, buf, len);
}

uint64_t sites_variable(const char *name)
{
	const struct sites_symbol *sym = sites_symbol("", name);
	uint64_t val;

	if (!sym || sites_peek(sym->addr, &val, sizeof(val)))
		return 0;
	return val;
}

bool sites_uniproc(void)
{
	const struct sites_symbol *sym = sites_symbol("", "uniproc_patched");
	unsigned char val;

	return sym && !sites_peek(sym->addr, &val, 1) && val;
}

/* CPU features: many that code is patched for are not in /proc/cpuinfo. */

/* Some that are, one of each word that matters. */
static const struct {
	const char *name;
	unsigned int feature;
} visible[] = {
	{ "fpu",		X86_FEATURE_FPU },
	{ "nx",			X86_FEATURE_NX },
	{ "lm",			X86_FEATURE_LM },
	{ "constant_tsc",	X86_FEATURE_CONSTANT_TSC },
	{ "rep_good",		X86_FEATURE_REP_GOOD },
	{ "nopl",		X86_FEATURE_NOPL },
	{ "tsc_known_freq",	X86_FEATURE_TSC_KNOWN_FREQ },
	{ "hypervisor",		X86_FEATURE_HYPERVISOR },
	{ "lahf_lm",		X86_FEATURE_LAHF_LM },
	{ "pti",		X86_FEATURE_PTI },
	{ "smep",		X86_FEATURE_SMEP },
	{ "smap",		X86_FEATURE_SMAP },
	{ "erms",		X86_FEATURE_ERMS },
	{ "xsaveopt",		X86_FEATURE_XSAVEOPT },
	{ "split_lock_detect",	X86_FEATURE_SPLIT_LOCK_DETECT },
	{ "umip",		X86_FEATURE_UMIP },
	{ "fsrm",		X86_FEATURE_FSRM },
	{ "spectre_v1",		X86_BUG_SPECTRE_V1 },
	{ "its",		X86_BUG_ITS },
};

bool sites_cpu_has(unsigned int feature)
{
	return feature / 32 < SITES_WORDS &&
	       features[feature / 32] & 1U << feature % 32;
}

/* The words of the "flags" and "bugs" lines of the first CPU. */
static bool is_visible(const char *cpuinfo, const char *name)
{
	const char *end = strstr(cpuinfo, "\n\n");
	size_t len = strlen(name);
	const char *at;

	for (at = strstr(cpuinfo, name); at && (!end || at < end);
	     at = strstr(at + 1, name))
		if (at[-1] == ' ' && (at[len] == ' ' || at[len] == '\n'))
			return true;

	return false;
}

/*
 * In struct cpuinfo_x86, whose start depends on the configuration, the name
 * of the vendor follows the features.
 */
static int find_features(const char *cpuinfo)
{
	const struct sites_symbol *sym = sites_symbol("", "boot_cpu_data");
	unsigned char data[SITES_WORDS * 4 + 128];
	char vendor[16] = "";
	const char *line;
	size_t i;
	int ret;

	line = strstr(cpuinfo, "vendor_id");
	if (!sym || !line || sscanf(line, "vendor_id : %15s", vendor) != 1)
		return -ENOENT;

	ret = sites_peek(sym->addr, data, sizeof(data));
	if (ret)
		return ret;

	for (i = sizeof(features); i + sizeof(vendor) <= sizeof(data); i++) {
		if (strncmp((char *)data + i, vendor, sizeof(vendor)))
			continue;
		memcpy(features, data + i - sizeof(features), sizeof(features));
		return 0;
	}

	ksft_print_msg("boot_cpu_data has no vendor\n");
	return -ENOENT;
}

static int read_features(void)
{
	char *cpuinfo = modtest_slurp("/proc/cpuinfo");
	size_t i;
	int ret;

	if (!cpuinfo)
		return -errno;

	ret = find_features(cpuinfo);
	for (i = 0; !ret && i < sizeof(visible) / sizeof(*visible); i++) {
		if (is_visible(cpuinfo, visible[i].name) ==
		    sites_cpu_has(visible[i].feature))
			continue;
		ksft_print_msg("%s: /proc/cpuinfo and boot_cpu_data differ\n",
			       visible[i].name);
		ret = -EINVAL;
	}

	free(cpuinfo);
	return ret;
}

int sites_kernel_read(void)
{
	int ret = read_symbols();

	if (!ret)
		ret = kcore_open();
	if (!ret)
		ret = read_features();
	if (ret)
		ksft_print_msg("the kernel cannot be read: %d\n", ret);
	return ret;
}
