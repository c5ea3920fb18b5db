// SPDX-License-Identifier: GPL-2.0
/*
 * execmem: the calls of include/linux/execmem.h, and the state machine that is
 * drawn there.
 *
 * A caller that breaks the rules has mixed up pointers to code. It gets an
 * errno and one warning, and nothing is changed.
 */

#define pr_fmt(fmt) "execmem: " fmt

#include <linux/bug.h>
#include <linux/execmem.h>
#include <linux/instruction_pointer.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/execmem.h>

/* Protects the tree, the state of what is in it, and the numbers. */
DEFINE_SPINLOCK(execmem_lock);
struct execmem_areas execmem_areas = EXECMEM_AREAS_INIT(execmem_areas);

/*
 * Who has got memory writes it, and then finishes it. The next one mostly comes
 * right behind it, and what came first often goes first.
 */
static struct execmem_area *recent;

struct execmem_stats execmem_stats[EXECMEM_NR_TYPES];

/* How often memory was freed, and up to when that does not matter (I10) */
unsigned long execmem_frees;
static unsigned long frees_forgotten;

static struct execmem_info *execmem_info __ro_after_init;

const struct execmem_range *execmem_range(enum execmem_type type)
{
	return &execmem_info->ranges[type];
}

/* Not before execmem_init(), and not on a machine that has none. */
bool execmem_available(void)
{
	return execmem_info;
}

void __init execmem_init(void)
{
	struct execmem_info *info = execmem_arch_setup();

	if (!info) {
		pr_info("none on this machine\n");
		return;
	}
	if (IS_ENABLED(CONFIG_ARCH_HAS_EXECMEM_ROX) && !execmem_allows_rox())
		pr_info("execmem.rox=0, code is writable until it is finished\n");

	execmem_accept_ranges(info);
	execmem_info = info;
}

/* What has not been there before is completed, and named if it is bad. */
void __init execmem_ranges_moved(void)
{
	if (execmem_info)
		execmem_accept_ranges(execmem_info);
}

static struct execmem_area *new_area(enum execmem_type type, size_t size,
				     unsigned long caller)
{
	struct execmem_area *area;

	if (execmem_fault(sizeof(*area)))
		return NULL;
	area = kmalloc(sizeof(*area), GFP_KERNEL);
	if (!area)
		return NULL;
	*area = (struct execmem_area) {
		.type = type,
		.size = size,
		/* Text of modules is stored to by pages until it is finished. */
		.span = type == EXECMEM_MODULE_TEXT ? PAGE_ALIGN(size) : size,
		.state = EXECMEM_WRITING,
		.caller = caller,
	};
	return area;
}

/* What contains @addr */
static struct execmem_area *find(unsigned long addr)
{
	lockdep_assert_held(&execmem_lock);

	if (!recent || addr - recent->addr >= recent->size)
		recent = execmem_find(&execmem_areas.root, addr);
	return recent;
}

static int publish(struct execmem_area *area)
{
	int err;

	spin_lock(&execmem_lock);
	err = execmem_insert(&execmem_areas, area, recent);
	if (!err) {
		recent = area;
		execmem_count_alloc(area);
	}
	spin_unlock(&execmem_lock);
	return err;
}

int execmem_no_room(enum execmem_type type, size_t size)
{
	pr_warn_ratelimited("%s: no addresses for %zu bytes (err %d)\n",
			    execmem_type_name(type), size, -ENOMEM);
	return -ENOMEM;
}

static void *execmem_get(enum execmem_type type, size_t size,
			 unsigned long caller)
{
	const struct execmem_range *range;
	struct execmem_area *area;
	int err;

	if (!execmem_available())
		return ERR_PTR(-EAGAIN);

	range = execmem_range(type);
	if (range->pool == EXECMEM_POOL_NONE)
		return ERR_PTR(-ENODEV);
	/* Before pages are taken from others for what has no place anyway. */
	if (!execmem_range_has(range, size))
		return ERR_PTR(execmem_no_room(type, size));

	area = new_area(type, size, caller);
	if (!area)
		return ERR_PTR(-ENOMEM);

	err = execmem_map(area, range);
	if (err)
		return ERR_PTR(err);
	err = publish(area);
	if (WARN_ON_ONCE(err)) {
		execmem_unmap(area, range);
		return ERR_PTR(err);
	}
	return (void *)area->addr;
}

