/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit tests of execmem share.
 */
#ifndef _MM_EXECMEM_TEST_H
#define _MM_EXECMEM_TEST_H

#include <kunit/test.h>
#include <linux/execmem.h>
#include "internal.h"

/* How many mistakes execmem has told of since boot, see execmem_misused(). */
extern unsigned int execmem_test_mistakes;

/* @call is refused with @err, and a warning tells of it once. */
#define EXECMEM_EXPECT_MISTAKE(test, err, call)				\
do {									\
	unsigned int __before = execmem_test_mistakes;			\
									\
	KUNIT_EXPECT_EQ(test, (long)(err), (long)(call));		\
	KUNIT_EXPECT_EQ(test, __before + 1, execmem_test_mistakes);	\
} while (0)

/* The same for a call that returns nothing. */
#define EXECMEM_EXPECT_NO_EFFECT(test, call)				\
do {									\
	unsigned int __before = execmem_test_mistakes;			\
									\
	call;								\
	KUNIT_EXPECT_EQ(test, __before + 1, execmem_test_mistakes);	\
} while (0)

/* Is there memory of @type here? */
static inline bool execmem_test_has(enum execmem_type type)
{
	return execmem_range(type)->pool != EXECMEM_POOL_NONE;
}

/*
 * Slots of kprobes are written by text patching, once the page is finished: an
 * architecture may have it read-only before.
 */
static inline bool execmem_test_writes(enum execmem_type type)
{
	return type != EXECMEM_KPROBES || execmem_is_rox(type);
}

/* Is some of @a in @b? Both have @size bytes. */
static inline bool execmem_test_overlap(const void *a, const void *b,
					size_t size)
{
	return !IS_ERR(a) && a < b + size && b < a + size;
}

#endif /* _MM_EXECMEM_TEST_H */
