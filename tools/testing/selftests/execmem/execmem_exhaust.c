// SPDX-License-Identifier: GPL-2.0
/*
 * No addresses are left for modules: each user gets an error, the console one
 * line that says so, and all is well again once there are addresses. And who
 * has no privileges cannot bring that about.
 */
#define _GNU_SOURCE
#include <stdarg.h>

#include "bpf_raw.h"
#include "test_execmem.h"

#define PROGRAMS	1000
#define PROBES		300

/* What somebody without privileges may have of programs; and who that is. */
#define JIT_LIMIT	"/proc/sys/net/core/bpf_jit_limit"
#define UNPRIVILEGED	"/proc/sys/kernel/unprivileged_bpf_disabled"
#define LIMIT_PAGES	8
#define NOBODY		65534

/* The console tells of a few failures in five seconds, not of all. */
#define RATELIMIT_MS	6000

static struct execmem_type before[EXECMEM_NR_TYPES];
static struct probe_sites sites;
static struct modtest_state state;
static char path[PATH_MAX];
static int control = -1;
static int kmsg = -1;

static int test_start(void)
{
	int step, ret;

	users_mount();
	if (!test_execmem_there())
		ksft_exit_skip("nothing to exhaust a range with\n");

	step = probe_step();
	if (step && probe_find_sites(&sites, PROBES, step))
		return modtest_fail("no kprobes");
	if (modtest_find("test_module_many_20", path, sizeof(path)))
		return modtest_fail("no module");
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0)
		return modtest_fail("/dev/kmsg: %s", strerror(errno));

	ret = totals_warm_up(before, &sites);
	if (!ret)
		ret = modtest_snapshot(&state);
	return ret ? modtest_fail("cannot take stock: %s", strerror(-ret)) :
		KSFT_PASS;
}

static int command(const char *fmt, ...)
{
	char text[128];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (write(control, text, len) == len)
		return 0;
	ksft_print_msg("%s: %s\n", text, strerror(errno));
	return -errno;
}

static int reserve_span(const struct execmem_span *span)
{
	if (span->start == span->end)
		return 0;
	return command("reserve 0x%llx-0x%llx", span->start, span->end);
}

static int take_addresses(void)
{
	const struct execmem_type *text = &before[EXECMEM_MODULE_TEXT];
	int ret = reserve_span(&text->range);

	if (!ret)
		ret = reserve_span(&text->fallback);
	return ret ? ret : command("fill %d", EXECMEM_MODULE_TEXT);
}

/*
 * A module comes through a buffer of vmalloc's. Where modules may go there,
 * too, one hole is left, that fits the buffer and is in use with that.
 */
static int exhaust_modules(void)
{
	const struct execmem_type *text = &before[EXECMEM_MODULE_TEXT];
	const struct execmem_span *far = &text->fallback;
	bool hole = users_machine("armv") && far->start != far->end;
	struct stat st;
	int ret;

	if (stat(path, &st))
		return -errno;

	control = open(TEST_EXECMEM "exhaust", O_WRONLY | O_CLOEXEC);
	if (control < 0)
		return -errno;

	ret = hole ? command("hole 0x%llx-0x%llx %llu", far->start, far->end,
			     (unsigned long long)st.st_size) : 0;
	if (!ret)
		ret = take_addresses();
	if (!ret && hole)
		ret = command("unhole");
	return ret;
}

/* What the console says from now on is for read_console(). */
static void skip_console(void)
{
	modtest_sleep_ms(RATELIMIT_MS);
	lseek(kmsg, 0, SEEK_END);
}

/*
 * The lines of execmem, or -1 if there is anything that alarms. Only of the
 * kernel, which has facility 0: what tests print may go the same way.
 */
static int read_console(const char *what)
{
	char text[8192], *line;
	int lines = 0, other = 0;
	ssize_t len;

	while ((len = read(kmsg, text, sizeof(text) - 1)) > 0) {
		text[len] = '\0';
		line = strchr(text, ';');
		if (!line || atoi(text) >= 8)
			continue;
		ksft_print_msg("console: %.*s\n", (int)strcspn(line, "\n") - 1,
			       line + 1);
		if (strstr(line, "execmem: ") && strstr(line, what))
			lines++;
		else if (strcasestr(line, "call trace") ||
			 strstr(line, "WARNING") || strstr(line, "BUG"))
			other++;
	}
	return other ? -1 : lines;
}

