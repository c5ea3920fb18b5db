// SPDX-License-Identifier: GPL-2.0
/*
 * All code shares blocks of 2 MiB: what maps them, and their memory in the
 * direct map, stays what it is while modules, BPF programs, kprobes and tracers
 * come and go in them. What was freed traps. With execmem.blocks=0 it is the
 * same with leaves of 4 KiB, and with execmem.rox=0, or where there are no
 * blocks, each allocation has pages of its own.
 *
 * EXECMEM_ROUNDS is the number of rounds, 4 if it is not set.
 */
#define _GNU_SOURCE
#include "bpf_raw.h"
#include "blocks.h"

#define PARAMETERS	"/sys/module/execmem/parameters/"

#define MODULES		20
#define INSTANCE	"execmem_blocks"

/* Of one round. */
#define ROUND_MODULES	4
#define ROUND_PROGRAMS	40
#define ROUND_PROBES	8

static char paths[MODULES][PATH_MAX];
static struct probe_sites sites;
static int rounds = 4;

static bool asked_for(const char *word)
{
	char cmdline[4096], *token, *save;

	if (modtest_read("/proc/cmdline", cmdline, sizeof(cmdline)))
		return false;
	for (token = strtok_r(cmdline, "\n ", &save); token;
	     token = strtok_r(NULL, "\n ", &save))
		if (!strcmp(token, word))
			return true;
	return false;
}

static int check_parameter(const char *name, bool on)
{
	char path[PATH_MAX], value[4];
	int ret;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	ret = modtest_read(path, value, sizeof(value));
	if (ret)
		return modtest_fail("%s: %s", path, strerror(-ret));
	return (value[0] == 'Y') == on ? KSFT_PASS :
		modtest_fail("%s is %c", path, value[0]);
}

static int find_mode(void)
{
	static const char * const names[] = {
		"no blocks", "blocks of pages", "blocks",
	};
	int ret = KSFT_PASS;

	if (users_machine("x86_64")) {
		blocks_mode = BLOCKS_WHOLE;
		if (asked_for("execmem.blocks=0"))
			blocks_mode = BLOCKS_OF_PAGES;
		ret = check_parameter("blocks", blocks_mode == BLOCKS_WHOLE);
		blocks_of_data = blocks_mode == BLOCKS_WHOLE;
		ret |= check_parameter("rox", !asked_for("execmem.rox=0"));
		if (asked_for("execmem.rox=0"))
			blocks_mode = BLOCKS_NONE;
	}
	blocks_leaves = blocks_mode == BLOCKS_WHOLE &&
			!asked_for("nohugevmalloc");
	ksft_print_msg("%s, %s\n", names[blocks_mode],
		       blocks_leaves ? "large leaves" : "leaves of pages");
	return ret;
}

static int find_modules(void)
{
	char name[32];
	int i;

	for (i = 0; i < MODULES; i++) {
		snprintf(name, sizeof(name), "test_module_many_%02d", i + 1);
		if (modtest_find(name, paths[i], PATH_MAX))
			return modtest_fail("there is no module %s", name);
	}
	return KSFT_PASS;
}

static int find_sites(void)
{
	int step = probe_step(), ret;

	if (!step)
		return KSFT_PASS;
	ret = probe_find_sites(&sites, 2 * ROUND_PROBES, step);
	return ret ? modtest_fail("kprobes: %s", strerror(-ret)) : KSFT_PASS;
}

static int test_start(void)
{
	int ret;

	users_mount();
	if (!ptdump_file() && !users_machine("x86_64"))
		ksft_exit_skip("no page tables: CONFIG_PTDUMP_DEBUGFS=n\n");
	if (getenv("EXECMEM_ROUNDS"))
		rounds = atoi(getenv("EXECMEM_ROUNDS"));
	if (rounds < 1)
		return modtest_fail("EXECMEM_ROUNDS is not a number of rounds");

	/* To the end: it tells whether modules are to be protected. */
	ret = modtest_load(SECTIONS, "");
	if (ret)
		return modtest_fail(SECTIONS ": %s", strerror(-ret));
	ret = find_mode() | find_modules() | find_sites();
	return ret ?: large_make_whole();
}

static int load_modules(int first, int nr)
{
	int i, ret;

	for (i = first; i < first + nr; i++) {
		ret = modtest_load_file(paths[i % MODULES], "");
		if (ret)
			return modtest_fail("%s: %s", paths[i % MODULES],
					    strerror(-ret));
	}
	return KSFT_PASS;
}

