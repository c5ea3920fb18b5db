/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the loader, and the parts of the veneers, call of each other; see
 * include/linux/module_veneer.h.
 */
#ifndef _KERNEL_MODULE_VENEER_H
#define _KERNEL_MODULE_VENEER_H

#include <linux/module_veneer.h>
#include <linux/types.h>

struct load_info;
struct module;

/**
 * struct veneer_tally - how many different targets a region branches to
 * @seen: symbols that are counted with an addend of 0, one bit for each
 * @keys: symbols with another addend
 * @nr_keys: how many of these
 * @max_keys: how many there is room for
 * @nr: how many targets are counted for good
 */
struct veneer_tally {
	unsigned long	*seen;
	u64		*keys;
	size_t		nr_keys;
	size_t		max_keys;
	unsigned int	nr;
};

#ifdef CONFIG_MODULE_VENEERS
#include <asm/module_veneer.h>

/* What calls the tracer has its call sites in this section. */
#ifdef CONFIG_DYNAMIC_FTRACE
#define MODULE_VENEER_TRACED	FTRACE_CALLSITE_SECTION
#else
#define MODULE_VENEER_TRACED	""
#define MODULE_VENEER_FIXED	0

static inline unsigned long module_veneer_fixed_target(unsigned int i)
{
	return 0;
}
#endif

/* veneer_count.c */
int veneer_tally_begin(struct veneer_tally *tally, unsigned int nr_syms);
int veneer_tally_add(struct veneer_tally *tally, unsigned int sym, s64 addend);
unsigned int veneer_tally_sum(struct veneer_tally *tally);
void veneer_tally_end(struct veneer_tally *tally);

/**
 * module_count_veneers() - how many veneers a region needs at most
 * @mod: the module, for messages
 * @info: the load
 * @init: of its init text, not of its core text
 * @nr: receives the number, the tracer's among them
 *
 * Context: Process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int module_count_veneers(const struct module *mod,
			 const struct load_info *info, bool init,
			 unsigned int *nr);

/* veneer.c */
/**
 * module_is_traced() - does anything in a module call the tracer?
 * @info: the load
 *
 * Context: Any.
 * Return: true if it does.
 */
bool module_is_traced(const struct load_info *info);

/**
 * module_veneers_reserve() - make room for all veneers that may be needed
 * @mod: the module in the temporary copy
 * @info: the load, before it is laid out
 *
 * Context: Process context, may sleep.
 * Return: 0, -ENOMEM, or -ENOEXEC if the module has no section for them.
 */
int module_veneers_reserve(struct module *mod, struct load_info *info);

/**
 * module_veneers_layout() - have the veneers at the ends of their regions
 * @mod: the module in the temporary copy
 * @info: the load, with all other sections laid out
 *
 * Context: Any.
 * Return: 0, or -ENOEXEC if a region becomes too large.
 */
int module_veneers_layout(struct module *mod, struct load_info *info);

/**
 * module_veneers_begin() - before the module is relocated
 * @mod: the module, at its final place
 * @info: the load
 *
 * Context: Any.
 */
void module_veneers_begin(struct module *mod, const struct load_info *info);

/**
 * module_veneers_end() - after the module was relocated, or could not be
 * @mod: the module
 *
 * Frees what was needed for relocating.
 *
 * Context: Process context, may sleep.
 */
void module_veneers_end(struct module *mod);

/**
 * module_veneers_trim() - give back the room that turned out not to be needed
 * @mod: the module, completely relocated and not finished
 *
 * Context: Process context, may sleep.
 * Return: 0, or what execmem_shrink() failed with.
 */
int module_veneers_trim(struct module *mod);
#else
static inline int module_veneers_reserve(struct module *mod,
					 struct load_info *info)
{
	return 0;
}

static inline int module_veneers_layout(struct module *mod,
					struct load_info *info)
{
	return 0;
}

static inline void module_veneers_begin(struct module *mod,
					const struct load_info *info) { }
static inline void module_veneers_end(struct module *mod) { }
static inline int module_veneers_trim(struct module *mod)
{
	return 0;
}
#endif

#endif /* _KERNEL_MODULE_VENEER_H */
