// SPDX-License-Identifier: GPL-2.0
/*
 * Lets the first, the second, the third, ... allocation fail of what takes
 * executable memory: the load of a BPF program, the registration of a kprobe,
 * of the function tracer, of a BPF trampoline. Each must either be refused,
 * leave nothing, and work when it is tried again; or do without that
 * allocation, and work.
 *
 * Loads of modules are in ../module/module_fault.c.
 */
#define _GNU_SOURCE
#include "../module/faults.h"
#include "bpf_raw.h"
#include "users.h"

#define INSTANCE	"execmem_fault"
#define RARE_EVENT	"events/sched/sched_process_wait/enable"

#define VALUE		20

/* There are a thousand; without this, a bug might go on forever. */
#define MAX_STEPS	2000

/* begin() is where allocations fail; it returns a negative errno, or not. */
struct user {
	const char *name;
	int (*prepare)(void);
	int (*begin)(void);
	int (*check)(void);
	void (*end)(void);
	void (*finish)(void);
	int min_refused;
};

static struct execmem_type before[EXECMEM_NR_TYPES];
static struct probe_sites sites;
static struct bpf_tramp tramp = BPF_TRAMP_NONE;
static int fd = -1;

static int test_setup(void)
{
	int step;

	users_mount();
	if (!faults_setup())
		return KSFT_FAIL;
	if (!access(FAULTS_DEBUGFS "fail_execmem", F_OK) &&
	    !faults_set("fail_execmem", "verbose", "0"))
		return KSFT_FAIL;

	step = probe_step();
	if (step && probe_find_sites(&sites, 16, step))
		return modtest_fail("no kprobes");
	modtest_kmemleak_start();
	return KSFT_PASS;
}

/* True if the @nth allocation of begin() was reached, and failed. */
static bool begin_with_fault(const struct user *user, int nth, int *result)
{
	*result = faults_start(nth);
	if (*result)
		return false;
	*result = user->begin();
	return faults_stop();
}

/* The last thing to do with a user that was not refused. */
static int check_and_end(const struct user *user, int nth)
{
	int ret = user->check();

	user->end();
	return ret ? modtest_fail("allocation %d: it does not work: %d", nth,
				  ret) : KSFT_PASS;
}

static int try_again(const struct user *user, int nth)
{
	int ret = user->begin();

	if (ret < 0)
		return modtest_fail("allocation %d: not the next time: %d", nth,
				    ret);
	return check_and_end(user, nth);
}

/* What a JIT that gets no memory leads to, if there is no interpreter. */
static bool is_refusal(int result)
{
	return result == -ENOMEM || result == -BPF_ENOTSUPP;
}

static int check_step(const struct user *user, int nth, int result)
{
	int ret;

	if (result >= 0) {
		ret = check_and_end(user, nth);
	} else if (!is_refusal(result)) {
		ret = modtest_fail("allocation %d: %s (%d)", nth,
				   strerror(-result), result);
	} else {
		ret = totals_settled(before, &sites) ? KSFT_PASS :
			modtest_fail("allocation %d: that was left", nth);
		if (!ret)
			ret = try_again(user, nth);
	}
	if (!ret && !totals_settled(before, &sites))
		ret = modtest_fail("allocation %d: that was left at the end",
				   nth);
	return ret;
}

static int check_steps(const struct user *user)
{
	int nth, result, failed = 0, refused = 0, ret = KSFT_PASS;

	/* A pack of BPF is five hundred pages, and one is like the other. */
	for (nth = 1; nth < MAX_STEPS && !ret; nth += 1 + nth / 32) {
		if (!begin_with_fault(user, nth, &result))
			break;
		failed++;
		refused += result < 0;
		ret = check_step(user, nth, result);
		fflush(stdout);
	}

	ksft_print_msg("%s: %d allocations failed, %d times refused\n",
		       user->name, failed, refused);
	if (ret)
		return ret;
	if (result < 0)
		return modtest_fail("without a fault: %d", result);
	ret = check_and_end(user, nth);
	if (nth >= MAX_STEPS || refused < user->min_refused)
		return modtest_fail("that is not the number to expect");
	return ret;
}

static int check_user(const struct user *user)
{
	int ret = user->prepare ? user->prepare() : 0;

	if (ret == KSFT_SKIP)
		return ret;

	/* The first time may set up what stays. */
	if (!ret)
		ret = try_again(user, 0);
	if (!ret)
		ret = totals_warm_up(before, &sites);
	if (!ret)
		modtest_sleep_ms(3000);
	if (!ret)
		ret = execmem_read_types(before);
	if (ret)
		ksft_print_msg("%s: %d\n", user->name, ret);
	else
		ret = check_steps(user);
	if (user->finish)
		user->finish();
	return ret ? KSFT_FAIL : KSFT_PASS;
}

static void close_fd(void)
{
	bpf_close(&fd);
}

/* BPF program. */

