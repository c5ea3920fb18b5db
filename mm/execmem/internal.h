/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of execmem share.
 *
 * Locks: execmem_lock and run_lock are leaves below every lock of a caller (I4);
 * nothing is allocated, mapped or protected under them.
 */
#ifndef _MM_EXECMEM_INTERNAL_H
#define _MM_EXECMEM_INTERNAL_H

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/**
 * enum execmem_state - where an allocation is in its life
 * @EXECMEM_WRITING: allocated, nobody runs in it
 * @EXECMEM_SEALING: execmem_finish() is at it
 * @EXECMEM_LIVE: finished; contents change by text patching only
 * @EXECMEM_FAILED: execmem_finish() failed half way, to be freed
 */
enum execmem_state {
	EXECMEM_WRITING,
	EXECMEM_SEALING,
	EXECMEM_LIVE,
	EXECMEM_FAILED,
};

struct execmem_run;

/**
 * struct execmem_area - one allocation
 * @node: in the tree of all, by @addr
 * @addr: first address
 * @size: bytes, whole pages; shrinks with execmem_shrink()
 * @type: who asked for it
 * @state: see there; changed under execmem_lock
 * @caller: where execmem_alloc() was called, for debugfs
 * @run: what it is in, with %EXECMEM_ROX
 */
struct execmem_area {
	struct rb_node		node;
	unsigned long		addr;
	size_t			size;
	enum execmem_type	type;
	enum execmem_state	state;
	unsigned long		caller;
	struct execmem_run	*run;
};

/**
 * struct execmem_stats - what debugfs tells of one type
 * @allocations: how many there are
 * @bytes: of these
 * @peak: the most that @bytes has been
 * @ever: allocations since boot
 * @failures: calls of execmem_alloc() that got no memory
 * @finishes: calls of execmem_finish() that were not refused
 * @finish_failures: those of them that failed
 */
struct execmem_stats {
#ifdef CONFIG_DEBUG_FS
	unsigned long		allocations;
	unsigned long		bytes;
	unsigned long		peak;
	unsigned long		ever;
	unsigned long		failures;
	unsigned long		finishes;
	unsigned long		finish_failures;
#endif
};

/* core.c */
extern spinlock_t execmem_lock;
extern struct rb_root execmem_areas;
extern struct execmem_stats execmem_stats[EXECMEM_NR_TYPES];
bool execmem_available(void);
int execmem_no_room(enum execmem_type type, size_t size);

/* Under execmem_lock. */
#ifdef CONFIG_DEBUG_FS
static inline void execmem_count_alloc(const struct execmem_area *area)
{
	struct execmem_stats *stats = &execmem_stats[area->type];

	stats->allocations++;
	stats->ever++;
	stats->bytes += area->size;
	if (stats->bytes > stats->peak)
		stats->peak = stats->bytes;
}

static inline void execmem_count_failure(enum execmem_type type)
{
	execmem_stats[type].failures++;
}

/* The state is final, or the allocation has become smaller. */
static inline void execmem_count_settle(const struct execmem_area *area,
					size_t trimmed)
{
	struct execmem_stats *stats = &execmem_stats[area->type];

	stats->bytes -= trimmed;
	stats->finishes += area->state != EXECMEM_WRITING;
	stats->finish_failures += area->state == EXECMEM_FAILED;
}

static inline void execmem_count_free(const struct execmem_area *area)
{
	struct execmem_stats *stats = &execmem_stats[area->type];

	stats->allocations--;
	stats->bytes -= area->size;
}
#else
static inline void execmem_count_alloc(const struct execmem_area *area) { }
static inline void execmem_count_failure(enum execmem_type type) { }
static inline void execmem_count_settle(const struct execmem_area *area,
					size_t trimmed) { }
static inline void execmem_count_free(const struct execmem_area *area) { }
#endif

/* A KUnit test makes mistakes on purpose, and counts them itself. */
#ifdef CONFIG_EXECMEM_KUNIT_TEST
static inline bool execmem_in_test(void)
{
	return current->kunit_test;
}

