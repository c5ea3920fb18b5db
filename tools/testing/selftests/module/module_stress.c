// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes load and unload twenty modules, each on a CPU of its own where
 * there are two. In even rounds each has its half of them and nothing may
 * fail; in odd rounds both work on all twenty, from opposite ends, and may
 * find that the other was faster.
 *
 * MODTEST_ROUNDS is the number of rounds, 200 if it is not set.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "modtest.h"

#define NR_MODULES	20
#define NR_WORKERS	2

/* In memory that the workers and their parent share. */
struct worker {
	int id;
	unsigned int rounds;
	unsigned long loads;
	unsigned long unloads;
	unsigned long lost;
	bool failed;
};

static char paths[NR_MODULES][PATH_MAX];
static struct worker *workers;
static struct modtest_state before;
static int rounds = 200;

static void module_name(int nr, char *name, size_t size)
{
	snprintf(name, size, "test_module_many_%02d", nr + 1);
}

/* What a load or an unload may say if another one is under way or done. */
static bool is_race(int ret)
{
	return ret == -EEXIST || ret == -EBUSY || ret == -ENOENT ||
	       ret == -EWOULDBLOCK;
}

static void note(struct worker *w, int nr, const char *what, int ret,
		 bool shared, unsigned long *count)
{
	if (!ret) {
		(*count)++;
	} else if (shared && is_race(ret)) {
		w->lost++;
	} else {
		ksft_print_msg("%s of module %d by worker %d: %s\n", what,
			       nr + 1, w->id, strerror(-ret));
		w->failed = true;
	}
}

static void load(struct worker *w, int nr, bool shared)
{
	note(w, nr, "load", modtest_load_file(paths[nr], ""), shared,
	     &w->loads);
}

static void unload(struct worker *w, int nr, bool shared)
{
	char name[32];

	module_name(nr, name, sizeof(name));
	note(w, nr, "unload", modtest_unload(name), shared, &w->unloads);
}

static void round_apart(struct worker *w)
{
	int nr;

	for (nr = w->id; nr < NR_MODULES; nr += NR_WORKERS)
		load(w, nr, false);
	for (nr = w->id; nr < NR_MODULES; nr += NR_WORKERS)
		unload(w, nr, false);
}

static void round_shared(struct worker *w)
{
	int i;

	for (i = 0; i < NR_MODULES; i++)
		load(w, w->id ? NR_MODULES - 1 - i : i, true);
	for (i = 0; i < NR_MODULES; i++)
		unload(w, w->id ? NR_MODULES - 1 - i : i, true);
}

/* What the race of a round left, so that the next one starts from nothing. */
static void sweep(struct worker *w)
{
	char path[64], name[32];
	int nr;

	for (nr = 0; nr < NR_MODULES; nr++) {
		module_name(nr, name, sizeof(name));
		snprintf(path, sizeof(path), "/sys/module/%s", name);
		if (!access(path, F_OK))
			unload(w, nr, false);
	}
}

/* Waits until all workers have come as far as this one. */
static void meet(struct worker *w)
{
	int i;

	__atomic_add_fetch(&w->rounds, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < NR_WORKERS; i++)
		while (__atomic_load_n(&workers[i].rounds, __ATOMIC_SEQ_CST) <
		       w->rounds)
			modtest_sleep_ms(1);
}

static void work(struct worker *w)
{
	cpu_set_t cpu;
	int i;

	CPU_ZERO(&cpu);
	CPU_SET(w->id % sysconf(_SC_NPROCESSORS_ONLN), &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu)) {
		ksft_print_msg("worker %d cannot be pinned\n", w->id);
		w->failed = true;
	}

	for (i = 0; i < rounds; i++) {
		meet(w);
		if (i & 1)
			round_shared(w);
		else
			round_apart(w);

		meet(w);
		if (w->id)
			continue;
		if (i & 1)
			sweep(w);
		if (i % 20 == 19)
			ksft_print_msg("%d of %d rounds\n", i + 1, rounds);
		fflush(stdout);
	}
}

static int start_workers(void)
{
	pid_t pids[NR_WORKERS];
	int i, status, ret = KSFT_PASS;

	workers = mmap(NULL, NR_WORKERS * sizeof(*workers),
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (workers == MAP_FAILED)
		return modtest_fail("no shared memory");

	fflush(stdout);
	for (i = 0; i < NR_WORKERS; i++) {
		workers[i].id = i;
		pids[i] = fork();
		if (!pids[i]) {
			work(&workers[i]);
			fflush(stdout);
			_exit(0);
		}
	}

	for (i = 0; i < NR_WORKERS; i++)
		if (pids[i] < 0 || waitpid(pids[i], &status, 0) != pids[i] ||
		    status)
			ret = modtest_fail("worker %d did not end well", i);
	return ret;
}

static int test_stress(void)
{
	unsigned long loads = 0, unloads = 0, lost = 0;
	int i, ret;

	ret = start_workers();
	if (ret)
		return ret;

	for (i = 0; i < NR_WORKERS; i++) {
		loads += workers[i].loads;
		unloads += workers[i].unloads;
		lost += workers[i].lost;
		if (workers[i].failed)
			ret = KSFT_FAIL;
	}

	ksft_print_msg("%lu loads, %lu unloads, %lu races lost\n", loads,
		       unloads, lost);
	if (loads != unloads)
		return modtest_fail("loads and unloads do not match");
	if (loads < (unsigned long)rounds * NR_MODULES)
		return modtest_fail("too few loads in %d rounds", rounds);
	return ret;
}

static int test_find(void)
{
	char name[32];
	int nr, ret;

	if (getenv("MODTEST_ROUNDS"))
		rounds = atoi(getenv("MODTEST_ROUNDS"));
	if (rounds < 1)
		return modtest_fail("MODTEST_ROUNDS is not a number of rounds");

	for (nr = 0; nr < NR_MODULES; nr++) {
		module_name(nr, name, sizeof(name));
		if (modtest_find(name, paths[nr], sizeof(paths[nr])))
			return modtest_fail("there is no module %s", name);
	}

	ret = modtest_snapshot(&before);
	if (ret)
		return modtest_fail("cannot take stock: %s", strerror(-ret));

	modtest_kmemleak_start();
	return KSFT_PASS;
}

static int test_settled(void)
{
	return modtest_settled(&before) ? KSFT_PASS : KSFT_FAIL;
}

static const struct modtest_case cases[] = {
	{ "twenty modules are there",			test_find },
	{ "two CPUs load and unload them",		test_stress },
	{ "nothing is left of them",			test_settled },
	{ "kmemleak finds no fault",			modtest_lost },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
