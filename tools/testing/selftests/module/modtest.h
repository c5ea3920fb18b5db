/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading and unloading of modules, and what user space can see of them.
 * Functions that can fail return 0 or a negative errno.
 */
#ifndef __SELFTEST_MODULE_MODTEST_H
#define __SELFTEST_MODULE_MODTEST_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest.h"

/* Deferred work such as freeing init memory must be done in this time. */
#define MODTEST_SETTLE_MS	20000

static inline int modtest_read(const char *path, char *buf, size_t size)
{
	ssize_t len, total = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;

	do {
		len = read(fd, buf + total, size - 1 - total);
		if (len > 0)
			total += len;
	} while (len > 0 && (size_t)total < size - 1);

	len = len < 0 ? -errno : 0;
	close(fd);
	buf[total] = '\0';
	return len;
}

/* A whole file of any size, to be freed; NULL and errno if that fails. */
static inline char *modtest_slurp(const char *path)
{
	size_t len = 0, size = 0;
	char *buf = NULL, *tmp;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;

	do {
		if (size - len < 4096) {
			size = size ? size * 2 : 65536;
			tmp = realloc(buf, size);
			if (!tmp) {
				n = -1;
				break;
			}
			buf = tmp;
		}
		n = read(fd, buf + len, size - len - 1);
		if (n > 0)
			len += n;
	} while (n > 0);

	close(fd);
	/* Half a file is none: what is missing might have been the fault. */
	if (n < 0) {
		free(buf);
		return NULL;
	}
	buf[len] = '\0';
	return buf;
}

static inline int modtest_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;

	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static inline int modtest_read_num(const char *path, unsigned long long *val)
{
	char buf[64];
	int ret = modtest_read(path, buf, sizeof(buf));

	if (!ret)
		*val = strtoull(buf, NULL, 0);
	return ret;
}

static inline void modtest_sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * 1000000L };

	nanosleep(&ts, NULL);
}

/* Finding and loading modules. */

static char modtest_found[PATH_MAX];
static char modtest_wanted[NAME_MAX + 1];

static inline int modtest_visit(const char *path, const struct stat *st,
				int flag, struct FTW *ftw)
{
	(void)st;
	if (flag != FTW_F || strcmp(path + ftw->base, modtest_wanted))
		return 0;

	snprintf(modtest_found, sizeof(modtest_found), "%s", path);
	return 1;
}

/* Looks for @name.ko among the modules of the running kernel. */
static inline int modtest_find(const char *name, char *path, size_t size)
{
	struct utsname uts;
	char dir[PATH_MAX];

	uname(&uts);
	snprintf(dir, sizeof(dir), "/lib/modules/%s", uts.release);
	snprintf(modtest_wanted, sizeof(modtest_wanted), "%s.ko", name);

	if (nftw(dir, modtest_visit, 16, FTW_PHYS) != 1)
		return -ENOENT;

	snprintf(path, size, "%s", modtest_found);
	return 0;
}

static inline int modtest_load_file(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;

	if (syscall(__NR_finit_module, fd, params, 0))
		ret = -errno;
	close(fd);
	return ret;
}

static inline int modtest_load(const char *name, const char *params)
{
	char path[PATH_MAX];
	int ret = modtest_find(name, path, sizeof(path));

	return ret ? ret : modtest_load_file(path, params);
}

static inline int modtest_unload(const char *name)
{
	return syscall(__NR_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

/* The line of a module in /proc/modules. */
struct modtest_proc {
	unsigned long long size;
	unsigned long long addr;
	int refs;
	char users[256];
	char state[16];
};

static inline int modtest_proc(const char *name, struct modtest_proc *proc)
{
	char line[512], found[128];
	FILE *f = fopen("/proc/modules", "r");
	int ret = -ENOENT;

	if (!f)
		return -errno;

	while (ret && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%127s %llu %d %255s %15s %llx", found,
			   &proc->size, &proc->refs, proc->users, proc->state,
			   &proc->addr) == 6 && !strcmp(found, name))
			ret = 0;
	}

	fclose(f);
	return ret;
}

/* The regions of a module, in /sys/module/<name>/memory_{size,base}. */
enum modtest_type {
	MODTEST_TEXT,
	MODTEST_DATA,
	MODTEST_RODATA,
	MODTEST_RO_AFTER_INIT,
	MODTEST_INIT_TEXT,
	MODTEST_INIT_DATA,
	MODTEST_INIT_RODATA,
	MODTEST_NR_TYPES,
	MODTEST_CORE_TYPES = MODTEST_INIT_TEXT,
};

