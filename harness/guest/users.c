// SPDX-License-Identifier: GPL-2.0
/*
 * Holds code that the kernel has generated while a command runs.
 *
 *	users BPF KPROBES TRACERS COMMAND...
 *
 * That many BPF programs, kprobes off the entry of functions, and function
 * tracers are made, each is seen to work, COMMAND is run, and all are given
 * back. Exits with 1 if one of them does not work, otherwise with what COMMAND
 * exits with.
 */

#include "codeuse.h"

#define MAX_USERS	4096
#define PREFIX		"vfs_"

static int programs[MAX_USERS], probes[MAX_USERS];

static unsigned int number(const char *text)
{
	unsigned long value = strtoul(text, NULL, 10);

	if (value > MAX_USERS)
		errx(1, "no more than %d of a kind", MAX_USERS);
	return value;
}

static void make_programs(unsigned int nr)
{
	unsigned int i, count;
	int ret;

	for (i = 0; i < nr; i++) {
		count = 1 + i * 16 % 512;
		programs[i] = bpf_load(count);
		if (programs[i] < 0)
			errx(1, "BPF program %u: %s", i,
			     strerror(-programs[i]));
		if (!bpf_jited(programs[i]))
			errx(1, "BPF program %u is interpreted", i);
		ret = bpf_run(programs[i]);
		if (ret != (int)count)
			errx(1, "BPF program %u returns %d, not %u", i, ret,
			     count);
	}
}

/* The first is on a function that is called here, and has to be hit. */
static void make_probes(unsigned int nr)
{
	char line[256];
	unsigned int made = 0;
	FILE *f;

	if (!nr)
		return;
	probes[made] = kprobe_open(CODEUSE_FUNCTION, NULL);
	if (probes[made] < 0)
		errx(1, "kprobe on " CODEUSE_FUNCTION ": %s",
		     strerror(-probes[made]));
	made++;
	if (read_zero() || kprobe_hits(probes[0]) < 1)
		errx(1, "the kprobe on " CODEUSE_FUNCTION " is not hit");

	f = fopen(TRACEFS "available_filter_functions", "r");
	if (!f)
		err(1, "available_filter_functions");
	while (made < nr && fgets(line, sizeof(line), f)) {
		line[strcspn(line, " \n")] = '\0';
		if (strncmp(line, PREFIX, strlen(PREFIX)) ||
		    !strcmp(line, CODEUSE_FUNCTION))
			continue;
		probes[made] = kprobe_open(line, NULL);
		/* Too short, or two of that name */
		if (probes[made] >= 0)
			made++;
	}
	fclose(f);
	if (made < nr)
		errx(1, "only %u of %u kprobes could be placed", made, nr);
}

static const char *instance(unsigned int i)
{
	static char name[32];

	snprintf(name, sizeof(name), "users%u", i);
	return name;
}

static void make_tracers(unsigned int nr)
{
	unsigned int i;
	int ret;

	for (i = 0; i < nr; i++) {
		ret = ftrace_create(instance(i), CODEUSE_FUNCTION);
		if (!ret)
			ret = ftrace_enable(instance(i));
		if (ret)
			errx(1, "function tracer %u: %s", i, strerror(-ret));
	}
	if (read_zero())
		errx(1, "/dev/zero cannot be read");
	for (i = 0; i < nr; i++)
		if (!ftrace_traced(instance(i), CODEUSE_FUNCTION))
			errx(1, "function tracer %u has seen nothing", i);
}

static void drop_tracers(unsigned int nr)
{
	unsigned int i;
	int ret;

	for (i = 0; i < nr; i++) {
		ret = ftrace_disable(instance(i));
		if (!ret)
			ret = ftrace_destroy(instance(i));
		if (ret)
			errx(1, "function tracer %u: %s", i, strerror(-ret));
	}
}

int main(int argc, char **argv)
{
	unsigned int nr_programs, nr_probes, nr_tracers, i;
	int status;

	if (argc < 5)
		errx(1, "usage: users BPF KPROBES TRACERS COMMAND...");
	nr_programs = number(argv[1]);
	nr_probes = number(argv[2]);
	nr_tracers = number(argv[3]);
	make_programs(nr_programs);
	make_probes(nr_probes);
	make_tracers(nr_tracers);
	status = run_command(argv + 4);
	drop_tracers(nr_tracers);
	for (i = 0; i < nr_probes; i++)
		close(probes[i]);
	for (i = 0; i < nr_programs; i++)
		close(programs[i]);
	return status;
}
