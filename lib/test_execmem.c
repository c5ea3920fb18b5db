// SPDX-License-Identifier: GPL-2.0
/*
 * Files in /sys/kernel/debug/test_execmem, for what the tests in
 * tools/testing/selftests/execmem cannot do from user space:
 *
 *   store	"final|twin|alias 0x<address>" stores to the byte what it holds
 *		already: at its address, where execmem_writable() says, or in
 *		the direct map. -EFAULT if that faults.
 *   life	what can be stored where, in the life of some module text.
 *   exhaust	takes addresses away until the file is closed:
 *		"hole 0x<start>-0x<end> <bytes>" sets aside what vmalloc()
 *		needs for so many bytes, before the rest is taken,
 *		"reserve 0x<start>-0x<end>" takes what is not taken,
 *		"fill <type>" allocates all that is left to a type,
 *		"unhole" returns what was set aside.
 *
 * Built in, as nothing of execmem is exported.
 */

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/execmem.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "../mm/internal.h"

/* One line that user space has written. */
struct command {
	char text[128];
};

static int get_command(struct command *cmd, const char __user *buf, size_t len)
{
	if (!len || len >= sizeof(cmd->text))
		return -EINVAL;
	if (copy_from_user(cmd->text, buf, len))
		return -EFAULT;
	cmd->text[len] = '\0';
	return 0;
}

static int store(void *dst, u8 val)
{
	return copy_to_kernel_nofault(dst, &val, sizeof(val));
}

/* Where the page of @ptr is in the direct map, or NULL. */
static void *alias_of(void *ptr)
{
	struct page *page = vmalloc_to_page(ptr);

	if (!page || PageHighMem(page))
		return NULL;
	return page_address(page) + offset_in_page(ptr);
}

static ssize_t store_write(struct file *file, const char __user *buf,
			   size_t len, loff_t *pos)
{
	struct command cmd;
	unsigned long addr;
	char where[8];
	void *ptr, *dst;
	int err;
	u8 val;

	err = get_command(&cmd, buf, len);
	if (err)
		return err;
	if (sscanf(cmd.text, "%7s 0x%lx", where, &addr) != 2)
		return -EINVAL;

	ptr = (void *)addr;
	if (!is_vmalloc_or_module_addr(ptr) ||
	    copy_from_kernel_nofault(&val, ptr, sizeof(val)))
		return -ENOENT;

	if (!strcmp(where, "final"))
		dst = ptr;
	else if (!strcmp(where, "twin"))
		dst = execmem_writable(ptr);
	else if (!strcmp(where, "alias"))
		dst = alias_of(ptr);
	else
		return -EINVAL;
	if (!dst)
		return -ENODEV;

	err = store(dst, val);
	return err ? err : len;
}

static const struct file_operations store_fops = {
	.open	= simple_open,
	.write	= store_write,
};

static void show_life(struct seq_file *m, u8 *text)
{
	u8 *twin = execmem_writable(text);
	u8 *alias = alias_of(text);

	seq_printf(m, "rox %d\n", execmem_is_rox(EXECMEM_MODULE_TEXT));
	seq_printf(m, "twin %d\n", twin != text);
	seq_printf(m, "writing_final %d\n", store(text, 0x11));
	seq_printf(m, "writing_twin %d\n", store(twin, 0x22));
	seq_printf(m, "writing_seen %d\n", READ_ONCE(*text) == 0x22);
	seq_printf(m, "finish %d\n", execmem_finish(text));
	seq_printf(m, "live_final %d\n", store(text, 0x33));
	seq_printf(m, "live_twin %d\n", store(twin, 0x44));
	seq_printf(m, "live_seen %d\n", READ_ONCE(*text) == 0x22);
	/* Last: without rodata=full on arm64 it may be writable. */
	seq_printf(m, "live_alias %d\n", alias ? store(alias, 0x55) : -ENODEV);
}

