/* SPDX-License-Identifier: GPL-2.0 */
/* The files of CONFIG_TEST_EXECMEM, see lib/test_execmem.c. */
#ifndef __SELFTEST_EXECMEM_TEST_EXECMEM_H
#define __SELFTEST_EXECMEM_TEST_EXECMEM_H

#include "users.h"

#define TEST_EXECMEM	"/sys/kernel/debug/test_execmem/"

static inline bool test_execmem_there(void)
{
	if (!access(TEST_EXECMEM, F_OK))
		return true;
	ksft_print_msg("CONFIG_TEST_EXECMEM=n\n");
	return false;
}

/*
 * Tries to store to the byte at @addr: at its own address ("final"), where it
 * was written to ("twin"), or in the direct map ("alias").
 */
static inline int test_execmem_store(const char *where, unsigned long long addr)
{
	char text[64];

	snprintf(text, sizeof(text), "%s 0x%llx", where, addr);
	return modtest_write(TEST_EXECMEM "store", text);
}

/*
 * Where the direct map is mapped by large pages that cannot be split, it stays
 * writable: on ARM, and on arm64 but for a parameter, or what it is by default.
 */
static inline bool test_execmem_has_ro_alias(void)
{
	char cmdline[4096];

	if (!users_machine("aarch64"))
		return users_machine("x86_64");
	return !modtest_read("/proc/cmdline", cmdline, sizeof(cmdline)) &&
	       strstr(cmdline, "rodata=full");
}

/* Does a store to live text fault, wherever it is mapped? */
static inline bool test_execmem_is_sealed(unsigned long long addr)
{
	static const char * const places[] = { "final", "twin", "alias" };
	size_t i, nr = test_execmem_has_ro_alias() ? 3 : 2;
	int ret;

	for (i = 0; i < nr; i++) {
		ret = test_execmem_store(places[i], addr);
		if (ret == -EFAULT)
			continue;
		ksft_print_msg("%s of %#llx: %s\n", places[i], addr,
			       ret ? strerror(-ret) : "can be written");
		return false;
	}
	return true;
}

/* A line of "life": what was tried, and what came of it. */
static inline int test_execmem_life(const char *name, int *result)
{
	char *text = modtest_slurp(TEST_EXECMEM "life"), *line, *save;
	char found[32];
	int ret = -ENOENT;

	if (!text)
		return -errno;

	for (line = strtok_r(text, "\n", &save); line && ret;
	     line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%31s %d", found, result) == 2 &&
		    !strcmp(found, name))
			ret = 0;
	free(text);
	return ret;
}

#endif /* __SELFTEST_EXECMEM_TEST_EXECMEM_H */
