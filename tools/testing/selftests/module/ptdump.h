/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads back how the kernel maps an address, from the page table dump that
 * CONFIG_PTDUMP_DEBUGFS gives in debugfs. Knows the format of x86, arm64 and
 * arm. A line describes a range:
 *
 *   0xffffffffc0000000-0xffffffffc0003000   12K     ro      GLB x  pte
 *   0xffff800000a00000-0xffff800000a04000   16K PTE  ro x  SHD AF UXN MEM/NORMAL
 *   0xbf000000-0xbf002000    8K PTE KERNEL      RW NX SHD MEM/CACHED/WBWA
 *
 * A range that is not mapped has no "ro" or "RW" or no line at all, or, on
 * arm64, an "F" (an invalid entry that is not empty).
 */
#ifndef __SELFTEST_MODULE_PTDUMP_H
#define __SELFTEST_MODULE_PTDUMP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PTDUMP_R	0x1
#define PTDUMP_W	0x2
#define PTDUMP_X	0x4
#define PTDUMP_RW	(PTDUMP_R | PTDUMP_W)
#define PTDUMP_RX	(PTDUMP_R | PTDUMP_X)

/*
 * @last is inclusive: a range may end at the top of the address space. @pages
 * is false if leaves map it that are larger than a page, whole ones.
 */
struct ptdump_range {
	unsigned long long first;
	unsigned long long last;
	unsigned int prot;
	bool pages;
};

struct ptdump {
	struct ptdump_range *ranges;
	size_t nr;
	size_t max;
};

static inline const char *ptdump_file(void)
{
	static const char * const files[] = {
		"/sys/kernel/debug/page_tables/kernel",
		"/sys/kernel/debug/kernel_page_tables",
		NULL
	};
	const char * const *file;

	for (file = files; *file; file++)
		if (!access(*file, R_OK))
			break;

	return *file;
}

static inline unsigned int ptdump_parse_prot(char *attrs, bool *pages)
{
	unsigned int prot = 0;
	bool exec = false;
	char *word, *save;

	*pages = false;
	for (word = strtok_r(attrs, " \t\n", &save); word;
	     word = strtok_r(NULL, " \t\n", &save)) {
		if (!strcmp(word, "F"))
			return 0;
		if (!strcmp(word, "ro"))
			prot = PTDUMP_R;
		else if (!strcmp(word, "RW"))
			prot = PTDUMP_RW;
		else if (!strcmp(word, "x"))
			exec = true;
		else if (!strcasecmp(word, "pte"))
			*pages = true;
	}

	return prot && exec ? prot | PTDUMP_X : prot;
}

/* True if the line describes a range; the others are headings. */
static inline bool ptdump_parse_line(char *line, struct ptdump_range *range)
{
	unsigned long long end;
	char *p;

	if (strncmp(line, "0x", 2))
		return false;

	range->first = strtoull(line, &p, 16);
	if (*p != '-')
		return false;

	end = strtoull(p + 1, &p, 16);
	if (*p != ' ')
		return false;

	/* x86 ends its last range at the last byte, arm at 0. */
	range->last = end == ~0ULL ? end : end - 1;
	if (end == 0 && range->first <= 0xffffffffULL)
		range->last = 0xffffffffULL;

	range->prot = ptdump_parse_prot(p, &range->pages);
	return true;
}

static inline int ptdump_add(struct ptdump *pt, const struct ptdump_range *new)
{
	struct ptdump_range *ranges;

	if (pt->nr == pt->max) {
		pt->max = pt->max ? pt->max * 2 : 256;
		ranges = realloc(pt->ranges, pt->max * sizeof(*ranges));
		if (!ranges)
			return -ENOMEM;
		pt->ranges = ranges;
	}

	pt->ranges[pt->nr++] = *new;
	return 0;
}

static inline void ptdump_free(struct ptdump *pt)
{
	free(pt->ranges);
	memset(pt, 0, sizeof(*pt));
}

/*
 * Reads all mapped ranges. Returns 0, -ENOENT if the kernel has no dump, or
 * another error. To be paired with ptdump_free().
 */
static inline int ptdump_read(struct ptdump *pt)
{
	const char *file = ptdump_file();
	struct ptdump_range range;
	char line[512];
	int ret = 0;
	FILE *f;

	memset(pt, 0, sizeof(*pt));
	if (!file)
		return -ENOENT;

	f = fopen(file, "r");
	if (!f)
		return -errno;

	while (!ret && fgets(line, sizeof(line), f))
		if (ptdump_parse_line(line, &range) && range.prot)
			ret = ptdump_add(pt, &range);

	if (!ret && ferror(f))
		ret = -EIO;
	fclose(f);

	/* Whatever the machine, the kernel itself is mapped. */
	if (!ret && !pt->nr)
		ret = -EINVAL;
	if (ret)
		ptdump_free(pt);
	return ret;
}

static inline const struct ptdump_range *
ptdump_find(const struct ptdump *pt, unsigned long long addr)
{
	size_t i;

	for (i = 0; i < pt->nr; i++)
		if (addr >= pt->ranges[i].first && addr <= pt->ranges[i].last)
			return &pt->ranges[i];

	return NULL;
}

/* The protection of one address, 0 if it is not mapped. */
static inline unsigned int ptdump_prot(const struct ptdump *pt,
				       unsigned long long addr)
{
	const struct ptdump_range *range = ptdump_find(pt, addr);

	return range ? range->prot : 0;
}

/*
 * True if all of [@addr, @addr + @size) is mapped with @prot; otherwise *@bad
 * is the first address that is not.
 */
static inline bool ptdump_check(const struct ptdump *pt,
				unsigned long long addr,
				unsigned long long size, unsigned int prot,
				unsigned long long *bad)
{
	const struct ptdump_range *range;
	unsigned long long last = addr + size - 1;

	while (size) {
		range = ptdump_find(pt, addr);
		if (!range || range->prot != prot) {
			*bad = addr;
			return false;
		}
		if (range->last >= last)
			break;
		addr = range->last + 1;
	}

	return true;
}

/* The first range that is writable and executable, or NULL. */
static inline const struct ptdump_range *
ptdump_find_wx(const struct ptdump *pt)
{
	size_t i;

	for (i = 0; i < pt->nr; i++)
		if ((pt->ranges[i].prot & PTDUMP_W) &&
		    (pt->ranges[i].prot & PTDUMP_X))
			return &pt->ranges[i];

	return NULL;
}

static inline const char *ptdump_name(unsigned int prot)
{
	static const char * const names[] = {
		"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx",
	};

	return names[prot & 7];
}

#endif /* __SELFTEST_MODULE_PTDUMP_H */
