// SPDX-License-Identifier: GPL-2.0
/*
 * The regions of a module in sysfs:
 *
 *	/sys/module/<name>/memory_size/<region>		bytes, for everybody
 *	/sys/module/<name>/memory_base/<region>		address, for those who
 *							may see sections/
 *
 * A region that the module does not have has no files. Those of the init
 * regions say 0 once init has returned.
 */

#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/sysfs.h>
#include "internal.h"

struct memory_size_attribute {
	struct module_attribute mattr;
	enum mod_mem_type type;
};

static ssize_t memory_size_show(struct module_attribute *mattr,
				struct module_kobject *mk, char *buf)
{
	struct memory_size_attribute *attr =
		container_of(mattr, struct memory_size_attribute, mattr);

	return sysfs_emit(buf, "%u\n",
			  READ_ONCE(mk->mod->mem[attr->type].size));
}

#define MEMORY_SIZE_ATTR(_name, _type)					\
static struct memory_size_attribute memory_size_##_name = {		\
	.mattr = __ATTR(_name, 0444, memory_size_show, NULL),		\
	.type = _type,							\
}

MEMORY_SIZE_ATTR(text, MOD_TEXT);
MEMORY_SIZE_ATTR(data, MOD_DATA);
MEMORY_SIZE_ATTR(rodata, MOD_RODATA);
MEMORY_SIZE_ATTR(ro_after_init, MOD_RO_AFTER_INIT);
MEMORY_SIZE_ATTR(init_text, MOD_INIT_TEXT);
MEMORY_SIZE_ATTR(init_data, MOD_INIT_DATA);
MEMORY_SIZE_ATTR(init_rodata, MOD_INIT_RODATA);

static struct attribute *memory_size_attrs[] = {
	&memory_size_text.mattr.attr,
	&memory_size_data.mattr.attr,
	&memory_size_rodata.mattr.attr,
	&memory_size_ro_after_init.mattr.attr,
	&memory_size_init_text.mattr.attr,
	&memory_size_init_data.mattr.attr,
	&memory_size_init_rodata.mattr.attr,
	NULL
};

static_assert(ARRAY_SIZE(memory_size_attrs) == MOD_MEM_NUM_TYPES + 1);

static umode_t mode_if_there(struct kobject *kobj, enum mod_mem_type type,
			     umode_t mode)
{
	struct module_kobject *mk =
		container_of(kobj, struct module_kobject, kobj);

	return mk->mod->mem[type].size ? mode : 0;
}

static umode_t memory_size_visible(struct kobject *kobj,
				   struct attribute *attr, int i)
{
	struct memory_size_attribute *size =
		container_of(attr, struct memory_size_attribute, mattr.attr);

	return mode_if_there(kobj, size->type, attr->mode);
}

static const struct attribute_group memory_size_group = {
	.name = "memory_size",
	.is_visible = memory_size_visible,
	.attrs = memory_size_attrs,
};

/* "0x", the digits, a newline */
#define MEMORY_BASE_LEN		(3 + BITS_PER_LONG / 4)

/* A binary attribute is the kind that knows who opened the file. */
static ssize_t memory_base_read(struct file *file, struct kobject *kobj,
				struct bin_attribute *battr, char *buf,
				loff_t pos, size_t count)
{
	struct module_kobject *mk =
		container_of(kobj, struct module_kobject, kobj);
	enum mod_mem_type type = (unsigned long)battr->private;
	char line[MEMORY_BASE_LEN + 1];
	unsigned long base = 0;
	int len;

	if (kallsyms_show_value(file->f_cred))
		base = (unsigned long)READ_ONCE(mk->mod->mem[type].base);
	len = scnprintf(line, sizeof(line), "0x%0*lx\n", BITS_PER_LONG / 4,
			base);
	return memory_read_from_buffer(buf, count, &pos, line, len);
}

#define MEMORY_BASE_ATTR(_name, _type)					\
static struct bin_attribute memory_base_##_name = {			\
	.attr = { .name = __stringify(_name), .mode = 0400 },		\
	.size = MEMORY_BASE_LEN,					\
	.private = (void *)_type,					\
	.read = memory_base_read,					\
}

MEMORY_BASE_ATTR(text, MOD_TEXT);
MEMORY_BASE_ATTR(data, MOD_DATA);
MEMORY_BASE_ATTR(rodata, MOD_RODATA);
MEMORY_BASE_ATTR(ro_after_init, MOD_RO_AFTER_INIT);
MEMORY_BASE_ATTR(init_text, MOD_INIT_TEXT);
MEMORY_BASE_ATTR(init_data, MOD_INIT_DATA);
MEMORY_BASE_ATTR(init_rodata, MOD_INIT_RODATA);

static struct bin_attribute *memory_base_attrs[] = {
	&memory_base_text,
	&memory_base_data,
	&memory_base_rodata,
	&memory_base_ro_after_init,
	&memory_base_init_text,
	&memory_base_init_data,
	&memory_base_init_rodata,
	NULL
};

static_assert(ARRAY_SIZE(memory_base_attrs) == MOD_MEM_NUM_TYPES + 1);

static umode_t memory_base_visible(struct kobject *kobj,
				   struct bin_attribute *battr, int i)
{
	return mode_if_there(kobj, (unsigned long)battr->private,
			     battr->attr.mode);
}

static const struct attribute_group memory_base_group = {
	.name = "memory_base",
	.is_bin_visible = memory_base_visible,
	.bin_attrs = memory_base_attrs,
};

static const struct attribute_group *memory_groups[] = {
	&memory_size_group,
	&memory_base_group,
	NULL
};

int module_memory_sysfs_add(struct module *mod)
{
	return sysfs_create_groups(&mod->mkobj.kobj, memory_groups);
}

void module_memory_sysfs_remove(struct module *mod)
{
	sysfs_remove_groups(&mod->mkobj.kobj, memory_groups);
}