static int unload_modules(int first, int nr)
{
	int i, ret = KSFT_PASS;
	char name[32];

	for (i = first; i < first + nr; i++) {
		snprintf(name, sizeof(name), "test_module_many_%02d",
			 i % MODULES + 1);
		if (modtest_unload(name))
			ret = modtest_fail("cannot unload %s", name);
	}
	return ret;
}

static int load_programs(int *fds, int round)
{
	int i, value;

	for (i = 0; i < ROUND_PROGRAMS; i++) {
		value = (round + 31 * i) % 700;
		fds[i] = bpf_load_filter(value, -1);
		if (fds[i] < 0)
			return modtest_fail("program: %s", strerror(-fds[i]));
		if (bpf_run(fds[i], 1) != value)
			return modtest_fail("a program does not return %d",
					    value);
	}
	return KSFT_PASS;
}

static int open_probes(int *fds)
{
	int i;

	for (i = 0; i < ROUND_PROBES && i < sites.nr; i++) {
		fds[i] = probe_open(sites.addrs[i]);
		if (fds[i] < 0)
			return modtest_fail("kprobe: %s", strerror(-fds[i]));
	}
	return KSFT_PASS;
}

static void close_all(int *fds, int nr)
{
	int i;

	/* Not in their order, so that holes are left, and used again. */
	for (i = 0; i < nr; i += 2)
		bpf_close(&fds[i]);
	for (i = 1; i < nr; i += 2)
		bpf_close(&fds[i]);
}

static int churn(int round)
{
	int programs[ROUND_PROGRAMS], probes[ROUND_PROBES];
	int first = round * ROUND_MODULES, ret;

	memset(programs, -1, sizeof(programs));
	memset(probes, -1, sizeof(probes));
	ret = load_modules(first, ROUND_MODULES);
	if (!ret)
		ret = load_programs(programs, round);
	if (!ret)
		ret = open_probes(probes);
	if (!ret && !tracer_create(INSTANCE, PROBED)) {
		if (tracer_start(INSTANCE))
			ret = modtest_fail("cannot trace " PROBED);
		tracer_stop(INSTANCE);
		tracer_remove(INSTANCE);
	}
	ret |= unload_modules(first, ROUND_MODULES);
	close_all(programs, ROUND_PROGRAMS);
	close_all(probes, ROUND_PROBES);
	return ret;
}

/* What is executable where modules go, and what maps it. */
struct leaves {
	struct ptdump pt;
	unsigned long long leaves;
	unsigned long long bytes;
};

static int read_leaves(struct leaves *l)
{
	struct execmem_type types[EXECMEM_NR_TYPES];
	unsigned long long size;
	struct ptdump pt;
	size_t i;

	memset(l, 0, sizeof(*l));
	if (execmem_read_types(types) || ptdump_read(&pt))
		return modtest_fail("cannot read the page tables");

	for (i = 0; i < pt.nr; i++) {
		struct ptdump_range *r = &pt.ranges[i];

		if (!(r->prot & PTDUMP_X) ||
		    r->first < types[EXECMEM_MODULE_TEXT].range.start ||
		    r->last >= types[EXECMEM_MODULE_TEXT].range.end)
			continue;
		size = r->last - r->first + 1;
		l->bytes += size;
		l->leaves += size / (r->pages ? (size_t)sysconf(_SC_PAGESIZE) :
				     BLOCK_BYTES);
		if (ptdump_add(&l->pt, r))
			return modtest_fail("no memory");
	}
	ptdump_free(&pt);
	return KSFT_PASS;
}

static bool same_leaves(const struct leaves *a, const struct leaves *b)
{
	size_t i;

	if (a->bytes != b->bytes || a->leaves != b->leaves)
		return false;
	/* Pages of their own are at other addresses each time. */
	if (blocks_mode == BLOCKS_NONE)
		return true;
	for (i = 0; i < a->pt.nr && i < b->pt.nr; i++)
		if (a->pt.ranges[i].first != b->pt.ranges[i].first ||
		    a->pt.ranges[i].last != b->pt.ranges[i].last)
			return false;
	return a->pt.nr == b->pt.nr;
}

static void show_leaves(const char *when, const struct leaves *l)
{
	size_t i;

	ksft_print_msg("%s: %llu leaves map %llu KiB\n", when, l->leaves,
		       l->bytes / 1024);
	for (i = 0; i < l->pt.nr && i < 8; i++)
		ksft_print_msg("%#llx-%#llx %s\n", l->pt.ranges[i].first,
			       l->pt.ranges[i].last,
			       l->pt.ranges[i].pages ? "pages" : "large");
}