static const char * const modtest_types[MODTEST_NR_TYPES] = {
	"text", "data", "rodata", "ro_after_init",
	"init_text", "init_data", "init_rodata",
};

struct modtest_region {
	unsigned long long base;
	unsigned long long size;
};

/* A number in a file of a module in sysfs; @dir ends in a slash or is "". */
static inline int modtest_sysfs(const char *module, const char *dir,
				const char *file, unsigned long long *val)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/module/%s/%s%s", module, dir, file);
	return modtest_read_num(path, val);
}

/* A region that the module does not have has no files; all have data. */
static inline int modtest_regions(const char *name,
				  struct modtest_region regions[])
{
	int i, ret;

	for (i = 0; i < MODTEST_NR_TYPES; i++) {
		regions[i].size = 0;
		regions[i].base = 0;
		ret = modtest_sysfs(name, "memory_size/", modtest_types[i],
				    &regions[i].size);
		if (ret == -ENOENT && i != MODTEST_DATA)
			continue;
		if (!ret)
			ret = modtest_sysfs(name, "memory_base/",
					    modtest_types[i],
					    &regions[i].base);
		if (ret)
			return ret;
	}

	return 0;
}

static inline bool modtest_within(const struct modtest_region *region,
				  unsigned long long addr)
{
	return addr - region->base < region->size;
}

/*
 * Text of modules may be memory that is read-only and executable from the start
 * on, that all code shares, and that stays so when the text is freed.
 */
static inline bool modtest_text_is_rox(void)
{
	FILE *f = fopen("/sys/kernel/debug/execmem/types", "r");
	char line[512];
	bool rox = false;

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "module_text ", 12))
			rox = strstr(line, "rox");
	fclose(f);
	return rox;
}

/*
 * What modules leave behind: everything here must be the same after a load
 * that failed, or after an unload, as it was before.
 */
struct modtest_state {
	char *modules;
	char *sysfs;
	unsigned long long vmalloc_areas;
	unsigned long long vmalloc_bytes;
};

/* The functions of the module loader, of old and new, that allocate. */
static inline bool modtest_is_loader(const char *line)
{
	return strstr(line, "module") || strstr(line, "execmem") ||
	       strstr(line, "layout_and_allocate") ||
	       strstr(line, "kernel_read_file");
}

static inline int modtest_count_vmalloc(struct modtest_state *state)
{
	unsigned long long bytes;
	char line[512];
	FILE *f = fopen("/proc/vmallocinfo", "r");

	if (!f)
		return -errno;

	state->vmalloc_areas = 0;
	state->vmalloc_bytes = 0;
	while (fgets(line, sizeof(line), f)) {
		if (!modtest_is_loader(line) ||
		    sscanf(line, "%*s %llu", &bytes) != 1)
			continue;
		state->vmalloc_areas++;
		state->vmalloc_bytes += bytes;
	}

	fclose(f);
	return 0;
}

static inline char *modtest_list_sysfs(void)
{
	struct dirent **entries;
	size_t len = 0;
	char *list;
	int i, nr;

	nr = scandir("/sys/module", &entries, NULL, alphasort);
	if (nr < 0)
		return NULL;

	for (i = 0; i < nr; i++)
		len += strlen(entries[i]->d_name) + 1;

	list = calloc(1, len + 1);
	for (i = 0; i < nr; i++) {
		if (list) {
			strcat(list, entries[i]->d_name);
			strcat(list, " ");
		}
		free(entries[i]);
	}

	free(entries);
	return list;
}

static inline void modtest_free(struct modtest_state *state)
{
	free(state->modules);
	free(state->sysfs);
	memset(state, 0, sizeof(*state));
}

static inline int modtest_snapshot(struct modtest_state *state)
{
	memset(state, 0, sizeof(*state));
	state->modules = modtest_slurp("/proc/modules");
	state->sysfs = modtest_list_sysfs();
	if (!state->modules || !state->sysfs || modtest_count_vmalloc(state)) {
		modtest_free(state);
		return -EIO;
	}

	return 0;
}

