/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts instructions.
 *
 * The guest runs with -icount shift=0 on one CPU: a nanosecond of a thread's
 * CPU time is one instruction. What is handed to other threads (kworkers, RCU)
 * is read from their schedstat once they have gone quiet. Which of the two does
 * a piece of work can differ from time to time; their sum does not.
 */
#ifndef _COUNT_H
#define _COUNT_H

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define QUIET_NS	20000000	/* one look at the other threads */
#define QUIET_LOOKS	3		/* looks in a row that found nothing */
#define QUIET_NOISE	20000		/* more than a look itself costs */
#define QUIET_LIMIT	200		/* looks */
#define MAX_THREADS	512

typedef __u64 u64;

static inline u64 own_cpu(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts))
		err(1, "no CPU clock");
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* One thread's schedstat, kept open: to open it again is work for others, too */
struct thread {
	int pid;
	int fd;
};

static struct thread threads[MAX_THREADS];
static int nr_threads;

static inline int schedstat_of(int pid)
{
	char path[64];
	int i, fd;

	for (i = 0; i < nr_threads; i++)
		if (threads[i].pid == pid)
			return threads[i].fd;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (nr_threads == MAX_THREADS)
		errx(1, "more than %d threads", MAX_THREADS);
	threads[nr_threads++] = (struct thread) { .pid = pid, .fd = fd };
	return fd;
}

/* The CPU time of every thread but this one */
static inline u64 others_cpu(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	u64 sum = 0;

	if (!proc)
		err(1, "/proc");
	while ((entry = readdir(proc))) {
		char line[128];
		int pid = atoi(entry->d_name), fd;
		ssize_t len;

		if (!isdigit(entry->d_name[0]) || pid == getpid())
			continue;
		/* One that has ended is in no list, or has nothing to read. */
		fd = schedstat_of(pid);
		len = fd < 0 ? -1 : pread(fd, line, sizeof(line) - 1, 0);
		if (len <= 0)
			continue;
		line[len] = '\0';
		sum += strtoull(line, NULL, 10);
	}
	closedir(proc);
	return sum;
}

/*
 * Sleep until the other threads have nothing left to do; their CPU time. The
 * looks themselves give them something to do (timers and RCU): @idle is what
 * one costs.
 */
static inline u64 quiesce(unsigned int *looks, u64 *idle)
{
	struct timespec nap = { .tv_nsec = QUIET_NS };
	u64 now, last = others_cpu(), first = last;
	unsigned int quiet = 0;

	for (*looks = 0; quiet < QUIET_LOOKS; ++*looks) {
		if (*looks == QUIET_LIMIT)
			errx(1, "the system does not go quiet");
		nanosleep(&nap, NULL);
		now = others_cpu();
		if (now - last < QUIET_NOISE) {
			quiet++;
		} else {
			quiet = 0;
			first = now;
		}
		last = now;
	}
	*idle = (last - first) / QUIET_LOOKS;
	return last;
}

/* What others_cpu() gains by @looks alone is not theirs */
static inline u64 without_looks(u64 others, unsigned int looks, u64 idle)
{
	return others > looks * idle ? others - looks * idle : 0;
}

#endif /* _COUNT_H */