static int load_fails(void)
{
	int ret, lines;

	skip_console();
	ret = modtest_load_file(path, "");
	if (!ret) {
		modtest_unload("test_module_many_20");
		return modtest_fail("a module loads: nothing is exhausted");
	}
	if (ret != -ENOMEM)
		return modtest_fail("a module: %s", strerror(-ret));

	lines = read_console("module_text");
	if (lines != 1)
		return modtest_fail("%d lines on the console", lines);
	return KSFT_PASS;
}

static int test_module(void)
{
	int ret = exhaust_modules();

	if (ret)
		return modtest_fail("cannot exhaust: %s", strerror(-ret));
	return load_fails();
}

/*
 * Is there an address that @type has and text of modules has not? If that has
 * all of vmalloc's, too many others lack something.
 */
static bool is_spared(int type)
{
	const struct execmem_type *text = &before[EXECMEM_MODULE_TEXT];

	if (users_machine("armv"))
		ksft_print_msg("vmalloc has no addresses, either\n");
	else if (!execmem_inside(&before[type].range, &text->range) &&
		 !execmem_inside(&before[type].range, &text->fallback))
		ksft_print_msg("%s has addresses of its own\n",
			       execmem_names[type]);
	else
		return false;
	return true;
}

/* Also what others have given back meanwhile: nobody may have a block now. */
static int take_again(int type)
{
	int ret;

	if (is_spared(type))
		return KSFT_SKIP;
	ret = take_addresses();
	/* Text of modules may be aligned to more than this type is. */
	if (!ret)
		ret = command("fill %d", type);
	return ret ? modtest_fail("cannot exhaust: %s", strerror(-ret)) :
		KSFT_PASS;
}

static void close_programs(int *fds, int nr)
{
	ksft_print_msg("%d programs\n", nr);
	while (nr)
		bpf_close(&fds[--nr]);
}

/* As many as there may be: with the interpreter, nothing refuses them. */
static int load_as_nobody(int *fds, int *nr)
{
	int ret = 0;

	if (seteuid(NOBODY))
		return -errno;
	while (*nr < PROGRAMS && ret >= 0) {
		ret = bpf_load_filter(0, -1);
		if (ret >= 0)
			fds[(*nr)++] = ret;
	}
	return seteuid(0) ? -errno : ret;
}

static int compare_with_limit(unsigned long long limit)
{
	struct execmem_type now[EXECMEM_NR_TYPES];
	int fds[PROGRAMS], nr = 0, ret, err;
	unsigned long long more;

	ret = load_as_nobody(fds, &nr);
	err = execmem_read_types(now);
	close_programs(fds, nr);
	if (err)
		return modtest_fail("cannot look: %s", strerror(-err));

	more = now[EXECMEM_BPF].bytes - before[EXECMEM_BPF].bytes;
	ksft_print_msg("%llu bytes more, %llu are allowed\n", more, limit);
	if (!more)
		return modtest_fail("no programs: %d", ret);
	if (more > limit)
		return modtest_fail("more memory than what is counted");
	return totals_settled(before, &sites) ? KSFT_PASS : KSFT_FAIL;
}

/* What is counted is what is taken, however small a program is. */
static int test_limit(void)
{
	char was[32], allowed[32], text[32];
	unsigned long long limit;
	int ret;

	if (modtest_read(JIT_LIMIT, was, sizeof(was)) ||
	    modtest_read(UNPRIVILEGED, allowed, sizeof(allowed)))
		return modtest_fail("no limit");
	if (modtest_write(UNPRIVILEGED, "0")) {
		ksft_print_msg("only root has programs until the next boot\n");
		return KSFT_SKIP;
	}

	/* Without blocks, each program takes a page. */
	limit = before[EXECMEM_BPF].bytes + LIMIT_PAGES * getpagesize();
	snprintf(text, sizeof(text), "%llu", limit);
	ret = modtest_write(JIT_LIMIT, text);
	ret = ret ? modtest_fail("%s: %s", JIT_LIMIT, strerror(-ret)) :
		compare_with_limit(limit);
	modtest_write(JIT_LIMIT, was);
	modtest_write(UNPRIVILEGED, allowed);
	return ret;
}

