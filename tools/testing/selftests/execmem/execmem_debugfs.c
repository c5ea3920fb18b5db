// SPDX-License-Identifier: GPL-2.0
/*
 * Compares what debugfs says about executable memory with what sysfs says
 * about modules, and with the page tables, while a module and a kprobe come and
 * go.
 */
#define _GNU_SOURCE
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../module/sections.h"
#include "debugfs.h"

#define KPTR_RESTRICT	"/proc/sys/kernel/kptr_restrict"
#define MANY		20

/* The regions of a module and the types they are allocated as. */
static const int region_types[MODTEST_CORE_TYPES] = {
	[MODTEST_TEXT]		= EXECMEM_MODULE_TEXT,
	[MODTEST_DATA]		= EXECMEM_MODULE_DATA,
	[MODTEST_RODATA]	= EXECMEM_MODULE_RODATA,
	[MODTEST_RO_AFTER_INIT]	= EXECMEM_MODULE_RODATA,
};

static struct execmem_type types_before[EXECMEM_NR_TYPES];
static struct modtest_state state_before;
static struct modtest_region regions[MODTEST_NR_TYPES];

static int check_file(const char *path)
{
	struct stat st;
	int status;
	pid_t pid;

	if (stat(path, &st))
		return modtest_fail("%s: %s", path, strerror(errno));
	if ((st.st_mode & 07777) != 0400 || st.st_uid)
		return modtest_fail("%s has mode %o", path,
				    st.st_mode & 07777);

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (setresuid(65534, 65534, 65534))
			_exit(2);
		_exit(open(path, O_RDONLY) >= 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return modtest_fail("%s: another user can read it", path);
	return KSFT_PASS;
}

static int test_files(void)
{
	if (access(DEBUGFS "/execmem", F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	return check_file(EXECMEM_ALLOCATIONS) | check_file(EXECMEM_TYPES);
}

static int check_hidden(const char *path)
{
	char *text = modtest_slurp(path), *p;
	int nr = 0, ret = KSFT_PASS;

	if (!text)
		return modtest_fail("%s: %s", path, strerror(errno));
	for (p = text; (p = strstr(p, "0x")); p += 2, nr++)
		if (strtoull(p, NULL, 16))
			ret = modtest_fail("%s: %.18s is shown", path, p);
	free(text);
	return nr ? ret : modtest_fail("%s: there is no address", path);
}

/* Also for root, if the administrator wants that. A module has addresses. */
static int test_hidden(void)
{
	unsigned long long before;
	char value[24];
	int ret;

	if (modtest_read_num(KPTR_RESTRICT, &before) ||
	    modtest_write(KPTR_RESTRICT, "2"))
		return modtest_fail(KPTR_RESTRICT " cannot be set");
	ret = check_hidden(EXECMEM_ALLOCATIONS) | check_hidden(EXECMEM_TYPES);
	if (!access(EXECMEM_DEBUGFS "blocks", F_OK))
		ret |= check_hidden(EXECMEM_DEBUGFS "blocks");
	snprintf(value, sizeof(value), "%llu", before);
	if (modtest_write(KPTR_RESTRICT, value))
		ret = modtest_fail(KPTR_RESTRICT " cannot be set back");
	return ret;
}

static int test_types(void)
{
	struct execmem_type types[EXECMEM_NR_TYPES];
	int ret = read_types(types);

	if (ret)
		return ret;

	ret = check_types(types);
	if (!strcmp(types[EXECMEM_MODULE_TEXT].pool, "none"))
		return modtest_fail("no memory for modules");
	return ret;
}

static int test_list(void)
{
	return check_all(NULL);
}

static int test_load(void)
{
	int ret;

	if (modtest_snapshot(&state_before) || read_types(types_before))
		return modtest_fail("cannot take stock");

	ret = modtest_load(SECTIONS, "");
	if (ret)
		return modtest_fail("cannot load " SECTIONS ": %s",
				    strerror(-ret));
	ret = modtest_regions(SECTIONS, regions);
	if (ret)
		return modtest_fail("no memory_size/ and memory_base/: %s",
				    strerror(-ret));
	return KSFT_PASS;
}

static unsigned long long region_bytes(int i)
{
	const struct execmem_type *type = &types_before[region_types[i]];
	unsigned long long granule = execmem_granule(type);

	return (regions[i].size + granule - 1) / granule * granule;
}

static int check_region(const struct execmem_list *list, int i)
{
	const char *name = execmem_names[region_types[i]];
	const struct execmem_area *area;

	if (!regions[i].size || !regions[i].base)
		return modtest_fail("%s is empty", modtest_types[i]);

	area = execmem_find(list, regions[i].base);
	if (!area)
		return modtest_fail("%s at %#llx is not listed",
				    modtest_types[i], regions[i].base);
	if (area->span.start != regions[i].base ||
	    area->bytes != region_bytes(i))
		return modtest_fail("%s is %#llx, %llu bytes, but %#llx-%#llx is listed",
				    modtest_types[i], regions[i].base,
				    regions[i].size, area->span.start,
				    area->span.end);
	if (strcmp(area->name, name) || strcmp(area->state, "live"))
		return modtest_fail("%s is %s and %s, not %s and live",
				    modtest_types[i], area->name, area->state,
				    name);
	if (strcmp(area->owner, "[" SECTIONS "]"))
		return modtest_fail("%s is of %s", modtest_types[i],
				    area->owner);
	return KSFT_PASS;
}

static int test_regions(void)
{
	struct execmem_list list;
	int i, ret = read_list(&list);

	if (ret)
		return ret;

	for (i = 0; i < MODTEST_CORE_TYPES; i++)
		ret |= check_region(&list, i);
	execmem_free(&list);
	return ret;
}

/* The core of the module and nothing else is there that was not before. */
static bool grown_by_module(const struct execmem_type now[], bool explain)
{
	unsigned long long nr, bytes;
	bool grown = true;
	int type, i;

	for (type = EXECMEM_MODULE_TEXT; type <= EXECMEM_MODULE_DATA; type++) {
		nr = types_before[type].allocations;
		bytes = types_before[type].bytes;
		for (i = 0; i < MODTEST_CORE_TYPES; i++) {
			if (region_types[i] != type)
				continue;
			nr++;
			bytes += region_bytes(i);
		}
		if (now[type].allocations == nr && now[type].bytes == bytes)
			continue;
		grown = false;
		if (explain)
			ksft_print_msg("%s: %llu/%llu, not %llu/%llu allocations/bytes\n",
				       now[type].name, now[type].allocations,
				       now[type].bytes, nr, bytes);
	}
	return grown;
}

/* Each of its types had an allocation for init, too, that is free again. */
static int check_history(const struct execmem_type now[])
{
	const struct execmem_type *a, *b;
	unsigned long long ever, finishes;
	int type;

	for (type = EXECMEM_MODULE_TEXT; type <= EXECMEM_MODULE_DATA; type++) {
		a = &types_before[type];
		b = &now[type];
		ever = b->ever - a->ever;
		finishes = b->finishes - a->finishes;
		if (ever != b->allocations - a->allocations + 1)
			return modtest_fail("%s: %llu allocations since",
					    b->name, ever);
		if (ever != finishes)
			return modtest_fail("%s: %llu allocations, but %llu finished",
					    b->name, ever, finishes);
		if (b->failures != a->failures ||
		    b->finish_failures != a->finish_failures)
			return modtest_fail("%s: failures", b->name);
		if (b->peak <= a->bytes || b->peak < a->peak)
			return modtest_fail("%s: the peak is %llu", b->name,
					    b->peak);
	}
	return KSFT_PASS;
}

/* Init memory is freed by a worker. */
static int test_growth(void)
{
	struct execmem_type now[EXECMEM_NR_TYPES];
	int ms;

	for (ms = 0; ms <= MODTEST_SETTLE_MS; ms += 100) {
		if (ms)
			modtest_sleep_ms(100);
		if (read_types(now))
			return KSFT_FAIL;
		if (grown_by_module(now, ms == MODTEST_SETTLE_MS))
			return check_history(now);
	}
	return KSFT_FAIL;
}

/* The module is there: it tells whether its memory is to be protected. */
static int test_protection(void)
{
	if (!sections_strict_rwx()) {
		ksft_print_msg("modules are not protected\n");
		return KSFT_SKIP;
	}
	return compare_page_tables();
}

static int check_gone(const struct execmem_list *list)
{
	int i;

	for (i = 0; i < MODTEST_CORE_TYPES; i++)
		if (execmem_find(list, regions[i].base))
			return modtest_fail("%s at %#llx is still listed",
					    modtest_types[i], regions[i].base);
	return KSFT_PASS;
}

static int test_unload(void)
{
	struct execmem_list list;
	int ret = modtest_unload(SECTIONS);

	if (ret)
		return modtest_fail("cannot unload: %s", strerror(-ret));
	if (!modtest_settled(&state_before) || check_totals(types_before))
		return KSFT_FAIL;

	ret = read_list(&list);
	if (ret)
		return ret;
	ret = check_gone(&list);
	execmem_free(&list);
	return ret;
}

/* A file that is read in pieces of @size bytes, to be freed, or NULL. */
static char *read_pieces(const char *path, size_t size, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *buf = calloc(1, max + 1);
	size_t len = 0;
	ssize_t n = 1;

	while (fd >= 0 && buf && n > 0 && len < max) {
		n = read(fd, buf + len, size < max - len ? size : max - len);
		if (n > 0)
			len += n;
	}
	if (fd >= 0)
		close(fd);
	if (fd < 0 || n < 0) {
		free(buf);
		return NULL;
	}
	return buf;
}

/* From the middle, which the kernel finds by going through what is before. */
static bool same_from(const char *path, const char *whole, size_t off)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[256] = "";
	ssize_t n;

	if (fd < 0)
		return false;
	n = pread(fd, buf, sizeof(buf), off);
	close(fd);
	return n > 0 && !strncmp(buf, whole + off, n);
}

static bool same_in_pieces(void)
{
	static const size_t sizes[] = { 1, 61, 4095, 65536 };
	char *whole = modtest_slurp(EXECMEM_ALLOCATIONS), *pieces;
	bool same = whole && *whole;
	size_t i;

	for (i = 0; same && i < ARRAY_SIZE(sizes); i++) {
		pieces = read_pieces(EXECMEM_ALLOCATIONS, sizes[i],
				     strlen(whole) + 4096);
		same = pieces && !strcmp(pieces, whole);
		free(pieces);
	}
	if (same)
		same = same_from(EXECMEM_ALLOCATIONS, whole,
				 strlen(whole) / 2) &&
		       same_from(EXECMEM_ALLOCATIONS, whole,
				 strlen(whole) - 10);
	free(whole);
	return same;
}

static int load_many(int nr[])
{
	char name[64];
	int i, ret;

	for (i = 1; i <= MANY; i++) {
		snprintf(name, sizeof(name), "test_module_many_%02d", i);
		ret = modtest_load(name, "");
		if (ret)
			return modtest_fail("cannot load %s: %s", name,
					    strerror(-ret));
		(*nr)++;
	}
	return KSFT_PASS;
}

static int unload_many(int nr)
{
	int ret = KSFT_PASS;
	char name[64];

	for (; nr; nr--) {
		snprintf(name, sizeof(name), "test_module_many_%02d", nr);
		if (modtest_unload(name))
			ret = modtest_fail("cannot unload %s", name);
	}
	return ret;
}

/* The list is longer than the kernel's buffer: it is made in several parts. */
static int check_long(void)
{
	bool same = false;
	size_t nr = 0;
	int ret, tries;

	ret = check_all(&nr);
	if (nr < MANY * MODTEST_CORE_TYPES)
		return modtest_fail("only %zu allocations", nr);

	for (tries = 0; !same && tries < 20; tries++) {
		same = same_in_pieces();
		if (!same)
			modtest_sleep_ms(200);
	}
	return same ? ret : modtest_fail("it depends on how it is read");
}

static int test_long(void)
{
	struct execmem_type before[EXECMEM_NR_TYPES];
	int nr = 0, ret = read_types(before);

	if (ret)
		return ret;

	ret = load_many(&nr);
	if (!ret)
		ret = check_long();
	ret |= unload_many(nr);
	return ret ? ret : check_totals(before);
}

static int test_kprobes(void)
{
	int ret = kprobes_usable();

	if (ret)
		return ret;

	/* It tells whether memory is to be protected. */
	ret = test_load();
	/* Only then its init memory is gone, and totals stay what they are. */
	if (!ret)
		ret = test_growth();
	if (!ret)
		ret = kprobes_twice();
	if (modtest_unload(SECTIONS))
		ret = modtest_fail("cannot unload " SECTIONS);
	return ret;
}

static const struct modtest_case cases[] = {
	{ "files are there, and for root only",		test_files },
	{ "types make sense",				test_types },
	{ "allocations make sense",			test_list },
	{ "module loads",				test_load },
	{ "each region is one allocation",		test_regions },
	{ "allocations of the module are counted",	test_growth },
	{ "allocations with the module make sense",	test_list },
	{ "protection in the page tables",		test_protection },
	{ "kptr_restrict hides addresses",		test_hidden },
	{ "module unloads and leaves nothing",		test_unload },
	{ "long list is complete",			test_long },
	{ "slots of kprobes",				test_kprobes },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