/* BPF programs are freed some time after they are closed, and slots, too. */
static int compare_leaves(const struct leaves *before)
{
	struct leaves now;
	bool same = false;
	int ms;

	for (ms = 0; !same && ms <= MODTEST_SETTLE_MS; ms += 200) {
		if (ms)
			modtest_sleep_ms(200);
		if (read_leaves(&now))
			return KSFT_FAIL;
		same = same_leaves(before, &now);
		if (same || ms + 200 > MODTEST_SETTLE_MS)
			show_leaves("now", &now);
		ptdump_free(&now.pt);
	}
	return same ? KSFT_PASS : modtest_fail("they were others before");
}

/* In KiB; 0 if it does not tell. */
static unsigned long long split_memory(void)
{
	unsigned long long kib = 0;
	char *text = modtest_slurp("/proc/meminfo"), *line;

	line = text ? strstr(text, "DirectMap4k:") : NULL;
	if (line)
		sscanf(line, "DirectMap4k: %llu", &kib);
	free(text);
	return kib;
}

/* Much code came before: blocks are there. A first time leaves slots behind. */
static int test_churn(void)
{
	struct execmem_type types[EXECMEM_NR_TYPES];
	unsigned long long split;
	struct leaves before;
	int i, ret = churn(0);

	if (!ret && totals_warm_up(types, &sites))
		ret = modtest_fail("cannot read " EXECMEM_TYPES);
	if (!ret)
		ret = blocks_check();
	if (ret || read_leaves(&before))
		return KSFT_FAIL;

	show_leaves("before", &before);
	split = split_memory();
	for (i = 1; i <= rounds && !ret; i++)
		ret = churn(i);
	if (!ret)
		ret = compare_leaves(&before);
	if (!ret && blocks_mode == BLOCKS_WHOLE && split_memory() > split)
		ret = modtest_fail("%llu KiB of the direct map are split, and %llu were",
				   split_memory(), split);
	ptdump_free(&before.pt);
	return ret;
}

static int test_busy(void)
{
	int programs[ROUND_PROGRAMS], ret;

	memset(programs, -1, sizeof(programs));
	ret = load_modules(0, MODULES);
	if (!ret)
		ret = load_programs(programs, 0);
	if (!ret)
		ret = blocks_check();
	if (!ret)
		ret = blocks_check_holes();
	if (ret == KSFT_SKIP)
		ret = KSFT_PASS;
	ret |= unload_modules(0, MODULES);
	close_all(programs, ROUND_PROGRAMS);
	return ret;
}

/*
 * Takes the pages that were code before, and what is between them: where the
 * direct map is split already it cannot be seen to be split once more.
 */
static int take_pages(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(unsigned int),
		.value_size = 4 << 20,
		.max_entries = 16,
	};

	return bpf_call(BPF_MAP_CREATE, &attr);
}

/* Where pages come from anywhere, the direct map is split around each. */
static int test_direct_map(void)
{
	unsigned long long before, loaded, after;
	int ret, map = take_pages();

	if (map < 0)
		return modtest_fail("a map: %s", strerror(-map));
	before = split_memory();
	ret = load_modules(0, MODULES);
	loaded = split_memory();
	ret |= unload_modules(0, MODULES);
	after = split_memory();
	bpf_close(&map);

	ksft_print_msg("%llu, %llu, %llu KiB of the direct map are pages\n",
		       before, loaded, after);
	if (ret)
		return ret;
	if (blocks_mode != BLOCKS_WHOLE)
		return KSFT_SKIP;
	if (!before)
		return modtest_fail("no DirectMap4k");
	return loaded > before || after > before ?
		modtest_fail("it was split") : KSFT_PASS;
}

static int test_end(void)
{
	int ret = modtest_unload(SECTIONS);

	return ret ? modtest_fail("unload: %s", strerror(-ret)) : KSFT_PASS;
}

static const struct modtest_case cases[] = {
	{ "switches are as asked for",			test_start },
	{ "one leaf maps a block, or its pages do",	blocks_check },
	{ "what nobody has traps",			blocks_check_holes },
	{ "the same with much code",			test_busy },
	{ "churn leaves the page tables as they are",	test_churn },
	{ "the direct map is not split",		test_direct_map },
	{ "freed text of a module traps",		test_freed_text },
	{ "freed BPF programs trap",			test_freed_programs },
	{ "freed trampoline of a tracer traps",		test_freed_tracer },
	{ "module of 5 MiB",				test_large_5 },
	{ "module of 30 MiB",				test_large_30 },
	{ "page tables are right in the end",		blocks_check },
	{ "what nobody has traps in the end",		blocks_check_holes },
	{ "blocks in pieces",				test_pieces },
	{ "module unloads",				test_end },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
