/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of execmem share.
 *
 * Locks: execmem_lock is a leaf below every lock of a caller (I4), as are the
 * mutexes inside; nothing is allocated, mapped or protected under it.
 */
#ifndef _MM_EXECMEM_INTERNAL_H
#define _MM_EXECMEM_INTERNAL_H

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/mm.h>
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

/**
 * struct execmem_room - the largest room in some holes, in bytes
 * @pages: in whole pages
 * @scrap: in holes that no page is whole in
 */
struct execmem_room {
	unsigned long		pages;
	unsigned long		scrap;
};

struct execmem_run;

/**
 * struct execmem_area - one allocation, or a hole between some
 * @node: in the tree of all, by @addr
 * @list: when it is in neither tree, because it still has to be filled
 * @addr: first address
 * @size: bytes, as asked for, in granules; shrinks with execmem_shrink()
 * @type: who asked for it
 * @state: see there; changed under execmem_lock
 * @caller: where execmem_alloc() was called, for debugfs
 * @span: bytes that nobody else has, if it is of blocks
 * @run: what it is in, or NULL if it is not of blocks
 * @pool: which tree of holes it is from, if it is of blocks
 * @order: of an allocation: in the list of all, by @addr
 * @best: of a hole: the most that it and those below it in the tree have
 * @freed: when other code was freed here, see execmem_was_used()
 */
struct execmem_area {
	union {
		struct rb_node		node;
		struct list_head	list;
	};
	unsigned long		addr;
	size_t			size;
	enum execmem_type	type;
	enum execmem_state	state;
	unsigned long		caller;
	size_t			span;
	struct execmem_run	*run;
	enum execmem_pool	pool;
	union {
		struct list_head	order;
		struct execmem_room	best;
	};
	unsigned long		freed;
};

/**
 * struct execmem_areas - allocations by address
 * @root: to find one
 * @order: to find the one behind it
 */
struct execmem_areas {
	struct rb_root		root;
	struct list_head	order;
};

#define EXECMEM_AREAS_INIT(_name)	{				\
	.root	= RB_ROOT,						\
	.order	= LIST_HEAD_INIT((_name).order),			\
}

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
extern struct execmem_areas execmem_areas;
extern unsigned long execmem_frees;
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

/* Zero, or more than there are addresses? @rounded is in granules. */
bool execmem_bad_size(size_t size, size_t granule, size_t *rounded);

/* Could @size bytes be in one of the windows of @range, if that was empty? */
bool execmem_range_has(const struct execmem_range *range, size_t size);

/* execmem_check_range() lets no other architecture have the flag. */
static inline bool range_is_rox(const struct execmem_range *range)
{
	return IS_ENABLED(CONFIG_ARCH_HAS_EXECMEM_ROX) &&
	       (range->flags & EXECMEM_ROX);
}

/* Allocations of small users are of this size, and those of others of pages. */
#define EXECMEM_GRANULE		64

static inline size_t execmem_granule(const struct execmem_range *range)
{
	return range_is_rox(range) ? EXECMEM_GRANULE : PAGE_SIZE;
}

/* area.c */
struct execmem_area *execmem_find(struct rb_root *root, unsigned long addr);
bool execmem_has_bytes(const struct execmem_area *area, unsigned long addr,
		       size_t len);
struct execmem_area *execmem_next(const struct execmem_areas *areas,
				  struct execmem_area *area);
int execmem_insert(struct execmem_areas *areas, struct execmem_area *area,
		   struct execmem_area *hint);
void execmem_erase(struct execmem_areas *areas, struct execmem_area *area);

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

/* map.c, or linear.c; @area is taken over by what unmaps it, and on error */
int execmem_map(struct execmem_area *area, const struct execmem_range *range);
int execmem_trim(struct execmem_area *area, const struct execmem_range *range,
		 size_t size);
int execmem_seal(struct execmem_area *area, const struct execmem_range *range);
void execmem_unmap(struct execmem_area *area,
		   const struct execmem_range *range);

/* hole.c, under execmem_lock */
bool execmem_hole_take(struct execmem_area *area, unsigned long align,
		       unsigned long start, unsigned long end,
		       struct execmem_area **spare);
bool execmem_hole_take_at(struct execmem_area *area, unsigned long addr,
			  struct execmem_area **spare);
void execmem_hole_give(struct execmem_area *area, struct execmem_area **rest);

/* run.c */
unsigned long execmem_twin(const struct execmem_area *area);

/* twin.c, with %EXECMEM_ROX instead of what map.c does */
int execmem_rox_map(struct execmem_area *area,
		    const struct execmem_range *range);
int execmem_rox_trim(struct execmem_area *area, size_t size);
int execmem_rox_seal(struct execmem_area *area);
void execmem_rox_unmap(struct execmem_area *area);

/* twin.c, once for all that execmem_seal() was called for */
#ifdef CONFIG_ARCH_HAS_EXECMEM_ROX
void execmem_sealed(struct execmem_area **areas, unsigned int nr);
#else
static inline void execmem_sealed(struct execmem_area **areas, unsigned int nr)
{
}
#endif

/* debugfs.c: may who has opened the file see where code is? */
struct seq_file;
bool execmem_shows_addresses(const struct seq_file *m);

/* block_debugfs.c */
struct dentry;
#ifdef CONFIG_ARCH_HAS_EXECMEM_ROX
void execmem_blocks_debugfs(struct dentry *dir);
#else
static inline void execmem_blocks_debugfs(struct dentry *dir) { }
#endif

/* rodata.c, for data that is read-only */
bool execmem_rodata_take(struct execmem_area *area,
			 const struct execmem_range *range);
int execmem_rodata_map(struct execmem_area *area);
int execmem_rodata_seal(const struct execmem_area *area);
void execmem_rodata_unmap(struct execmem_area *area);

#endif /* _MM_EXECMEM_INTERNAL_H */
