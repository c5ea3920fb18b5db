// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/execmem: what is allocated, and a summary of each type.
 * For root only, and addresses are 0 for who is not to see where code is.
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rbtree.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include "internal.h"

/* Of an address: as wide as all others, so that columns stay columns. */
#define ADDR_DIGITS	((int)(2 * sizeof(unsigned long)))

static const char * const state_names[] = {
	[EXECMEM_WRITING]	= "writing",
	[EXECMEM_SEALING]	= "sealing",
	[EXECMEM_LIVE]		= "live",
	[EXECMEM_FAILED]	= "failed",
};

static const char * const pool_names[] = {
	[EXECMEM_POOL_NONE]	= "none",
	[EXECMEM_POOL_TEXT]	= "text",
	[EXECMEM_POOL_RODATA]	= "rodata",
	[EXECMEM_POOL_DATA]	= "data",
};

/* As in /proc/modules: who has opened the file, not who reads it. */
bool execmem_shows_addresses(const struct seq_file *m)
{
	return kallsyms_show_value(m->file->f_cred);
}

static void show_span(struct seq_file *m, unsigned long start,
		      unsigned long end)
{
	bool shown = execmem_shows_addresses(m);

	seq_printf(m, "0x%0*lx-0x%0*lx", ADDR_DIGITS, shown ? start : 0,
		   ADDR_DIGITS, shown ? end : 0);
}

/*
 * One line per allocation, by address. Nothing is locked from one to the next:
 * the position in the file is the first granule that no line was about yet. So
 * what is there all the time is shown once, and no two lines overlap, whatever
 * comes and goes meanwhile.
 */

static bool copy_next(unsigned long addr, struct execmem_area *copy)
{
	struct execmem_area *area, *next = NULL;
	struct rb_node *node;

	spin_lock(&execmem_lock);
	node = execmem_areas.root.rb_node;
	while (node) {
		area = rb_entry(node, struct execmem_area, node);
		if (area->addr >= addr) {
			next = area;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	if (next)
		*copy = *next;
	spin_unlock(&execmem_lock);
	return next;
}

static void *allocations_start(struct seq_file *m, loff_t *pos)
{
	struct execmem_area *copy = m->private;
	unsigned long granule = *pos;

	/* The last address was part of an allocation, or this is a bad seek. */
	if (granule != *pos || granule > ULONG_MAX / EXECMEM_GRANULE)
		return NULL;
	return copy_next(granule * EXECMEM_GRANULE, copy) ? copy : NULL;
}

static void *allocations_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct execmem_area *copy = v;

	*pos = (loff_t)(copy->addr / EXECMEM_GRANULE) +
	       copy->size / EXECMEM_GRANULE;
	return allocations_start(m, pos);
}

static void allocations_stop(struct seq_file *m, void *v)
{
}

/* The module that has the memory, or who asked for what is of no module. */
static void show_owner(struct seq_file *m, const struct execmem_area *area)
{
	struct module *mod;

	/* No reference is taken: the name is copied before it can go away. */
	preempt_disable();
	mod = __module_address(area->addr);
	if (mod)
		seq_printf(m, "[%s]", module_name(mod));
	preempt_enable();

	if (!mod)
		seq_printf(m, "%ps", (void *)area->caller);
}

static int allocations_show(struct seq_file *m, void *v)
{
	const struct execmem_area *copy = v;

	show_span(m, copy->addr, copy->addr + copy->size);
	seq_printf(m, " %-13s %10zu %-7s %-6s ", execmem_type_name(copy->type),
		   copy->size, state_names[copy->state],
		   pool_names[execmem_range(copy->type)->pool]);
	show_owner(m, copy);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations allocations_sops = {
	.start	= allocations_start,
	.next	= allocations_next,
	.stop	= allocations_stop,
	.show	= allocations_show,
};

static int allocations_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &allocations_sops,
				sizeof(struct execmem_area));
}

static const struct file_operations allocations_fops = {
	.open		= allocations_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= seq_release_private,
};

/* A heading, and one line per type; a type that has no range has a line too. */

static void show_flags(struct seq_file *m, unsigned int flags)
{
	static const struct {
		unsigned int flag;
		const char *name;
	} names[] = {
		{ EXECMEM_ROX,		"rox" },
		{ EXECMEM_KASAN_SHADOW,	"kasan_shadow" },
		{ EXECMEM_RANDOM,	"random" },
	};
	const char *separator = "";
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & names[i].flag))
			continue;
		seq_printf(m, "%s%s", separator, names[i].name);
		separator = ",";
	}
	seq_puts(m, *separator ? "\n" : "-\n");
}

static void show_type(struct seq_file *m, enum execmem_type type)
{
	const struct execmem_range *range = execmem_range(type);
	struct execmem_stats stats;

	spin_lock(&execmem_lock);
	stats = execmem_stats[type];
	spin_unlock(&execmem_lock);

	seq_printf(m, "%-13s %-6s %11lu %10lu %10lu %10lu %8lu %10lu %15lu ",
		   execmem_type_name(type), pool_names[range->pool],
		   stats.allocations, stats.bytes, stats.peak, stats.ever,
		   stats.failures, stats.finishes, stats.finish_failures);
	show_span(m, range->start, range->end);
	seq_putc(m, ' ');
	show_span(m, range->fallback_start, range->fallback_end);
	seq_putc(m, ' ');
	show_flags(m, range->flags);
}

static int types_show(struct seq_file *m, void *unused)
{
	const int span = 2 * ADDR_DIGITS + 5;
	enum execmem_type type;

	seq_printf(m, "%-13s %-6s %11s %10s %10s %10s %8s %10s %15s %-*s %-*s flags\n",
		   "type", "pool", "allocations", "bytes", "peak", "ever",
		   "failures", "finishes", "finish_failures", span, "range",
		   span, "fallback");
	for (type = 0; type < EXECMEM_NR_TYPES; type++)
		show_type(m, type);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(types);

static int __init execmem_debugfs_init(void)
{
	struct dentry *dir;

	if (!execmem_available())
		return 0;

	dir = debugfs_create_dir("execmem", NULL);
	debugfs_create_file("allocations", 0400, dir, NULL, &allocations_fops);
	debugfs_create_file("types", 0400, dir, NULL, &types_fops);
	execmem_blocks_debugfs(dir);
	return 0;
}
device_initcall(execmem_debugfs_init);
