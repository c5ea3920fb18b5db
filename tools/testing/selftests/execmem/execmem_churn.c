// SPDX-License-Identifier: GPL-2.0
/*
 * Users of executable memory come and go on two CPUs at the same time: 2000
 * BPF programs, 500 kprobes, 50 BPF trampolines and 50 modules, each of which
 * is used once. Afterwards the numbers are what they were.
 *
 * Most of them patch text, or write to memory that is next to what others run.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>

#include "bpf_raw.h"
#include "users.h"

#define WORKERS		2
#define NR_SITES	100

/* Of one round of a thread. */
#define PROGRAMS	50
#define PROBES		25

struct job {
	const char *name;
	int (*round)(int cpu, int round);
	int rounds;		/* of each CPU */
	int each;		/* of what is counted, in a round */
};

struct thread {
	const struct job *job;
	pthread_t thread;
	int cpu;
	int done;
	bool failed;
};

static struct execmem_type before[EXECMEM_NR_TYPES];
static struct probe_sites sites;
static char modules[20][PATH_MAX];
static bool has_trampolines;
static unsigned long long hits;		/* of kprobes */

static int program_value(int cpu, int round, int i)
{
	return (cpu + 7 * round + 31 * i) % 500;
}

static int check_program(int fd, int value)
{
	int ret;

	if (fd < 0)
		return modtest_fail("program: %s", strerror(-fd));
	ret = bpf_run(fd, 1);
	return ret == value ? 0 : modtest_fail("%d: it returns %d", value, ret);
}

static int round_programs(int cpu, int round)
{
	int fds[PROGRAMS], i, value, ret = 0;

	for (i = 0; i < PROGRAMS; i++) {
		value = program_value(cpu, round, i);
		fds[i] = bpf_load_filter(value, -1);
		ret |= check_program(fds[i], value);
	}
	/* Not in their order, so that holes are left, and used again. */
	for (i = 0; i < PROGRAMS; i += 2)
		bpf_close(&fds[i]);
	for (i = 1; i < PROGRAMS; i += 2)
		bpf_close(&fds[i]);
	return ret;
}

/* Reading files of /proc hits some of them. */
static int round_probes(int cpu, int round)
{
	unsigned long long nr;
	int fds[PROBES], i, site, ret = 0;
	char text[512];

	for (i = 0; i < PROBES; i++) {
		site = (round * PROBES + i) * WORKERS + cpu;
		fds[i] = probe_open(sites.addrs[site % sites.nr]);
		if (fds[i] < 0)
			ret = modtest_fail("kprobe: %s", strerror(-fds[i]));
		if (modtest_read("/proc/self/stat", text, sizeof(text)))
			ret = modtest_fail("/proc/self/stat");
	}
	for (i = 0; i < PROBES; i++) {
		if (fds[i] >= 0 && !probe_hits(fds[i], &nr) && nr)
			__atomic_add_fetch(&hits, nr, __ATOMIC_RELAXED);
		bpf_close(&fds[i]);
	}
	return ret;
}

static int round_trampoline(int cpu, int round)
{
	int ret, value = 10 + cpu + 2 * round;
	struct bpf_tramp tramp;

	ret = bpf_tramp_prepare(&tramp, value, round & 1);
	if (!ret)
		ret = bpf_tramp_attach(&tramp);
	if (!ret)
		ret = bpf_tramp_check(&tramp, value, 10);
	bpf_tramp_free(&tramp);
	return ret ? modtest_fail("trampoline: %s", strerror(-ret)) : 0;
}

static int round_module(int cpu, int round)
{
	int nr = (round * WORKERS + cpu) % ARRAY_SIZE(modules), ret;
	char name[32];

	snprintf(name, sizeof(name), "test_module_many_%02d", nr + 1);
	ret = modtest_load_file(modules[nr], "");
	if (ret)
		return modtest_fail("%s: %s", name, strerror(-ret));
	ret = modtest_unload(name);
	return ret ? modtest_fail("%s: unload: %s", name, strerror(-ret)) : 0;
}

static const struct job jobs[] = {
	{ "programs",		round_programs,		20,	PROGRAMS },
	{ "kprobes",		round_probes,		10,	PROBES },
	{ "trampolines",	round_trampoline,	25,	1 },
	{ "modules",		round_module,		25,	1 },
};

