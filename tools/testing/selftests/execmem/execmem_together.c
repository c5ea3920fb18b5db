// SPDX-License-Identifier: GPL-2.0
/*
 * All users of executable memory at the same time: a module, a BPF program, a
 * kprobe, the function tracer and a BPF trampoline. Each works, each is where
 * its type says, none can be written to, and nothing is left of them.
 */
#define _GNU_SOURCE
#include "users.h"
#include "bpf_raw.h"
#include "test_execmem.h"

#define INSTANCE	"execmem_together"

#define MAX_PROBES	8
#define NR_FORKS	20
#define VALUE		321
#define TRAMP_VALUE	123

static struct execmem_type before[EXECMEM_NR_TYPES];
static struct probe_sites sites;

static struct bpf_tramp tramp = BPF_TRAMP_NONE;
static struct modtest_region regions[MODTEST_NR_TYPES];
static int filter = -1;
static int probes[MAX_PROBES];
static int nr_probes;
static bool has_tracer;

static int test_start(void)
{
	int step, ret;

	users_mount();
	step = probe_step();
	if (!step) {
		ksft_print_msg("no way to tell where instructions begin\n");
	} else {
		ret = probe_find_sites(&sites, 4 * MAX_PROBES, step);
		if (ret)
			return modtest_fail("kprobes: %s", strerror(-ret));
		if (sites.nr < MAX_PROBES)
			return modtest_fail("only %d probes", sites.nr);
	}

	ret = totals_warm_up(before, &sites);
	return ret ? modtest_fail(EXECMEM_TYPES ": %s", strerror(-ret)) :
		KSFT_PASS;
}

static int test_module(void)
{
	int ret = modtest_load(SECTIONS, "");

	if (!ret)
		ret = modtest_regions(SECTIONS, regions);
	return ret ? modtest_fail(SECTIONS ": %s", strerror(-ret)) : KSFT_PASS;
}

static int test_program(void)
{
	int ret;

	filter = bpf_load_filter(VALUE, -1);
	if (filter < 0)
		return modtest_fail("load: %s", strerror(-filter));

	ret = bpf_run(filter, 1);
	return ret == VALUE ? KSFT_PASS : modtest_fail("it returns %d", ret);
}

static void fork_some(void)
{
	int i;

	for (i = 0; i < NR_FORKS; i++)
		probe_fork();
}

static int open_probes(unsigned long long func, int step)
{
	int offset = 0, fd;

	while (nr_probes < MAX_PROBES) {
		fd = probe_next(func, &offset, step);
		if (fd == -ENOENT)
			break;
		if (fd < 0)
			return fd;
		probes[nr_probes++] = fd;
	}
	return nr_probes ? 0 : -ENOENT;
}

/* Where the function begins there is no branch: the first one is always hit. */
static int test_kprobe(void)
{
	int step = probe_step(), ret;
	unsigned long long hits = 0;

	if (!step)
		return KSFT_SKIP;

	ret = open_probes(users_find_symbol(PROBED, ""), step);
	if (ret)
		return modtest_fail(PROBED ": %s", strerror(-ret));

	fork_some();
	ret = probe_hits(probes[0], &hits);
	if (ret || hits != NR_FORKS)
		return modtest_fail("%llu hits, not %d", hits, NR_FORKS);
	ksft_print_msg("%d probes\n", nr_probes);
	return KSFT_PASS;
}

static int test_tracer(void)
{
	int ret, hits;

	if (!tracefs_has("available_filter_functions")) {
		ksft_print_msg("CONFIG_DYNAMIC_FTRACE=n\n");
		return KSFT_SKIP;
	}

	ret = tracer_create(INSTANCE, PROBED);
	if (ret)
		return modtest_fail("instance: %s", strerror(-ret));
	ret = tracer_start(INSTANCE);
	if (ret)
		return modtest_fail("function tracer: %s", strerror(-ret));
	has_tracer = true;

	fork_some();
	hits = tracer_hits(INSTANCE, PROBED);
	if (hits < NR_FORKS)
		return modtest_fail("%d hits of %d", hits, NR_FORKS);
	return KSFT_PASS;
}

