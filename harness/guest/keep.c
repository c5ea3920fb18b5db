// SPDX-License-Identifier: GPL-2.0
/*
 * Holds code that the kernel has generated while a command runs, and sees that
 * all of it works before and after.
 *
 *	keep BPF KPROBES TRACERS COMMAND...
 *
 * As users, and besides, as many BPF trampolines as function tracers, and
 * probes that the kernel replaces by jumps where it can do so. Exits with 1 if
 * one of them does not work, before or after, otherwise with what COMMAND exits
 * with.
 */

#include "codeuse.h"

/* Both headers have one of that name. */
#define bpf_run bpf_run_filter
#include "../execmem/bpf_raw.h"
#undef bpf_run

#define MAX_USERS	1024
#define KPROBES_LIST	"/sys/kernel/debug/kprobes/list"
#define OPTIMIZATION	"/proc/sys/debug/kprobes-optimization"
#define RUNS		3

static int programs[MAX_USERS], probes[MAX_USERS];
static struct bpf_tramp trampolines[MAX_USERS];
static unsigned int nr_programs, nr_probes, nr_tracers;
static int bad;

static void complain(const char *what, unsigned int i, long long value)
{
	printf("# %s %u: %lld\n", what, i, value);
	bad++;
}

static unsigned int number(const char *text)
{
	unsigned long value = strtoul(text, NULL, 10);

	if (value > MAX_USERS)
		errx(1, "no more than %d of a kind", MAX_USERS);
	return value;
}

static unsigned int length(unsigned int i)
{
	return 1 + i * 16 % 512;
}

static const char *instance(unsigned int i)
{
	static char name[32];

	snprintf(name, sizeof(name), "users%u", i);
	return name;
}

static void make_programs(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < nr_programs; i++) {
		programs[i] = bpf_load(length(i));
		if (programs[i] < 0 || !bpf_jited(programs[i]))
			errx(1, "BPF program %u: %d", i, programs[i]);
	}
	for (i = 0; i < nr_tracers; i++) {
		ret = bpf_tramp_prepare(&trampolines[i], length(i), i & 1);
		if (!ret)
			ret = bpf_tramp_attach(&trampolines[i]);
		if (ret)
			errx(1, "BPF trampoline %u: %d", i, ret);
	}
}

/* The first is on a function that is called here, the others on any. */
static void make_probes(void)
{
	unsigned int made = 0;
	char line[256];
	FILE *f;

	if (!nr_probes)
		return;
	probes[made] = kprobe_open(CODEUSE_FUNCTION, NULL);
	if (probes[made++] < 0)
		errx(1, "kprobe on " CODEUSE_FUNCTION ": %d", probes[0]);

	f = fopen(TRACEFS "available_filter_functions", "r");
	if (!f)
		err(1, "available_filter_functions");
	while (made < nr_probes && fgets(line, sizeof(line), f)) {
		line[strcspn(line, " \n")] = '\0';
		if (strncmp(line, "vfs_", 4) || !strcmp(line, CODEUSE_FUNCTION))
			continue;
		probes[made] = kprobe_open(line, NULL);
		/* Too short, or two of that name */
		if (probes[made] >= 0)
			made++;
	}
	fclose(f);
	if (made < nr_probes)
		errx(1, "only %u of %u kprobes could be placed", made,
		     nr_probes);
}

static void make_tracers(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < nr_tracers; i++) {
		ret = ftrace_create(instance(i), CODEUSE_FUNCTION);
		if (!ret)
			ret = ftrace_enable(instance(i));
		if (ret)
			errx(1, "function tracer %u: %d", i, ret);
	}
}

static void check_programs(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < nr_programs; i++) {
		ret = bpf_run(programs[i]);
		if (ret != (int)length(i))
			complain("BPF program", i, ret);
	}
	for (i = 0; i < nr_tracers; i++) {
		ret = bpf_tramp_check(&trampolines[i], length(i), RUNS);
		if (ret)
			complain("BPF trampoline", i, ret);
	}
}

static unsigned int count_optimized(void)
{
	unsigned int count = 0;
	char line[512];
	FILE *f = fopen(KPROBES_LIST, "r");

	if (!f)
		err(1, KPROBES_LIST);
	while (fgets(line, sizeof(line), f))
		count += !!strstr(line, "[OPTIMIZED]");
	fclose(f);
	return count;
}

/* Jumps are put in place by a worker, some ticks after the probe is there. */
static void check_optimized(void)
{
	unsigned int tries;

	if (!nr_probes || access(OPTIMIZATION, F_OK))
		return;
	for (tries = 0; tries < 50; tries++) {
		if (count_optimized())
			return;
		usleep(100000);
	}
	complain("optimised kprobe", 0, 0);
}

static void check_probes(void)
{
	long long before, after;

	if (!nr_probes)
		return;
	check_optimized();
	before = kprobe_hits(probes[0]);
	if (read_zero())
		complain("read of /dev/zero", 0, 0);
	after = kprobe_hits(probes[0]);
	if (before < 0 || after <= before)
		complain("hits of a kprobe", 0, after - before);
}

static void check_tracers(void)
{
	unsigned int i;

	for (i = 0; i < nr_tracers; i++)
		if (ftrace_file(instance(i), "trace", "\n"))
			complain("clearing function tracer", i, -1);
	if (read_zero())
		complain("read of /dev/zero", 1, 0);
	for (i = 0; i < nr_tracers; i++)
		if (!ftrace_traced(instance(i), CODEUSE_FUNCTION))
			complain("function tracer", i, 0);
}

static void check_all(const char *when)
{
	int before = bad;

	check_programs();
	check_probes();
	check_tracers();
	if (bad > before)
		printf("# %d users do not work %s\n", bad - before, when);
}

static void drop_all(void)
{
	unsigned int i;

	for (i = 0; i < nr_tracers; i++) {
		if (ftrace_disable(instance(i)) || ftrace_destroy(instance(i)))
			complain("end of function tracer", i, 0);
		bpf_tramp_free(&trampolines[i]);
	}
	for (i = 0; i < nr_probes; i++)
		close(probes[i]);
	for (i = 0; i < nr_programs; i++)
		close(programs[i]);
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 5)
		errx(1, "usage: keep BPF KPROBES TRACERS COMMAND...");
	nr_programs = number(argv[1]);
	nr_probes = number(argv[2]);
	nr_tracers = number(argv[3]);
	make_programs();
	make_probes();
	make_tracers();
	check_all("at first");
	status = run_command(argv + 4);
	check_all("after the command");
	drop_all();
	return bad ? 1 : status;
}
