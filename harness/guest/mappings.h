/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest can read about its kernel's memory: the page tables, and the
 * modules with their regions. For programs of one file: everything is static.
 */
#ifndef _MAPPINGS_H
#define _MAPPINGS_H

#include <err.h>
#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ptdump.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define MAX_MODULES	512
#define MAX_MAPPINGS	65536

typedef __u64 u64;

/* @last is inclusive: the last page may end at the top of the space */
struct mapping {
	u64 first, last, leaf;
	unsigned int prot;
};

static struct mapping mappings[MAX_MAPPINGS];
static unsigned int nr_mappings;
static char modules[MAX_MODULES][64];
static unsigned int nr_modules;
static u64 page_size;

static inline FILE *open_or_die(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f)
		err(1, "%s", path);
	return f;
}

/* 4096 is "4K", 1536 KiB is "1.5M" */
static inline const char *human(u64 bytes)
{
	static const char units[] = "BKMGT";
	static char text[4][16];
	static unsigned int turn;
	char *out = text[turn++ % 4];
	const char *unit = units;
	u64 below = 0;

	while (bytes >= 1024 && unit[1]) {
		below = bytes % 1024;
		bytes /= 1024;
		unit++;
	}
	if (below && bytes < 100)
		snprintf(out, sizeof(text[0]), "%u.%u%c", (unsigned int)bytes,
			 (unsigned int)(below * 10 / 1024), *unit);
	else
		snprintf(out, sizeof(text[0]), "%u%c", (unsigned int)bytes,
			 *unit);
	return out;
}

/*
 * What one entry maps on the level that a line of the dump names. PGD is the
 * name of the level that folds into the top one: arm's sections of 1 MiB,
 * arm64's blocks of 1 GiB where there are three levels.
 */
static inline u64 leaf_size(const char *line)
{
	u64 per_table = page_size / 8;
	bool arm = strchr(line, '-') - line == strlen("0x12345678");

	if (strstr(line, "pte") || strstr(line, "PTE"))
		return page_size;
	if (arm)
		return 1 << 20;
	if (strstr(line, "pmd") || strstr(line, "PMD"))
		return page_size * per_table;
	if (strstr(line, "pud") || strstr(line, "PUD") || strstr(line, "PGD"))
		return page_size * per_table * per_table;
	errx(1, "no level in the page table dump: %s", line);
}

static inline void read_mappings(void)
{
	struct ptdump_range range;
	char line[512], copy[512];
	FILE *f;

	if (!ptdump_file())
		errx(1, "no page table dump in debugfs");
	f = open_or_die(ptdump_file());
	while (fgets(line, sizeof(line), f)) {
		struct mapping *m = &mappings[nr_mappings];

		memcpy(copy, line, sizeof(copy));
		if (!ptdump_parse_line(line, &range) || !range.prot)
			continue;
		if (++nr_mappings == MAX_MAPPINGS)
			errx(1, "more than %d mappings", MAX_MAPPINGS - 1);
		m->first = range.first;
		m->last = range.last;
		m->prot = range.prot;
		m->leaf = leaf_size(copy);
	}
	fclose(f);
	if (!nr_mappings)
		errx(1, "the page table dump is empty");
}

/* The dump is in order of address */
static inline const struct mapping *find_mapping(u64 addr)
{
	unsigned int lo = 0, hi = nr_mappings;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (mappings[mid].last < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == nr_mappings || mappings[lo].first > addr)
		return NULL;
	return &mappings[lo];
}

/* One protection for all of the region, or what is wrong with it */
static inline const char *protection(u64 addr, u64 size, u64 *leaves)
{
	u64 last = addr + size - 1, stop;
	const struct mapping *m, *before = NULL;

	do {
		m = find_mapping(addr);
		if (!m)
			return "???";
		if (before && before->prot != m->prot)
			return "mix";
		before = m;
		stop = m->last < last ? m->last : last;
		*leaves += (stop - addr) / m->leaf + 1;
		addr = stop + 1;
	} while (stop < last);
	return ptdump_name(m->prot);
}

/* A region that the module does not have has no files; all have data */
static inline u64 read_attribute(const char *module, const char *folder,
				 const char *name)
{
	char path[256], text[32];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%.63s/memory_%.15s/%.31s", module,
		 folder, name);
	f = fopen(path, "r");
	if (!f && errno == ENOENT && strcmp(name, "data"))
		return 0;
	if (!f)
		err(1, "%s", path);
	if (!fgets(text, sizeof(text), f))
		errx(1, "%s is empty", path);
	fclose(f);
	return strtoull(text, NULL, 0);
}

static inline void read_modules(void)
{
	FILE *f = fopen("/proc/modules", "r");
	char line[4096];

	/* Not there in a kernel that cannot have any */
	if (!f && errno == ENOENT)
		return;
	if (!f)
		err(1, "/proc/modules");
	while (fgets(line, sizeof(line), f)) {
		if (nr_modules == MAX_MODULES)
			errx(1, "more than %d modules", MAX_MODULES);
		if (sscanf(line, "%63s", modules[nr_modules]) == 1)
			nr_modules++;
	}
	fclose(f);
}

static inline void rule(int width)
{
	while (width--)
		putchar('-');
	putchar('\n');
}

#endif /* _MAPPINGS_H */
