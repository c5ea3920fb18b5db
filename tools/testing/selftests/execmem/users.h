/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Users of executable memory other than BPF: kprobes by way of perf events,
 * which register with open() and unregister with close(), and instances of the
 * function tracer. And what they leave behind.
 *
 * Functions return 0, a file descriptor, or a negative errno.
 */
#ifndef __SELFTEST_EXECMEM_USERS_H
#define __SELFTEST_EXECMEM_USERS_H

#include <linux/perf_event.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "execmem.h"
#include "probes.h"
#include "../module/ptdump.h"

#define KPROBE_PMU	"/sys/bus/event_source/devices/kprobe/type"

static inline void users_mount(void)
{
	if (access("/sys/kernel/debug/kprobes", F_OK))
		mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	tracefs_mount();
}

/* Where BPF programs have trampolines. */
static inline bool users_have_bpf_trampolines(void)
{
	return users_machine("x86_64") || users_machine("aarch64");
}

/* Registers and arms a kprobe; it counts the hits of this process. */
static inline int probe_open(unsigned long long addr)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.kprobe_addr = addr,
	};
	static unsigned long long type;
	int ret;

	if (!type) {
		ret = modtest_read_num(KPROBE_PMU, &type);
		if (ret)
			return ret;
	}
	attr.type = type;
	ret = syscall(__NR_perf_event_open, &attr, 0, -1, -1,
		      PERF_FLAG_FD_CLOEXEC);
	return ret < 0 ? -errno : ret;
}

static inline int probe_hits(int fd, unsigned long long *hits)
{
	return read(fd, hits, sizeof(*hits)) == sizeof(*hits) ? 0 : -EIO;
}

/* A line of /proc/kallsyms; a name in brackets says whose symbol it is. */
struct users_symbol {
	unsigned long long addr;
	char type;
	char name[128];
	char module[64];
};

static inline bool users_symbol(FILE *f, struct users_symbol *sym)
{
	char line[512];

	while (fgets(line, sizeof(line), f)) {
		sym->module[0] = '\0';
		if (sscanf(line, "%llx %c %127s %63s", &sym->addr, &sym->type,
			   sym->name, sym->module) >= 3)
			return true;
	}
	return false;
}

/* The first symbol of @module whose name begins with @prefix; "" is none. */
static inline unsigned long long users_find_symbol(const char *prefix,
						   const char *module)
{
	unsigned long long addr = 0;
	struct users_symbol sym;
	FILE *f = fopen("/proc/kallsyms", "r");

	if (!f)
		return 0;

	while (!addr && users_symbol(f, &sym))
		if (!strncmp(sym.name, prefix, strlen(prefix)) &&
		    !strcmp(sym.module, module))
			addr = sym.addr;
	fclose(f);
	return addr;
}

#define PROBE_MAX_OFFSET	64

/*
 * The next address of a function, off its entry, that takes a probe; @offset
 * is where to go on. Some are in the middle of an instruction, or where ftrace
 * patches, and are refused.
 */
static inline int probe_next(unsigned long long func, int *offset, int step)
{
	int fd;

	for (*offset += step; *offset < PROBE_MAX_OFFSET; *offset += step) {
		fd = probe_open(func + *offset);
		if (fd >= 0)
			return fd;
		if (fd != -EINVAL && fd != -EILSEQ)
			return fd;
	}
	return -ENOENT;
}

/* Addresses that take a probe, one in each of many functions. */
struct probe_sites {
	unsigned long long *addrs;
	int nr;
};

/*
 * What is seldom run, or run by those who read files in /proc. Of what cannot
 * be traced, or is no longer there, the console would tell for each attempt.
 */
static inline bool probe_likes(const struct users_symbol *sym,
			       const char *traceable)
{
	static const char * const prefixes[] = {
		"proc_", "seq_", "tcp_", "inet_", "ip_", "sysfs_", "kernfs_",
		"vfs_", "udp_", "raw_", "sock_", "shmem_", "simple_",
	};
	char line[sizeof(sym->name) + 2];
	size_t i;

	if (!sym->addr || sym->module[0])
		return false;
	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (strncmp(sym->name, prefixes[i], strlen(prefixes[i])))
			continue;
		snprintf(line, sizeof(line), "\n%s\n", sym->name);
		return strstr(traceable, line);
	}
	return false;
}

static inline int probe_find_site(struct probe_sites *sites,
				  unsigned long long func, int step)
{
	int offset = 0, fd = probe_next(func, &offset, step);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	close(fd);
	sites->addrs[sites->nr++] = func + offset;
	return 0;
}

