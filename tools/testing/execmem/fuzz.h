/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzers share: random numbers that a seed determines, and how to
 * fail.
 */
#ifndef _FUZZ_H
#define _FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/compiler.h>

/* Ends the program: what is wrong, where, and how to see it again. */
#define check(ok, fmt, ...)						\
do {									\
	if (!(ok))							\
		fuzz_fail("%s:%d: %s: " fmt, __FILE__, __LINE__, #ok,	\
			  ##__VA_ARGS__);				\
} while (0)

void __noreturn __printf(1, 2) fuzz_fail(const char *fmt, ...);

unsigned long fuzz_random(void);

/* Less than @limit. */
unsigned long fuzz_below(unsigned long limit);

/* True once in @times. */
bool fuzz_once_in(unsigned long times);

/* Any number, those near powers of two, zero and the end more often. */
unsigned long fuzz_number(void);

/* What was printed since the last call of fuzz_quiet(). */
extern char fuzz_printed[512];
extern unsigned int fuzz_lines;
void fuzz_quiet(void);

/* Each program has this. */
extern const char *const fuzz_name;
void fuzz_round(void);
void fuzz_end(void);

#endif
