// SPDX-License-Identifier: GPL-2.0
/*
 * Holds all users of executable memory at once, and counts what each costs.
 *
 *	workload [PROGRAMS PROBES TRACERS] FOLDER
 *
 * FOLDER has lists, one name per line: of functions for kprobes ("probes") and
 * for tracers ("tracers"), more than are needed, as not each can be probed or
 * traced; and of .ko files ("modules"), each after those that it depends on. The
 * kinds are made in that order and stay. Between them "sh FOLDER/snapshot.sh
 * STAGE" says how memory looks. In the end all but the modules is dropped.
 * Without numbers it only places probes in all of the first list, and shows the
 * kernel's list of them, each line after "probe".
 *
 *	op <name> <operations> <instructions>
 *	module <name> <errno> <instructions>
 *	symbols <name> <number> <median distance>
 *
 * Instructions are those of all threads until they have gone quiet: hundreds of
 * modules have so many threads, some of which end again, that their CPU time is
 * not added up one by one as in count.h, but read from the run queue of the only
 * CPU, which has that of all of them.
 */
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "../../harness/guest/codeuse.h"

#define SMALL_PROGRAM	8		/* instructions, as in opsbench */
#define MAX_FDS		3000
#define MAX_NAMES	4096
#define MAX_SYMBOLS	8192
#define SETTLE_S	3		/* after many of a kind */
#define PATIENCE	120		/* seconds for a module */
#define STACK_SIZE	65536
#define QUIET_NS	20000000	/* one look at the run queue */
#define QUIET_LOOKS	3		/* looks in a row that found nothing */
#define QUIET_NOISE	80000		/* more than a look itself costs */
#define QUIET_LIMIT	200		/* looks */

typedef unsigned long long u64;

struct list {
	char *names[MAX_NAMES];
	int nr;
};

static struct list probes, tracers, modules;
static int programs[MAX_FDS], probe_fds[MAX_FDS];
static u64 symbols[MAX_SYMBOLS];
static const char *folder;

static const char *in_folder(const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return path;
}

static void read_list(struct list *list, const char *file)
{
	FILE *f = fopen(in_folder(file), "r");
	char line[512];

	if (!f)
		err(1, "%s", file);
	while (list->nr < MAX_NAMES && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		list->names[list->nr++] = strdup(line);
	}
	fclose(f);
}

/*
 * What all threads of CPU 0 have run, this one up to when it last slept. The
 * file stays open: to open it again is work for others, too.
 */
static u64 all_cpu(void)
{
	static int fd = -1;
	char text[512];
	ssize_t len;
	char *cpu;
	u64 ns;

	if (fd < 0)
		fd = open("/proc/schedstat", O_RDONLY | O_CLOEXEC);
	len = pread(fd, text, sizeof(text) - 1, 0);
	if (len <= 0)
		err(1, "/proc/schedstat");
	text[len] = '\0';
	cpu = strstr(text, "cpu0 ");
	if (!cpu || sscanf(cpu, "cpu0 %*u %*u %*u %*u %*u %*u %llu", &ns) != 1)
		errx(1, "/proc/schedstat has no CPU time");
	return ns;
}

/* Sleep until the others have nothing left to do. @idle is what a look costs. */
static u64 quiesce(unsigned int *looks, u64 *idle)
{
	struct timespec nap = { .tv_nsec = QUIET_NS };
	u64 now, last = 0, first = 0;
	unsigned int quiet = 0;

	for (*looks = 0; quiet < QUIET_LOOKS; ++*looks) {
		nanosleep(&nap, NULL);
		now = all_cpu();
		if (*looks == QUIET_LIMIT) {
			printf("noise: the system does not go quiet\n");
			break;
		}
		if (*looks && now - last < QUIET_NOISE) {
			quiet++;
		} else {
			quiet = 0;
			first = now;
		}
		last = now;
	}
	*idle = quiet ? (last - first) / quiet : 0;
	return last;
}

/*
 * The first look of each series pays for what was done before it. Who sleeps
 * for as long as a grace period before it goes on is waited for, @wait seconds.
 */
static u64 cost(int (*op)(int i), int i, int nr, unsigned int wait, int *ret)
{
	unsigned int looks;
	u64 before, after, idle, ignored;

	before = quiesce(&looks, &idle);
	for (*ret = 0; nr-- && !*ret; i++)
		*ret = op(i);
	sleep(wait);
	after = quiesce(&looks, &ignored);
	after -= before;
	return after > looks * idle ? after - looks * idle : 0;
}

