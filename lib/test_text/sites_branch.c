// SPDX-License-Identifier: GPL-2.0
/* Jump labels, static calls, lock prefixes and paravirt calls. */

#include <linux/atomic.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/jump_label.h>
#include <linux/static_call.h>

#include "sites.h"

static DEFINE_STATIC_KEY_FALSE(sites_key_false);
static DEFINE_STATIC_KEY_TRUE(sites_key_true);

/* Far enough for a jump of five bytes, and near enough for one of two. */
static noinline int key_false_unlikely(void)
{
	if (static_branch_unlikely(&sites_key_false))
		return 2;
	return 1;
}

static noinline int key_false_likely(void)
{
	if (static_branch_likely(&sites_key_false))
		return 2;
	return 1;
}

static noinline int key_true_unlikely(void)
{
	if (static_branch_unlikely(&sites_key_true))
		return 2;
	return 1;
}

static noinline int key_true_likely(void)
{
	if (static_branch_likely(&sites_key_true))
		return 2;
	return 1;
}

static noinline int key_far(void)
{
	if (static_branch_unlikely(&sites_key_false)) {
		asm volatile (".fill 160, 1, 0x90");
		return 2;
	}
	asm volatile (".fill 160, 1, 0x90");
	return 1;
}

static noinline int call_first(int val)
{
	return val + 1;
}

static noinline int call_second(int val)
{
	return val + 2;
}

static int call_count;

static noinline void call_void(void)
{
	call_count++;
}

DEFINE_STATIC_CALL(sites_call, call_first);
DEFINE_STATIC_CALL_RET0(sites_call_ret0, call_first);
DEFINE_STATIC_CALL_NULL(sites_call_null, call_void);

static noinline int call(void)
{
	int val = static_call(sites_call)(10);

	return val + 100;
}

static noinline int call_tail(void)
{
	return static_call(sites_call)(10);
}

static noinline int call_ret0(void)
{
	int val = static_call(sites_call_ret0)(10);

	return val + 100;
}

static noinline int call_null(void)
{
	int before = call_count;

	static_call_cond(sites_call_null)();
	return call_count - before;
}

static noinline void call_null_tail_only(void)
{
	static_call_cond(sites_call_null)();
}

static noinline int call_null_tail(void)
{
	int before = call_count;

	call_null_tail_only();
	return call_count - before;
}

/* One that the kernel has: its key is not for modules, its trampoline is. */
static noinline int call_kernel(void)
{
	might_resched();
	return 1;
}

static atomic_t sites_atomic;

static noinline int lock_text(void)
{
	int old = atomic_read(&sites_atomic);

	atomic_inc(&sites_atomic);
	atomic_add(4, &sites_atomic);
	atomic_cmpxchg(&sites_atomic, old + 5, old + 6);
	return atomic_fetch_add(1, &sites_atomic) - old;
}

/* In .text.unlikely, where lock prefixes stay even with one CPU. */
static noinline __cold int lock_cold(void)
{
	return lock_text() + atomic_fetch_sub(7, &sites_atomic) -
	       atomic_fetch_add(7, &sites_atomic);
}

static noinline int paravirt_call(void)
{
	slow_down_io();
	return 1;
}

const struct sites_check sites_branches[] = {
	{ "key_false_unlikely",	key_false_unlikely,	1, 2 },
	{ "key_false_likely",	key_false_likely,	1, 2 },
	{ "key_true_unlikely",	key_true_unlikely,	2, 1 },
	{ "key_true_likely",	key_true_likely,	2, 1 },
	{ "key_far",		key_far,		1, 2 },
	{ "call",		call,			111, 112 },
	{ "call_tail",		call_tail,		11, 12 },
	{ "call_ret0",		call_ret0,		100, 111 },
	{ "call_null",		call_null,		0, 1 },
	{ "call_null_tail",	call_null_tail,		0, 1 },
	{ "call_kernel",	call_kernel,		1, 1 },
	{ "lock_text",		lock_text,		6, 6 },
	{ "lock_cold",		lock_cold,		13, 13 },
	{ "paravirt_call",	paravirt_call,		1, 1 },
	{ }
};

void sites_set_late(bool late)
{
	if (late) {
		static_branch_enable(&sites_key_false);
		static_branch_disable(&sites_key_true);
		static_call_update(sites_call, call_second);
		static_call_update(sites_call_ret0, call_first);
		static_call_update(sites_call_null, call_void);
	} else {
		static_branch_disable(&sites_key_false);
		static_branch_enable(&sites_key_true);
		static_call_update(sites_call, call_first);
		static_call_update(sites_call_ret0,
				   (void *)&__static_call_return0);
		static_call_update(sites_call_null, NULL);
	}
}

static noinline int __init key_init(void)
{
	if (static_branch_unlikely(&sites_key_false))
		return 2;
	if (static_branch_likely(&sites_key_true))
		return 1;
	return 0;
}

static noinline int __init call_init(void)
{
	return static_call(sites_call)(10);
}

static noinline int __init lock_init(void)
{
	return atomic_fetch_add(1, &sites_atomic) + 1 -
	       atomic_read(&sites_atomic);
}

int __init sites_branches_init(void)
{
	int failed = (key_init() != 1) + (call_init() != 11) +
		     (lock_init() != 0);

	/* Also in init text, before it is freed, keys can change. */
	sites_set_late(true);
	failed += (key_init() != 2) + (call_init() != 12);
	sites_set_late(false);
	failed += (key_init() != 1) + (call_init() != 11);
	return failed;
}