/* What is loaded for it is freed later, not while others look at all there is. */
static int test_no_trampoline(void)
{
	struct execmem_type types[EXECMEM_NR_TYPES];
	int ret = execmem_read_types(types);

	if (ret)
		return modtest_fail(EXECMEM_TYPES ": %s", strerror(-ret));
	ret = bpf_tramp_prepare(&tramp, TRAMP_VALUE, false);
	if (!ret)
		ret = bpf_tramp_attach(&tramp);
	bpf_tramp_free(&tramp);
	if (!ret)
		return modtest_fail("there is one after all");
	ksft_print_msg("none on this architecture: %d\n", ret);
	return totals_settled(types, &sites) ? KSFT_SKIP : KSFT_FAIL;
}

static int test_trampoline(void)
{
	int ret;

	if (!users_have_bpf_trampolines())
		return test_no_trampoline();

	ret = bpf_tramp_prepare(&tramp, TRAMP_VALUE, false);
	if (!ret)
		ret = bpf_tramp_attach(&tramp);
	if (ret)
		return modtest_fail("cannot attach: %s", strerror(-ret));

	ret = bpf_tramp_check(&tramp, TRAMP_VALUE, 100);
	return ret ? modtest_fail("it does not count: %s", strerror(-ret)) :
		KSFT_PASS;
}

static int check_place(const struct execmem_list *list, const char *what,
		       unsigned long long addr, int type)
{
	const struct execmem_area *area = execmem_find(list, addr);

	if (!addr || !area)
		return modtest_fail("%s at %#llx is not listed", what, addr);
	if (strcmp(area->name, execmem_names[type]) ||
	    strcmp(area->state, "live"))
		return modtest_fail("%s at %#llx is %s and %s", what, addr,
				    area->name, area->state);
	return KSFT_PASS;
}

static int check_places(const struct execmem_list *list)
{
	int ret;

	ret = check_place(list, "text of the module",
			  regions[MODTEST_TEXT].base, EXECMEM_MODULE_TEXT);
	ret |= check_place(list, "BPF program", bpf_address(filter),
			   EXECMEM_BPF);
	if (nr_probes)
		ret |= check_place(list, "slot of a kprobe",
				   users_find_symbol("kprobe_insn_page",
						     "[__builtin__kprobes]"),
				   EXECMEM_KPROBES);
	if (has_tracer && tracer_has_trampoline())
		ret |= check_place(list, "trampoline of ftrace",
				   users_find_symbol("ftrace_trampoline",
						     "[__builtin__ftrace]"),
				   EXECMEM_FTRACE);
	if (tramp.link >= 0)
		ret |= check_place(list, "BPF trampoline",
				   users_find_symbol("bpf_trampoline_",
						     "[bpf]"),
				   EXECMEM_BPF);
	return ret;
}

static int test_places(void)
{
	struct execmem_list list;
	int ret = execmem_read(&list);

	if (ret)
		return modtest_fail(EXECMEM_ALLOCATIONS ": %s",
				    strerror(-ret));
	ret = check_places(&list);
	execmem_free(&list);
	return ret;
}

static bool is_live_text(const struct execmem_area *area)
{
	return !strcmp(area->pool, "text") && !strcmp(area->state, "live");
}

static int check_tables(const struct ptdump *pt,
			const struct execmem_list *list)
{
	const struct ptdump_range *wx = ptdump_find_wx(pt);
	const struct execmem_area *area;
	unsigned long long bad;
	int ret = KSFT_PASS;
	size_t i;

	if (wx)
		ret = modtest_fail("%#llx-%#llx is writable and executable",
				   wx->first, wx->last);
	for (i = 0; i < list->nr; i++) {
		area = &list->areas[i];
		if (is_live_text(area) &&
		    !ptdump_check(pt, area->span.start, area->bytes, PTDUMP_RX,
				  &bad))
			ret = modtest_fail("%s: %#llx is %s", area->name, bad,
					   ptdump_name(ptdump_prot(pt, bad)));
	}
	return ret;
}