static void count(const char *name, int (*op)(int i), int nr)
{
	int ret;
	u64 instructions = cost(op, 0, nr, SETTLE_S, &ret);

	if (ret)
		errx(1, "%s: %s", name, strerror(-ret));
	printf("op %s %d %llu\n", name, nr, instructions);
}

static int load_program(int i)
{
	programs[i] = bpf_load(SMALL_PROGRAM);
	return programs[i] < 0 ? programs[i] : 0;
}

static int free_program(int i)
{
	return close(programs[i]) ? -errno : 0;
}

struct symbol {
	u64 address;
	char name[256];
	/* Of the kernel itself: what else there is has its owner in brackets */
	int own;
};

static FILE *open_symbols(void)
{
	FILE *f = fopen("/proc/kallsyms", "r");

	if (!f)
		err(1, "/proc/kallsyms");
	return f;
}

static int next_symbol(FILE *f, struct symbol *symbol)
{
	char line[512];

	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %255s", &symbol->address,
			   symbol->name) == 2) {
			symbol->own = !strchr(line, '[');
			return 1;
		}
	return 0;
}

/* Functions of the list that take a probe: find them before it is counted */
static unsigned int offsets[MAX_NAMES];
static u64 addresses[MAX_NAMES];

/*
 * By address: to look for a name the kernel walks up to 255 others from a place
 * that it knows, sixteen times. How many they are changes with each build, and
 * was all of the difference between two.
 */
static void find_addresses(int wanted)
{
	FILE *f = open_symbols();
	struct symbol symbol;
	int i;

	while (next_symbol(f, &symbol))
		for (i = 0; symbol.own && i < wanted; i++)
			if (!strcmp(symbol.name, probes.names[i]))
				addresses[i] = symbol.address + offsets[i];
	fclose(f);
	for (i = 0; i < wanted; i++)
		if (!addresses[i])
			errx(1, "%s has no address", probes.names[i]);
}

static void find_probes(int wanted)
{
	int i, found = 0;

	for (i = 0; i < probes.nr && found < wanted; i++) {
		int fd = kprobe_open(probes.names[i], &offsets[found]);

		if (fd < 0)
			continue;
		close(fd);
		probes.names[found++] = probes.names[i];
	}
	if (found < wanted)
		errx(1, "only %d of %d kprobes could be placed", found, wanted);
	find_addresses(wanted);
}

/* On the CPU: an event of this thread would be switched each time it sleeps */
static int add_probe(int i)
{
	probe_fds[i] = kprobe_open_at(NULL, addresses[i], -1, 0);
	return probe_fds[i] < 0 ? probe_fds[i] : 0;
}

static int drop_probe(int i)
{
	return close(probe_fds[i]) ? -errno : 0;
}

static const char *instance(int i)
{
	static char name[32];

	snprintf(name, sizeof(name), "workload%d", i);
	return name;
}

static void make_tracers(int wanted)
{
	int i, made = 0;

	for (i = 0; i < tracers.nr && made < wanted; i++)
		if (!ftrace_create(instance(made), tracers.names[i]))
			made++;
	if (made < wanted)
		errx(1, "only %d of %d tracers could be made", made, wanted);
}

static int trace(int i)
{
	return ftrace_enable(instance(i));
}

static int stop_tracing(int i)
{
	return ftrace_disable(instance(i));
}

/*
 * A module may wait for what never comes: one of livepatching's tests waits for
 * the function that another one has replaced. So who loads is a process of its
 * own, that shares all with this one and is left behind if it has to be.
 */
struct load {
	char stack[STACK_SIZE];		/* first, and aligned by malloc() */
	const char *path;
	int ret;
};

static int loader(void *data)
{
	struct load *load = data;
	int fd = open(load->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(__NR_finit_module, fd, "", 0))
		load->ret = -errno;
	else
		load->ret = 0;
	close(fd);
	return 0;
}

static void wake_up(int signal)
{
	(void)signal;
}

static int load_module(int i)
{
	static struct load *load;
	pid_t child;

	if (!load)
		load = malloc(sizeof(*load));
	if (!load)
		errx(1, "no memory");
	load->path = modules.names[i];
	alarm(PATIENCE);
	child = clone(loader, load->stack + STACK_SIZE,
		      CLONE_VM | CLONE_FILES | SIGCHLD, load);
	if (child < 0)
		err(1, "clone");
	if (waitpid(child, NULL, 0) == child) {
		alarm(0);
		return load->ret;
	}
	/* It is still using that one */
	load = NULL;
	return -ETIMEDOUT;
}

