// SPDX-License-Identifier: GPL-2.0
/*
 * What mm/execmem/{hole,pool,run}.c call, with failures, and with whatever else
 * may happen on other CPUs where they hold no lock.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/atomic.h>
#include <linux/kasan.h>
#include <linux/rculist.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "fuzz_pool.h"

/* Work between two steps of a call, and calls between two steps of that */
#define MAX_DEPTH	2

#define NR_OBJECTS	512

/* What all of it is under */
spinlock_t execmem_lock;
unsigned long execmem_frees;

struct fake_block fake_blocks[NR_BLOCKS];
struct vm_struct *vm_areas[NR_VM_AREAS];
struct counts counts;

/* Do others come in between? */
bool fuzz_crowded;

/* Memory that a call has, which is not over; its maker is NULL if none has. */
static struct {
	const void *p;
	const struct call *maker;
} objects[NR_OBJECTS];

static struct call *this_call;
static unsigned int depth;
static struct work_struct *pending;
static struct mutex *taken;
static bool working, in_grace_period;

/* Calls. */

/* What comes in between of another one sees a state that none leaves behind. */
void begin_call(struct call *call, unsigned int odds)
{
	call->outer = this_call;
	call->odds = odds;
	call->disturbed = depth;
	this_call = call;
}

void end_call(struct call *call)
{
	int i;

	check(!execmem_lock.held, "locked at the end");
	check(this_call == call, "others are not done");
	check(!taken || taken->owner != call, "a mutex at the end");
	this_call = call->outer;
	for (i = 0; i < NR_OBJECTS; i++) {
		if (objects[i].maker == call)
			objects[i].maker = NULL;
	}
	for (i = 0; i < NR_BLOCKS; i++) {
		if (fake_blocks[i].maker == call)
			fake_blocks[i].maker = NULL;
	}
	for (i = 0; i < NR_VM_AREAS; i++) {
		if (vm_areas[i] && vm_areas[i]->maker == call)
			vm_areas[i]->maker = NULL;
	}
}

/* Here no lock may be held, and so anything may happen. */
static void others(void)
{
	struct call *call;

	check(!execmem_lock.held, "locked");
	if (!fuzz_crowded || depth == MAX_DEPTH || !this_call ||
	    !fuzz_once_in(32))
		return;

	for (call = this_call; call; call = call->outer)
		call->disturbed = true;
	depth++;
	seen.between++;
	fuzz_others();
	depth--;
}

static bool fault(void)
{
	if (!this_call || !this_call->odds || !fuzz_once_in(this_call->odds))
		return false;
	this_call->failed = true;
	return true;
}

static bool fatal_fault(void)
{
	if (!fault())
		return false;
	this_call->doomed = true;
	return true;
}

int execmem_fault(size_t size)
{
	check(size, "nothing fails");
	return fault() ? -ENOMEM : 0;
}

void spin_lock(spinlock_t *lock)
{
	check(!lock->held, "locked twice");
	lock->held = true;
}

void spin_unlock(spinlock_t *lock)
{
	check(lock->held, "not locked");
	lock->held = false;
	others();
}

bool is_releasing(void)
{
	return taken;
}

void mutex_lock(struct mutex *mutex)
{
	others();
	check(this_call, "nobody takes it");
	check(mutex->owner != this_call, "taken twice");
	if (mutex->owner) {
		/* Who has it is what this one came in between of. */
		check(this_call->area, "the worker has to wait");
		seen.waited++;
		longjmp(this_call->wait, 1);
	}
	check(!taken, "two mutexes");
	mutex->owner = this_call;
	taken = mutex;
}

void mutex_unlock(struct mutex *mutex)
{
	check(this_call && mutex->owner == this_call, "not taken");
	mutex->owner = NULL;
	taken = NULL;
	others();
}

/* Memory. */

static void remember(const void *p)
{
	int i;

	for (i = 0; objects[i].maker; i++)
		check(i < NR_OBJECTS - 1, "too many objects");
	objects[i].p = p;
	objects[i].maker = this_call;
}

