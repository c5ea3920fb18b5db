// SPDX-License-Identifier: GPL-2.0
/*
 * Lets all users of executable memory come and go at the same time.
 *
 *	churn SECONDS MODULE.ko...
 *
 * Each worker is a process that does one thing over and over. The modules must
 * depend on no other one. Prints how often each thing was done; exits with 1 if
 * one of them was never done, or failed where it must not.
 */
#include <err.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "codeuse.h"

/* Both headers have one of that name. */
#define bpf_run bpf_run_filter
#include "../execmem/bpf_raw.h"
#undef bpf_run

#define MAX_WORKERS	16
#define BATCH		32
#define MODULE_WORKERS	2
#define KPROBES_LIST	"/sys/kernel/debug/kprobes/list"
#define OPTIMIZATION	"/proc/sys/debug/kprobes-optimization"
#define STATIC_KEY	"/proc/sys/kernel/sched_schedstats"

/* One step: 1 if it was done, 0 if there was nothing to do, or -errno */
struct worker {
	const char *what;
	int (*step)(unsigned int id, unsigned int round);
	unsigned int id;
};

struct count {
	unsigned int done, failed;
	int error;
};

static struct count *counts;
static char **modules;
static unsigned int nr_modules;

static int step_module(unsigned int id, unsigned int round)
{
	unsigned int i = (round * MODULE_WORKERS + id) % nr_modules;
	char name[64], *dot, *c;
	int fd, ret;

	snprintf(name, sizeof(name), "%s", strrchr(modules[i], '/') + 1);
	dot = strchr(name, '.');
	if (dot)
		*dot = '\0';
	for (c = name; *c; c++)
		if (*c == '-')
			*c = '_';

	fd = open(modules[i], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = syscall(__NR_finit_module, fd, "", 0);
	close(fd);
	/* What it registers may be there already, or what it drives is not. */
	if (ret)
		return errno == ENOMEM ? -errno : 0;
	while (syscall(__NR_delete_module, name, O_NONBLOCK)) {
		if (errno != EAGAIN && errno != EBUSY && errno != EWOULDBLOCK)
			return -errno;
		usleep(1000);
	}
	return 1;
}

static int step_bpf(unsigned int id, unsigned int round)
{
	int fds[BATCH], ret = 1, i, made;

	for (made = 0; made < BATCH; made++) {
		fds[made] = bpf_load(1 + (round * 37 + made * 16 + id) % 512);
		if (fds[made] < 0) {
			ret = fds[made];
			break;
		}
	}
	for (i = 0; i < made; i++) {
		int want = 1 + (round * 37 + i * 16 + id) % 512;
		int got = bpf_run(fds[i]);

		if (got != want)
			ret = got < 0 ? got : -ERANGE;
		close(fds[i]);
	}
	return ret;
}

static int step_trampoline(unsigned int id, unsigned int round)
{
	struct bpf_tramp tramp;
	unsigned int value = 1 + (round * 13 + id) % 256;
	int ret = bpf_tramp_prepare(&tramp, value, round & 1);

	if (!ret)
		ret = bpf_tramp_attach(&tramp);
	if (!ret)
		ret = bpf_tramp_check(&tramp, value, 3);
	bpf_tramp_free(&tramp);
	return ret ? ret : 1;
}

static int step_kprobe(unsigned int id, unsigned int round)
{
	static const char * const functions[] = {
		CODEUSE_FUNCTION, "vfs_write", "vfs_open", "vfs_getattr",
	};
	unsigned int i = (round + id) % ARRAY_SIZE(functions);
	int fd = kprobe_open(functions[i], NULL), ret = 1;

	if (fd < 0)
		return fd;
	if (read_zero() || (!i && kprobe_hits(fd) < 1))
		ret = -ENODATA;
	close(fd);
	return ret;
}

static bool any_optimized(void)
{
	char line[512];
	bool found = false;
	FILE *f = fopen(KPROBES_LIST, "r");

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, "[OPTIMIZED]");
	if (f)
		fclose(f);
	return found;
}

/* The kernel waits some ticks before it replaces a probe by a jump. */
static int step_optimized(unsigned int id, unsigned int round)
{
	static const char * const functions[] = {
		"vfs_llseek", "vfs_fsync", "vfs_statfs", "vfs_rename",
	};
	int fds[ARRAY_SIZE(functions)], ret = 0;
	unsigned int i;

	(void)id;
	(void)round;
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		fds[i] = kprobe_open(functions[i], NULL);
	for (i = 0; i < 250 && !ret; i++) {
		usleep(20000);
		ret = any_optimized();
	}
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return ret;
}

/* The function of a module, which may go at any time: no one to probe then */
static int step_module_probe(unsigned int id, unsigned int round)
{
	char line[512], name[128], mod[64];
	unsigned int seen = 0, want = (round * 7 + id) % 64;
	FILE *f = fopen(TRACEFS "available_filter_functions", "r");
	int fd = -ENOENT;

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%127s [%63[^]]", name, mod) != 2)
			continue;
		if (seen++ < want)
			continue;
		fd = kprobe_open(name, NULL);
		if (fd >= 0 || seen > want + 4)
			break;
	}
	fclose(f);
	if (fd < 0)
		return 0;
	usleep(1000 * (round % 32));
	close(fd);
	return 1;
}

