// SPDX-License-Identifier: GPL-2.0
/*
 * One object for each kind of section, and the list of where they are. The
 * test reads that list from debugfs, and finds out from the page tables, from
 * sysfs and from kallsyms whether each object is where it should be.
 */

#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "sections.h"

static unsigned long sections_data = SECTIONS_DATA;
static unsigned long sections_bss[8];
static const unsigned long sections_rodata[] = { 1, 1, 2, 3, 5, 8, 13, 21 };
static unsigned long sections_ro_after_init __ro_after_init;
static unsigned long sections_init_data __initdata = SECTIONS_DATA;
static const unsigned long sections_init_rodata[] __initconst = { 34, 55, 89 };
DEFINE_PER_CPU(unsigned long, sections_percpu) = SECTIONS_PERCPU;

unsigned int sections_param = 5;
module_param_named(param, sections_param, uint, 0644);
MODULE_PARM_DESC(param, "A number, to be read back");

struct sections_object sections_objects[SECTIONS_MAX_OBJECTS] __ro_after_init;
unsigned int sections_nr_objects __ro_after_init;
struct sections_init sections_init __ro_after_init;

/*
 * Memory to which nothing but .data, .bss or .data..ro_after_init points. It
 * is lost for kmemleak if it does not scan the regions they are in.
 */
static void *sections_owner_data = ZERO_SIZE_PTR; /* else it were .bss */
const char *sections_init_trace;
static void *sections_owner_ro_after_init __ro_after_init;

/* The guard page of a vmalloc() area: a kernel address that always faults. */
static void *sections_guarded;
unsigned long sections_unmapped;

static const char * const sections_region_names[MOD_MEM_NUM_TYPES] = {
	[MOD_TEXT]		= "text",
	[MOD_DATA]		= "data",
	[MOD_RODATA]		= "rodata",
	[MOD_RO_AFTER_INIT]	= "ro_after_init",
	[MOD_INIT_TEXT]		= "init_text",
	[MOD_INIT_DATA]		= "init_data",
	[MOD_INIT_RODATA]	= "init_rodata",
};

const char *sections_region(unsigned long addr)
{
	for_each_mod_mem_type(type) {
		if (within_module_mem_type(addr, THIS_MODULE, type))
			return sections_region_names[type];
	}

	return "none";
}

const struct sections_object *sections_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < sections_nr_objects; i++)
		if (!strcmp(sections_objects[i].name, name))
			return &sections_objects[i];

	return NULL;
}

static noinline unsigned long sections_text(unsigned long n)
{
	/* Never true: there to have an entry in the bug table. */
	WARN_ON_ONCE(n == ULONG_MAX);
	return n + sections_rodata[n % ARRAY_SIZE(sections_rodata)];
}

static noinline unsigned long __init sections_init_text(unsigned long n)
{
	sections_init_data += n;
	return sections_init_rodata[n % ARRAY_SIZE(sections_init_rodata)];
}

static void __init sections_add(const char *name, const void *addr)
{
	struct sections_object *obj = &sections_objects[sections_nr_objects++];

	obj->name = name;
	obj->addr = (unsigned long)addr;
	obj->at_init = sections_region(obj->addr);
}

static void __init sections_collect(void)
{
	sections_add("text", sections_text);
	sections_add("data", &sections_data);
	sections_add("bss", sections_bss);
	sections_add("rodata", sections_rodata);
	sections_add("ro_after_init", &sections_ro_after_init);
	sections_add("init_text", sections_init_text);
	sections_add("init_data", &sections_init_data);
	sections_add("init_rodata", sections_init_rodata);
	sections_add("this_module", THIS_MODULE);
	sections_add("percpu", raw_cpu_ptr(&sections_percpu));
#ifdef CONFIG_MODULE_UNLOAD
	sections_add("exit_text", THIS_MODULE->exit);
#endif
}

static char * __init sections_describe_trace(void)
{
	struct sections_trace trace = { };
	char *buf = kzalloc(PAGE_SIZE, GFP_KERNEL);

	if (!buf)
		return NULL;

	/* Symbols of init text can be looked up only as long as it is there. */
	sections_backtrace_init(&trace);
	stack_trace_snprint(buf, PAGE_SIZE, trace.entries, trace.nr, 0);
	return buf;
}

static void sections_free(void)
{
	vfree(sections_guarded);
	kfree(sections_init_trace);
	kfree(sections_owner_data);
	kfree(sections_owner_ro_after_init);
}

static int __init sections_alloc(void)
{
	sections_owner_data = kzalloc(64, GFP_KERNEL);
	sections_owner_ro_after_init = kzalloc(64, GFP_KERNEL);
	sections_init_trace = sections_describe_trace();
	sections_guarded = vmalloc(PAGE_SIZE);

	if (!sections_owner_data || !sections_owner_ro_after_init ||
	    !sections_init_trace || !sections_guarded)
		return -ENOMEM;

	sections_unmapped = (unsigned long)sections_guarded + PAGE_SIZE;
	return 0;
}

static int __init test_module_sections_init(void)
{
	int ret;

	ret = sections_alloc();
	if (ret)
		goto out_free;

	sections_collect();
	sections_ro_after_init = sections_text(sections_init_text(1));
	sections_bss[0] = sections_data;

	sections_code_init();

	ret = sections_debugfs_init();
	if (ret)
		goto out_free;

	return 0;

out_free:
	sections_free();
	return ret;
}
module_init(test_module_sections_init);

static void __exit test_module_sections_exit(void)
{
	sections_debugfs_exit();
	sections_free();
}
module_exit(test_module_sections_exit);

MODULE_DESCRIPTION("Test module with an object in each kind of section");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