static int program_begin(void)
{
	fd = bpf_load_filter(VALUE, -1);
	return fd;
}

static int program_check(void)
{
	int ret = bpf_run(fd, 1);

	return ret == VALUE ? 0 : -ERANGE;
}

static const struct user program = {
	.name = "BPF program",
	.begin = program_begin,
	.check = program_check,
	.end = close_fd,
	.min_refused = 5,
};

static int test_program(void)
{
	return check_user(&program);
}

/* kprobe, which waits for nobody to hit it. */

static unsigned long long probed;

static int kprobe_prepare(void)
{
	int step = probe_step(), offset = 0;

	if (!step) {
		ksft_print_msg("no way to tell where instructions begin\n");
		return KSFT_SKIP;
	}
	fd = probe_next(users_find_symbol(PROBED, ""), &offset, step);
	if (fd < 0)
		return fd;
	close_fd();
	probed = users_find_symbol(PROBED, "") + offset;
	return 0;
}

static int kprobe_begin(void)
{
	fd = probe_open(probed);
	return fd;
}

static int kprobe_check(void)
{
	unsigned long long hits;
	int ret = probe_fork();

	if (!ret)
		ret = probe_hits(fd, &hits);
	if (ret)
		return ret;
	return hits == 1 ? 0 : -ERANGE;
}

static const struct user kprobe = {
	.name = "kprobe",
	.prepare = kprobe_prepare,
	.begin = kprobe_begin,
	.check = kprobe_check,
	.end = close_fd,
	.min_refused = 5,
};

static int test_kprobe(void)
{
	return check_user(&kprobe);
}

/* The function tracer; its file is open, so that only the write may fail. */

static int tracer_prepare(void)
{
	char path[PATH_MAX];
	int ret;

	if (!tracefs_has("available_filter_functions")) {
		ksft_print_msg("CONFIG_DYNAMIC_FTRACE=n\n");
		return KSFT_SKIP;
	}
	ret = tracer_create(INSTANCE, PROBED);
	if (ret)
		return ret;
	/*
	 * It keeps the recording of command names on. A tracer that is the
	 * first to want that warns when it stops, if it did not get it.
	 */
	ret = tracer_write(INSTANCE, RARE_EVENT, "1");
	if (ret)
		return ret;
	tracer_path(path, sizeof(path), INSTANCE, "current_tracer");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : 0;
}

static int tracer_begin(void)
{
	return write(fd, "function", 8) == 8 ? 0 : -errno;
}

static int tracer_check(void)
{
	int hits = tracer_hits(INSTANCE, PROBED), ret;

	if (hits < 0)
		return hits;
	ret = probe_fork();
	if (ret)
		return ret;
	return tracer_hits(INSTANCE, PROBED) > hits ? 0 : -ERANGE;
}

static void tracer_end(void)
{
	if (tracer_stop(INSTANCE))
		ksft_print_msg("the tracer does not stop\n");
}

static void tracer_finish(void)
{
	close_fd();
	tracer_write(INSTANCE, RARE_EVENT, "0");
	tracer_remove(INSTANCE);
}

static const struct user tracer = {
	.name = "function tracer",
	.prepare = tracer_prepare,
	.begin = tracer_begin,
	.check = tracer_check,
	.end = tracer_end,
	.finish = tracer_finish,
};

static int test_tracer(void)
{
	return check_user(&tracer);
}

/* BPF trampoline: all is there but itself. */

static int trampoline_prepare(void)
{
	int ret = bpf_tramp_prepare(&tramp, VALUE, true);

	if (ret && !users_have_bpf_trampolines()) {
		bpf_tramp_free(&tramp);
		ksft_print_msg("none on this architecture: %d\n", ret);
		return KSFT_SKIP;
	}
	return ret;
}

static int trampoline_begin(void)
{
	return bpf_tramp_attach(&tramp);
}

static int trampoline_check(void)
{
	return bpf_tramp_check(&tramp, VALUE, 10);
}

static void trampoline_end(void)
{
	bpf_close(&tramp.link);
	/* To a program that is its target, one attaches only once. */
	bpf_close(&tramp.prog);
	tramp.prog = bpf_load_tracer(tramp.filter, tramp.map, true);
}

static void trampoline_finish(void)
{
	bpf_tramp_free(&tramp);
}

static const struct user trampoline = {
	.name = "BPF trampoline",
	.prepare = trampoline_prepare,
	.begin = trampoline_begin,
	.check = trampoline_check,
	.end = trampoline_end,
	.finish = trampoline_finish,
	.min_refused = 5,
};

static int test_trampoline(void)
{
	return check_user(&trampoline);
}

static const struct modtest_case cases[] = {
	{ "fault injection is set up",			test_setup },
	{ "BPF program",				test_program },
	{ "kprobe",					test_kprobe },
	{ "function tracer",				test_tracer },
	{ "BPF trampoline",				test_trampoline },
	{ "kmemleak finds no fault",			modtest_lost },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
