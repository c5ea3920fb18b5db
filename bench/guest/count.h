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
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define QUIET_NS	20000000	/* one look at the other threads */
#define QUIET_LOOKS	3		/* looks in a row that found nothing */
#define QUIET_NOISE	80000		/* more than a look itself costs */
#define QUIET_LIMIT	200		/* looks */

typedef __u64 u64;

static inline u64 own_cpu(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts))
		err(1, "no CPU clock");
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
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
		u64 ns;
		char path[300];
		FILE *f;

		if (!isdigit(entry->d_name[0]) ||
		    atoi(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%s/schedstat",
			 entry->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fscanf(f, "%llu", &ns) == 1)
			sum += ns;
		fclose(f);
	}
	closedir(proc);
	return sum;
}

/*
 * Sleep until the other threads have nothing left to do; their CPU time. The
 * looks themselves give them something to do (procfs frees by RCU): @idle is
 * what one costs.
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
