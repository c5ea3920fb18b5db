// SPDX-License-Identifier: GPL-2.0
/*
 * What depends on tables about code: exception table, patched branches and
 * calls, tracepoint, and stack traces. Each is there in core text and in init
 * text, as the loader keeps those in regions of their own.
 */

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/module.h>
#include <linux/stacktrace.h>
#include <linux/static_call.h>
#include <linux/uaccess.h>

#define CREATE_TRACE_POINTS
#include "sections_trace.h"

#include "sections.h"

static DEFINE_STATIC_KEY_FALSE(sections_key);
static DEFINE_STATIC_KEY_FALSE_RO(sections_key_ro);

/*
 * Loads a word, and stores it again if asked to. The __*_kernel_nofault()
 * macros are used, and not the functions built from them, because they expand
 * here: the instruction that faults and its exception table entry are this
 * module's own.
 *
 * No caller in core text does just what this does: the compiler would make the
 * two one, and init text call core text.
 */
static __always_inline int try_access(unsigned long addr, bool store)
{
	void *p = (void *)ALIGN_DOWN(addr, sizeof(unsigned long));
	unsigned long val;

	pagefault_disable();
	__get_kernel_nofault(&val, p, unsigned long, fault);
	if (store)
		__put_kernel_nofault(p, &val, unsigned long, fault);
	pagefault_enable();
	return 0;

fault:
	pagefault_enable();
	return -EFAULT;
}

int sections_load(unsigned long addr)
{
	return try_access(addr, false);
}

int sections_store(unsigned long addr)
{
	return try_access(addr, true);
}

int sections_branch(void)
{
	if (static_branch_unlikely(&sections_key))
		return 1;
	return 0;
}

int sections_branch_ro(void)
{
	if (static_branch_unlikely(&sections_key_ro))
		return 1;
	return 0;
}

void sections_branch_set(bool on)
{
	if (on)
		static_branch_enable(&sections_key);
	else
		static_branch_disable(&sections_key);
}

static noinline int sections_call_first(void)
{
	return 1;
}

static noinline int sections_call_second(void)
{
	return 2;
}

DEFINE_STATIC_CALL(sections_static_call, sections_call_first);

int sections_call(void)
{
	return static_call(sections_static_call)();
}

void sections_call_set(bool second)
{
	if (second)
		static_call_update(sections_static_call, sections_call_second);
	else
		static_call_update(sections_static_call, sections_call_first);
}

/*
 * Where a trace starts depends on the architecture: the two outer functions
 * are always in it. Each does something after its call, as a tail call would
 * not be in the trace.
 */
static noinline void sections_backtrace_leaf(struct sections_trace *trace)
{
	trace->nr = stack_trace_save(trace->entries, SECTIONS_TRACE_DEPTH, 0);
}

static noinline void sections_backtrace_inner(struct sections_trace *trace)
{
	sections_backtrace_leaf(trace);
	barrier();
}

noinline void sections_backtrace(struct sections_trace *trace)
{
	sections_backtrace_inner(trace);
	barrier();
}

static noinline void __init
sections_backtrace_init_leaf(struct sections_trace *trace)
{
	trace->nr = stack_trace_save(trace->entries, SECTIONS_TRACE_DEPTH, 0);
}

static noinline void __init
sections_backtrace_init_inner(struct sections_trace *trace)
{
	sections_backtrace_init_leaf(trace);
	barrier();
}

noinline void __init sections_backtrace_init(struct sections_trace *trace)
{
	sections_backtrace_init_inner(trace);
	barrier();
}

void sections_event(u64 value)
{
	trace_test_module_sections(value);
}

unsigned int sections_extable_entries(void)
{
	return THIS_MODULE->num_exentries;
}

static noinline int __init sections_branch_init(void)
{
	if (static_branch_unlikely(&sections_key))
		return 1;
	return 0;
}

static noinline int __init sections_call_init(void)
{
	return static_call(sections_static_call)();
}

static void __init sections_patch_init(void)
{
	sections_init.branch_off = sections_branch_init();
	sections_branch_set(true);
	sections_init.branch_on = sections_branch_init();
	sections_branch_set(false);
	static_branch_enable(&sections_key_ro);

	sections_init.call_first = sections_call_init();
	sections_call_set(true);
	sections_init.call_second = sections_call_init();
	sections_call_set(false);
}

/*
 * Faults in init text have their fixups there too, except on arm: fixups are
 * in .text.fixup, and modpost refuses those that return to init text.
 */
static int __init sections_access_init(unsigned long addr, bool store)
{
	if (!IS_ENABLED(CONFIG_ARM))
		return try_access(addr, store);
	return store ? sections_store(addr) : sections_load(addr);
}

static int __init sections_store_init(const char *name)
{
	const struct sections_object *obj = sections_find(name);

	return obj ? sections_access_init(obj->addr, true) : -ENOENT;
}

void __init sections_code_init(void)
{
	sections_init.extable_entries = sections_extable_entries();
	sections_init.extable_init = !IS_ENABLED(CONFIG_ARM);
	sections_init.fault = sections_access_init(sections_unmapped, false);
	sections_init.store_text = sections_store_init("text");
	sections_init.store_rodata = sections_store_init("rodata");
	sections_init.store_ro_after_init =
		sections_store_init("ro_after_init");
	sections_init.store_init_data = sections_store_init("init_data");
	sections_init.store_init_text = sections_store_init("init_text");
	sections_init.store_init_rodata = sections_store_init("init_rodata");
	sections_patch_init();
}