/* At most @max of them; to be freed. */
static inline int probe_find_sites(struct probe_sites *sites, int max, int step)
{
	char *traceable = modtest_slurp(TRACEFS "available_filter_functions");
	FILE *f = fopen("/proc/kallsyms", "r");
	struct users_symbol sym;
	int ret = 0;

	sites->nr = 0;
	sites->addrs = calloc(max, sizeof(*sites->addrs));
	if (!f || !traceable || !sites->addrs)
		ret = -ENOENT;

	while (!ret && sites->nr < max && users_symbol(f, &sym))
		if (probe_likes(&sym, traceable))
			ret = probe_find_site(sites, sym.addr, step);
	if (f)
		fclose(f);
	free(traceable);
	return ret;
}

/* An instance of the function tracer, for one function. */

static inline void tracer_path(char *path, size_t size, const char *instance,
			       const char *file)
{
	snprintf(path, size, TRACEFS "instances/%s%s%s", instance,
		 *file ? "/" : "", file);
}

static inline int tracer_write(const char *instance, const char *file,
			       const char *text)
{
	char path[PATH_MAX];

	tracer_path(path, sizeof(path), instance, file);
	return modtest_write(path, text);
}

static inline int tracer_stop(const char *instance)
{
	return tracer_write(instance, "current_tracer", "nop");
}

static inline int tracer_remove(const char *instance)
{
	char path[PATH_MAX];

	tracer_path(path, sizeof(path), instance, "");
	return rmdir(path) ? -errno : 0;
}

/* All but the tracer: that is for tracer_start(). */
static inline int tracer_create(const char *instance, const char *function)
{
	char path[PATH_MAX];
	int ret;

	tracer_path(path, sizeof(path), instance, "");
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	ret = tracer_write(instance, "set_ftrace_filter", function);
	if (ret)
		tracer_remove(instance);
	return ret;
}

/* Registers the operations of ftrace. */
static inline int tracer_start(const char *instance)
{
	return tracer_write(instance, "current_tracer", "function");
}

/* How often the function was traced. */
static inline int tracer_hits(const char *instance, const char *function)
{
	char path[PATH_MAX], *text, *p;
	int hits = 0;

	tracer_path(path, sizeof(path), instance, "trace");
	text = modtest_slurp(path);
	if (!text)
		return -errno;
	for (p = text; (p = strstr(p, function)); p++)
		hits++;
	free(text);
	return hits;
}

/* Only on x86 does ftrace generate trampolines. */
static inline bool tracer_has_trampoline(void)
{
	return users_machine("x86_64");
}

/* What is left behind. */

static inline bool totals_same(const struct execmem_type a[],
			       const struct execmem_type b[], bool explain)
{
	bool same = true;
	int i;

	for (i = 0; i < EXECMEM_NR_TYPES; i++) {
		if (a[i].allocations == b[i].allocations &&
		    a[i].bytes == b[i].bytes)
			continue;
		same = false;
		if (explain)
			ksft_print_msg("%s: was %llu/%llu, is %llu/%llu allocations/bytes\n",
				       a[i].name, a[i].allocations, a[i].bytes,
				       b[i].allocations, b[i].bytes);
	}
	return same;
}

/* Slots of a probe that was hit are freed when there is a page of such. */
static inline void totals_collect_slots(const struct probe_sites *sites)
{
	static int turn;
	int fd;

	if (!sites || !sites->nr)
		return;
	fd = probe_open(sites->addrs[turn++ % sites->nr]);
	if (fd >= 0)
		close(fd);
}

/* How many slots are on a page, at most. */
#define SLOTS_PER_PAGE	1024

/*
 * True once all is as it was; says what is not when time is up. With @sites,
 * probes come and go meanwhile, until slots are no longer kept.
 */
static inline bool totals_settled(const struct execmem_type before[],
				  const struct probe_sites *sites)
{
	struct execmem_type now[EXECMEM_NR_TYPES];
	int ms = 0, probes = 0;

	while (ms <= MODTEST_SETTLE_MS) {
		if (execmem_read_types(now))
			return false;
		if (totals_same(before, now, ms == MODTEST_SETTLE_MS))
			return true;
		if (before[EXECMEM_KPROBES].bytes != now[EXECMEM_KPROBES].bytes &&
		    sites && probes++ < SLOTS_PER_PAGE) {
			totals_collect_slots(sites);
			continue;
		}
		modtest_sleep_ms(100);
		ms += 100;
	}
	return false;
}

/*
 * One page of slots of each kind stays for ever, from the first probe on that
 * has one: not each can be optimised.
 */
static inline int totals_warm_up(struct execmem_type types[],
				 const struct probe_sites *sites)
{
	int i;

	for (i = 0; i < 8; i++)
		totals_collect_slots(sites);
	modtest_sleep_ms(1000);
	return execmem_read_types(types);
}

#endif /* __SELFTEST_EXECMEM_USERS_H */