static inline bool modtest_same(const struct modtest_state *a,
				const struct modtest_state *b)
{
	return !strcmp(a->modules, b->modules) && !strcmp(a->sysfs, b->sysfs) &&
	       a->vmalloc_areas == b->vmalloc_areas &&
	       a->vmalloc_bytes == b->vmalloc_bytes;
}

static inline void modtest_explain(const struct modtest_state *before,
				   const struct modtest_state *now)
{
	if (strcmp(before->modules, now->modules))
		ksft_print_msg("/proc/modules was:\n%s# and is:\n%s",
			       before->modules, now->modules);
	if (strcmp(before->sysfs, now->sysfs))
		ksft_print_msg("/sys/module was: %s\n# and is: %s\n",
			       before->sysfs, now->sysfs);
	if (before->vmalloc_areas != now->vmalloc_areas ||
	    before->vmalloc_bytes != now->vmalloc_bytes)
		ksft_print_msg("vmalloc: was %llu/%llu, is %llu/%llu areas/bytes\n",
			       before->vmalloc_areas, before->vmalloc_bytes,
			       now->vmalloc_areas, now->vmalloc_bytes);
}

/* True once everything is as it was; says what is not when time is up. */
static inline bool modtest_settled(const struct modtest_state *before)
{
	struct modtest_state now;
	bool same = false;
	int ms;

	for (ms = 0; !same && ms < MODTEST_SETTLE_MS; ms += 20) {
		if (ms)
			modtest_sleep_ms(20);
		if (modtest_snapshot(&now))
			return false;
		same = modtest_same(before, &now);
		if (!same && ms + 20 >= MODTEST_SETTLE_MS)
			modtest_explain(before, &now);
		modtest_free(&now);
	}

	return same;
}

/* kmemleak, where the kernel has it. */

#define MODTEST_KMEMLEAK	"/sys/kernel/debug/kmemleak"

static inline bool modtest_has_kmemleak(void)
{
	return !access(MODTEST_KMEMLEAK, R_OK | W_OK);
}

/*
 * Objects younger than five seconds are not reported, nor what has changed
 * since the scan before.
 */
static inline void modtest_kmemleak_scan(void)
{
	modtest_sleep_ms(6000);
	modtest_write(MODTEST_KMEMLEAK, "scan");
	modtest_write(MODTEST_KMEMLEAK, "scan");
}

/* Forgets what was lost before, so that only new losses are reported. */
static inline void modtest_kmemleak_start(void)
{
	/* Spares the callers to ask, and the time that a scan takes. */
	if (!modtest_has_kmemleak())
		return;

	modtest_kmemleak_scan();
	modtest_write(MODTEST_KMEMLEAK, "clear");
}

/* The number of objects lost since, each of them explained. */
static inline int modtest_kmemleak_count(void)
{
	char *report, *line, *save;
	int nr = 0;

	modtest_kmemleak_scan();
	report = modtest_slurp(MODTEST_KMEMLEAK);
	if (!report)
		return -EIO;

	for (line = strtok_r(report, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		ksft_print_msg("%s\n", line);
		if (!strncmp(line, "unreferenced object", 19))
			nr++;
	}

	free(report);
	return nr;
}

/* Test cases return KSFT_PASS, KSFT_FAIL or KSFT_SKIP and say why. */
struct modtest_case {
	const char *name;
	int (*run)(void);
};

/* For "return modtest_fail(why)" in a test case. */
#define modtest_fail(fmt, ...) \
	(ksft_print_msg(fmt "\n", ##__VA_ARGS__), KSFT_FAIL)

/* The last case of what can lose memory; modtest_kmemleak_start() came first. */
static inline int modtest_lost(void)
{
	if (!modtest_has_kmemleak())
		return KSFT_SKIP;
	if (modtest_kmemleak_count())
		return modtest_fail("objects are lost");
	return KSFT_PASS;
}

static inline void modtest_run(const struct modtest_case *cases, size_t nr)
{
	size_t i;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("only root can load modules\n");
	ksft_set_plan(nr);

	for (i = 0; i < nr; i++) {
		switch (cases[i].run()) {
		case KSFT_PASS:
			ksft_test_result_pass("%s\n", cases[i].name);
			break;
		case KSFT_SKIP:
			ksft_test_result_skip("%s\n", cases[i].name);
			break;
		default:
			ksft_test_result_fail("%s\n", cases[i].name);
		}
		fflush(stdout);
	}

	ksft_finished();
}

#endif /* __SELFTEST_MODULE_MODTEST_H */
