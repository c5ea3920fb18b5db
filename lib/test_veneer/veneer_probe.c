// SPDX-License-Identifier: GPL-2.0
/*
 * Stack traces out of veneers: /sys/kernel/debug/test_module_veneer.
 *
 * Write the name of a module to have all veneers of its text probed, or a dash
 * to have none probed. What was met since then, and from where, is read from
 * the same file.
 */

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/module_veneer.h>

#define MAX_PROBES	64
#define MAX_ENTRIES	24

struct veneer_probe {
	struct kprobe	kp;
	unsigned int	hits;
	unsigned int	nr_entries;
	unsigned long	entries[MAX_ENTRIES];
};

static struct veneer_probe *probes;
static unsigned int nr_probes;
static DEFINE_MUTEX(probes_mutex);

static int met(struct kprobe *kp, struct pt_regs *regs)
{
	struct veneer_probe *probe = container_of(kp, struct veneer_probe, kp);

	/* The first one will do, and nobody reads it yet. */
	if (!probe->hits++)
		probe->nr_entries = stack_trace_save_regs(regs, probe->entries,
							  MAX_ENTRIES, 0);
	return 0;
}

static void remove_probes(void)
{
	while (nr_probes)
		unregister_kprobe(&probes[--nr_probes].kp);
	kfree(probes);
	probes = NULL;
}

static int add_probe(unsigned long addr)
{
	struct veneer_probe *probe = &probes[nr_probes];
	int err;

	probe->kp.addr = (void *)addr;
	probe->kp.pre_handler = met;
	err = register_kprobe(&probe->kp);
	if (err)
		pr_err("no probe at the veneer %pS (err %d)\n", (void *)addr,
		       err);
	else
		nr_probes++;
	return err;
}

static int add_probes(const struct module_veneers *v)
{
	unsigned int i;
	int err = 0;

	if (v->used > MAX_PROBES)
		return -E2BIG;
	probes = kcalloc(MAX_PROBES, sizeof(*probes), GFP_KERNEL);
	if (!probes)
		return -ENOMEM;
	for (i = 0; i < v->used && !err; i++)
		err = add_probe(v->start + module_veneer_offset(i));
	if (err)
		remove_probes();
	return err;
}

static struct module *get_module(const char *name)
{
	struct module *mod;

	preempt_disable();
	mod = find_module(name);
	if (mod && !try_module_get(mod))
		mod = NULL;
	preempt_enable();
	return mod;
}

static int probe_module(const char *name)
{
	struct module *mod = get_module(name);
	int err;

	if (!mod)
		return -ENOENT;
	err = add_probes(&mod->arch.veneers[false]);
	module_put(mod);
	return err;
}

static ssize_t veneer_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *pos)
{
	char name[MODULE_NAME_LEN] = "";
	int err = 0;

	if (count >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, buf, count))
		return -EFAULT;
	strim(name);

	mutex_lock(&probes_mutex);
	remove_probes();
	if (strcmp(name, "-"))
		err = probe_module(name);
	mutex_unlock(&probes_mutex);
	return err ?: count;
}

static int veneer_show(struct seq_file *m, void *unused)
{
	unsigned int i, j;

	mutex_lock(&probes_mutex);
	for (i = 0; i < nr_probes; i++) {
		seq_printf(m, "veneer %u hits %u\n", i, probes[i].hits);
		for (j = 0; j < probes[i].nr_entries; j++)
			seq_printf(m, " %pS\n", (void *)probes[i].entries[j]);
	}
	mutex_unlock(&probes_mutex);
	return 0;
}

static int veneer_open(struct inode *inode, struct file *file)
{
	return single_open(file, veneer_show, NULL);
}

static const struct file_operations veneer_fops = {
	.owner		= THIS_MODULE,
	.open		= veneer_open,
	.read		= seq_read,
	.write		= veneer_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static int __init test_module_veneer_init(void)
{
	debugfs_create_file("test_module_veneer", 0600, NULL, NULL,
			    &veneer_fops);
	return 0;
}
late_initcall(test_module_veneer_init);