static void forget(const void *p)
{
	int i;

	for (i = 0; i < NR_OBJECTS; i++) {
		if (objects[i].p == p)
			objects[i].maker = NULL;
	}
}

static void *allocate(size_t size, unsigned long *count)
{
	void *p;

	others();
	/* Without a run, it is as if there was no room for one. */
	if (count == &counts.runs ? fault() : fatal_fault())
		return NULL;
	p = calloc(1, size);
	check(p, "out of memory");
	remember(p);
	++*count;
	return p;
}

static void release(const void *p, unsigned long *count)
{
	if (!p)
		return;
	check(*count, "freed more than there is");
	--*count;
	forget(p);
	free((void *)p);
}

void *kzalloc(size_t size, gfp_t gfp)
{
	return allocate(size, &counts.objects);
}

void *kcalloc(size_t nr, size_t size, gfp_t gfp)
{
	return allocate(nr * size, &counts.objects);
}

void kfree(const void *p)
{
	release(p, &counts.objects);
}

void kfree_bulk(size_t nr, void **p)
{
	while (nr)
		kfree(p[--nr]);
}

void *kvzalloc(size_t size, gfp_t gfp)
{
	return allocate(size, &counts.runs);
}

/* A run: unless it was never complete, others may have found it. */
void kvfree(const void *p)
{
	const struct execmem_run *run = p;

	check(!run || !run->list.next || in_grace_period, "%lx", run->start);
	release(p, &counts.runs);
}

/* There is one such place. */
void *fuzz_xchg(void **ptr, void *value)
{
	void *old = *ptr;

	*ptr = value;
	counts.kept = !!value;
	if (value)
		forget(value);
	else if (old)
		remember(old);
	return old;
}

/* Addresses. */

unsigned long vm_end(const struct vm_struct *vm)
{
	return (unsigned long)vm->addr + vm->size;
}

bool vm_is_run(const struct vm_struct *vm)
{
	return vm && !vm->foreign && (unsigned long)vm->addr < TEXT_END;
}

struct vm_struct *vm_at(unsigned long addr)
{
	int i;

	for (i = 0; i < NR_VM_AREAS; i++) {
		if (vm_areas[i] && addr >= (unsigned long)vm_areas[i]->addr &&
		    addr < vm_end(vm_areas[i]))
			return vm_areas[i];
	}
	return NULL;
}

/* The lowest address for @size bytes, or 0, as it was before @before */
unsigned long vm_hole(unsigned long size, unsigned long align,
		      unsigned long start, unsigned long end,
		      const struct call *before)
{
	unsigned long addr = ALIGN(start, align);
	const struct vm_struct *vm;
	int i;

	for (i = 0; i < NR_VM_AREAS; i++) {
		vm = vm_areas[i];
		if (!vm || (before && vm->maker == before) ||
		    addr + size <= (unsigned long)vm->addr ||
		    addr >= vm_end(vm))
			continue;
		addr = ALIGN(vm_end(vm), align);
		i = -1;
	}
	return addr + size <= end ? addr : 0;
}

struct vm_struct *vm_add(unsigned long addr, unsigned long size)
{
	struct vm_struct *vm = calloc(1, sizeof(*vm));
	int i;

	check(vm, "out of memory");
	vm->addr = (void *)addr;
	vm->size = size;
	for (i = 0; vm_areas[i]; i++)
		check(i < NR_VM_AREAS - 1, "too many areas");
	vm_areas[i] = vm;
	return vm;
}

struct vm_struct *__get_vm_area_node(unsigned long size, unsigned long align,
				     unsigned long shift, unsigned long flags,
				     unsigned long start, unsigned long end,
				     int node, gfp_t gfp, const void *caller)
{
	struct vm_struct *vm;
	unsigned long addr;

	check(size && size % EXECMEM_BLOCK_SIZE == 0, "%lx bytes", size);
	check(align % EXECMEM_BLOCK_SIZE == 0, "aligned to %lx", align);
	if (start < TEXT_END && !this_call->disturbed && !this_call->failed)
		check(!model_has_slots(this_call, start, end),
		      "a run that is not needed, in %lx-%lx", start, end);
	others();
	if (fault())
		return NULL;
	addr = vm_hole(size, align, start, end, NULL);
	if (!addr)
		return NULL;

	vm = vm_add(addr, size);
	vm->maker = this_call;
	vm->pool = this_call->range->pool;
	/* Who was there last has left it as it may not stay. */
	model_poison(addr, size, false);
	return vm;
}