/* Without the interpreter, the second is what a JIT that gives up leads to. */
static bool has_no_room(int ret)
{
	return ret == -ENOMEM || ret == -BPF_ENOTSUPP;
}

/*
 * Where small pieces are to be had some are left, between what is there: large
 * programs until there is no room for another one, then smaller ones.
 */
static int load_programs(int *fds, int *nr)
{
	static const unsigned int values[] = { BPF_MAX_VALUE, 300, 20, 0 };
	size_t i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		while (*nr < PROGRAMS) {
			ret = bpf_load_filter(values[i], -1);
			if (ret < 0)
				break;
			fds[(*nr)++] = ret;
		}
		if (!has_no_room(ret))
			return ret;
	}
	return ret;
}

static int test_programs(void)
{
	int fds[PROGRAMS], nr = 0, ret;

	ret = take_again(EXECMEM_BPF);
	if (ret)
		return ret;

	ret = load_programs(fds, &nr);
	close_programs(fds, nr);
	return has_no_room(ret) ? KSFT_PASS : modtest_fail("programs: %d", ret);
}

static int test_kprobes(void)
{
	int *fds, nr, ret;

	if (!sites.nr)
		return KSFT_SKIP;
	ret = take_again(EXECMEM_KPROBES);
	if (ret)
		return ret;

	fds = calloc(sites.nr, sizeof(*fds));
	for (nr = 0; nr < sites.nr && ret >= 0; nr++) {
		ret = probe_open(sites.addrs[nr]);
		fds[nr] = ret;
	}
	ksft_print_msg("%d kprobes\n", nr);
	while (nr)
		bpf_close(&fds[--nr]);
	free(fds);
	return ret == -ENOMEM ? KSFT_PASS : modtest_fail("kprobes: %d", ret);
}

/* Its programs are there before. */
static int attach_without_room(struct bpf_tramp *tramp)
{
	int fds[PROGRAMS], nr = 0, ret;

	ret = bpf_tramp_prepare(tramp, 1, false);
	if (!ret)
		ret = exhaust_modules();
	if (ret)
		return modtest_fail("cannot prepare: %s", strerror(-ret));
	ret = take_again(EXECMEM_BPF);
	if (ret)
		return ret;

	ret = load_programs(fds, &nr);
	if (has_no_room(ret))
		ret = bpf_tramp_attach(tramp);
	close_programs(fds, nr);
	return has_no_room(ret) ? KSFT_PASS :
		modtest_fail("trampoline: %d", ret);
}

static void give_back(void)
{
	if (control >= 0)
		close(control);
	control = -1;
}

static int test_trampoline(void)
{
	struct bpf_tramp tramp;
	int ret;

	if (is_spared(EXECMEM_BPF))
		return KSFT_SKIP;
	give_back();
	ret = attach_without_room(&tramp);
	bpf_tramp_free(&tramp);
	return ret;
}

static int test_recovers(void)
{
	int ret;

	give_back();
	ret = modtest_load_file(path, "");
	if (!ret)
		ret = modtest_unload("test_module_many_20");
	if (ret)
		return modtest_fail("module: %s", strerror(-ret));
	if (!modtest_settled(&state) || !totals_settled(before, &sites))
		return KSFT_FAIL;
	return KSFT_PASS;
}

/* It takes nothing with it: another time is like the first one. */
static int test_again(void)
{
	int ret = test_module();

	return ret ? ret : test_recovers();
}

static const struct modtest_case cases[] = {
	{ "addresses are there",			test_start },
	{ "no addresses: module",			test_module },
	{ "no addresses: BPF programs",			test_programs },
	{ "no addresses: kprobes",			test_kprobes },
	{ "no addresses: BPF trampoline",		test_trampoline },
	{ "addresses are there again",			test_recovers },
	{ "and once more",				test_again },
	{ "BPF programs have no more than their limit",	test_limit },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
