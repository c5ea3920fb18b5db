// SPDX-License-Identifier: GPL-2.0
/*
 * Feed the module loader damaged copies of a real module.
 *
 * Each case changes one thing in the file, by a fixed seed, and hands it to
 * init_module(2) and to finit_module(2). The kernel may refuse it, or load it
 * when what was changed means nothing to the loader; it must then unload too.
 * Either way the list of modules, /sys/module and the memory held for modules
 * are as before, and the console shows nothing but the loader's own words.
 *
 * A change after which the file is a well-formed module again, only that of
 * another program (one relocation less, an object aligned less), is not bad
 * input: no loader can tell. other_program() in elf_mutate.h lists what is left
 * out for that.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest.h"
#include "elf_mutate.h"

#define DEFAULT_SEED	0x6d6f6461ULL
#define MAX_FILE	0x800000
#define MAX_TEXT	0x40000
#define SETTLE_MS	5000
#define CASE_SECONDS	60

struct state {
	char modules[MAX_TEXT];
	char sysfs[MAX_TEXT];
	unsigned long long areas, bytes;
};

static struct state before, after;
static uint64_t seed = DEFAULT_SEED;
static int kmsg_fd = -1;
static bool verbose;
static char copy_path[64] = "/tmp/module_bad_input.XXXXXX";
static char console_line[256];

static const struct {
	const char *name;
	void (*make)(struct change *c, unsigned int n);
	unsigned int cases;
} classes[] = {
	{ "truncations", cut_file, 60 },
	{ "ELF header", change_ehdr, 64 },
	{ "wrong architecture", change_arch, 14 },
	{ "section headers", change_shdr, 190 },
	{ "relocation offsets", change_rel_offset, 60 },
	{ "relocation symbols", change_rel_symbol, 40 },
	{ "symbols", change_symbol, 42 },
	{ "string tables", change_string, 30 },
};

/* ---- what the kernel holds for modules ---- */

