// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test for the events of executable memory: each call has one, and it
 * tells what was asked for.
 */

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <trace/events/execmem.h>
#include "execmem_test.h"

/* The last event of the test itself: others may allocate, too. */
static struct {
	struct task_struct *task;
	unsigned int events;
	const char *call;
	enum execmem_type type;
	const void *ptr;
	size_t size;
	int err;
} seen;

static void saw(const char *call, enum execmem_type type, const void *ptr,
		size_t size, int err)
{
	if (current != seen.task)
		return;
	seen.events++;
	seen.call = call;
	seen.type = type;
	seen.ptr = ptr;
	seen.size = size;
	seen.err = err;
}

static void saw_alloc(void *unused, enum execmem_type type, const void *ptr,
		      size_t size)
{
	saw("alloc", type, ptr, size, 0);
}

static void saw_write(void *unused, enum execmem_type type, const void *ptr,
		      size_t size)
{
	saw("write", type, ptr, size, 0);
}

static void saw_finish(void *unused, enum execmem_type type, const void *ptr,
		       size_t size)
{
	saw("finish", type, ptr, size, 0);
}

static void saw_free(void *unused, enum execmem_type type, const void *ptr,
		     size_t size)
{
	saw("free", type, ptr, size, 0);
}

static void saw_fail(void *unused, const char *call, enum execmem_type type,
		     const void *ptr, size_t size, int err)
{
	saw(call, type, ptr, size, err);
}

static int execmem_trace_init(struct kunit *test)
{
	memset(&seen, 0, sizeof(seen));
	seen.task = current;
	return register_trace_execmem_alloc(saw_alloc, NULL) ?:
	       register_trace_execmem_write(saw_write, NULL) ?:
	       register_trace_execmem_finish(saw_finish, NULL) ?:
	       register_trace_execmem_free(saw_free, NULL) ?:
	       register_trace_execmem_fail(saw_fail, NULL);
}

/* What was not registered is not there to be removed; that is no error. */
static void execmem_trace_exit(struct kunit *test)
{
	unregister_trace_execmem_alloc(saw_alloc, NULL);
	unregister_trace_execmem_write(saw_write, NULL);
	unregister_trace_execmem_finish(saw_finish, NULL);
	unregister_trace_execmem_free(saw_free, NULL);
	unregister_trace_execmem_fail(saw_fail, NULL);
	tracepoint_synchronize_unregister();
}

/* One event since the last time, and it is this one. */
static void expect_event(struct kunit *test, const char *call,
			 enum execmem_type type, const void *ptr, size_t size,
			 int err)
{
	KUNIT_EXPECT_EQ_MSG(test, 1, seen.events, "%s", call);
	KUNIT_EXPECT_STREQ(test, call, seen.call ?: "none");
	KUNIT_EXPECT_EQ_MSG(test, type, seen.type, "%s", call);
	KUNIT_EXPECT_PTR_EQ_MSG(test, ptr, seen.ptr, "%s", call);
	KUNIT_EXPECT_EQ_MSG(test, size, seen.size, "%s", call);
	KUNIT_EXPECT_EQ_MSG(test, err, seen.err, "%s", call);
	seen.events = 0;
}

static void test_life(struct kunit *test)
{
	enum execmem_type type = EXECMEM_MODULE_TEXT;
	void *mem = execmem_alloc(type, 2 * PAGE_SIZE);

	KUNIT_ASSERT_FALSE(test, IS_ERR(mem));
	expect_event(test, "alloc", type, mem, 2 * PAGE_SIZE, 0);
	KUNIT_EXPECT_EQ(test, 0, execmem_write(mem + 16, "fifteen letters", 16));
	expect_event(test, "write", type, mem + 16, 16, 0);
	KUNIT_EXPECT_EQ(test, 0, execmem_shrink(mem, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, seen.events);
	KUNIT_EXPECT_EQ(test, 0, execmem_finish(mem));
	expect_event(test, "finish", type, mem, PAGE_SIZE, 0);
	execmem_free(mem);
	expect_event(test, "free", type, mem, PAGE_SIZE, 0);
}

static void test_no_memory(struct kunit *test)
{
	size_t size = LONG_MAX - PAGE_SIZE + 1;

	KUNIT_EXPECT_EQ(test, -ENOMEM,
			PTR_ERR(execmem_alloc(EXECMEM_BPF, size)));
	expect_event(test, "alloc", EXECMEM_BPF, NULL, size, -ENOMEM);
}

static void test_refused(struct kunit *test)
{
	enum execmem_type none = EXECMEM_NR_TYPES;
	void *mem = execmem_alloc(EXECMEM_MODULE_TEXT, PAGE_SIZE);

	KUNIT_ASSERT_FALSE(test, IS_ERR(mem));
	seen.events = 0;
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       PTR_ERR(execmem_alloc(EXECMEM_BPF, 0)));
	expect_event(test, "alloc", EXECMEM_BPF, NULL, 0, -EINVAL);
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL,
			       execmem_shrink(mem, 2 * PAGE_SIZE));
	expect_event(test, "shrink", EXECMEM_MODULE_TEXT, mem, 2 * PAGE_SIZE,
		     -EINVAL);
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_write(mem - 1, "x", 1));
	expect_event(test, "write", none, mem - 1, 1, -EINVAL);
	EXECMEM_EXPECT_MISTAKE(test, -EINVAL, execmem_finish(mem + 1));
	expect_event(test, "finish", none, mem + 1, 0, -EINVAL);
	EXECMEM_EXPECT_NO_EFFECT(test, execmem_free(mem + 1));
	expect_event(test, "free", none, mem + 1, 0, -EINVAL);
	execmem_free(mem);
}

static struct kunit_case execmem_trace_cases[] = {
	KUNIT_CASE(test_life),
	KUNIT_CASE(test_no_memory),
	KUNIT_CASE(test_refused),
	{ }
};

static struct kunit_suite execmem_trace_suite = {
	.name = "execmem_trace",
	.init = execmem_trace_init,
	.exit = execmem_trace_exit,
	.test_cases = execmem_trace_cases,
};

kunit_test_suite(execmem_trace_suite);