void free_vm_area(struct vm_struct *area)
{
	int i;

	others();
	check(area, "freed nothing");
	for (i = 0; i < NR_BLOCKS; i++)
		check(fake_blocks[i].vm != area,
		      "%lx is mapped", fake_blocks[i].block->start);
	for (i = 0; vm_areas[i] != area; i++)
		check(i < NR_VM_AREAS - 1, "freed what is not there");
	vm_areas[i] = NULL;
	free(area);
}

/* KASAN. */

void kasan_poison_vmalloc(const void *start, unsigned long size)
{
	model_poison((unsigned long)start, size, true);
}

void *kasan_unpoison_vmalloc(const void *start, unsigned long size,
			     unsigned int flags)
{
	model_poison((unsigned long)start, size, false);
	return (void *)start;
}

int kasan_alloc_module_shadow(void *addr, size_t size, gfp_t gfp)
{
	others();
	return fault() ? -ENOMEM : 0;
}

/* Blocks. */

static struct fake_block *to_fake(const struct execmem_block *block)
{
	int i;

	for (i = 0; fake_blocks[i].block != block; i++)
		check(i < NR_BLOCKS - 1, "no block");
	return &fake_blocks[i];
}

struct execmem_block *execmem_block_new(enum execmem_pool pool)
{
	struct fake_block *fake = to_fake(NULL);
	struct execmem_block *block;

	check(pool == this_call->range->pool, "for %d", pool);
	/* Nothing is made while there is room. */
	if (!this_call->disturbed && !this_call->failed)
		check(!model_has_hole(this_call), "a block is not needed");
	others();
	if (fatal_fault())
		return NULL;
	block = calloc(1, sizeof(*block));
	check(block, "out of memory");
	block->pool = pool;
	block->spare = kzalloc(sizeof(*block->spare), GFP_KERNEL);
	if (!block->spare) {
		free(block);
		return NULL;
	}
	/* Others may have been here meanwhile. */
	fake = to_fake(NULL);
	fake->block = block;
	fake->maker = this_call;
	return block;
}

int execmem_block_fill(struct execmem_block *block, pgprot_t prot)
{
	unsigned long start = block->start;
	struct fake_block *fake = to_fake(block);
	struct vm_struct *vm = vm_at(start);
	int i;

	others();
	check(!fake->vm && !block->open && !block->used, "%lx", start);
	check(fake->maker == this_call, "%lx is not its own", start);
	check(start % EXECMEM_BLOCK_SIZE == 0, "%lx", start);
	check(vm_is_run(vm) && start + EXECMEM_BLOCK_SIZE <= vm_end(vm), "%lx",
	      start);
	check(has_slot(block), "pages for what has no slot: %lx", start);
	check(prot.pgprot == this_call->range->pgprot.pgprot, "%lx",
	      prot.pgprot);
	for (i = 0; i < NR_BLOCKS; i++)
		check(!fake_blocks[i].vm ||
		      fake_blocks[i].block->start != start, "%lx", start);
	/* This is behind many other steps: it would hardly ever be the one. */
	if (fatal_fault() || fatal_fault() || fatal_fault())
		return -ENOMEM;
	fake->vm = vm;
	model_open(start, block->pool);
	return 0;
}

bool is_empty(const struct fake_block *fake)
{
	return fake->vm && fake->block->open && !fake->block->used;
}

unsigned int nr_empty(enum execmem_pool pool)
{
	unsigned int nr = 0, i;

	for (i = 0; i < NR_BLOCKS; i++)
		nr += is_empty(&fake_blocks[i]) &&
		      fake_blocks[i].block->pool == pool;
	return nr;
}