bool execmem_test_counts(void);
#else
static inline bool execmem_in_test(void)
{
	return false;
}

static inline bool execmem_test_counts(void)
{
	return false;
}
#endif

/* A mistake of the caller: nothing is changed, and the first one is shown. */
#define execmem_misused(mistake, fmt, ...)				\
({									\
	bool __mistake = (mistake);					\
									\
	WARN_ONCE(__mistake && !execmem_test_counts(), "execmem: " fmt,	\
		  ##__VA_ARGS__);					\
	__mistake;							\
})

/* fail.c: -ENOMEM where a step that may fail is to do so, or 0 */
#ifdef CONFIG_FAIL_EXECMEM
int execmem_fault(size_t size);
#else
static inline int execmem_fault(size_t size)
{
	return 0;
}
#endif

/* range.c */
const char *execmem_type_name(enum execmem_type type);
const struct execmem_range *execmem_range(enum execmem_type type);
bool execmem_is_code(enum execmem_type type);
int execmem_check_range(enum execmem_type type,
			const struct execmem_range *range);
void execmem_complete_ranges(struct execmem_info *info);
void execmem_accept_ranges(struct execmem_info *info);

/* Zero, or more than there are addresses? @rounded is in whole pages. */
bool execmem_bad_size(size_t size, size_t *rounded);

/* Could @size bytes be in one of the windows of @range, if that was empty? */
bool execmem_range_has(const struct execmem_range *range, size_t size);

/* execmem_check_range() lets no other architecture have the flag. */
static inline bool range_is_rox(const struct execmem_range *range)
{
	return IS_ENABLED(CONFIG_ARCH_HAS_EXECMEM_ROX) &&
	       (range->flags & EXECMEM_ROX);
}

/* area.c */
struct execmem_area *execmem_find(struct rb_root *root, unsigned long addr);
bool execmem_has_bytes(const struct execmem_area *area, unsigned long addr,
		       size_t len);
int execmem_insert(struct rb_root *root, struct execmem_area *area);

/* Modules are writable for ever if the user wants that, see rodata= */
#if defined(CONFIG_STRICT_KERNEL_RWX) || defined(CONFIG_STRICT_MODULE_RWX)
static inline bool execmem_protects_modules(void)
{
	return IS_ENABLED(CONFIG_STRICT_MODULE_RWX) && rodata_enabled;
}
#else
static inline bool execmem_protects_modules(void)
{
	return false;
}
#endif

/* Is memory of @type read-only once it is finished? */
static inline bool execmem_protects(enum execmem_type type)
{
	switch (type) {
	case EXECMEM_MODULE_TEXT:
	case EXECMEM_MODULE_RODATA:
	case EXECMEM_MODULE_DATA:
		return execmem_protects_modules();
	case EXECMEM_KPROBES:
		/* Without that, text patching is a plain store on ARM, riscv. */
		return IS_ENABLED(CONFIG_STRICT_MODULE_RWX);
	default:
		return true;
	}
}

/* map.c */
int execmem_map(struct execmem_area *area, const struct execmem_range *range);
int execmem_trim(struct execmem_area *area, const struct execmem_range *range,
		 size_t size);
int execmem_seal(struct execmem_area *area, const struct execmem_range *range);
void execmem_unmap(struct execmem_area *area,
		   const struct execmem_range *range);

/* run.c */
int execmem_run_take(struct execmem_area *area,
		     const struct execmem_range *range);
void execmem_run_give(struct execmem_run *run, unsigned long addr, size_t size);
unsigned long execmem_twin(const struct execmem_area *area);

/* twin.c, with %EXECMEM_ROX instead of what map.c does */
int execmem_rox_map(struct execmem_area *area,
		    const struct execmem_range *range);
int execmem_rox_trim(struct execmem_area *area, size_t size);
int execmem_rox_seal(struct execmem_area *area);
void execmem_rox_unmap(struct execmem_area *area);

#endif /* _MM_EXECMEM_INTERNAL_H */