static size_t granule(enum execmem_type type)
{
	return execmem_available() ? execmem_granule(execmem_range(type)) :
				     PAGE_SIZE;
}

void *execmem_alloc(enum execmem_type type, size_t size)
{
	size_t rounded;
	void *p;

	if (execmem_misused(type >= EXECMEM_NR_TYPES ||
			    execmem_bad_size(size, granule(type), &rounded),
			    "type %d does not come in %zu bytes\n",
			    type, size)) {
		trace_execmem_fail("alloc", type, NULL, size, -EINVAL);
		return ERR_PTR(-EINVAL);
	}

	p = execmem_get(type, rounded, _RET_IP_);
	if (IS_ERR(p)) {
		spin_lock(&execmem_lock);
		execmem_count_failure(type);
		spin_unlock(&execmem_lock);
		trace_execmem_fail("alloc", type, NULL, rounded, PTR_ERR(p));
		return p;
	}
	trace_execmem_alloc(type, p, rounded);
	return p;
}

bool execmem_is_rox(enum execmem_type type)
{
	return execmem_available() && range_is_rox(execmem_range(type));
}

/* The allocation that starts at @ptr, if it is in state @from; now in @to. */
static struct execmem_area *advance(const void *ptr, enum execmem_state from,
				    enum execmem_state to)
{
	struct execmem_area *area;

	spin_lock(&execmem_lock);
	area = find((unsigned long)ptr);
	if (area && (area->addr != (unsigned long)ptr || area->state != from))
		area = NULL;
	if (area)
		area->state = to;
	spin_unlock(&execmem_lock);
	return area;
}

static void settle(struct execmem_area *area, enum execmem_state state,
		   size_t trimmed)
{
	spin_lock(&execmem_lock);
	area->state = state;
	execmem_count_settle(area, trimmed);
	spin_unlock(&execmem_lock);
}

static int seal(struct execmem_area *area)
{
	int err = execmem_seal(area, execmem_range(area->type));

	if (err)
		pr_err("%s: cannot protect %zu bytes at %pS (err %d)\n",
		       execmem_type_name(area->type), area->size,
		       (void *)area->addr, err);
	return err;
}

static void finished(struct execmem_area *area, int err)
{
	void *ptr = (void *)area->addr;

	if (err)
		trace_execmem_fail("finish", area->type, ptr, area->size, err);
	else
		trace_execmem_finish(area->type, ptr, area->size);
	settle(area, err ? EXECMEM_FAILED : EXECMEM_LIVE, 0);
}

/* What is done for each one. NULL and @err if it failed */
static struct execmem_area *finish_begin(const void *ptr, int *err)
{
	struct execmem_area *area;

	area = advance(ptr, EXECMEM_WRITING, EXECMEM_SEALING);
	*err = -EINVAL;
	if (execmem_misused(!area, "%pS is not to be finished\n", ptr)) {
		trace_execmem_fail("finish", EXECMEM_NR_TYPES, ptr, 0, *err);
		return NULL;
	}

	*err = seal(area);
	if (!*err)
		return area;
	finished(area, *err);
	return NULL;
}

int execmem_finish_all(void *const *ptrs, unsigned int nr)
{
	struct execmem_area *areas[EXECMEM_FINISH_MAX], *area;
	unsigned int i, done = 0;
	int err, first = 0;

	if (execmem_misused(nr > EXECMEM_FINISH_MAX, "%u at once\n", nr))
		return -EINVAL;

	for (i = 0; i < nr; i++) {
		area = finish_begin(ptrs[i], &err);
		first = first ?: err;
		if (area)
			areas[done++] = area;
	}

	/* I9: once for all of them. */
	execmem_sealed(areas, done);
	for (i = 0; i < done; i++)
		finished(areas[i], 0);
	return first;
}