static void *work(void *arg)
{
	struct thread *t = arg;
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(t->cpu % sysconf(_SC_NPROCESSORS_ONLN), &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		t->failed = true;

	for (; t->done < t->job->rounds && !t->failed; t->done++)
		if (t->job->round(t->cpu, t->done))
			t->failed = true;
	return NULL;
}

static bool can_do(const struct job *job)
{
	if (job->round == round_probes)
		return sites.nr;
	return job->round != round_trampoline || has_trampolines;
}

static int start_job(struct thread *threads, const struct job *job)
{
	int cpu, nr = 0;

	if (!can_do(job)) {
		ksft_print_msg("no %s on this machine\n", job->name);
		return 0;
	}
	for (cpu = 0; cpu < WORKERS; cpu++, nr++) {
		threads[nr] = (struct thread){ .job = job, .cpu = cpu };
		if (pthread_create(&threads[nr].thread, NULL, work,
				   &threads[nr]))
			break;
	}
	return nr;
}

static int join(struct thread *threads, int nr)
{
	int i, ret = KSFT_PASS;

	for (i = 0; i < nr; i++) {
		pthread_join(threads[i].thread, NULL);
		ksft_print_msg("CPU %d: %d %s\n", threads[i].cpu,
			       threads[i].done * threads[i].job->each,
			       threads[i].job->name);
		if (threads[i].failed ||
		    threads[i].done != threads[i].job->rounds)
			ret = KSFT_FAIL;
	}
	return ret;
}

static int churn(int first, int end)
{
	struct thread threads[ARRAY_SIZE(jobs) * WORKERS];
	int i, nr = 0, ret;

	for (i = first; i < end; i++)
		nr += start_job(&threads[nr], &jobs[i]);
	ret = join(threads, nr);
	return nr ? ret : modtest_fail("nothing to do");
}

static int test_start(void)
{
	struct bpf_tramp tramp;
	char name[32];
	size_t i;
	int step, ret;

	users_mount();
	for (i = 0; i < ARRAY_SIZE(modules); i++) {
		snprintf(name, sizeof(name), "test_module_many_%02zu", i + 1);
		if (modtest_find(name, modules[i], PATH_MAX))
			return modtest_fail("there is no module %s", name);
	}

	step = probe_step();
	ret = step ? probe_find_sites(&sites, NR_SITES, step) : 0;
	if (ret || (step && sites.nr < NR_SITES))
		return modtest_fail("%d kprobes: %s", sites.nr, strerror(-ret));

	ret = bpf_tramp_prepare(&tramp, 1, false);
	if (!ret)
		ret = bpf_tramp_attach(&tramp);
	bpf_tramp_free(&tramp);
	has_trampolines = !ret;
	if (ret && users_have_bpf_trampolines())
		return modtest_fail("trampoline: %s", strerror(-ret));
	return KSFT_PASS;
}

/* What was there before may be on its way out: these are to settle first. */
static int take_stock(void)
{
	int ret = totals_warm_up(before, &sites);

	modtest_sleep_ms(3000);
	if (!ret)
		ret = execmem_read_types(before);
	return ret ? modtest_fail(EXECMEM_TYPES ": %s", strerror(-ret)) : 0;
}

static int check_failures(void)
{
	struct execmem_type now[EXECMEM_NR_TYPES];
	int i, ret = KSFT_PASS;

	if (execmem_read_types(now))
		return KSFT_FAIL;
	for (i = 0; i < EXECMEM_NR_TYPES; i++)
		if (now[i].failures != before[i].failures ||
		    now[i].finish_failures != before[i].finish_failures)
			ret = modtest_fail("%s: failures", now[i].name);
	return ret;
}

static int test_patching(void)
{
	return take_stock() ? KSFT_FAIL : churn(0, 2);
}

static int test_all(void)
{
	return churn(0, ARRAY_SIZE(jobs));
}

static int test_settled(void)
{
	return totals_settled(before, &sites) ? check_failures() : KSFT_FAIL;
}

/* Did they really go through execmem? */
static int test_history(void)
{
	struct execmem_type now[EXECMEM_NR_TYPES];
	unsigned long long texts, images;

	if (execmem_read_types(now))
		return KSFT_FAIL;
	texts = now[EXECMEM_MODULE_TEXT].ever -
		before[EXECMEM_MODULE_TEXT].ever;
	images = now[EXECMEM_BPF].ever - before[EXECMEM_BPF].ever;
	ksft_print_msg("%llu allocations for text of modules, %llu for BPF\n",
		       texts, images);
	if (texts < 50 || images < (has_trampolines ? 50 : 2000))
		return modtest_fail("that is too few");
	ksft_print_msg("kprobes were hit %llu times\n", hits);
	if (sites.nr && !hits)
		return modtest_fail("no slot of a kprobe has been run");
	return KSFT_PASS;
}

static const struct modtest_case cases[] = {
	{ "kprobes and modules are there",		test_start },
	{ "BPF programs and kprobes",			test_patching },
	{ "nothing is left of them",			test_settled },
	{ "trampolines and modules, too",		test_all },
	{ "nothing is left of all",			test_settled },
	{ "numbers of allocations",			test_history },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