static int step_ftrace(unsigned int id, unsigned int round)
{
	char name[32];
	int ret;

	snprintf(name, sizeof(name), "churn%u", id);
	ret = ftrace_create(name, CODEUSE_FUNCTION);
	if (ret)
		return ret;
	ret = ftrace_enable(name);
	if (!ret && read_zero())
		ret = -EIO;
	if (!ret && !(round % 8) && !ftrace_traced(name, CODEUSE_FUNCTION))
		ret = -ENODATA;
	if (ftrace_disable(name) || ftrace_destroy(name))
		ret = -EBUSY;
	return ret ? ret : 1;
}

static int step_key(unsigned int id, unsigned int round)
{
	int ret = write_file(STATIC_KEY, round & 1 ? "0" : "1");

	(void)id;
	return ret ? ret : 1;
}

/* Each has a static key and a static call. */
static int step_event(unsigned int id, unsigned int round)
{
	static const char * const events[] = {
		"sched/sched_wakeup", "irq", "timer", "module", "task",
	};
	unsigned int i = (round / 2 + id) % ARRAY_SIZE(events);
	char path[128];
	int ret;

	snprintf(path, sizeof(path), TRACEFS "events/%s/enable", events[i]);
	ret = write_file(path, round & 1 ? "0" : "1");
	return ret ? ret : 1;
}

static int step_read(unsigned int id, unsigned int round)
{
	static const char * const files[] = {
		"/proc/kallsyms", "/proc/modules", KPROBES_LIST,
		"/sys/kernel/debug/execmem/allocations",
		"/sys/kernel/debug/execmem/types",
		"/sys/kernel/debug/execmem/blocks",
		TRACEFS "enabled_functions",
	};
	static char buf[65536];
	int fd = open(files[(round + id) % ARRAY_SIZE(files)], O_RDONLY);
	ssize_t got;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	while ((got = read(fd, buf, sizeof(buf))) > 0)
		;
	close(fd);
	return got < 0 ? -errno : 1;
}

static const struct worker workers[] = {
	{ "modules",		 step_module, 0 },
	{ "modules",		 step_module, 1 },
	{ "BPF programs, by 32", step_bpf, 0 },
	{ "BPF programs, by 32", step_bpf, 1 },
	{ "BPF trampolines",	 step_trampoline, 0 },
	{ "kprobes",		 step_kprobe, 0 },
	{ "kprobes",		 step_kprobe, 1 },
	{ "optimised kprobes",	 step_optimized, 0 },
	{ "kprobes in modules",	 step_module_probe, 0 },
	{ "function tracers",	 step_ftrace, 0 },
	{ "function tracers",	 step_ftrace, 1 },
	{ "static keys",	 step_key, 0 },
	{ "trace events",	 step_event, 0 },
	{ "files read",		 step_read, 0 },
};

static void work(const struct worker *w, struct count *count, time_t end)
{
	unsigned int round;

	for (round = 0; time(NULL) < end; round++) {
		int ret = w->step(w->id, round);

		if (ret > 0) {
			count->done++;
		} else if (ret < 0) {
			count->failed++;
			count->error = ret;
		}
		if (ret <= 0)
			usleep(1000);
	}
}

static bool wanted(const struct worker *w)
{
	if (w->step == step_module || w->step == step_module_probe)
		return nr_modules;
	if (w->step == step_optimized)
		return !access(OPTIMIZATION, F_OK);
	if (w->step == step_key)
		return !access(STATIC_KEY, F_OK);
	return true;
}

static void start(time_t end)
{
	unsigned int i;
	pid_t pid;

	for (i = 0; i < ARRAY_SIZE(workers); i++) {
		if (!wanted(&workers[i]))
			continue;
		fflush(NULL);
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			work(&workers[i], &counts[i], end);
			_exit(0);
		}
	}
}

static void quiet(void)
{
	if (!access(STATIC_KEY, F_OK))
		write_file(STATIC_KEY, "0");
	write_file(TRACEFS "events/enable", "0");
	write_file(TRACEFS "trace", "\n");
}

int main(int argc, char **argv)
{
	unsigned int i;
	int bad = 0, status;

	if (argc < 2)
		errx(1, "usage: churn SECONDS MODULE.ko...");
	modules = argv + 2;
	nr_modules = argc - 2;
	counts = mmap(NULL, sizeof(*counts) * MAX_WORKERS,
		      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (counts == MAP_FAILED)
		err(1, "mmap");
	start(time(NULL) + atoi(argv[1]));
	while (wait(&status) > 0)
		bad += !!status;
	quiet();
	for (i = 0; i < ARRAY_SIZE(workers); i++) {
		if (!wanted(&workers[i]))
			continue;
		printf("# %s: %u times, %u failed (%d)\n", workers[i].what,
		       counts[i].done, counts[i].failed, counts[i].error);
		bad += counts[i].failed || !counts[i].done;
	}
	return bad ? 1 : 0;
}
