/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of tracefs. Functions that can fail return 0 or a negative errno.
 */
#ifndef __SELFTEST_MODULE_TRACEFS_H
#define __SELFTEST_MODULE_TRACEFS_H

#include <sys/mount.h>

#include "modtest.h"

#define TRACEFS		"/sys/kernel/tracing/"

static inline void tracefs_mount(void)
{
	if (access(TRACEFS "trace", F_OK))
		mount("tracefs", TRACEFS, "tracefs", 0, NULL);
}

static inline bool tracefs_has(const char *file)
{
	char path[PATH_MAX];

	tracefs_mount();
	snprintf(path, sizeof(path), TRACEFS "%s", file);
	return !access(path, F_OK);
}

/* Adds a line where a file has many, and sets it where it has one. */
static inline int tracefs_write(const char *file, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), TRACEFS "%s", file);
	return modtest_write(path, text);
}

/* Forgets what was traced. */
static inline int tracefs_clear(void)
{
	int fd = open(TRACEFS "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static inline bool tracefs_traced(const char *what)
{
	char *trace = modtest_slurp(TRACEFS "trace");
	bool found = trace && strstr(trace, what);

	free(trace);
	return found;
}

#endif /* __SELFTEST_MODULE_TRACEFS_H */