int execmem_finish(void *ptr)
{
	struct execmem_area *area;
	int err;

	area = finish_begin(ptr, &err);
	if (!area)
		return err;
	execmem_sealed(&area, 1);
	finished(area, 0);
	return 0;
}

int execmem_shrink(void *ptr, size_t size)
{
	struct execmem_area *area;
	size_t rounded, old;
	int err = -EINVAL;

	area = advance(ptr, EXECMEM_WRITING, EXECMEM_SEALING);
	if (execmem_misused(!area, "%pS is not to be shrunk\n", ptr)) {
		trace_execmem_fail("shrink", EXECMEM_NR_TYPES, ptr, size, err);
		return err;
	}

	old = area->size;
	if (!execmem_misused(execmem_bad_size(size, granule(area->type),
					      &rounded) ||
			     rounded > area->size,
			     "%pS has %zu bytes, not %zu\n", ptr, area->size,
			     size))
		err = execmem_trim(area, execmem_range(area->type), rounded);
	if (err)
		trace_execmem_fail("shrink", area->type, ptr, size, err);
	settle(area, EXECMEM_WRITING, old - area->size);
	return err;
}

/* Is all of it inside one allocation that is being written? */
static bool may_write(unsigned long addr, size_t len, enum execmem_type *type)
{
	struct execmem_area *area;
	bool ok;

	spin_lock(&execmem_lock);
	area = find(addr);
	ok = area && area->state == EXECMEM_WRITING &&
	     execmem_has_bytes(area, addr, len);
	if (ok)
		*type = area->type;
	spin_unlock(&execmem_lock);
	return ok;
}

static int write_to(enum execmem_type type, void *dst, const void *src,
		    size_t len)
{
	int err = execmem_fault(len);

	if (err)
		return err;
	if (range_is_rox(execmem_range(type)))
		return execmem_arch_write(dst, src, len);
	memcpy(dst, src, len);
	return 0;
}

int execmem_write(void *dst, const void *src, size_t len)
{
	enum execmem_type type;
	int err;

	if (execmem_misused(!may_write((unsigned long)dst, len, &type),
			    "no %zu bytes to be written at %pS\n", len, dst)) {
		trace_execmem_fail("write", EXECMEM_NR_TYPES, dst, len,
				   -EINVAL);
		return -EINVAL;
	}

	err = write_to(type, dst, src, len);
	if (err)
		trace_execmem_fail("write", type, dst, len, err);
	else
		trace_execmem_write(type, dst, len);
	return err;
}

void execmem_free(void *ptr)
{
	struct execmem_area *area;

	if (!ptr)
		return;
	might_sleep();

	spin_lock(&execmem_lock);
	area = find((unsigned long)ptr);
	if (area && (area->addr != (unsigned long)ptr ||
		     area->state == EXECMEM_SEALING))
		area = NULL;
	if (area) {
		recent = execmem_next(&execmem_areas, area);
		execmem_erase(&execmem_areas, area);
		execmem_count_free(area);
	}
	spin_unlock(&execmem_lock);

	if (execmem_misused(!area, "%pS is not to be freed\n", ptr)) {
		trace_execmem_fail("free", EXECMEM_NR_TYPES, ptr, 0, -EINVAL);
		return;
	}
	trace_execmem_free(area->type, ptr, area->size);
	execmem_unmap(area, execmem_range(area->type));
}

bool execmem_was_used(const void *ptr)
{
	struct execmem_area *area;
	bool used;

	spin_lock(&execmem_lock);
	area = find((unsigned long)ptr);
	/* I10: of what comes by pages nobody knows whose they were. */
	used = !area || !area->run || area->freed > frees_forgotten;
	spin_unlock(&execmem_lock);
	return used;
}

void execmem_forget_uses(void)
{
	spin_lock(&execmem_lock);
	frees_forgotten = execmem_frees;
	spin_unlock(&execmem_lock);
}
