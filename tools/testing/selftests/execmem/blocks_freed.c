// SPDX-License-Identifier: GPL-2.0
/*
 * What was code traps when it is freed. Where it has pages of its own it is
 * not mapped any more.
 */
#define _GNU_SOURCE
#include "../module/kcore.h"
#include "bpf_raw.h"
#include "blocks.h"

#define VICTIM		"test_module_many_20"
#define INSTANCE	"execmem_freed"
#define PROGRAMS	16

/* A worker frees them, and can be seen half way. */
#define FREED_MS	2000

/* Or else there would be nothing to be seen going. */
static int check_code(const struct execmem_span *span)
{
	unsigned long long first;
	long long code = kcore_count_code(span->start, span->end - span->start,
					  &first);

	if (code < 0)
		return modtest_fail("/proc/kcore: %#llx: %s", span->start,
				    strerror(-code));
	if (!code)
		return modtest_fail("%#llx-%#llx has no code", span->start,
				    span->end);
	return KSFT_PASS;
}

/* A block that is empty may be given back as a whole. */
static bool is_unmapped(const struct execmem_span *span)
{
	unsigned long long addr;
	bool gone = true;
	struct ptdump pt;

	if (ptdump_read(&pt))
		return false;
	for (addr = span->start; addr < span->end; addr += 64)
		gone &= !ptdump_prot(&pt, addr);
	ptdump_free(&pt);
	return gone;
}

static bool is_freed(const struct execmem_span *span, bool explain)
{
	unsigned long long first = 0;

	if (blocks_mode != BLOCKS_NONE &&
	    !kcore_count_code(span->start, span->end - span->start, &first))
		return true;
	if (is_unmapped(span))
		return true;
	if (explain)
		ksft_print_msg("%#llx-%#llx is mapped, and has code at %#llx\n",
			       span->start, span->end, first);
	return false;
}

/*
 * The memory of a module is freed before the unload is over: it need not be
 * waited for.
 */
int test_freed_text(void)
{
	struct modtest_region regions[MODTEST_NR_TYPES];
	struct execmem_span span;
	int ret;

	if (blocks_open_kcore() == KSFT_FAIL)
		return KSFT_FAIL;
	ret = modtest_load(VICTIM, "");
	if (!ret)
		ret = modtest_regions(VICTIM, regions);
	if (ret)
		return modtest_fail(VICTIM ": %s", strerror(-ret));

	span.start = regions[MODTEST_TEXT].base;
	span.end = span.start + regions[MODTEST_TEXT].size;
	ret = users_machine("x86_64") ? check_code(&span) : 0;
	if (modtest_unload(VICTIM))
		ret = modtest_fail("unload");
	return ret || is_freed(&span, true) ? ret : KSFT_FAIL;
}

static bool any_listed(const struct execmem_span *spans, int nr)
{
	struct execmem_list list;
	const struct execmem_area *area;
	bool listed = false;
	int i;

	if (execmem_read(&list))
		return true;
	for (i = 0; i < nr; i++) {
		area = execmem_find(&list, spans[i].start);
		listed |= area && area->span.start == spans[i].start;
	}
	execmem_free(&list);
	return listed;
}

static int check_freed(const struct execmem_span *spans, int nr)
{
	bool freed = false, explain;
	int ms, i;

	for (ms = 0; any_listed(spans, nr); ms += 20) {
		if (ms > MODTEST_SETTLE_MS)
			return modtest_fail("they are not freed");
		modtest_sleep_ms(20);
	}
	for (ms = 0; !freed && ms <= FREED_MS; ms += 100) {
		if (ms)
			modtest_sleep_ms(100);
		explain = ms + 100 > FREED_MS;
		freed = true;
		for (i = 0; i < nr; i++)
			freed &= is_freed(&spans[i], explain);
	}
	return freed ? KSFT_PASS : KSFT_FAIL;
}

static int find_program(int fd, struct execmem_span *span)
{
	unsigned long long addr = bpf_address(fd);
	const struct execmem_area *area;
	struct execmem_list list;
	int ret = KSFT_PASS;

	if (execmem_read(&list))
		return modtest_fail("cannot read " EXECMEM_ALLOCATIONS);
	area = execmem_find(&list, addr);
	if (area)
		*span = area->span;
	else
		ret = modtest_fail("a program at %#llx is not listed", addr);
	execmem_free(&list);
	return ret;
}

int test_freed_programs(void)
{
	struct execmem_span spans[PROGRAMS];
	int fds[PROGRAMS], i, ret = 0;

	if (blocks_open_kcore() == KSFT_FAIL)
		return KSFT_FAIL;
	for (i = 0; i < PROGRAMS; i++) {
		fds[i] = bpf_load_filter(20 * i, -1);
		if (!ret && fds[i] < 0)
			ret = modtest_fail("program: %s", strerror(-fds[i]));
		if (!ret)
			ret = find_program(fds[i], &spans[i]);
		if (!ret && users_machine("x86_64"))
			ret = check_code(&spans[i]);
	}
	for (i = 0; i < PROGRAMS; i++)
		bpf_close(&fds[i]);
	return ret ? ret : check_freed(spans, PROGRAMS);
}

/* The one of ftrace that was not there before. */
static int find_trampoline(const struct execmem_list *before,
			   struct execmem_span *span)
{
	const struct execmem_area *area;
	struct execmem_list now;
	bool found = false;
	size_t i;

	if (execmem_read(&now))
		return modtest_fail("cannot read " EXECMEM_ALLOCATIONS);
	for (i = 0; i < now.nr; i++) {
		area = &now.areas[i];
		if (strcmp(area->name, "ftrace") ||
		    execmem_find(before, area->span.start))
			continue;
		*span = area->span;
		found = true;
	}
	execmem_free(&now);
	return found ? KSFT_PASS : modtest_fail("there is no trampoline");
}

int test_freed_tracer(void)
{
	struct execmem_list before;
	struct execmem_span span;
	int ret;

	if (!tracer_has_trampoline()) {
		ksft_print_msg("no trampolines on this machine\n");
		return KSFT_SKIP;
	}
	if (blocks_open_kcore() || execmem_read(&before))
		return KSFT_FAIL;

	ret = tracer_create(INSTANCE, PROBED);
	if (!ret)
		ret = tracer_start(INSTANCE);
	if (ret)
		ret = modtest_fail("tracer: %s", strerror(-ret));
	else
		ret = find_trampoline(&before, &span);
	execmem_free(&before);
	if (!ret)
		ret = check_code(&span);
	tracer_stop(INSTANCE);
	tracer_remove(INSTANCE);
	return ret ? ret : check_freed(&span, 1);
}
