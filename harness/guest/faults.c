// SPDX-License-Identifier: GPL-2.0
/*
 * Lets the first, the second, the third, ... allocation fail while a BPF
 * program is loaded, a kprobe is placed and a function tracer is started,
 * until none is left to fail. What comes of it either is refused, or works;
 * afterwards another one works.
 */
#define _GNU_SOURCE
#include <err.h>

#include "codeuse.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define DEBUGFS		"/sys/kernel/debug/"
#define INSNS		100
#define INSTANCE	"faults"

/* There are some hundreds; without it, a bug might go on for ever. */
#define MAX_STEPS	3000
#define MIN_STEPS	5

static int fail_nth;

static void set(const char *file, const char *value)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), DEBUGFS "%s", file);
	ret = write_file(path, value);
	if (ret)
		errx(1, "%s: %s", path, strerror(-ret));
}

static int make_program(void)
{
	return bpf_load(INSNS);
}

static bool program_works(int fd)
{
	return bpf_jited(fd) && bpf_run(fd) == INSNS;
}

static void drop(int fd)
{
	close(fd);
}

static unsigned int offset;

static int make_probe(void)
{
	return kprobe_open_at(CODEUSE_FUNCTION, offset, 0, -1);
}

static bool probe_works(int fd)
{
	return !read_zero() && kprobe_hits(fd) > 0;
}

static int make_tracer(void)
{
	return ftrace_enable(INSTANCE);
}

static bool tracer_works(int unused)
{
	(void)unused;
	return !read_zero() && ftrace_traced(INSTANCE, CODEUSE_FUNCTION);
}

static void drop_tracer(int unused)
{
	int ret = ftrace_disable(INSTANCE);

	(void)unused;
	if (!ret)
		ret = ftrace_file(INSTANCE, "trace", "\n");
	if (ret)
		errx(1, "function tracer: %s", strerror(-ret));
}

static const struct {
	const char *name;
	int (*make)(void);
	bool (*works)(int made);
	void (*drop)(int made);
} kinds[] = {
	{ "BPF program", make_program, program_works, drop },
	{ "kprobe", make_probe, probe_works, drop },
	{ "function tracer", make_tracer, tracer_works, drop_tracer },
};

#define NR_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* True if there was an @nth allocation, and it failed. */
static bool make_with_fault(unsigned int kind, int nth, int *made)
{
	char text[16];
	int len, left;

	/* No call in between that allocates, or that would be the one. */
	len = snprintf(text, sizeof(text), "%d", nth);
	if (pwrite(fail_nth, text, len, 0) != len)
		err(1, FAIL_NTH);
	*made = kinds[kind].make();
	len = pread(fail_nth, text, sizeof(text) - 1, 0);
	if (pwrite(fail_nth, "0", 1, 0) != 1 || len <= 0)
		err(1, FAIL_NTH);
	text[len] = '\0';
	left = atoi(text);
	return left == 0;
}

static bool works(unsigned int kind, int made)
{
	bool good = kinds[kind].works(made);

	kinds[kind].drop(made);
	return good;
}

static int fail_all(unsigned int kind)
{
	int nth, made, refused = 0;

	for (nth = 1; nth < MAX_STEPS; nth++) {
		bool failed = make_with_fault(kind, nth, &made);

		if (made >= 0 && !works(kind, made)) {
			printf("# step %d: it does not work\n", nth);
			return -1;
		}
		if (!failed)
			break;
		refused += made < 0;
	}
	if (nth == MAX_STEPS || nth <= MIN_STEPS || !refused || made < 0) {
		printf("# %d steps, %d refused, the last: %s\n", nth, refused,
		       made < 0 ? strerror(-made) : "works");
		return -1;
	}
	made = kinds[kind].make();
	if (made < 0 || !works(kind, made)) {
		printf("# afterwards it does not work\n");
		return -1;
	}
	printf("# %d allocations, %d of them vital\n", nth - 1, refused);
	return 0;
}

static void setup(void)
{
	int fd = kprobe_open(CODEUSE_FUNCTION, &offset);
	int ret = ftrace_create(INSTANCE, CODEUSE_FUNCTION);

	if (fd < 0 || ret)
		errx(1, "nothing works, also without a fault");
	close(fd);
	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		err(1, FAIL_NTH);
	set("failslab/ignore-gfp-wait", "N");
	set("failslab/verbose", "0");
	set("fail_page_alloc/ignore-gfp-wait", "N");
	set("fail_page_alloc/ignore-gfp-highmem", "N");
	set("fail_page_alloc/min-order", "0");
	set("fail_page_alloc/verbose", "0");
}

int main(void)
{
	unsigned int kind, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	setup();
	for (kind = 0; kind < NR_KINDS; kind++) {
		bool good = !fail_all(kind);

		printf("%s %u - each allocation of a %s fails once\n",
		       good ? "ok" : "not ok", kind + 1, kinds[kind].name);
		bad += !good;
	}
	if (ftrace_destroy(INSTANCE))
		errx(1, "the tracing instance stays");
	return bad ? 1 : 0;
}
