/* SPDX-License-Identifier: GPL-2.0 */
/* Where kprobes may be, and how to hit one. */
#ifndef __SELFTEST_EXECMEM_PROBES_H
#define __SELFTEST_EXECMEM_PROBES_H

#include <sys/stat.h>
#include <sys/wait.h>

#include "../module/modtest.h"
#include "../module/sections.h"
#include "../module/tracefs.h"

/* What probe_fork() calls, and reading files does not. */
#define PROBED		"kernel_clone"

static inline bool users_machine(const char *name)
{
	struct utsname uts;

	uname(&uts);
	return !strncmp(uts.machine, name, strlen(name));
}

/* Does the kernel consist of Thumb-2 code? Its modules tell. */
static inline bool users_thumb2(void)
{
	static const char word[] = " thumb2 ";
	char path[PATH_MAX], *elf;
	struct stat st;
	bool found;

	if (modtest_find(SECTIONS, path, sizeof(path)) || stat(path, &st))
		return true;
	elf = modtest_slurp(path);
	found = !elf || memmem(elf, st.st_size, word, strlen(word));
	free(elf);
	return found;
}

/*
 * Where instructions may begin: the kernel finds out itself on x86. 0 if that
 * is not known, as a probe in the middle of one does damage.
 */
static inline int probe_step(void)
{
	if (users_machine("x86_64") || users_machine("i686"))
		return 1;
	if (users_machine("aarch64"))
		return 4;
	return users_machine("armv") && !users_thumb2() ? 4 : 0;
}

/* Lets this process call PROBED once, by a child that does nothing. */
static inline int probe_fork(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid ? 0 : -ECHILD;
}

#endif /* __SELFTEST_EXECMEM_PROBES_H */