static void read_text(const char *path, char *buf, size_t size)
{
	ssize_t n;
	size_t len = 0;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	while ((n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	if (n < 0 || len == size - 1)
		ksft_exit_fail_msg("%s: cannot read it whole\n", path);
	buf[len] = '\0';
	close(fd);
}

static void list_sysfs(char *buf, size_t size)
{
	struct dirent **names;
	int i, n = scandir("/sys/module", &names, NULL, alphasort);
	size_t len = 0;

	if (n < 0)
		ksft_exit_fail_msg("/sys/module: %s\n", strerror(errno));
	for (i = 0; i < n; i++) {
		if (len < size)
			len += snprintf(buf + len, size - len, "%s\n",
					names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (len >= size)
		ksft_exit_fail_msg("/sys/module: too many modules\n");
}

/* Areas that come and go for other reasons than a module. */
static bool area_of_others(const char *line)
{
	static const char * const others[] = {
		"unpurged", "pcpu", "kernel_clone", "copy_process",
		"dup_task_struct", "thread_stack",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (strstr(line, others[i]))
			return true;
	return false;
}

static void count_areas(struct state *s)
{
	static char text[MAX_TEXT];
	char *line, *save;
	unsigned long long bytes;

	s->areas = 0;
	s->bytes = 0;
	read_text("/proc/vmallocinfo", text, sizeof(text));
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (area_of_others(line) ||
		    sscanf(line, "%*s %llu", &bytes) != 1)
			continue;
		s->areas++;
		s->bytes += bytes;
	}
}

static void read_state(struct state *s)
{
	read_text("/proc/modules", s->modules, sizeof(s->modules));
	list_sysfs(s->sysfs, sizeof(s->sysfs));
	count_areas(s);
}

static const char *compare_state(void)
{
	read_state(&after);
	if (strcmp(before.modules, after.modules))
		return "/proc/modules is not as before";
	if (strcmp(before.sysfs, after.sysfs))
		return "/sys/module is not as before";
	if (before.areas != after.areas || before.bytes != after.bytes)
		return "vmalloc areas are not as before";
	return NULL;
}

/* The init part of a module that was loaded is given back in a while. */
static const char *settled_state(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	const char *why = compare_state();
	unsigned int i;

	for (i = 0; why && i < SETTLE_MS; i += 2) {
		nanosleep(&ms, NULL);
		why = compare_state();
	}
	return why;
}

/* ---- the console ---- */

static bool bad_line(const char *line)
{
	static const char * const bad[] = {
		"WARNING:", "BUG:", "Oops", "Call Trace", "Call trace",
		"Backtrace:", "Stack:", "------------[ cut here", "INFO:",
		"vmalloc error", "vmap allocation", "page allocation failure",
		"allocation failed", "illegal size", "general protection",
		"nable to handle", "invalid opcode", "Internal error",
		"undefined instruction", "refcount_t", "kobject",
		"sysfs: cannot", "UBSAN", "KASAN", "possible circular",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (strstr(line, bad[i]))
			return true;
	return false;
}

/* Read what was printed since the last time; keep the first bad line. */
static bool console_is_quiet(void)
{
	char rec[1024], *text;
	ssize_t n;

	console_line[0] = '\0';
	for (;;) {
		n = read(kmsg_fd, rec, sizeof(rec) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			break;
		rec[n] = '\0';
		text = strchr(rec, ';');
		text = text ? text + 1 : rec;
		text[strcspn(text, "\n")] = '\0';
		if (!console_line[0] && bad_line(text))
			snprintf(console_line, sizeof(console_line), "%.250s",
				 text);
	}
	return !console_line[0];
}

/* ---- one case ---- */

static int load_buffer(void)
{
	return syscall(SYS_init_module, img.data, (unsigned long)img.len, "");
}

static int load_file(void)
{
	int fd = open(copy_path, O_WRONLY | O_TRUNC);
	int ret, err;

	if (fd < 0 || write(fd, img.data, img.len) != (ssize_t)img.len)
		_exit(255);
	close(fd);
	fd = open(copy_path, O_RDONLY);
	if (fd < 0)
		_exit(255);
	ret = syscall(SYS_finit_module, fd, "", 0);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

static void on_alarm(int sig)
{
	(void)sig;
}

/*
 * Load in a child: should the kernel kill the task that it crashed in, there
 * is still someone to report it. Returns errno, or < 0 if the child was lost.
 */
static int load_in_child(int (*load)(void))
{
	int status;
	pid_t pid, got;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	if (!pid)
		_exit(load() ? errno : 0);
	alarm(CASE_SECONDS);
	got = waitpid(pid, &status, 0);
	alarm(0);
	if (got != pid || !WIFEXITED(status))
		return -1;
	if (WEXITSTATUS(status) == 255)
		ksft_exit_fail_msg("%s: cannot write it\n", copy_path);
	return WEXITSTATUS(status);
}

/* Unload whatever was not there before, newest first. */
static const char *unload_new(void)
{
	char name[64];
	char *line, *save;

	read_text("/proc/modules", after.modules, sizeof(after.modules));
	for (line = strtok_r(after.modules, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strstr(before.modules, line) ||
		    sscanf(line, "%63s", name) != 1)
			continue;
		if (syscall(SYS_delete_module, name, O_NONBLOCK))
			return "loaded but cannot be unloaded";
	}
	return NULL;
}

/* Returns why the case failed, or NULL; @result is errno of loading it. */
static const char *try_load(const struct change *c, int (*load)(void),
			    int *result)
{
	const char *why = NULL;
	int err = load_in_child(load);

	*result = err;
	if (err < 0) {
		console_is_quiet();
		return "the task that loads it was killed or hangs";
	}
	if (!err) {
		why = unload_new();
		if (!why && c->refuse)
			why = "loaded although it must be refused";
	}
	if (!why)
		why = settled_state();
	if (!console_is_quiet() && !why)
		why = "the console says more than the loader's own message";
	return why;
}

static void prepare_case(struct change *c, unsigned int class,
			 unsigned int number, unsigned int n)
{
	memset(c, 0, sizeof(*c));
	rng = seed + 0x100000001b3ULL * number;
	memcpy(img.data, orig.data, orig.len);
	img.len = orig.len;
	img.class64 = orig.class64;
	classes[class].make(c, n);
}

static void print_case(const struct change *c, unsigned int number,
		       const char *how, const char *why)
{
	ksft_print_msg("case %u, seed 0x%llx: %s at 0x%zx: 0x%llx -> 0x%llx: %s%s%s%s\n",
		       number, (unsigned long long)seed, c->what, c->off,
		       (unsigned long long)c->old, (unsigned long long)c->new,
		       how, why, console_line[0] ? ": " : "", console_line);
	fflush(stdout);
}

/* Returns false if the case failed. */
static bool run_case(unsigned int class, unsigned int number, unsigned int n,
		     unsigned int *loads)
{
	static const struct {
		const char *name;
		int (*load)(void);
	} calls[] = {
		{ "init_module: ", load_buffer },
		{ "finit_module: ", load_file },
	};
	bool loaded = false;
	struct change c;
	const char *why;
	unsigned int i;
	int err = 0;

	prepare_case(&c, class, number, n);
	console_line[0] = '\0';
	if (verbose)
		print_case(&c, number, "", "starts");
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		why = try_load(&c, calls[i].load, &err);
		if (why) {
			print_case(&c, number, calls[i].name, why);
			if (strstr(why, "task") || compare_state())
				ksft_exit_fail_msg("kernel not as before: stopped\n");
			return false;
		}
		loaded |= !err;
	}
	if (verbose)
		print_case(&c, number, "", loaded ? "loaded" : strerror(err));
	*loads += loaded;
	return true;
}

/* ---- the module to damage ---- */

static char found_path[4096];

static int find_module(const char *path, const struct stat *st, int type,
		       struct FTW *ftw)
{
	(void)st;
	if (type != FTW_F || strcmp(path + ftw->base, "test_module_sections.ko"))
		return 0;
	snprintf(found_path, sizeof(found_path), "%s", path);
	return 1;
}

static const char *module_path(void)
{
	const char *path = getenv("MODTEST_FILE");
	struct utsname uts;
	char dir[256];

	if (path)
		return path;
	uname(&uts);
	snprintf(dir, sizeof(dir), "/lib/modules/%s", uts.release);
	if (nftw(dir, find_module, 8, FTW_PHYS) != 1)
		ksft_exit_fail_msg("%s: no test_module_sections.ko, and no MODTEST_FILE\n",
				   dir);
	return found_path;
}

static void read_module(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	if (st.st_size < (off_t)sizeof(Elf64_Ehdr) || st.st_size > MAX_FILE)
		ksft_exit_fail_msg("%s: not a module\n", path);
	orig.len = st.st_size;
	orig.data = malloc(orig.len);
	img.data = malloc(orig.len);
	if (!orig.data || !img.data)
		ksft_exit_fail_msg("no memory for %zu bytes\n", orig.len);
	if (read(fd, orig.data, orig.len) != (ssize_t)orig.len)
		ksft_exit_fail_msg("%s: short read\n", path);
	close(fd);
	if (memcmp(orig.data, ELFMAG, SELFMAG))
		ksft_exit_fail_msg("%s: not an ELF file\n", path);
	orig.class64 = orig.data[EI_CLASS] == ELFCLASS64;
	if (!elf_symtab(&orig) || !elf_find(&orig, ".modinfo"))
		ksft_exit_fail_msg("%s: not a module\n", path);
}

/* As it is, the module loads; this also brings all one-time messages. */
static void check_module(const char *path)
{
	static const struct change none;
	const char *why;
	int err = 0;

	memcpy(img.data, orig.data, orig.len);
	img.len = orig.len;
	img.class64 = orig.class64;
	read_state(&before);
	why = try_load(&none, load_file, &err);
	if (why || err)
		ksft_exit_fail_msg("%s: does not load as it is: %s %s\n", path,
				   why ?: strerror(err), console_line);
	read_state(&before);
}

static void setup(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	const char *path;
	int fd;

	if (geteuid())
		ksft_exit_skip("only root can load modules\n");
	path = module_path();
	read_module(path);
	fd = mkstemp(copy_path);
	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", copy_path, strerror(errno));
	close(fd);
	kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (kmsg_fd < 0 || lseek(kmsg_fd, 0, SEEK_END) < 0)
		ksft_exit_fail_msg("/dev/kmsg: %s\n", strerror(errno));
	sigaction(SIGALRM, &sa, NULL);
	ksft_print_msg("%s, seed 0x%llx\n", path, (unsigned long long)seed);
	check_module(path);
}

static void run_class(unsigned int class, int first, int only, int from)
{
	unsigned int n, run = 0, failed = 0, loads = 0;
	int number;

	for (n = 0; n < classes[class].cases; n++) {
		number = first + n;
		if ((only >= 0 && only != number) || from > number)
			continue;
		run++;
		failed += !run_case(class, number, n, &loads);
	}
	ksft_test_result(!failed,
			 "%s: %u cases, %u refused, %u loaded and unloaded, %u failed\n",
			 classes[class].name, run, run - loads - failed, loads,
			 failed);
}

int main(int argc, char **argv)
{
	int opt, first = 0, only = -1, from = 0;
	unsigned int class;

	while ((opt = getopt(argc, argv, "c:f:s:v")) != -1) {
		switch (opt) {
		case 'c':
			only = strtol(optarg, NULL, 0);
			break;
		case 'f':
			from = strtol(optarg, NULL, 0);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'v':
			verbose = true;
			break;
		default:
			fprintf(stderr,
				"usage: %s [-c only-this-case] [-f first-case] [-s seed] [-v]\n",
				argv[0]);
			return KSFT_FAIL;
		}
	}

	ksft_print_header();
	setup();
	ksft_set_plan(ARRAY_SIZE(classes));
	for (class = 0; class < ARRAY_SIZE(classes); class++) {
		run_class(class, first, only, from);
		first += classes[class].cases;
	}
	unlink(copy_path);
	ksft_finished();
}
