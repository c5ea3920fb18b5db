// SPDX-License-Identifier: GPL-2.0
/*
 * The ranges that an architecture gives to each type: completed, and checked,
 * once at boot.
 */

#define pr_fmt(fmt) "execmem: " fmt

#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include "internal.h"

#define KNOWN_FLAGS	(EXECMEM_ROX | EXECMEM_KASAN_SHADOW | EXECMEM_RANDOM)

static const char * const type_names[] = {
	[EXECMEM_MODULE_TEXT]	= "module_text",
	[EXECMEM_MODULE_RODATA]	= "module_rodata",
	[EXECMEM_MODULE_DATA]	= "module_data",
	[EXECMEM_KPROBES]	= "kprobes",
	[EXECMEM_FTRACE]	= "ftrace",
	[EXECMEM_BPF]		= "bpf",
	[EXECMEM_THUNKS]	= "thunks",
};

static_assert(ARRAY_SIZE(type_names) == EXECMEM_NR_TYPES);

const char *execmem_type_name(enum execmem_type type)
{
	return type_names[type];
}

bool execmem_is_code(enum execmem_type type)
{
	return type != EXECMEM_MODULE_RODATA && type != EXECMEM_MODULE_DATA;
}

/* What a type becomes when the architecture says nothing about it. */
static enum execmem_pool default_pool(enum execmem_type type)
{
	switch (type) {
	case EXECMEM_MODULE_RODATA:
		return EXECMEM_POOL_RODATA;
	case EXECMEM_MODULE_DATA:
		return EXECMEM_POOL_DATA;
	default:
		return EXECMEM_POOL_TEXT;
	}
}

/* Nothing but all of it: what is forgotten in a row must not go unnoticed. */
static bool is_left_zero(const struct execmem_range *range)
{
	return range->pool == EXECMEM_POOL_NONE &&
	       !range->start && !range->end &&
	       !range->fallback_start && !range->fallback_end &&
	       !range->alignment && !range->flags;
}

/* Most architectures put data of modules where the text of modules is. */
static void complete_data(struct execmem_info *info)
{
	const struct execmem_range *text = &info->ranges[EXECMEM_MODULE_TEXT];
	struct execmem_range *data = &info->ranges[EXECMEM_MODULE_DATA];

	if (!is_left_zero(data) || text->pool == EXECMEM_POOL_NONE)
		return;
	*data = *text;
	data->pool = EXECMEM_POOL_DATA;
	data->pgprot = PAGE_KERNEL;
	data->flags &= EXECMEM_KASAN_SHADOW;
}

void execmem_complete_ranges(struct execmem_info *info)
{
	enum execmem_type type;

	complete_data(info);
	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		struct execmem_range *range = &info->ranges[type];
		enum execmem_type model = execmem_is_code(type) ?
			EXECMEM_MODULE_TEXT : EXECMEM_MODULE_DATA;

		if (is_left_zero(range)) {
			*range = info->ranges[model];
			if (range->pool != EXECMEM_POOL_NONE)
				range->pool = default_pool(type);
		}
		if (range->pool != EXECMEM_POOL_NONE && !range->alignment)
			range->alignment = PAGE_SIZE;
	}
}

/* Code is executable, and data of modules that stays writable is writable. */
static bool pool_fits(enum execmem_type type, enum execmem_pool pool)
{
	switch (pool) {
	case EXECMEM_POOL_TEXT:
		return execmem_is_code(type);
	case EXECMEM_POOL_RODATA:
		return type == EXECMEM_MODULE_RODATA;
	case EXECMEM_POOL_DATA:
		return !execmem_is_code(type);
	default:
		return false;
	}
}

static int bad_range(enum execmem_type type, const char *what,
		     unsigned long start, unsigned long end)
{
	pr_err("%s: %s: %#lx-%#lx (err %d)\n", execmem_type_name(type), what,
	       start, end, -EINVAL);
	return -EINVAL;
}

int execmem_check_range(enum execmem_type type,
			const struct execmem_range *range)
{
	unsigned long start = range->start, end = range->end;

	if (is_left_zero(range))
		return 0;
	if (range->pool == EXECMEM_POOL_NONE)
		return bad_range(type, "no pool", start, end);
	if (!pool_fits(type, range->pool))
		return bad_range(type, "is not for that pool", start, end);

	if (start >= end)
		return bad_range(type, "no first range", start, end);
	if (!PAGE_ALIGNED(start) || !PAGE_ALIGNED(end))
		return bad_range(type, "not of whole pages", start, end);
	if (!is_power_of_2(range->alignment) ||
	    !IS_ALIGNED(range->alignment, PAGE_SIZE))
		return bad_range(type, "alignment is not of pages", start, end);
	if (range->alignment > end - start)
		return bad_range(type, "less than its alignment", start, end);

	if (range->flags & ~KNOWN_FLAGS)
		return bad_range(type, "unknown flags", start, end);
	if ((range->flags & EXECMEM_ROX) && !execmem_is_code(type))
		return bad_range(type, "data cannot be ROX", start, end);
	if ((range->flags & EXECMEM_ROX) &&
	    !IS_ENABLED(CONFIG_ARCH_HAS_EXECMEM_ROX))
		return bad_range(type, "nothing writes to ROX memory", start,
				 end);

	start = range->fallback_start;
	end = range->fallback_end;
	if (start > end || !PAGE_ALIGNED(start) || !PAGE_ALIGNED(end))
		return bad_range(type, "bad fallback", start, end);
	if (start < end && range->alignment > end - start)
		return bad_range(type, "fallback less than its alignment",
				 start, end);
	return 0;
}

void execmem_accept_ranges(struct execmem_info *info)
{
	enum execmem_type type;

	execmem_complete_ranges(info);
	for (type = 0; type < EXECMEM_NR_TYPES; type++) {
		struct execmem_range *range = &info->ranges[type];

		/* What cannot be trusted is not used: callers see -ENODEV. */
		if (execmem_check_range(type, range))
			range->pool = EXECMEM_POOL_NONE;
	}
}

bool execmem_bad_size(size_t size, size_t granule, size_t *rounded)
{
	*rounded = ALIGN(size, granule);
	/* I6: what wraps must not pass for something small. */
	return !size || *rounded < size || *rounded > LONG_MAX;
}

bool execmem_range_has(const struct execmem_range *range, size_t size)
{
	return size <= range->end - range->start ||
	       size <= range->fallback_end - range->fallback_start;
}