/* What fails lacks its hardware, or is there already: another one asked for it */
static void load_modules(void)
{
	struct sigaction action = { .sa_handler = wake_up };
	int i, ret;

	sigaction(SIGALRM, &action, NULL);
	for (i = 0; i < modules.nr; i++) {
		u64 instructions = cost(load_module, i, 1, 0, &ret);

		printf("module %s %d %llu\n", strrchr(modules.names[i], '/') + 1,
		       -ret, instructions);
		/* For who waits; over before the next one is counted */
		fflush(stdout);
	}
}

static int by_value(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* How far apart is what kallsyms has under names that start with @prefix */
static void print_symbols(const char *prefix)
{
	FILE *f = open_symbols();
	struct symbol symbol;
	int nr = 0, i;

	while (nr < MAX_SYMBOLS && next_symbol(f, &symbol))
		if (!symbol.own &&
		    !strncmp(symbol.name, prefix, strlen(prefix)))
			symbols[nr++] = symbol.address;
	fclose(f);
	qsort(symbols, nr, sizeof(symbols[0]), by_value);
	for (i = 0; i + 1 < nr; i++)
		symbols[i] = symbols[i + 1] - symbols[i];
	qsort(symbols, i, sizeof(symbols[0]), by_value);
	printf("symbols %s %d %llu\n", prefix, nr, i ? symbols[i / 2] : 0);
}

static void snapshot(const char *stage)
{
	char command[512];
	unsigned int looks;
	u64 idle;

	quiesce(&looks, &idle);
	snprintf(command, sizeof(command), "sh %s %s",
		 in_folder("snapshot.sh"), stage);
	fflush(NULL);
	if (system(command))
		errx(1, "%s fails", command);
	fflush(NULL);
}

static void allow_files(void)
{
	struct rlimit limit = { MAX_NAMES, MAX_NAMES };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		err(1, "no %d open files", MAX_NAMES);
}

/* All functions of the list that take a probe, and which are optimised */
static void show_probes(void)
{
	int i;

	for (i = 0; i < probes.nr; i++)
		kprobe_open(probes.names[i], &offsets[0]);
	sleep(SETTLE_S);
	if (system("sed 's/^/probe /' /sys/kernel/debug/kprobes/list"))
		errx(1, "no list of kprobes");
}

int main(int argc, char **argv)
{
	int nr_programs, nr_probes, nr_tracers;

	if (argc == 2) {
		folder = argv[1];
		allow_files();
		read_list(&probes, "probes");
		show_probes();
		return 0;
	}
	if (argc != 5)
		errx(1, "usage: workload [PROGRAMS PROBES TRACERS] FOLDER");
	nr_programs = atoi(argv[1]);
	nr_probes = atoi(argv[2]);
	nr_tracers = atoi(argv[3]);
	folder = argv[4];
	if (nr_programs > MAX_FDS || nr_probes > MAX_FDS)
		errx(1, "no more than %d of a kind", MAX_FDS);
	/* Nothing is printed while something is counted */
	setvbuf(stdout, NULL, _IOFBF, 1 << 18);
	allow_files();
	read_list(&probes, "probes");
	read_list(&tracers, "tracers");
	read_list(&modules, "modules");

	snapshot("idle");
	find_probes(nr_probes);
	make_tracers(nr_tracers);
	snapshot("ready");
	count("bpf_load", load_program, nr_programs);
	snapshot("bpf");
	count("kprobe_register", add_probe, nr_probes);
	snapshot("kprobes");
	count("ftrace_enable", trace, nr_tracers);
	snapshot("ftrace");
	print_symbols("bpf_prog_");
	print_symbols("kprobe_insn_page");
	print_symbols("kprobe_optinsn_page");
	print_symbols("ftrace_trampoline");
	load_modules();
	snapshot("modules");
	count("bpf_free", free_program, nr_programs);
	count("kprobe_unregister", drop_probe, nr_probes);
	count("ftrace_disable", stop_tracing, nr_tracers);
	printf("done workload\n");
	/* Who is left behind has the same files, and the reader waits for the end */
	fclose(stdout);
	close(STDERR_FILENO);
	return 0;
}