static int test_page_tables(void)
{
	struct execmem_list list;
	struct ptdump pt;
	int ret;

	if (!sections_strict_rwx()) {
		ksft_print_msg("modules are not protected\n");
		return KSFT_SKIP;
	}
	ret = ptdump_read(&pt);
	if (ret == -ENOENT) {
		ksft_print_msg("no page tables: CONFIG_PTDUMP_DEBUGFS=n\n");
		return KSFT_SKIP;
	}
	if (ret)
		return modtest_fail("page tables: %s", strerror(-ret));

	ret = execmem_read(&list);
	if (!ret) {
		ret = check_tables(&pt, &list);
		execmem_free(&list);
	}
	ptdump_free(&pt);
	return ret ? KSFT_FAIL : KSFT_PASS;
}

/* Each page of each allocation, also where else its memory is mapped. */
static int check_stores(const struct execmem_list *list)
{
	const struct execmem_area *area;
	unsigned long long addr;
	int pages = 0;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		area = &list->areas[i];
		if (!is_live_text(area))
			continue;
		for (addr = area->span.start; addr < area->span.end;
		     addr += sysconf(_SC_PAGESIZE)) {
			if (!test_execmem_is_sealed(addr))
				return modtest_fail("%s", area->name);
			pages++;
		}
	}
	ksft_print_msg("%d pages\n", pages);
	return pages ? KSFT_PASS : modtest_fail("no code");
}

static int test_stores(void)
{
	struct execmem_list list;
	int ret;

	if (!test_execmem_there() || !sections_strict_rwx())
		return KSFT_SKIP;

	ret = execmem_read(&list);
	if (ret)
		return modtest_fail(EXECMEM_ALLOCATIONS ": %s",
				    strerror(-ret));
	ret = check_stores(&list);
	execmem_free(&list);
	return ret;
}

/* What was there before all the others works to the end. */
static int test_still(void)
{
	unsigned long long hits = 0;
	int ret;

	ret = bpf_run(filter, 100);
	if (ret != VALUE)
		return modtest_fail("the program returns %d", ret);
	if (tramp.link >= 0 && bpf_tramp_check(&tramp, TRAMP_VALUE, 100))
		return modtest_fail("the trampoline does not count");

	fork_some();
	if (nr_probes && (probe_hits(probes[0], &hits) || hits < 2 * NR_FORKS))
		return modtest_fail("%llu hits of the kprobe", hits);
	if (has_tracer && tracer_hits(INSTANCE, PROBED) < 2 * NR_FORKS)
		return modtest_fail("the tracer misses some");
	return KSFT_PASS;
}

static int test_end(void)
{
	int ret = modtest_unload(SECTIONS);

	if (ret)
		ret = modtest_fail("unload: %s", strerror(-ret));

	bpf_close(&filter);
	bpf_tramp_free(&tramp);
	while (nr_probes)
		close(probes[--nr_probes]);
	if (has_tracer) {
		if (tracer_stop(INSTANCE))
			ret = modtest_fail("the tracer does not stop");
		tracer_remove(INSTANCE);
	}
	if (!totals_settled(before, &sites))
		ret = KSFT_FAIL;
	return ret;
}

static const struct modtest_case cases[] = {
	{ "no user yet",				test_start },
	{ "module",					test_module },
	{ "BPF program",				test_program },
	{ "kprobe",					test_kprobe },
	{ "function tracer",				test_tracer },
	{ "BPF trampoline",				test_trampoline },
	{ "each is where its type says",		test_places },
	{ "page tables",				test_page_tables },
	{ "no store to live code",			test_stores },
	{ "all still work",				test_still },
	{ "nothing is left of them",			test_end },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
