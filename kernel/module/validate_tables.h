/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What validate.c checks that depends on the configuration
 */
#ifndef _KERNEL_MODULE_VALIDATE_TABLES_H
#define _KERNEL_MODULE_VALIDATE_TABLES_H

/* Many sections have few names: most differ in length, which is quick to see. */
struct section_name {
	const char *name;
	size_t len;
};

#define SECTION_NAME(_name)	{ .name = _name, .len = sizeof(_name) - 1 }

static inline bool is_named(const struct section_name *wanted,
			    const char *name, size_t len)
{
	return wanted->len == len && !memcmp(wanted->name, name, len);
}

#define TABLE(_name, _type, _write)	{				\
	.name = SECTION_NAME(_name), .entry = sizeof(_type),		\
	.write = _write,						\
}

struct section_table {
	struct section_name name;
	unsigned int entry;
	bool write;
};

/*
 * Sections of which the kernel makes arrays: some are changed later. Those of
 * which the name begins with a dot are apart, as nearly all others of a module
 * have such a name.
 */
static const struct section_table dot_tables[] = {
	/* Looked for by architectures, which know the size of an entry. */
	TABLE(".altinstructions", char, false),
	TABLE(".alt.smp.init", char, false),
	TABLE(".pv_table", char, false),
	TABLE(".orc_unwind", char, false),
	TABLE(".orc_unwind_ip", s32, false),
#ifdef CONFIG_HAVE_STATIC_CALL_INLINE
	TABLE(".static_call_sites", struct static_call_site, true),
#endif
};

static const struct section_table tables[] = {
	TABLE("__param", struct kernel_param, false),
	TABLE("__ksymtab", struct kernel_symbol, false),
	TABLE("__ksymtab_gpl", struct kernel_symbol, false),
	TABLE("__kcrctab", s32, false),
	TABLE("__kcrctab_gpl", s32, false),
	TABLE("__ex_table", struct exception_table_entry, false),
	TABLE("__dyndbg", struct _ddebug, true),
	TABLE("__dyndbg_classes", struct ddebug_class_map, true),
#ifdef CONFIG_JUMP_LABEL
	TABLE("__jump_table", struct jump_entry, true),
#endif
#ifdef CONFIG_GENERIC_BUG
	TABLE("__bug_table", struct bug_entry, true),
#endif
#ifdef CONFIG_TRACEPOINTS
	/* Reached through pointers: not an array. */
	TABLE("__tracepoints", char, true),
	TABLE("__tracepoints_ptrs", tracepoint_ptr_t, false),
#endif
#ifdef CONFIG_EVENT_TRACING
	TABLE("_ftrace_events", struct trace_event_call *, false),
	TABLE("_ftrace_eval_map", struct trace_eval_map *, false),
#endif
#ifdef CONFIG_TRACING
	TABLE("__trace_printk_fmt", char *, true),
#endif
#ifdef CONFIG_FTRACE_MCOUNT_RECORD
	TABLE(FTRACE_CALLSITE_SECTION, unsigned long, false),
#endif
};

/*
 * More than that cannot be had. It is said here because the allocator would
 * say it with a stack trace.
 */
static inline u64 max_module_size(void)
{
	u64 max = (u64)totalram_pages() << PAGE_SHIFT >> 1;

#if defined(CONFIG_MMU) && defined(MODULES_VADDR)
	if (!IS_ENABLED(CONFIG_ARM_MODULE_PLTS) &&
	    !IS_ENABLED(CONFIG_ARM64_MODULE_PLTS))
		max = min_t(u64, max, MODULES_END - MODULES_VADDR);
#endif
	return max;
}

static inline void (*module_exit_function(const struct module *mod))(void)
{
#ifdef CONFIG_MODULE_UNLOAD
	return mod->exit;
#else
	return NULL;
#endif
}

#endif /* _KERNEL_MODULE_VALIDATE_TABLES_H */
