/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel says about executable memory in debugfs: the lines of
 *
 *   allocations	0x<start>-0x<end> <type> <bytes> <state> <pool>
 *			<owner>
 *   types		<type> <pool> <allocations> <bytes> <peak> <ever>
 *			<failures> <finishes> <finish_failures>
 *			0x<start>-0x<end> 0x<start>-0x<end> <flags>
 *
 * the second of which has a heading. Functions return 0 or a negative errno.
 */
#ifndef __SELFTEST_EXECMEM_H
#define __SELFTEST_EXECMEM_H

#include "../module/modtest.h"

#define EXECMEM_DEBUGFS		"/sys/kernel/debug/execmem/"
#define EXECMEM_ALLOCATIONS	EXECMEM_DEBUGFS "allocations"
#define EXECMEM_TYPES		EXECMEM_DEBUGFS "types"
#define EXECMEM_NR_TYPES	7

/* In the order of enum execmem_type. */
static const char * const execmem_names[EXECMEM_NR_TYPES] = {
	"module_text", "module_rodata", "module_data", "kprobes", "ftrace",
	"bpf", "thunks",
};

enum {
	EXECMEM_MODULE_TEXT,
	EXECMEM_MODULE_RODATA,
	EXECMEM_MODULE_DATA,
	EXECMEM_KPROBES,
	EXECMEM_FTRACE,
	EXECMEM_BPF,
	EXECMEM_THUNKS,
};

/* @end is the address after the last one. */
struct execmem_span {
	unsigned long long start;
	unsigned long long end;
};

struct execmem_type {
	char name[32];
	char pool[16];
	unsigned long long allocations;
	unsigned long long bytes;
	unsigned long long peak;
	unsigned long long ever;
	unsigned long long failures;
	unsigned long long finishes;
	unsigned long long finish_failures;
	struct execmem_span range;
	struct execmem_span fallback;
	char flags[64];
};

struct execmem_area {
	struct execmem_span span;
	char name[32];
	unsigned long long bytes;
	char state[16];
	char pool[16];
	char owner[128];
};

struct execmem_list {
	struct execmem_area *areas;
	size_t nr;
};

static inline int execmem_parse_type(const char *line,
				     struct execmem_type *type)
{
	int end = 0;

	if (sscanf(line,
		   "%31s %15s %llu %llu %llu %llu %llu %llu %llu 0x%llx-0x%llx 0x%llx-0x%llx %63s%n",
		   type->name, type->pool, &type->allocations, &type->bytes,
		   &type->peak, &type->ever, &type->failures, &type->finishes,
		   &type->finish_failures, &type->range.start,
		   &type->range.end, &type->fallback.start,
		   &type->fallback.end, type->flags, &end) != 14 || line[end])
		return -EINVAL;
	return 0;
}

/* All types, in their order, and nothing else. */
static inline int execmem_read_types(struct execmem_type types[])
{
	char *text = modtest_slurp(EXECMEM_TYPES), *line, *save;
	int nr = 0, ret = 0;

	if (!text)
		return -errno;

	/* The heading. */
	line = strtok_r(text, "\n", &save);
	if (!line || strncmp(line, "type ", 5))
		ret = -EINVAL;

	while (!ret && (line = strtok_r(NULL, "\n", &save))) {
		if (nr == EXECMEM_NR_TYPES)
			ret = -EINVAL;
		else
			ret = execmem_parse_type(line, &types[nr]);
		if (!ret && strcmp(types[nr].name, execmem_names[nr]))
			ret = -EINVAL;
		nr++;
	}

	free(text);
	return !ret && nr != EXECMEM_NR_TYPES ? -EINVAL : ret;
}

/* What is read-only and executable from the start on is shared by all. */
static inline bool execmem_is_rox(const struct execmem_type *type)
{
	return strstr(type->flags, "rox");
}

/* Allocations of a type consist of so many bytes, and begin at such. */
static inline unsigned long long
execmem_granule(const struct execmem_type *type)
{
	return execmem_is_rox(type) ? 64 : sysconf(_SC_PAGESIZE);
}

static inline int execmem_parse_area(const char *line,
				     struct execmem_area *area)
{
	int end = 0;

	if (sscanf(line, "0x%llx-0x%llx %31s %llu %15s %15s %127s%n",
		   &area->span.start, &area->span.end, area->name, &area->bytes,
		   area->state, area->pool, area->owner, &end) != 7 ||
	    line[end])
		return -EINVAL;
	return 0;
}

static inline void execmem_free(struct execmem_list *list)
{
	free(list->areas);
	memset(list, 0, sizeof(*list));
}

/* All allocations, to be paired with execmem_free(); @text is taken apart. */
static inline int execmem_parse(char *text, struct execmem_list *list)
{
	char *line, *save;
	size_t max = 1;
	int ret = 0;

	for (line = text; *line; line++)
		max += *line == '\n';

	list->nr = 0;
	list->areas = calloc(max, sizeof(*list->areas));
	if (!list->areas)
		return -ENOMEM;

	for (line = strtok_r(text, "\n", &save); line && !ret;
	     line = strtok_r(NULL, "\n", &save))
		ret = execmem_parse_area(line, &list->areas[list->nr++]);

	if (ret)
		execmem_free(list);
	return ret;
}

static inline int execmem_read(struct execmem_list *list)
{
	char *text = modtest_slurp(EXECMEM_ALLOCATIONS);
	int ret;

	memset(list, 0, sizeof(*list));
	if (!text)
		return -errno;

	ret = execmem_parse(text, list);
	free(text);
	return ret;
}

/* The allocation that has @addr, or NULL. */
static inline const struct execmem_area *
execmem_find(const struct execmem_list *list, unsigned long long addr)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (addr >= list->areas[i].span.start &&
		    addr < list->areas[i].span.end)
			return &list->areas[i];

	return NULL;
}

static inline bool execmem_same(const struct execmem_area *a,
				const struct execmem_area *b)
{
	return a->span.start == b->span.start && a->span.end == b->span.end &&
	       !strcmp(a->name, b->name) && !strcmp(a->state, b->state);
}

static inline bool execmem_inside(const struct execmem_span *inner,
				  const struct execmem_span *outer)
{
	return inner->start >= outer->start && inner->end <= outer->end;
}

static inline int execmem_type_of(const char *name)
{
	int i;

	for (i = 0; i < EXECMEM_NR_TYPES; i++)
		if (!strcmp(name, execmem_names[i]))
			return i;

	return -ENOENT;
}

#endif /* __SELFTEST_EXECMEM_H */
