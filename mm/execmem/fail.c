// SPDX-License-Identifier: GPL-2.0
/*
 * Failures on purpose, of each step that can fail: fail_execmem, see
 * Documentation/fault-injection/fault-injection.rst. To free memory does not
 * fail (I4): where filling it does, the memory waits.
 */

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fault-inject.h>
#include <linux/init.h>
#include "internal.h"

static DECLARE_FAULT_ATTR(fail_execmem);

static int __init setup_fail_execmem(char *str)
{
	return setup_fault_attr(&fail_execmem, str);
}
__setup("fail_execmem=", setup_fail_execmem);

int execmem_fault(size_t size)
{
	/* Who tests one step after the other need not be told where it is. */
	int flags = execmem_in_test() ? FAULT_NOWARN : 0;

	return should_fail_ex(&fail_execmem, size, flags) ? -ENOMEM : 0;
}

static int __init fail_execmem_debugfs(void)
{
	struct dentry *dir;

	dir = fault_create_debugfs_attr("fail_execmem", NULL, &fail_execmem);
	return PTR_ERR_OR_ZERO(dir);
}
late_initcall(fail_execmem_debugfs);