/* Somebody who needs room has found none, or there are others like it. */
static void check_release(struct execmem_block *block)
{
	const struct execmem_range *range = this_call->range;

	check(taken && taken->owner == this_call, "%lx: nobody can wait for it",
	      block->start);
	if (!range) {
		if (!fuzz_crowded)
			check(nr_empty(block->pool), "none is kept");
		return;
	}
	if (!this_call->disturbed && !this_call->failed &&
	    !this_call->emptied) {
		/* As it was before it was taken out. */
		block->open = true;
		check(!model_has_hole(this_call), "%lx is not in the way",
		      block->start);
		block->open = false;
		check(!model_can_grow(this_call, range->start, range->end),
		      "%lx is not in the way", block->start);
	}
	this_call->emptied = true;
	this_call->swapped |= block->pool != range->pool;
}

void execmem_block_empty(struct execmem_block *block)
{
	struct fake_block *fake = to_fake(block);

	others();
	check(fake->vm, "%lx has no pages", block->start);
	check(has_slot(block), "%lx has no slot", block->start);
	check(!block->open && !block->used, "%lx is in use", block->start);
	if (fake->maker != this_call)
		check_release(block);
	model_close(block->start, block->pool);
	fake->vm = NULL;
}

void execmem_block_free(struct execmem_block *block)
{
	struct fake_block *fake = to_fake(block);

	others();
	check(!fake->vm, "%lx has pages", block->start);
	check(!has_slot(block), "%lx has a slot", block->start);
	if (fake->maker != this_call) {
		check(taken && taken->owner == this_call, "%lx", block->start);
		seen.released++;
	}
	kfree(block->spare);
	free(block);
	*fake = (struct fake_block) { };
}

void abandon_call(struct call *call)
{
	int i;

	check(call == this_call && call->disturbed, "it need not wait");
	for (i = 0; i < NR_BLOCKS; i++) {
		struct fake_block *fake = &fake_blocks[i];

		if (fake->maker != call)
			continue;
		check(!fake->vm && !has_slot(fake->block),
		      "%lx is kept while it waits", fake->block->start);
		kfree(fake->block->spare);
		free(fake->block);
		*fake = (struct fake_block) { };
	}
	for (i = 0; i < NR_VM_AREAS; i++)
		check(!vm_areas[i] || vm_areas[i]->maker != call,
		      "%p is kept while it waits", vm_areas[i]->addr);
	for (i = 0; i < NR_OBJECTS; i++) {
		if (objects[i].maker == call)
			kfree(objects[i].p);
	}
}

/* It fails before it writes anything, or not at all. */
int execmem_arch_write(void *dst, const void *src, size_t len)
{
	check(!src, "nobody is to write");
	if (this_call->area && !this_call->disturbed && !this_call->failed)
		check(!model_has_hole(this_call), "room is not short");
	others();
	if (fault())
		return -ENOMEM;
	seen.late += !!this_call->area;
	model_fill((unsigned long)dst, len);
	return 0;
}

/* What happens later. */

bool schedule_work(struct work_struct *work)
{
	check(!pending || pending == work, "there is one only");
	pending = work;
	others();
	return true;
}

bool work_pending(void)
{
	return pending;
}

/*
 * Never twice at a time: that is what a workqueue is for. And not where it
 * would only wait.
 */
void run_work(void)
{
	struct work_struct *work = pending;
	struct call call = { };

	if (working || !work || is_releasing())
		return;
	pending = NULL;
	working = true;
	begin_call(&call, 0);
	work->func(work);
	end_call(&call);
	working = false;
}

static struct rcu_head *waiting;

void call_rcu(struct rcu_head *rcu, void (*func)(struct rcu_head *rcu))
{
	rcu->func = func;
	rcu->next = waiting;
	waiting = rcu;
	counts.waiting++;
	others();
}

void grace_period(void)
{
	in_grace_period = true;
	while (waiting) {
		struct rcu_head *rcu = waiting;

		waiting = rcu->next;
		counts.waiting--;
		rcu->func(rcu);
	}
	in_grace_period = false;
}
