// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/module_veneers: how much room each module had for veneers,
 * and what became of it.
 */

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <asm/module_veneer.h>
#include "internal.h"

static void *veneers_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&module_mutex);
	return seq_list_start_head(&modules, *pos);
}

static void *veneers_next(struct seq_file *m, void *p, loff_t *pos)
{
	return seq_list_next(p, &modules, pos);
}

static void veneers_stop(struct seq_file *m, void *p)
{
	mutex_unlock(&module_mutex);
}

static void show_region(struct seq_file *m, const struct module *mod,
			enum mod_mem_type type, const struct module_veneers *v)
{
	seq_printf(m, "%-24s %-9s %8u %6u %8lu %8lu %8u\n", mod->name,
		   module_region_name(type), v->reserved, v->used,
		   module_veneers_size(v->reserved),
		   module_veneers_size(v->used), v->returned);
}

static int veneers_show(struct seq_file *m, void *p)
{
	const struct module *mod;

	if (p == &modules) {
		seq_printf(m, "%-24s %-9s %8s %6s %8s %8s %8s\n", "# module",
			   "region", "reserved", "used", "bytes", "used",
			   "returned");
		return 0;
	}

	mod = list_entry(p, struct module, list);
	if (mod->state == MODULE_STATE_UNFORMED)
		return 0;
	show_region(m, mod, MOD_TEXT, &mod->arch.veneers[false]);
	show_region(m, mod, MOD_INIT_TEXT, &mod->arch.veneers[true]);
	return 0;
}

static const struct seq_operations veneers_sops = {
	.start	= veneers_start,
	.next	= veneers_next,
	.stop	= veneers_stop,
	.show	= veneers_show,
};

DEFINE_SEQ_ATTRIBUTE(veneers);

static int __init veneers_debugfs_init(void)
{
	debugfs_create_file("module_veneers", 0444, NULL, NULL, &veneers_fops);
	return 0;
}
late_initcall(veneers_debugfs_init);
