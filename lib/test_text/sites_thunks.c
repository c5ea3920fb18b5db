// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the indirect calls and jumps of sites_asm.S, and one that the compiler
 * makes.
 */

#include <linux/kernel.h>

#include "sites.h"

#define SITES_NR_REGS	15

/* For each register, three calls and a jump */
#define SITES_NR_THUNKS	(4 * SITES_NR_REGS)

int sites_thunk_count;

static int thunks(void)
{
	sites_thunk_count = 0;
	return sites_thunk_calls(sites_thunk_target);
}

static int thunks_cs(void)
{
	sites_thunk_count = 0;
	return sites_thunk_calls_cs(sites_thunk_target);
}

static int compiled(void)
{
	int (*fn)(void) = thunks;

	OPTIMIZER_HIDE_VAR(fn);
	return fn() + 1;
}

const struct sites_check sites_thunks[] = {
	{ "thunks",	thunks,		SITES_NR_THUNKS, SITES_NR_THUNKS },
	{ "thunks_cs",	thunks_cs,	SITES_NR_THUNKS, SITES_NR_THUNKS },
	{ "compiled",	compiled,	SITES_NR_THUNKS + 1,
					SITES_NR_THUNKS + 1 },
	{ }
};
