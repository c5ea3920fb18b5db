/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __LIB_TEST_TEXT_SITES_H
#define __LIB_TEST_TEXT_SITES_H

#include <linux/linkage.h>
#include <linux/types.h>

/**
 * struct sites_check - some code that is patched
 * @name: what it is
 * @run: runs it
 * @want: what it must return
 * @want_late: what it must return after sites_set_late(true)
 */
struct sites_check {
	const char *name;
	int (*run)(void);
	int want;
	int want_late;
};

/* Each list ends with an entry without a name. */
extern const struct sites_check sites_alternatives[];
extern const struct sites_check sites_branches[];
extern const struct sites_check sites_thunks[];

/* The same kinds of sites once more, in text that is freed after init. */
int sites_alternatives_init(void);
int sites_branches_init(void);

/*
 * Call @target, which must be sites_thunk_target(), through each register, and
 * return sites_thunk_count, which it counts up.
 */
asmlinkage int sites_thunk_calls(int (*target)(void));
asmlinkage int sites_thunk_calls_cs(int (*target)(void));
asmlinkage int sites_thunk_target(void);
extern int sites_thunk_count;

/* Turns static keys on and retargets static calls, or undoes it. */
void sites_set_late(bool late);

#endif /* __LIB_TEST_TEXT_SITES_H */
