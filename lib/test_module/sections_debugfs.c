// SPDX-License-Identifier: GPL-2.0
/*
 * The files in /sys/kernel/debug/test_module_sections. They show real
 * addresses and are for root only.
 */

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "sections.h"

/* In .data and with a lock class there, which must go with the region. */
static DEFINE_MUTEX(sections_mutex);

static struct dentry *sections_dir;

/* One line for each object: name, address, region in init, region now. */
static int objects_show(struct seq_file *m, void *unused)
{
	const struct sections_object *obj;
	unsigned int i;

	for (i = 0; i < sections_nr_objects; i++) {
		obj = &sections_objects[i];
		seq_printf(m, "%s 0x%lx %s %s\n", obj->name, obj->addr,
			   obj->at_init, sections_region(obj->addr));
	}

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(objects);

static int init_show(struct seq_file *m, void *unused)
{
	const struct sections_init *init = &sections_init;

	seq_printf(m, "fault %d\n", init->fault);
	seq_printf(m, "store_text %d\n", init->store_text);
	seq_printf(m, "store_rodata %d\n", init->store_rodata);
	seq_printf(m, "store_ro_after_init %d\n", init->store_ro_after_init);
	seq_printf(m, "store_init_text %d\n", init->store_init_text);
	seq_printf(m, "store_init_data %d\n", init->store_init_data);
	seq_printf(m, "store_init_rodata %d\n", init->store_init_rodata);
	seq_printf(m, "branch_off %d\n", init->branch_off);
	seq_printf(m, "branch_on %d\n", init->branch_on);
	seq_printf(m, "call_first %d\n", init->call_first);
	seq_printf(m, "call_second %d\n", init->call_second);
	seq_printf(m, "extable_entries %u\n", init->extable_entries);
	seq_printf(m, "extable_init %d\n", init->extable_init);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(init);

static int backtrace_show(struct seq_file *m, void *unused)
{
	struct sections_trace trace = { };
	unsigned int i;

	sections_backtrace(&trace);
	for (i = 0; i < trace.nr; i++)
		seq_printf(m, "%pS\n", (void *)trace.entries[i]);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(backtrace);

static int backtrace_init_show(struct seq_file *m, void *unused)
{
	seq_puts(m, sections_init_trace);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(backtrace_init);

static int branch_get(void *data, u64 *val)
{
	*val = sections_branch();
	return 0;
}

static int branch_set(void *data, u64 val)
{
	mutex_lock(&sections_mutex);
	sections_branch_set(val);
	mutex_unlock(&sections_mutex);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(branch_fops, branch_get, branch_set, "%llu\n");

static int branch_ro_get(void *data, u64 *val)
{
	*val = sections_branch_ro();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(branch_ro_fops, branch_ro_get, NULL, "%llu\n");

static int call_get(void *data, u64 *val)
{
	*val = sections_call();
	return 0;
}

static int call_set(void *data, u64 val)
{
	mutex_lock(&sections_mutex);
	sections_call_set(val);
	mutex_unlock(&sections_mutex);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(call_fops, call_get, call_set, "%llu\n");

/* The copy of the CPU on which the caller runs. */
static int percpu_get(void *data, u64 *val)
{
	*val = raw_cpu_read(sections_percpu);
	return 0;
}

static int percpu_set(void *data, u64 val)
{
	raw_cpu_write(sections_percpu, val);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(percpu_fops, percpu_get, percpu_set, "%llu\n");

static int extable_entries_get(void *data, u64 *val)
{
	*val = sections_extable_entries();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(extable_entries_fops, extable_entries_get, NULL,
			 "%llu\n");

/* Fails with what the faulting access returned. */
static int fault_get(void *data, u64 *val)
{
	*val = 0;
	return sections_load(sections_unmapped);
}
DEFINE_DEBUGFS_ATTRIBUTE(fault_fops, fault_get, NULL, "%llu\n");

static int event_set(void *data, u64 val)
{
	sections_event(val);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(event_fops, NULL, event_set, "%llu\n");

static int strict_rwx_get(void *data, u64 *val)
{
	*val = IS_ENABLED(CONFIG_STRICT_MODULE_RWX);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(strict_rwx_fops, strict_rwx_get, NULL, "%llu\n");

/* The write of an object's name succeeds if a store to the object does. */
static ssize_t store_write(struct file *file, const char __user *ubuf,
			   size_t count, loff_t *ppos)
{
	const struct sections_object *obj;
	char name[32];
	ssize_t len;
	int ret;

	len = simple_write_to_buffer(name, sizeof(name) - 1, ppos, ubuf, count);
	if (len < 0)
		return len;
	name[len] = '\0';

	obj = sections_find(strim(name));
	if (!obj || !strcmp(sections_region(obj->addr), "none"))
		return -ENOENT;

	ret = sections_store(obj->addr);
	return ret ? ret : count;
}

static const struct file_operations store_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= store_write,
};

static const struct {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
} sections_files[] = {
	{ "objects",		0400, &objects_fops },
	{ "init",		0400, &init_fops },
	{ "backtrace",		0400, &backtrace_fops },
	{ "backtrace_init",	0400, &backtrace_init_fops },
	{ "branch",		0600, &branch_fops },
	{ "branch_ro",		0400, &branch_ro_fops },
	{ "call",		0600, &call_fops },
	{ "percpu",		0600, &percpu_fops },
	{ "extable_entries",	0400, &extable_entries_fops },
	{ "fault",		0400, &fault_fops },
	{ "event",		0200, &event_fops },
	{ "strict_rwx",		0400, &strict_rwx_fops },
	{ "store",		0200, &store_fops },
};

int __init sections_debugfs_init(void)
{
	struct dentry *file;
	size_t i;

	sections_dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	if (IS_ERR(sections_dir))
		return PTR_ERR(sections_dir);

	for (i = 0; i < ARRAY_SIZE(sections_files); i++) {
		file = debugfs_create_file(sections_files[i].name,
					   sections_files[i].mode,
					   sections_dir, NULL,
					   sections_files[i].fops);
		if (IS_ERR(file)) {
			debugfs_remove(sections_dir);
			return PTR_ERR(file);
		}
	}

	return 0;
}

void sections_debugfs_exit(void)
{
	debugfs_remove(sections_dir);
}
