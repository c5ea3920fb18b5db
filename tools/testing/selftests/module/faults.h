/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Letting the n-th allocation of this thread fail. Who tries one n after the
 * other knows by faults_stop() when there are no more.
 */
#ifndef __SELFTEST_MODULE_FAULTS_H
#define __SELFTEST_MODULE_FAULTS_H

#include "modtest.h"

#define FAULTS_NTH	"/proc/thread-self/fail-nth"
#define FAULTS_DEBUGFS	"/sys/kernel/debug/"

/* Stays open: open() allocates, and would be among what is to fail. */
static int faults_nth = -1;

static inline bool faults_set(const char *fault, const char *attr,
			      const char *value)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), FAULTS_DEBUGFS "%s/%s", fault, attr);
	ret = modtest_write(path, value);
	if (ret)
		ksft_print_msg("cannot write %s to %s: %s\n", value, path,
			       strerror(-ret));
	return !ret;
}

/*
 * Allocations that may sleep are left alone unless asked for, so are pages.
 * Skips all if the kernel has no faults; false if they cannot be set up.
 */
static inline bool faults_setup(void)
{
	static const char * const faults[] = { "failslab", "fail_page_alloc" };
	size_t i;

	faults_nth = open(FAULTS_NTH, O_RDWR | O_CLOEXEC);
	if (faults_nth < 0 || access(FAULTS_DEBUGFS "failslab", F_OK) ||
	    access(FAULTS_DEBUGFS "fail_page_alloc", F_OK))
		ksft_exit_skip("no failslab, fail_page_alloc or fail-nth\n");

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (!faults_set(faults[i], "ignore-gfp-wait", "N") ||
		    !faults_set(faults[i], "verbose", "0") ||
		    !faults_set(faults[i], "probability", "0"))
			return false;
	}
	return faults_set("fail_page_alloc", "ignore-gfp-highmem", "N") &&
	       faults_set("fail_page_alloc", "min-order", "0");
}

/*
 * The @nth allocation from now on fails. Between this and faults_stop() there
 * is to be no other call that allocates, or that would be the one.
 */
static inline int faults_start(int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	return pwrite(faults_nth, text, len, 0) == len ? 0 : -errno;
}

/* True if that allocation was reached, and failed: nothing is left to count. */
static inline bool faults_stop(void)
{
	char text[16];
	int len;

	len = pread(faults_nth, text, sizeof(text) - 1, 0);
	if (pwrite(faults_nth, "0", 1, 0) != 1)
		ksft_print_msg("cannot stop the fault injection\n");
	if (len <= 0)
		return false;

	text[len] = '\0';
	return atoi(text) == 0;
}

#endif /* __SELFTEST_MODULE_FAULTS_H */
