/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What debugfs says about executable memory, compared with all that is known
 * about it otherwise.
 *
 * debugfs_checks.c	what is right at all times
 * debugfs_kprobes.c	slots of kprobes
 * execmem_debugfs.c	modules, and the test cases
 *
 * Functions return the result of a test case, and say why.
 */
#ifndef __SELFTEST_EXECMEM_DEBUGFS_H
#define __SELFTEST_EXECMEM_DEBUGFS_H

#include "execmem.h"

#define DEBUGFS		"/sys/kernel/debug"

/* debugfs_checks.c */
int read_types(struct execmem_type types[]);
int read_list(struct execmem_list *list);
int check_types(const struct execmem_type types[]);

/* Both files, and that they agree; @nr, if not NULL, is of the allocations. */
int check_all(size_t *nr);

/* Are the totals as they were, or will be soon? */
int check_totals(const struct execmem_type before[]);

/* The protection of each allocation; nothing is writable and executable. */
int compare_page_tables(void);

/* debugfs_kprobes.c: the second needs the module that sections.h is about. */
int kprobes_usable(void);
int kprobes_twice(void);

#endif /* __SELFTEST_EXECMEM_DEBUGFS_H */
