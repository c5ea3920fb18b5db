/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of tracefs. Functions that can fail return 0 or a negative errno.
 */
#ifndef __SELFTEST_VENEER_TRACE_H
#define __SELFTEST_VENEER_TRACE_H

#include "../module/modtest.h"

static inline int trace_open(const char *file, int flags)
{
	static const char * const dirs[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};
	char path[PATH_MAX];
	unsigned int i;
	int fd = -1;

	for (i = 0; i < ARRAY_SIZE(dirs) && fd < 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], file);
		fd = open(path, flags | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

/* Adds a line where a file has many, and sets it where it has one. */
static inline int trace_write(const char *file, const char *text)
{
	int fd = trace_open(file, O_WRONLY | O_APPEND), ret = 0;

	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static inline int trace_clear(void)
{
	int fd = trace_open("trace", O_WRONLY | O_TRUNC);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* All that was traced, to be freed */
static inline char *trace_read(void)
{
	char *trace = modtest_slurp("/sys/kernel/tracing/trace");

	return trace ? trace : modtest_slurp("/sys/kernel/debug/tracing/trace");
}

static inline bool trace_has(const char *what)
{
	char *trace = trace_read();
	bool found = trace && strstr(trace, what);

	free(trace);
	return found;
}

#endif /* __SELFTEST_VENEER_TRACE_H */