static int life_show(struct seq_file *m, void *unused)
{
	u8 *text = execmem_alloc(EXECMEM_MODULE_TEXT, PAGE_SIZE);

	if (IS_ERR(text))
		return PTR_ERR(text);

	show_life(m, text);
	execmem_free(text);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(life);

/**
 * struct piece - what was taken to exhaust a range
 * @list: in pieces
 * @area: addresses, or NULL
 * @mem: memory of execmem_alloc(), or NULL
 */
struct piece {
	struct list_head	list;
	struct vm_struct	*area;
	void			*mem;
};

/* Protects all below. One file is open at a time. */
static DEFINE_MUTEX(exhaust_lock);
static bool exhaust_in_use;
static LIST_HEAD(pieces);
static struct vm_struct *hole;

static struct vm_struct *get_area(unsigned long size, unsigned long start,
				  unsigned long end)
{
	return __get_vm_area_node(size, PAGE_SIZE, PAGE_SHIFT,
				  VM_MAP | VM_NO_GUARD, start, end,
				  NUMA_NO_NODE, GFP_KERNEL | __GFP_NOWARN,
				  __builtin_return_address(0));
}

static struct piece *new_piece(void)
{
	struct piece *piece = kzalloc(sizeof(*piece), GFP_KERNEL);

	lockdep_assert_held(&exhaust_lock);
	if (piece)
		list_add(&piece->list, &pieces);
	return piece;
}

static void free_piece(struct piece *piece)
{
	lockdep_assert_held(&exhaust_lock);
	if (piece->area)
		free_vm_area(piece->area);
	execmem_free(piece->mem);
	list_del(&piece->list);
	kfree(piece);
}

static void free_hole(void)
{
	lockdep_assert_held(&exhaust_lock);
	if (hole)
		free_vm_area(hole);
	hole = NULL;
}

/* Take addresses, or, if there is no @end, memory of @type. */
static int take_piece(unsigned long size, unsigned long start,
		      unsigned long end, enum execmem_type type)
{
	struct piece *piece = new_piece();
	int err = 0;

	if (!piece)
		return -ENOMEM;

	if (end) {
		piece->area = get_area(size, start, end);
		err = piece->area ? 0 : -ENOSPC;
	} else {
		piece->mem = execmem_alloc(type, size);
		err = PTR_ERR_OR_ZERO(piece->mem) ? -ENOSPC : 0;
		if (err)
			piece->mem = NULL;
	}
	if (err)
		free_piece(piece);
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : err;
}

/* The largest first, or the list of pieces would be long. */
static int reserve(unsigned long start, unsigned long end)
{
	unsigned long size;
	int err = -ENOSPC;

	if (start >= end || !PAGE_ALIGNED(start | end))
		return -EINVAL;

	for (size = rounddown_pow_of_two(end - start); size >= PAGE_SIZE;
	     size /= 2) {
		do {
			err = take_piece(size, start, end, 0);
		} while (!err);
		if (err != -ENOSPC)
			return err;
	}
	return 0;
}

/* Few sizes: the console tells of each that is not to be had any more. */
static int fill(unsigned int type)
{
	static const unsigned long sizes[] = { SZ_256K, PAGE_SIZE, 1 };
	int i, err = -EINVAL;

	if (type >= EXECMEM_NR_TYPES)
		return -EINVAL;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		do {
			err = take_piece(sizes[i], 0, 0, type);
		} while (!err);
		if (err != -ENOSPC)
			return err;
	}
	return 0;
}

static int make_hole(unsigned long start, unsigned long end, unsigned long size)
{
	if (hole || start >= end || !PAGE_ALIGNED(start | end) || !size)
		return -EINVAL;
	/* vmalloc() has a guard page behind each area. */
	hole = get_area(PAGE_ALIGN(size) + PAGE_SIZE, start, end);
	return hole ? 0 : -ENOSPC;
}

static int exhaust(const char *text)
{
	unsigned long start, end, size;
	unsigned int type;

	lockdep_assert_held(&exhaust_lock);
	if (sscanf(text, "hole 0x%lx-0x%lx %lu", &start, &end, &size) == 3)
		return make_hole(start, end, size);
	if (sscanf(text, "reserve 0x%lx-0x%lx", &start, &end) == 2)
		return reserve(start, end);
	if (sscanf(text, "fill %u", &type) == 1)
		return fill(type);
	if (strncmp(text, "unhole", strlen("unhole")))
		return -EINVAL;
	free_hole();
	return 0;
}

static ssize_t exhaust_write(struct file *file, const char __user *buf,
			     size_t len, loff_t *pos)
{
	struct command cmd;
	int err;

	err = get_command(&cmd, buf, len);
	if (err)
		return err;

	mutex_lock(&exhaust_lock);
	err = exhaust(cmd.text);
	mutex_unlock(&exhaust_lock);
	return err ? err : len;
}

static int exhaust_open(struct inode *inode, struct file *file)
{
	int err = 0;

	mutex_lock(&exhaust_lock);
	if (exhaust_in_use)
		err = -EBUSY;
	exhaust_in_use = true;
	mutex_unlock(&exhaust_lock);
	return err;
}

static int exhaust_release(struct inode *inode, struct file *file)
{
	struct piece *piece, *next;

	mutex_lock(&exhaust_lock);
	list_for_each_entry_safe(piece, next, &pieces, list) {
		free_piece(piece);
		cond_resched();
	}
	free_hole();
	exhaust_in_use = false;
	mutex_unlock(&exhaust_lock);
	return 0;
}

static const struct file_operations exhaust_fops = {
	.open		= exhaust_open,
	.write		= exhaust_write,
	.release	= exhaust_release,
};

static int __init test_execmem_init(void)
{
	struct dentry *dir = debugfs_create_dir("test_execmem", NULL);

	debugfs_create_file("store", 0200, dir, NULL, &store_fops);
	debugfs_create_file("life", 0400, dir, NULL, &life_fops);
	debugfs_create_file("exhaust", 0200, dir, NULL, &exhaust_fops);
	return 0;
}
late_initcall(test_execmem_init);
